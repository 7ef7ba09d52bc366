; A far CALL, its target in storage, takes the code segment from the real GDT, if that admits the selector: 0x20 is
; there the monitor's descriptor of a flat segment, with DPL 3, in which the real machine goes on at real 0x10. There
; stands a part of the monitor's GDT whose bytes, FF FF, are no instruction. This trap brings the monitor back, and it
; takes the guest to be in its old code segment.

.state gdtr_base = gdt
.state gdtr_limit = 0x27
.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    CALL FAR DWORD [pointer]
pointer: .long 0x10
    .short 0x20
.align 8
gdt:
    .quad 0, 0, 0, 0
    .quad 0x00409B0020000FFF    ; 0x20: code, DPL 0, base 0x2000, limit 0xFFF

.org 0x10                       ; the offset in the old segment
    MOV EBX, 2
    HLT
.org 0x2010                     ; and in the new one
    MOV EBX, 1
    HLT

.expect halted
.expect gpr[EBX] = 1            ; under the monitor 2
