; The CRC-32 of a text, bit by bit.
;
; The polynomial is 0xEDB88320, as in Ethernet frames and zip files, so that the result can be compared
; with any other program's. The text is taken twice in a row. Shifts, exclusive or and a branch:
; nothing here concerns the machine's owner, and a monitor has nothing to do until HLT.

repeat = 2

        .org 2
start:  LD r1, ones             ; r1: the checksum
        LD r5, polynomial
        LI r6, 1
        LI r7, repeat
again:  LI r2, 0
character: LD r3, text(r2)
        XOR r1, r1, r3
        LI r4, 8
bit:    AND r3, r1, r6
        SHR r1, r1, r6
        BEQ r3, r0, even
        XOR r1, r1, r5
even:   ADDI r4, r4, -1
        BNE r4, r0, bit
        ADDI r2, r2, 1
        LI r3, length
        BNE r2, r3, character
        ADDI r7, r7, -1
        BNE r7, r0, again
        LD r3, ones
        XOR r1, r1, r3
        ST r1, checksum
        HLT

ones:   .word 0xFFFFFFFF
polynomial: .word 0xEDB88320
checksum: .word 0
text:   .ascii "any conventional third generation computer"
        .ascii " may be virtualized if its sensitive instructions are privileged"
length = . - text

        .start start
        .expect halted
        .expect storage[checksum] = 1854702608
