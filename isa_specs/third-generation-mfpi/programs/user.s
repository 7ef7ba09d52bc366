; MFPI in a user whose previous mode is user is LD.

        .org 0
        .word 0
        .word trap << 21
start:  LPSW enter
enter:  .word 1 << 32 | 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        MFPI r1, 3
        MFPI r2, 64             ; outside: a memory trap
        SVC
        .word 42

        .start start
        .expect halted
        .expect gpr[1] = 42
        .expect gpr[2] = 0
        .expect previous = 1
