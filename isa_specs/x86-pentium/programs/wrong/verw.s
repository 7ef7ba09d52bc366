; VERW asks the real GDT whether ring 3 may write the segment. There is no entry 0x08 in it; the guest, in ring 0, has
; one.

.state gdtr_base = gdt
.state gdtr_limit = 0x0F
.start begin
.org 0x1000
begin:
    XOR EBX, EBX
    MOV EAX, 0x08
    VERW AX
    SETE BL
    HLT
.align 8
gdt:
    .quad 0
    .quad 0x0040930020000FFF    ; 0x08: data, DPL 0, base 0x2000, limit 0xFFF

.expect halted
.expect gpr[EBX] = 1            ; it may be written; under the monitor 0
