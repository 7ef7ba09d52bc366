; Insertion sort of 100 pseudo-random words.
;
; An xorshift generator (LSH and XOR) fills the list with numbers of both signs. AOBJN counts the words that
; are already in order and those still to come in one accumulator: its left half counts up to 0, its right
; half is the index. SOJL counts down to the place where a word belongs. Two sums at the end show that the
; words are the same (sum) and in order (sum of the sums so far). Only HALT needs the monitor.

n = 100.

        .org 100
start:  MOVE 1,seed
        MOVSI 2,-n
fill:   MOVE 3,1                ; x ^= x << 13; x ^= x >> 7; x ^= x << 17
        LSH 3,13.
        XOR 1,3
        MOVE 3,1
        LSH 3,-7
        XOR 1,3
        MOVE 3,1
        LSH 3,17.
        XOR 1,3
        MOVEM 1,list(2)
        ADDM 1,sum
        AOBJN 2,fill

        MOVE 2,rest
outer:  MOVE 3,list(2)          ; 3: the word to be inserted among those before it
        MOVEI 4,(2)
inner:  SOJL 4,found
        CAML 3,list(4)
        JRST found
        MOVE 5,list(4)          ; a greater one moves up
        MOVEM 5,list+1(4)
        JRST inner
found:  MOVEM 3,list+1(4)
        AOBJN 2,outer

        SETZB 1,6
        MOVSI 2,-n
check:  ADD 1,list(2)
        ADD 6,1
        AOBJN 2,check
        HALT .

seed:   .word 12345.
rest:   .word -(n-1),,1
sum:    .word 0                 ; before sorting
list:   .space n

        .start start
        .expect halted
        .expect ac[1] = 47330017831.
        .expect ac[6] = 20409726168.
        .expect storage[sum] = 47330017831.
        .expect storage[list] = 35124718794.
        .expect storage[list+80.] = 21923755185.
        .expect storage[list+n-1] = 33618557092.
