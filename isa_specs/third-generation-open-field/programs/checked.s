; RDC where the check is right: the program counter is anybody's, bound and mode are the supervisor's.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  RDC r1, 2
        RDC r2, 3
        RDC r3, 0
here:   LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   LD r5, 0
        HLT

        .org 128
        RDC r4, 0
        RDC r1, 2               ; refused

        .start start
        .expect halted
        .expect gpr[1] = 256
        .expect gpr[2] = 0
        .expect gpr[3] = here - 1
        .expect gpr[4] = 0
        .expect gpr[5] = 1 << 31 | 1 << 21 | 128 << 11 | 64
