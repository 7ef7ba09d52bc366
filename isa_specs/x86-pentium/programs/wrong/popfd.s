; POPFD opens interrupts in ring 0. In the real machine, where CPL is greater than IOPL, it leaves IF as it is,
; without a trap: the monitor does not learn that the guest waits for the timer, and it sleeps for ever.

.state gdtr_base = gdt
.state gdtr_limit = 0x0F
.state idtr_base = idt
.state idtr_limit = 0x7FF
.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    XOR EBX, EBX
    PUSH 0x202
    POPFD
    HLT                         ; until the timer interrupts
    CLI
    HLT
tick:
    INC EBX
    IRETD
.align 8
gdt:
    .quad 0
    .quad 0x00439B000000FFFF    ; 0x08: code, base 0, limit 0x3FFFF
idt = 0x3000
.org idt + 0x20*8
    .short tick, 0x08, 0x8E00, 0

.expect halted
.expect gpr[EBX] = 1            ; under the monitor 0
