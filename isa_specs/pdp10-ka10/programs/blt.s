; BLT: blocks of words, and an instruction that stops halfway and goes on.
;
; The pointer in the accumulator has the source in its left half and the destination in its right half, and
; counts both up with each word. So a block whose source and destination overlap by all but one word is
; filled; accumulators are words 0 to 17 of storage and are saved and loaded by one BLT; and after a trap in
; the middle the pointer tells where to go on.
;
; The user has one block of 2000 words and fills three with copies of 1000 of them, by one BLT. It traps at the
; first word outside; the executive gives the user one block more and backs up its PC by one, and BLT goes on
; where it stopped. This is paging, on a machine without pages.

one = 10000

        .org 40
        .word 0
        JSR handler

        .org 100
start:  MOVEI 1,7               ; fill 100 words with 7
        MOVEM 1,block
        MOVE 1,fill
        BLT 1,block+77
        MOVE 2,block+77

        MOVSI 17,data           ; load all accumulators, save them elsewhere
        BLT 17,17
        MOVEM 17,copy+17
        MOVEI 17,copy
        BLT 17,copy+16

        MOVE 1,tiny             ; a destination beyond the end: one word all the same
        BLT 1,block

        DATAO APR,map
        JEN @.+1
        .word 10000,,20

handler: .word 0
        CONSO APR,20000         ; a violation, or the end
        HALT .
        CONO APR,20000
        AOS grown
        MOVE 5,more
        ADDM 5,map              ; one block more
        DATAO APR,map
        SOS handler             ; BLT once more
        JEN @handler

fill:   .word block,,block+1
tiny:   .word data,,block+1
map:    .word 0,,one
more:   .word 2000,,0
grown:  .word 0
data:   .word 100, 101, 102, 103, 104, 105, 106, 107, 110, 111, 112, 113, 114, 115, 116, 117
copy:   .space 20
block:  .space 100

        .org one+20
        MOVSI 1,-1000           ; 1000 numbers
        MOVEM 1,1000(1)         ; E has 18 bits: only the right half of 1 counts
        AOBJN 1,.-1-one
        MOVE 2,there
        BLT 2,5777              ; 4000 words
        SETZ 4,                 ; the sum of what arrived
        MOVSI 1,-4000
        ADD 4,2000(1)
        AOBJN 1,.-1-one
        MUUO 40,
there = . - one
        .word 1000,,2000

        .start start
        .expect halted
        .expect storage[grown] = 2
        .expect ac[2] = 4777,,5777
        .expect ac[4] = 68451564544.
        .expect storage[block+77] = 7
        .expect storage[copy] = 100
        .expect storage[copy+17] = 117
        .expect storage[block] = 7
        .expect storage[block+1] = 100
        .expect storage[map] = 4000,,one
        .expect storage[one+2000] = -1000,,0
        .expect storage[one+5777] = -1,,777
