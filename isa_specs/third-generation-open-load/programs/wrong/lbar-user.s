; LBAR by a user: the hybrid monitor goes wrong as well.
;
; This machine lets a user move itself, here to the second half of its words. A monitor that runs the user
; directly does not learn of it.

        .org 0
        .word 0
        .word trap << 21 | 256
start:  LPSW enter
enter:  .word 1 << 31 | 8 << 11 | 16
trap:   HLT

        .org 8
        LBAR 3
        LI r2, 1                ; where it was
        SVC
        .word 16 << 11 | 16

        .org 16 + 1
        LI r2, 2                ; where it should be
        SVC

        .start start
        .expect halted
        .expect gpr[2] = 2
