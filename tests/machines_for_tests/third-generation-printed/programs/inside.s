; A guest whose R stays within its storage: both maps are right, unless `escape.s` runs beside it.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 128
trap:   HLT

        .org 128
        LI r1, 13
        ST r1, 127
        LI r2, 1
        ST r1, 128              ; outside
        LI r2, 2                ; not reached

        .start start
        .expect halted
        .expect storage[255] = 13
        .expect gpr[2] = 1
        .expect storage[20] = 0
        .expect storage[60] = 0
