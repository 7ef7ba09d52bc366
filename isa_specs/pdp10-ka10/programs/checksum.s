; The CRC-32 of a text, packed five characters to a word.
;
; IDPB packs the text into bytes of 7 bits, ILDB takes it apart again: both first count the pointer up, and
; go to the next word where one is full. The polynomial is 0xEDB88320, as in Ethernet frames and zip files.
; LSHC moves the lowest bit of the checksum into the sign of the next accumulator, where SKIPGE finds it.
; The text is taken four times in a row.

repeat = 4

        .org 100
start:  MOVSI 3,-length
        MOVE 4,pointer
pack:   MOVE 1,text(3)
        IDPB 1,4
        AOBJN 3,pack
        SETZ 1,
        IDPB 1,4                ; the end

        MOVE 1,ones             ; 1: the checksum
        MOVEI 5,repeat
again:  MOVE 4,pointer
next:   ILDB 2,4
        JUMPE 2,end
        XOR 1,2
        MOVEI 3,8.
bit:    LSHC 1,-1
        SKIPGE 2
        XOR 1,polynomial
        SOJG 3,bit
        JRST next
end:    SOJG 5,again
        XOR 1,ones
        MOVEM 1,checksum
        HALT .

ones:   .word 0xFFFFFFFF
polynomial: .word 0xEDB88320
checksum: .word 0
pointer: .word 440700,,packed
text:   .ascii "any conventional third generation computer"
        .ascii " may be virtualized if its sensitive instructions are privileged"
length = . - text
packed: .space 26.

        .start start
        .expect halted
        .expect storage[checksum] = 2178070248.
