; INC where it is meant to be used: in user mode.
;
; The supervisor enters a user, who counts to 10 by INC and calls. Virtual user mode is real user mode,
; so INC completes on both machines.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        LI r2, 10
        INC r1
        BNE r1, r2, 1
        SVC

        .start start
        .expect halted
        .expect gpr[1] = 10
        .expect user = 0
