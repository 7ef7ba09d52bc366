; PUSHJ pushes the whole PC word, not only the address.
;
; A subroutine that answers yes or no sets or clears Carry 0 in the word and goes back by JRSTF, which
; restores the other flags as they were. Most go back by POPJ, which takes the address only; but the word on
; the list has User under a trap-and-emulate monitor, and has not on the bare machine.

        .org 100
start:  MOVE 17,list
        PUSHJ 17,yes
        JCRY0 .+2
        HALT .                  ; not reached
        MOVEI 2,1
        HALT .

yes:    POP 17,1
        TLO 1,200000            ; Carry 0
        JRSTF (1)

list:   .word -4,,.
        .space 4

        .start start
        .expect halted
        .expect ac[1] = 200000,,start+2
        .expect ac[2] = 1
        .expect storage[list+1] = 0,,start+2
