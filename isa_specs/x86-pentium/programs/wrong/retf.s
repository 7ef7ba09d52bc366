; A far RET to ring 3. In the real machine, which is there already, it is one to the same ring: it takes no new stack,
; and its code segment comes from the real GDT, where 0x20 is the monitor's descriptor of a flat segment. At real 0x10
; there stands a part of the monitor's GDT whose bytes, FF FF, are no instruction. This trap brings the monitor back,
; and it takes the guest to be in ring 0 still, in its old code segment.

.state gdtr_base = gdt
.state gdtr_limit = 0x2F
.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    PUSH 0x2B                   ; SS and ESP of ring 3
    PUSH 0x9000
    PUSH 0x23                   ; CS and EIP
    PUSH 0x10
    RETF

.align 8
gdt:
    .quad 0, 0, 0, 0
    .quad 0x0040FB0020000FFF    ; 0x20: code, DPL 3, base 0x2000, limit 0xFFF
    .quad 0x0043F3000000FFFF    ; 0x28: data, DPL 3, base 0, limit 0x3FFFF

.org 0x10                       ; the offset in the old segment
    MOV EBX, 2
    HLT
.org 0x2010                     ; and in the new one
    MOV EBX, 1
    JMP .

.expect halted
.expect gpr[EBX] = 1            ; under the monitor 2
.expect cpl = 3
.expect gpr[ESP] = 0x9000
