; INC is refused in supervisor mode and completes in user mode.
;
; A supervisor executes it and is to trap. Under a trap-and-emulate monitor the supervisor runs in real
; user mode: INC completes, nobody traps, and the program goes on where it should not.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LI r1, 5
        INC r1
        LI r2, 1                ; not reached
        HLT

trap:   LI r3, 1
        HLT

        .start start
        .expect halted
        .expect gpr[1] = 5
        .expect gpr[2] = 0
        .expect gpr[3] = 1
