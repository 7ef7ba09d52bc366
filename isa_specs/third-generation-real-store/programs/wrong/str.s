; STR stores past the relocation, into real storage.
;
; Words 20 and 21 hold a 7 and are cleared, one by the supervisor, one by its user. Under a monitor that runs
; them directly words 20 and 21 of the real machine are cleared, which are the monitor's own, and the guest
; keeps its 7. A hybrid monitor, which interprets the supervisor, is wrong about the user only. (The
; monitor's words are 0 already: so the escape does no harm. Another number would.)

        .org 0
        .word 0
        .word trap << 21 | 256

start:  LI r1, 0
        STR r1, 20
        LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
trap:   HLT

        .org 20
        .word 7, 7

        .org 128
        STR r1, 21
        SVC

        .start start
        .expect halted
        .expect storage[20] = 0
        .expect storage[21] = 0
