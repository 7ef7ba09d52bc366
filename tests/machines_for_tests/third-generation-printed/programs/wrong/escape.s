; A guest that loads an R beyond its storage.
;
; The map of the paper is (l + k, b) for a guest at k. It assumes that l + b stays within the guest's storage,
; but a guest may load any R, and on its own machine what reaches too far traps. First it loads a bound of
; 1024 and stores behind its 256 words: that word belongs to the guest behind it. Then it loads l = 768,
; which on its own machine leads outside with any address. But real addresses have 10 bits, and 768 + 256
; is 0: for a guest at 256 all of the real machine is open, and its user stores into word 20 of the guest
; before.
;
; Run it beside another program, `inside.s`, with --monitor printed: as the first of both it changes the
; other's word 60, as the second its word 20. The monitor `default` clips the bound, and both stores trap.

        .org 0
        .word 0
        .word trap1 << 21 | 256

start:  LI r1, 13
        LBAR wide
        ST r1, 256 + 60         ; a memory trap
        LI r2, 1                ; not reached
trap1:  LD r3, next
        ST r3, 1
        LPSW around             ; a memory trap as soon as the next instruction is fetched
inside: ST r1, 20
        LI r4, 1                ; not reached
        SVC
trap2:  HLT
wide:   .word 1024
around: .word 1 << 31 | 256 + inside << 21 | 768 << 11 | 1024
next:   .word trap2 << 21 | 256

        .start start
        .expect halted
        .expect gpr[2] = 0
        .expect gpr[4] = 0
        .expect storage[0] = 1 << 31 | 256 + inside << 21 | 768 << 11 | 1024
