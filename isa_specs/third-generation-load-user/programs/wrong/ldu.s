; LDU loads a word by the user's addresses, in any mode.
;
; A supervisor, which is not relocated itself, loads R for its user and fetches the user's word 3. Under a
; trap-and-emulate monitor R in the real machine maps the supervisor: LDU gives its own word 3.

        .org 0
start:  LBAR users
        LDU r1, 3
        HLT
        .word 17                ; the supervisor's word 3
users:  .word 128 << 11 | 64

        .org 128 + 3
        .word 42                ; the user's

        .start start
        .expect halted
        .expect gpr[1] = 42
