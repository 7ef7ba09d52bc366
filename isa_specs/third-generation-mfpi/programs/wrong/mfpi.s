; MFPI loads a word by the addresses of the previous mode: here the supervisor fetches what its user means.
;
; A user calls with the address of its argument in r1. The handler, whose previous mode is user, fetches the
; argument by MFPI. Under a trap-and-emulate monitor R in the real machine maps the supervisor while it
; runs, and MFPI gives the supervisor's word with that number. A hybrid monitor interprets the
; supervisor and is right here.

        .org 0
        .word 0
        .word trap << 21 | 128 << 11 | 64   ; R stays the user's
start:  LPSW enter
        .word 17                ; the supervisor's word 3
enter:  .word 1 << 32 | 1 << 31 | 128 << 11 | 64
trap:   MFPI r2, 0(r1)
        HLT

        .org 128
        LI r1, 3
        SVC
        .word 0
        .word 42                ; the user's

        .start start
        .expect halted
        .expect gpr[2] = 42
