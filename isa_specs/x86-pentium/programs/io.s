; String I/O: a text goes to the console by REP OUTSB; a word and a doubleword go to ports that keep what they were
; given, and come back by INSB, INSW and INSD. Ring 0 may do so on the bare machine; under a monitor, in ring 3, the
; ports are refused, and the monitor does it on the guest's own.

PORT = 0x3F8                    ; the console
KEPT16 = 0x300                    ; ports with nothing behind them
KEPT32 = 0x310

.start begin
.org 0x1000
begin:
    CLD
    MOV EDX, PORT
    MOV ESI, text
    MOV ECX, text_end - text
    REP OUTSB
    MOV EDX, KEPT16
    OUTSW                       ; ESI stands behind the text
    MOV EDX, KEPT32
    OUTSD

    MOV EDI, back
    MOV EDX, KEPT16
    INSB
    INSW
    MOV EDX, KEPT32
    INSD
    STD                         ; and backwards: the doubleword's second byte, 0xCD, to where EDI stands
    INC EDX
    INSB
    HLT

text: .ascii "out by one instruction\n"
text_end:
    .short 0x1234
    .long 0x89ABCDEF

back = 0x4000

.expect halted
.expect output "out by one instruction\n"
.expect storage[back] = 0x34        ; INSB
.expect storage[back + 1] = 0x34    ; INSW
.expect storage[back + 2] = 0x12
.expect storage[back + 3] = 0xEF    ; INSD
.expect storage[back + 6] = 0x89
.expect storage[back + 7] = 0xCD
.expect gpr[EDI] = back + 6
.expect gpr[ECX] = 0
.expect port[KEPT16 + 1] = 0x12
.expect port[KEPT32 + 3] = 0x89
