; Adds up the numbers from 5 to 1. A guest program says what must be true when it has ended.

        .org 2                  ; words 0 and 1 are for traps
start:  LI r1, 5
        LI r2, 0
next:   ADD r2, r1
        LD r3, minus
        ADD r1, r3
        BNZ r1, next
        ST r2, sum
        HLT
minus:  .word -1
sum:    .space 1

        .start start
        .expect halted
        .expect storage[sum] = 15
