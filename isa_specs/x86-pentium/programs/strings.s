; String instructions with repeat prefixes: fill, copy, compare, search, copy backwards, print. With a repeat prefix
; one iteration is one step: ECX, ESI and EDI are up to date between two of them, and there the timer may interrupt.

.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    LGDT [gdtr]
    LIDT [idtr]
    CLD

; fill 6000 bytes, with interrupts open
    STI
    MOV EDI, buffer
    MOV AL, '#'
    MOV ECX, 6000
    REP STOSB
    CLI
    MOV EBP, [ticks]            ; 3, each between two iterations

; length of a text: search its end
    MOV EDI, text
    XOR EAX, EAX
    MOV ECX, -1
    REPNE SCASB
    NOT ECX                     ; with the byte 0
    MOV [length], ECX

; copy it, and compare
    MOV ESI, text
    MOV EDI, buffer
    REP MOVSB
    MOV ESI, text
    MOV EDI, buffer
    MOV ECX, [length]
    REPE CMPSB
    SETE BYTE [same]            ; equal to the end
    MOV BYTE [buffer + 8], 'g'
    MOV ESI, text
    MOV EDI, buffer
    MOV ECX, [length]
    REPE CMPSB
    MOV [rest], ECX             ; what was not compared any more
    MOV BYTE [buffer + 8], 'k'

; move the text up by 4 where it stands: from its end, or else it would copy its own copy
    MOV ECX, [length]
    LEA ESI, [ECX + buffer - 1]
    LEA EDI, [ECX + buffer + 3]
    STD
    REP MOVSB
    CLD
    MOV DWORD [buffer], 0x203E203E ; "> > "

; to capitals, by LODS and STOS
    MOV ESI, buffer
    MOV EDI, buffer
    MOV ECX, [length]
    ADD ECX, 3
capital:
    LODSB
    CMP AL, 'a'
    JB store
    CMP AL, 'z'
    JA store
    SUB AL, 'a' - 'A'
store:
    STOSB
    LOOP capital

; print it: OUTS needs a permission that a guest does not have, so that each iteration is the monitor's
    MOV ESI, buffer
    MOV ECX, [length]
    ADD ECX, 3
    MOV EDX, 0x3F8
    REP OUTSB

; words and doublewords; ECX = 0 does nothing at all
    MOV EDI, buffer
    MOV EAX, 0x01020304
    MOV ECX, 100
    REP STOSD
    MOV ESI, buffer
    MOV EDI, buffer + 0x800
    MOV ECX, 200
    REP MOVSW
    REP MOVSD
    REP OUTSB                   ; and needs no permission
    MOV EBX, [buffer + 0x800 + 396]
    MOVZX EAX, BYTE [same]
    MOV EDX, [rest]
    HLT

tick:
    INC DWORD [ticks]
    IRETD

text: .ascii "the quick brown fox"
    .byte 0
.align 4
length: .long 0
same: .long 0
rest: .long 0
ticks: .long 0
gdtr: .short 0x0F
    .long gdt
idtr: .short 0x20*8 + 7
    .long idt
.align 8
gdt:
    .quad 0
    .quad 0x00439B000000FFFF    ; 0x08: code, base 0, limit 0x3FFFF
idt = 0x3000
.org idt + 0x20*8
    .short tick, 0x08, 0x8E00, 0
buffer = 0x10000

.expect halted
.expect gpr[EBP] = 3
.expect output "> > THE QUICK BROWN FOX"
.expect gpr[EAX] = 1            ; the copy was the same
.expect gpr[EDX] = 11           ; and in the changed one the 9th of 20 was not
.expect gpr[EBX] = 0x01020304
.expect gpr[ECX] = 0
