; LBAR loads R in any mode.
;
; A supervisor relocates itself by 16 words and goes on in the copy of its program there. Under a
; trap-and-emulate monitor LBAR does not trap: what it loads goes into the real R, as if the guest's
; storage began at real word 0. The guest now runs in the words of the monitor. Those are 0, which is no
; instruction; the trap brings the monitor back, for which R is what it was.

        .org 0
start:  LBAR there
        LI r2, 1                ; where it was
        HLT
there:  .word 16 << 11 | 32

        .org 16 + 1
        LI r2, 2                ; where it should be
        HLT

        .start start
        .expect halted
        .expect gpr[2] = 2
        .expect base = 16
