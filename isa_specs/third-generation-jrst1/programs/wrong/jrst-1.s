; JRST 1 enters user mode without a trap.
;
; A supervisor starts its user with it; the user tries HLT and is refused. Under a trap-and-emulate
; monitor both run in real user mode. JRST 1 changes nothing there, the monitor does not learn of it, and
; when HLT traps it takes it for the supervisor's: it halts the guest.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  JRST 1, run
run:    HLT                     ; refused: this is the user

trap:   LI r1, 1
        HLT

        .start start
        .expect halted
        .expect gpr[1] = 1
        .expect storage[0] = 1 << 31 | run << 21 | 256
