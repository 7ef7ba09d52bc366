; LRI loads R in supervisor mode and does nothing in user mode.
;
; A supervisor relocates itself by 128 words and goes on in the copy of its program there. Under a
; trap-and-emulate monitor it runs in real user mode: LRI does nothing, nobody is told, and it goes on
; where it was.

        .org 0
start:  LD r1, there
        LRI r1
        LI r2, 1                ; where it was
        HLT
there:  .word 128 << 11 | 64

        .org 128 + 2
        LI r2, 2                ; where it should be
        HLT

        .start start
        .expect halted
        .expect gpr[2] = 2
        .expect base = 128
