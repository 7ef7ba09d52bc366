; LPSW traps on a word that is no PSW, in supervisor mode, too.
;
; The supervisor loads a word with bit 32 set: the trap is its own fault and not a refusal. Its handler clears
; the bit and loads the word again, which enters a user. The user tries both words: each LPSW is refused.

        .org 0
        .word 0
        .word bad << 21 | 256

start:  LPSW wrong
wrong:  .word 1 << 32 | 1 << 31 | 128 << 11 | 64
right:  .word 1 << 31 | 128 << 11 | 64
later:  .word refused << 21 | 256

bad:    LD r1, 0                ; the PSW of the supervisor that failed
        LD r2, later            ; from now on traps come from the user
        ST r2, 1
        LPSW right

refused: ADDI r3, r3, 1
        LI r4, 2
        BEQ r3, r4, done
        LPSW second
done:   HLT
second: .word 1 << 31 | 1 << 21 | 128 << 11 | 64

        .org 128
        LPSW 2
        LPSW 3
        .word 1 << 32
        .word 0

        .start start
        .expect halted
        .expect gpr[1] = start << 21 | 256
        .expect gpr[3] = 2
        .expect storage[0] = 1 << 31 | 1 << 21 | 128 << 11 | 64
