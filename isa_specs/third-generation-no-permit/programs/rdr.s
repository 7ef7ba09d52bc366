; RDR with a permission that the monitor does not hand on.
;
; The supervisor gives the permission; supervisor and user ask for their relocation. In the real machine
; the permission is never given: RDR traps, and the monitor answers with the guest's own relocation.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LI r1, 1
        SPR r1
        RDR r2                  ; 0
        LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 128
        RDR r3                  ; 128
        SVC

        .start start
        .expect halted
        .expect gpr[2] = 0
        .expect gpr[3] = 128
        .expect permit = 1
