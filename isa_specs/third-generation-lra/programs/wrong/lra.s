; LRA tells real addresses to whoever asks.
;
; A guest's supervisor and its user ask where word 5 is: at 5 and at 133. Under a monitor user code is told
; where it is in the real machine.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LRA r1, 5
        LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        LRA r2, 5
        SVC

        .start start
        .expect halted
        .expect gpr[1] = 5
        .expect gpr[2] = 133
