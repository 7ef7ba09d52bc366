; LSL looks into the real GDT: there 0x28 is the monitor's descriptor of a flat segment. The guest gets its limit, 4
; GiB, for that of its own segment.

.state gdtr_base = gdt
.state gdtr_limit = 0x2F
.start begin
.org 0x1000
begin:
    XOR EBX, EBX
    MOV EAX, 0x28
    LSL EBX, EAX
    HLT
.align 8
gdt:
    .quad 0, 0, 0, 0, 0
    .quad 0x0040930020000FFF    ; 0x28: data, DPL 0, base 0x2000, limit 0xFFF

.expect halted
.expect gpr[EBX] = 0xFFF         ; under the monitor 0xFFFFFFFF
