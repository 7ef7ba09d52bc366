; A user with User In-out gives it up, and the hybrid monitor does not notice.
;
; A user may clear the flag by JRSTF. In the real machine it is off all the time, so nothing changes there, and
; nobody traps. The monitor still believes that the user has it, and prints a second letter for it.

        .org 40
        .word 0
        JRST trap

        .org 100
start:  JRSTF @word
word:   .word 14000,,user       ; User and User In-out
user:   DATAO 120,letter
        JRSTF @less
less:   .word 10000,,next
next:   DATAO 120,letter        ; refused
        MUUO 40,

letter: .word 'A'
trap:   HALT .

        .start start
        .expect halted
        .expect output "A"
        .expect user_iot = 0
        .expect storage[40] = 712140,,letter
