; SIDT stores the real IDTR: the monitor's table, at real 0x10000. (The 'red pill': one instruction of ring 3 that
; tells whether there is a monitor.)

.state idtr_base = 0x3000
.state idtr_limit = 0x7FF
.state cpl = 3
.start begin
.org 0x1000
begin:
    SIDT [stored]
    MOV EBX, [stored + 2]
    JMP .
.align 4
stored: .short 0
    .long 0

.expect halted
.expect gpr[EBX] = 0x3000       ; under the monitor 0x10000
