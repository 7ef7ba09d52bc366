; JSR stores the PC word with User in bit 5, for everybody to look at.
;
; A subroutine that executive and users share finds out who called it. Under a trap-and-emulate monitor the
; executive runs in real user mode, and the word says so.

        .org 100
start:  JSR who
        JUMPN 1,.               ; not reached
        MOVEI 2,1
        HALT .

who:    .word 0                 ; 1 = 0 for the executive, 1 for a user
        MOVEI 1,0
        MOVE 3,who
        TLNE 3,10000
        MOVEI 1,1
        JRST @who

        .start start
        .expect halted
        .expect ac[1] = 0
        .expect ac[2] = 1
        .expect storage[who] = 0,,start+1
