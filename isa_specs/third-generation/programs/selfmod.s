; A program that writes its own code.
;
; Before index registers a loop over a table changed the address in its own instruction. The first loop
; does so with a LD and an ST: it adds 1 to both words in each turn and copies a table. The second loop
; puts one instruction after the other into the word `slot` and executes it. A simulator that keeps what
; it decoded once must notice both.

turns = 40

        .org 2
start:  LI r7, turns
repeat: LD r1, load             ; the loop's instructions in their first form
        ST r1, from
        LD r1, store
        ST r1, to
        LI r2, 16
from:   .word 0                 ; LD r3, table + n
to:     .word 0                 ; ST r3, copy + n
        LD r1, from
        ADDI r1, r1, 1
        ST r1, from
        LD r1, to
        ADDI r1, r1, 1
        ST r1, to
        ADDI r2, r2, -1
        BNE r2, r0, from
        ADDI r7, r7, -1
        BNE r7, r0, repeat

        LI r4, 1
        LI r5, 1
        LI r7, turns
round:  LI r6, 0
pick:   LD r1, codes(r6)
        ST r1, slot
slot:   HLT                     ; never executed as it stands here
        ADDI r6, r6, 1
        LI r1, 4
        BNE r6, r1, pick
        ADDI r7, r7, -1
        BNE r7, r0, round
        HLT

load:   LD r3, table
store:  ST r3, copy
codes:  ADD r4, r4, r5          ; a + b, b + a, a + 1, nothing
        ADD r5, r5, r4
        ADDI r4, r4, 1
        B slot + 1
table:  .word 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3
copy:   .space 16

        .start start
        .expect halted
        .expect gpr[4] = 33789723595
        .expect gpr[5] = 58237872835
        .expect storage[copy] = 3
        .expect storage[copy + 5] = 9
        .expect storage[copy + 15] = 3
        .expect storage[to] = 0x11 << 28 | 3 << 25 | copy + 16
