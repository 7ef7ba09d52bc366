; Checksums of a text, byte by byte: CRC-32 by shifts and exclusive or, one bit at a time as the hardware does it;
; Adler-32 by two sums; and a hash by rotation. All of it are ordinary instructions of ring 0, which a trap-and-
; emulate monitor lets run directly, and a hybrid monitor interprets, although they are harmless.

POLYNOMIAL = 0xEDB88320         ; of CRC-32, bits reversed
MODULUS = 65521                 ; of Adler-32, the largest prime below 65536
ROUNDS = 1                      ; the CRC goes over the text so many times

.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000

; CRC-32
    MOV EAX, -1
    MOV EBP, ROUNDS
crc_round:
    MOV ESI, text
crc_byte:
    XOR AL, [ESI]
    INC ESI
    MOV ECX, 8
crc_bit:
    SHR EAX, 1
    JNC crc_zero
    XOR EAX, POLYNOMIAL
crc_zero:
    LOOP crc_bit
    CMP ESI, text_end
    JB crc_byte
    DEC EBP
    JNZ crc_round
    NOT EAX
    MOV [crc], EAX

; Adler-32: EBX is 1 + the sum of the bytes, EDI the sum of all EBX
    MOV EBX, 1
    XOR EDI, EDI
    MOV ESI, text
    MOV ECX, text_end - text
adler_byte:
    MOVZX EAX, BYTE [ESI]
    INC ESI
    ADD EBX, EAX
    ADD EDI, EBX
    LOOP adler_byte
    CALL reduced                ; so short a text overflows neither sum
    XCHG EBX, EDI
    CALL reduced
    SHL EBX, 16
    OR EBX, EDI
    MOV [adler], EBX

; rotate and add
    XOR EAX, EAX
    XOR ESI, ESI
    MOV ECX, text_end - text
hash_byte:
    ROL EAX, 5
    MOVZX EDX, BYTE [text + ESI]
    ADD EAX, EDX
    INC ESI
    DEC ECX
    JNZ hash_byte
    MOV [hash], EAX

    MOV EBX, [crc]
    MOV ECX, [adler]
    MOV EDX, [hash]
    HLT

; EBX modulo MODULUS
reduced:
    MOV EAX, EBX
    XOR EDX, EDX
    MOV EBX, MODULUS
    DIV EBX
    MOV EBX, EDX
    RET

.align 4
crc: .long 0
adler: .long 0
hash: .long 0

text:
    .ascii "A program cannot tell whether the machine it runs on is real, if every instruction either does what it would "
    .ascii "do there, or hands control to the monitor, which then does it in its place."
text_end:

.expect halted
.expect gpr[EBX] = 0xB4990ED9    ; zlib.crc32(text)
.expect gpr[ECX] = 0x33C74290    ; zlib.adler32(text)
.expect gpr[EDX] = 0xE678400B
