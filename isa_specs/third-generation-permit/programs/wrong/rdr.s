; RDR is refused in user mode unless the permission is given.
;
; A supervisor gives it and asks for its relocation. The monitor hands the permission on to the real
; machine, so that RDR completes there in user mode, and tells the real relocation.

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
