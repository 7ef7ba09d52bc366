; LRI in user mode does nothing, on the guest's own machine as on the real one.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        LD r1, 4
        LRI r1
        LI r2, 1
        SVC
        .word 256

        .start start
        .expect halted
        .expect gpr[2] = 1
        .expect storage[0] = 1 << 31 | 3 << 21 | 128 << 11 | 64
