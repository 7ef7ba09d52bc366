; SPSW stores mode and relocation for whoever asks.
;
; A supervisor stores its PSW. Under a trap-and-emulate monitor it stores the real one: user mode, and the
; place where the monitor put the guest. A user does the same, where a hybrid monitor goes wrong, too.

        .org 0
        .word 0
        .word trap << 21 | 256

start:  SPSW own
        LPSW enter
enter:  .word 1 << 31 | 128 << 11 | 64
own:    .word 0
trap:   HLT

        .org 128
        SPSW 2
        SVC
        .word 0

        .start start
        .expect halted
        .expect storage[own] = start << 21 | 256
        .expect storage[128 + 2] = 1 << 31 | 128 << 11 | 64
