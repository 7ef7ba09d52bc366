; POP SS fills the descriptor cache from the real GDT, if that admits the selector: 0x28 is there the monitor's
; descriptor of a flat segment. The selector of SS must have the RPL that is CPL, which in the real machine is 3: this
; guest is in ring 3 itself. The guest reads the monitor's own table instead of its data.

.state gdtr_base = gdt
.state gdtr_limit = 0x2F
.state cpl = 3                  ; a process
.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    PUSH 0x2B
    POP SS
    MOV EBX, [SS:0x18]
    JMP .

.align 8
gdt:
    .quad 0, 0, 0, 0, 0
    .quad 0x0040F30020000FFF    ; 0x28: data, DPL 3, base 0x2000, limit 0xFFF
.org 0x2018
    .long 0x600D

.expect halted
.expect gpr[EBX] = 0x600D       ; under the monitor 0xFFFF, of its own descriptor at real 0x18
