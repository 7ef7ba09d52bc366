; RDM tells the mode to whoever asks.
;
; A routine that supervisor and user share asks in which mode it runs. Under a trap-and-emulate monitor the
; supervisor runs in real user mode, and is told so.

        .org 0
start:  RDM r1
        LI r2, 0
        BEQ r1, r2, super
        HLT                     ; not reached
super:  LI r3, 1
        HLT

        .start start
        .expect halted
        .expect gpr[1] = 0
        .expect gpr[3] = 1
