; RDC with all its fields, in both modes.
;
; f = 0, the program counter, is anybody's. The others are the supervisor's: a monitor interprets them and
; answers with the guest's relocation, bound and mode. A user is refused.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  RDC r1, 0
        RDC r2, 1
        RDC r3, 2
        RDC r4, 3
        LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   ADDI r6, r6, 1          ; go on behind what was refused
        LD r7, 0
        LD r5, one
        ADD r7, r7, r5
        ST r7, 0
        LI r7, 3
        BEQ r6, r7, done
        LPSW 0
done:   HLT
one:    .word 1 << 21

        .org 128
        RDC r2, 1
        RDC r3, 2
        RDC r4, 3

        .start start
        .expect halted
        .expect gpr[1] = start
        .expect gpr[2] = 0
        .expect gpr[3] = 256
        .expect gpr[4] = 0
        .expect gpr[6] = 3
