; The sieve of Eratosthenes: primes below 2048.
;
; One word per number, not 0 for composites. SKIPE and SKIPN test a word of the table where it is, SETOM
; marks one, and a whole loop over the multiples of a prime has four instructions.

limit = 2048.

        .org 100
start:  MOVEI 1,2
next:   SKIPE table(1)
        JRST after
        MOVEI 2,(1)             ; the first multiple with no smaller factor
        IMULI 2,(1)
        CAIL 2,limit
        JRST count
mark:   SETOM table(2)
        ADDI 2,(1)
        CAIGE 2,limit
        JRST mark
after:  AOJA 1,next

count:  MOVE 1,all
each:   SKIPE table(1)
        JRST skip
        AOS primes
        HRRZM 1,last
skip:   AOBJN 1,each
        HALT .

all:    .word -(limit-2),,2
primes: .word 0
last:   .word 0                 ; the greatest

        .org 4000
table:  .space limit

        .start start
        .expect halted
        .expect storage[primes] = 309.
        .expect storage[last] = 2039.
        .expect storage[table+2047.] = -1
        .expect storage[table+2039.] = 0
