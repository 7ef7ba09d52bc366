; RDR without permission: refused in user mode, so that a monitor interprets it for a supervisor.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LI r2, 9
        RDR r2
        LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        LI r3, 9
        RDR r3                  ; refused

        .start start
        .expect halted
        .expect gpr[2] = 0
        .expect gpr[3] = 9
        .expect storage[0] = 1 << 31 | 1 << 21 | 128 << 11 | 64
