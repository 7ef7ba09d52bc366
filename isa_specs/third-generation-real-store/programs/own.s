; A program that has STR and does not use it: ST does what it wants.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        LI r1, 7
        ST r1, 20
        SVC

        .start start
        .expect halted
        .expect storage[128 + 20] = 7
