; LRA of an address that the program does not have is a memory trap, on every machine.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   LD r1, 0
        HLT

        .org 128
        LI r2, 1
        LRA r2, 64

        .start start
        .expect halted
        .expect gpr[1] = 1 << 31 | 1 << 21 | 128 << 11 | 64
        .expect gpr[2] = 1
