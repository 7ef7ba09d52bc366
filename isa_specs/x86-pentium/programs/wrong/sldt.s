; SLDT stores the real LDTR: the monitor has no local descriptor table. LLDT traps, and so the monitor knows the
; guest's.

.state gdtr_base = gdt
.state gdtr_limit = 0x0F
.start begin
.org 0x1000
begin:
    MOV EAX, 0x08
    LLDT AX
    SLDT WORD [stored]
    MOVZX EBX, WORD [stored]
    HLT
stored: .short 0
.align 8
gdt:
    .quad 0
    .quad 0x000082002000001F    ; 0x08: a local descriptor table at 0x2000

.expect halted
.expect gpr[EBX] = 0x08         ; under the monitor 0
