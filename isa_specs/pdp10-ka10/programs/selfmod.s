; A program that writes its own code.
;
; Three old habits. The first loop copies a table by counting up the addresses in its own instructions. The
; second puts one instruction after the other into the word `slot` and executes it. The third builds
; instructions in an accumulator, for XCT. A simulator that keeps what it decoded once must notice the
; first two, and not keep the third.

turns = 60.

        .org 100
start:  MOVEI 7,turns
repeat: MOVE 1,load             ; the loop's instructions in their first form
        MOVEM 1,from
        MOVE 1,store
        MOVEM 1,to
        MOVEI 2,20
from:   .word 0                 ; MOVE 3,table+n
to:     .word 0                 ; MOVEM 3,copy+n
        AOS from
        AOS to
        SOJG 2,from
        SOJG 7,repeat

        MOVEI 4,1
        MOVEI 5,1
        MOVEI 7,turns
round:  MOVSI 6,-4
pick:   MOVE 1,codes(6)
        MOVEM 1,slot
slot:   HALT .                  ; never executed as it stands here
        AOBJN 6,pick
        SOJG 7,round

        MOVEI 7,turns
        SETZB 10,11
build:  MOVE 1,add              ; ADDI 10,n with n from turns down to 1
        HRR 1,7
        XCT 1
        TLC 1,4000              ; ADDI and SUBI differ in this bit
        TLC 1,40                ; and 10 and 11 in this: SUBI 11,n
        XCT 1
        SOJG 7,build
        HALT .

load:   MOVE 3,table
store:  MOVEM 3,copy
codes:  ADD 4,5                 ; a + b, b + a, a + 1, nothing
        ADD 5,4
        ADDI 4,1
        JRST slot+1
add:    ADDI 10,0
table:  .word 3, 1, 4, 1, 5, 9., 2, 6, 5, 3, 5, 8., 9., 7, 9., 3
copy:   .space 20

        .start start
        .expect halted
        .expect ac[4] = 857215809.
        .expect ac[5] = 12429137569.
        .expect ac[10] = 1830.
        .expect ac[11] = -1830.
        .expect storage[copy] = 3
        .expect storage[copy+5] = 9.
        .expect storage[copy+17] = 3
        .expect storage[to] = 202140,,copy+20
