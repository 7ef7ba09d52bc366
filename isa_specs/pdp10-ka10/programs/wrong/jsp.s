; JSP puts the PC word into an accumulator: a way to read the flags.
;
; An executive that is started again finds User in the word where there should be none, and with JRSTF would
; enter user mode by it. Under a trap-and-emulate monitor every executive finds it.

        .org 100
start:  JSP 1,.+1
        TLNE 1,10000
        HALT .                  ; not reached
        MOVEI 2,1
        HALT .

        .start start
        .expect halted
        .expect ac[1] = 0,,start+1
        .expect ac[2] = 1
