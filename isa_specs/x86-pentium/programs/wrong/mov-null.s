; MOV of a null selector completes in the real machine, and the monitor does not learn of it: for the guest ES remains
; loaded. On the bare machine an access through it faults. Under the monitor it traps, the monitor interprets it with
; the guest's ES, and it reads.

.state gdtr_base = gdt
.state gdtr_limit = 0x0F
.state idtr_base = idt
.state idtr_limit = 0x7FF
.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    XOR EAX, EAX
    MOV ES, AX
    MOV EAX, [ES:begin]
    MOV EBX, 2                  ; it comes here under the monitor only
    HLT
fault:
    MOV EBX, 1
    HLT
.align 8
gdt:
    .quad 0
    .quad 0x00439B000000FFFF    ; 0x08: code, base 0, limit 0x3FFFF
idt = 0x3000
.org idt + 13*8
    .short fault, 0x08, 0x8E00, 0

.expect halted
.expect gpr[EBX] = 1
