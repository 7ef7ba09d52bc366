; JRST 1 enters user mode without a trap.
;
; The executive jumps to its user, who tries to halt the machine and is refused. Under a trap-and-emulate
; monitor both run in real user mode: JRST 1 changes nothing, the monitor does not learn of it, and when
; HALT traps it takes it for the executive's: the guest halts.

        .org 40
        .word 0
        JRST trap

        .org 100
start:  JRST 1,next
next:   HALT .                  ; refused: this is the user

trap:   MOVEI 1,1
        HALT .

        .start start
        .expect halted
        .expect ac[1] = 1
        .expect pc = trap+1
