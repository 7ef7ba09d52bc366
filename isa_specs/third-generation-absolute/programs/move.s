; A supervisor that is not relocated moves its user.
;
; R acts in user mode only: the supervisor may load any R and goes on where it is. It runs the same user
; program at 96, copies its words to 160 and runs it there. The user adds 1 to a word of its own each time.

        .org 0
        .word 0
        .word first << 21

start:  LPSW low
low:    .word 1 << 31 | 96 << 11 | 32
high:   .word 1 << 31 | 160 << 11 | 32
then:   .word second << 21

first:  LBAR high               ; nothing happens: this is the supervisor
        LI r2, 0
        LI r3, 32
copy:   LD r4, 96(r2)
        ST r4, 160(r2)
        ADDI r2, r2, 1
        BNE r2, r3, copy
        LD r4, then
        ST r4, 1
        LPSW high
second: HLT

        .org 96
        LD r1, 4
        ADDI r1, r1, 1
        ST r1, 4
        SVC
        .word 10

        .start start
        .expect halted
        .expect storage[96 + 4] = 11
        .expect storage[160 + 4] = 12
        .expect storage[0] = 1 << 31 | 3 << 21 | 160 << 11 | 32
