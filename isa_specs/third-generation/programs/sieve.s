; The sieve of Eratosthenes: primes below 512.
;
; 256 words are not many, so each number is one bit: number n is bit n mod 32 of word n / 32. A set bit
; means composite. Multiples of each p with p * p < 512 are set, then what is left is counted.

limit = 512

        .org 2
start:  LI r2, 2                ; r2: p
next:   JAL r7, bit             ; the bit of r2: r4 its word, r5 a word with the bit set
        LD r3, map(r4)
        AND r3, r3, r5
        BNE r3, r0, composite
        LI r1, 0                ; r1: p * p, by p additions
        ADDI r6, r2, 0
square: ADD r1, r1, r2
        ADDI r6, r6, -1
        BNE r6, r0, square
        LI r3, limit
        BGE r1, r3, count       ; no prime below has multiples left
        ST r2, p
        ADDI r2, r1, 0
mark:   JAL r7, bit
        LD r3, map(r4)
        OR r3, r3, r5
        ST r3, map(r4)
        LD r3, p
        ADD r2, r2, r3
        LI r3, limit
        BLT r2, r3, mark
        LD r2, p
composite: ADDI r2, r2, 1
        B next

count:  LI r2, 2
        LI r1, 0                ; r1: how many
each:   JAL r7, bit
        LD r3, map(r4)
        AND r3, r3, r5
        BNE r3, r0, skip
        ADDI r1, r1, 1
        ST r2, last
skip:   ADDI r2, r2, 1
        LI r3, limit
        BNE r2, r3, each
        ST r1, primes
        HLT

; Subroutine: JAL has put the way back into r7.
bit:    LI r4, 31
        AND r5, r2, r4
        LI r4, 1
        SHL r5, r4, r5
        LI r4, 5
        SHR r4, r2, r4
        B 0(r7)

p:      .word 0
primes: .word 0
last:   .word 0                 ; the greatest

        .org 128
map:    .space limit / 32

        .start start
        .expect halted
        .expect storage[primes] = 97
        .expect storage[last] = 509
        .expect storage[map] = 1601558352
