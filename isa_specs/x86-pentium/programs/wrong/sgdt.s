; SGDT stores the real GDTR: the monitor's table, at real 0. A guest finds so that it does not have the machine for
; itself.

.start begin
.org 0x1000
begin:
    LGDT [table]
    SGDT [stored]
    MOVZX EAX, WORD [stored]
    MOV EBX, [stored + 2]
    HLT
.align 4
table: .short 0x2F
    .long 0x3000
.align 4
stored: .short 0
    .long 0

.expect halted
.expect gpr[EAX] = 0x2F         ; under the monitor 0xFFFF
.expect gpr[EBX] = 0x3000       ; under the monitor 0
