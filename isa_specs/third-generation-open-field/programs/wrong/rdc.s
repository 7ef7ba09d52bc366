; RDC 1 gives the relocation to whoever asks.
;
; The supervisor begins at word 0 and is told so. Under a monitor, whichever kind, user code is told where
; the monitor put the guest; the supervisor, too, if it runs directly.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  RDC r1, 1               ; 0
        LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        RDC r2, 1               ; 128
        SVC

        .start start
        .expect halted
        .expect gpr[1] = 0
        .expect gpr[2] = 128
