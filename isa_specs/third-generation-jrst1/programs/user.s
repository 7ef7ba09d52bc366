; JRST 1 in user mode is a jump.
;
; The supervisor enters its user by LPSW, which traps under a monitor. What the user does by JRST 1 is the
; same on both machines: it is in user mode and stays there.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        JRST 1, 2
        LI r1, 1                ; jumped over
        SVC

        .start start
        .expect halted
        .expect gpr[1] = 0
        .expect storage[0] = 1 << 31 | 2 << 21 | 128 << 11 | 64
