; JRST 2, or JRSTF, restores flags, User among them.
;
; Bit 5 of the word makes the executive a user, who tries to halt the machine and is refused. Under a
; trap-and-emulate monitor User is set already. Nobody traps, and the monitor goes on believing that
; this is the executive.

        .org 40
        .word 0
        JRST trap

        .org 100
start:  JRSTF @word
word:   .word 10000,,next
next:   HALT .                  ; refused: this is the user

trap:   MOVEI 1,1
        HALT .

        .start start
        .expect halted
        .expect ac[1] = 1
        .expect pc = trap+1
