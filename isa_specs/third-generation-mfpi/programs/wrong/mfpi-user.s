; MFPI in a user whose previous mode is the supervisor: it reads the supervisor's words.
;
; A PSW with mode user and previous mode supervisor opens the supervisor's storage to the user. No monitor
; that runs users directly gets this right: in the real machine both modes are user, and MFPI gives the
; user's own word.

        .org 0
        .word 0
        .word trap << 21
start:  LPSW enter
        .word 17                ; the supervisor's word 3
enter:  .word 0 << 32 | 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        MFPI r1, 3
        SVC
        .word 0
        .word 42                ; the user's

        .start start
        .expect halted
        .expect gpr[1] = 17
