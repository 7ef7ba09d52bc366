; A user's LBAR whose operand is outside its bound traps before it loads anything, on every machine.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   LD r1, 0
        HLT

        .org 128
        LI r2, 1
        LBAR 64
        LI r2, 2                ; not reached

        .start start
        .expect halted
        .expect gpr[1] = 1 << 31 | 1 << 21 | 128 << 11 | 64
        .expect gpr[2] = 1
