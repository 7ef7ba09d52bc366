; A user with User In-out looks at its flags: the hybrid monitor goes wrong, too.
;
; The executive gives its user the right to do in-out. The user prints a letter, which a monitor has to do for
; it: in the real machine User In-out is off. JSP shows it bit 6 of the PC word, which is off then. (Under a
; trap-and-emulate monitor the JRSTF before has gone wrong already.)

        .org 40
        .word 0
        JRST trap

        .org 100
start:  JRSTF @word
word:   .word 14000,,user       ; User and User In-out
user:   DATAO 120,letter
        JSP 1,.+1
        MUUO 40,

letter: .word 'A'
trap:   HALT .

        .start start
        .expect halted
        .expect output "A"
        .expect ac[1] = 14000,,user+2
        .expect user_iot = 1
