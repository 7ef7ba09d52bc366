; JRST 3 restores flags and enters user mode, whatever they say.
;
; It has both reasons to go wrong under a trap-and-emulate monitor. The word restores Overflow, which goes right:
; the arithmetic flags are the program's own. Then the user asks for the interrupt system and is refused.

        .org 40
        .word 0
        JRST trap

        .org 100
start:  JRST 3,@word
word:   .word 400000,,next
next:   CONI PI,found           ; refused: this is the user
        HALT .
found:  .word -1

trap:   JOV .+2                 ; Overflow is set
        HALT .
        MOVEI 1,1
        HALT .

        .start start
        .expect halted
        .expect ac[1] = 1
        .expect storage[found] = -1
        .expect storage[40] = 700640,,found
