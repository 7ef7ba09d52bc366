; STR stores the real TR: the monitor's task state segment, 0x08. LTR traps, and so the monitor knows the guest's.

.state gdtr_base = gdt
.state gdtr_limit = 0x3F
.start begin
.org 0x1000
begin:
    MOV EAX, 0x38
    LTR AX
    STR WORD [stored]
    MOVZX EBX, WORD [stored]
    HLT
stored: .short 0
.align 8
gdt:
    .quad 0, 0, 0, 0, 0, 0, 0
    .quad 0x0000890020000067    ; 0x38: a task state segment at 0x2000

.expect halted
.expect gpr[EBX] = 0x38         ; under the monitor 0x08
