; LDU in user mode is LD.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        LDU r1, 3
        LD r2, 3
        SVC
        .word 42

        .start start
        .expect halted
        .expect gpr[1] = 42
        .expect gpr[2] = 42
