; The timer interrupt: waiting for it by HLT, shutting it out by CLI, and being interrupted in the middle of a
; computation. The timer asks every 2000 instructions. A request that is not taken stays, and a second one beside it
; is lost.

.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    LGDT [gdtr]
    LIDT [idtr]

; three times: sleep until the timer wakes the processor
    STI
    MOV EBX, 3
sleep:
    HLT
    DEC EBX
    JNZ sleep
    MOV EBX, [ticks]            ; 3
    MOV AL, '|'
    OUT DX, AL

; shut out while two ticks pass
    CLI
    MOV ECX, 4000
wait:
    LOOP wait
    MOV EBP, [ticks]            ; still 3
    STI                         ; the interrupt that waited is taken here
    NOP
    MOV ESI, [ticks]            ; 4: two requests have become one
    MOV AL, '|'
    OUT DX, AL

; interrupted while it computes: the sum of 1 to 5000 is right nevertheless
    XOR EAX, EAX
    MOV ECX, 5000
add:
    ADD EAX, ECX
    LOOP add
    CLI
    MOV EDI, [ticks]            ; 5000 times two instructions are five ticks
    HLT                         ; with IF = 0: for ever

tick:
    PUSH EAX
    INC DWORD [ticks]
    MOV DX, 0x3F8
    MOV AL, 't'
    OUT DX, AL
    POP EAX
    IRETD

.align 8
ticks: .long 0
gdtr: .short 0x0F
    .long gdt
idtr: .short 0x20*8 + 7
    .long idt
.align 8
gdt:
    .quad 0
    .quad 0x00439B000000FFFF    ; 0x08: code, base 0, limit 0x3FFFF
idt = 0x4000
.org idt + 0x20*8
    .short tick, 0x08, 0x8E00, 0

.expect halted
.expect output "ttt|t|ttttt"
.expect gpr[EAX] = 12502500
.expect gpr[EBX] = 3
.expect gpr[EBP] = 3
.expect gpr[ESI] = 4
.expect gpr[EDI] = 9
