; RDM in user mode tells a user what is true.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        RDM r1
        SVC

        .start start
        .expect halted
        .expect gpr[1] = 1
