; Insertion sort of 64 pseudo-random words.
;
; The numbers come from an xorshift generator (shifts and exclusive or, since there is no multiplication)
; and fill the words from 96 to 159. Sorting moves about 64 * 64 / 4 words: one load and one store each,
; by an index register. A pair of sums at the end shows that the words are the same as before (sum) and
; in order (sum of the sums so far). All runs in supervisor mode and only HLT is privileged, so a
; trap-and-emulate monitor interprets one instruction and a hybrid monitor all of them.

count = 64

        .org 2
start:  LI r1, 12345            ; the generator's last number
        LI r5, 13
        LI r6, 7
        LI r7, 17
        LI r2, 0
fill:   SHL r3, r1, r5          ; x ^= x << 13; x ^= x >> 7; x ^= x << 17, in 36 bits
        XOR r1, r1, r3
        SHR r3, r1, r6
        XOR r1, r1, r3
        SHL r3, r1, r7
        XOR r1, r1, r3
        LI r4, 1
        SHR r3, r1, r4          ; 35 bits: not negative
        ST r3, list(r2)
        LD r4, sum
        ADD r4, r4, r3
        ST r4, sum
        ADDI r2, r2, 1
        LI r4, count
        BNE r2, r4, fill

        LI r7, count
        LI r2, 1
outer:  LD r3, list(r2)         ; r3: the number to be inserted among those before it
        ADDI r4, r2, 0
inner:  BEQ r4, r0, found
        LD r5, list - 1(r4)
        BGE r3, r5, found
        ST r5, list(r4)         ; a greater one moves up
        ADDI r4, r4, -1
        B inner
found:  ST r3, list(r4)
        ADDI r2, r2, 1
        BNE r2, r7, outer

        LI r2, 0
        LI r1, 0
        LI r6, 0
check:  LD r3, list(r2)
        ADD r1, r1, r3
        ADD r6, r6, r1
        ADDI r2, r2, 1
        BNE r2, r7, check
        HLT

sum:    .word 0                 ; before sorting

        .org 96
list:   .space count

        .start start
        .expect halted
        .expect gpr[1] = 15354473837
        .expect gpr[6] = 52441472222
        .expect storage[sum] = 15354473837
        .expect storage[list] = 543822300
        .expect storage[list + 32] = 15066736504
        .expect storage[list + count - 1] = 33837183494
