; Priority interrupts: the clock, overflow, a full pushdown list, and requests by the program itself.
;
; Channel 1 goes before channel 7. Channel n interrupts through location 40+2n, where JSR stores the PC word;
; the channel is held until JEN, and meanwhile only higher ones may interrupt. The processor's conditions
; share channel 4: its handler asks which flag is up, as all I/O handlers did. It has to clear Overflow
; twice, in the processor and in the PC word that JEN restores; with only one of both it interrupts for ever.
;
; The main program computes for 20000 instructions, lets 7 additions overflow, fills 3 lists, and requests an
; interrupt on channel 6 in each of 50 turns. The handler of 6 requests 2, which interrupts it at once, and 7,
; which has to wait until 6 is dismissed: a digit is printed by each for the first turn.

        .org 44
        JSR two
        .org 50
        JSR processor
        .org 54
        JSR six
        .org 56
        JSR seven

        .org 100
start:  CONO APR,2024           ; clock and overflow may interrupt, on channel 4
        CONO PI,2253            ; the system is on, with channels 2, 4, 6, 7
        MOVEI 7,50.
turn:   CONO PI,4002            ; request 6
        MOVEI 5,100.
        IMULI 6,5               ; work: a linear congruence, 15 bits
        ADDI 6,7
        ANDI 6,77777
        SOJG 5,.-3
        CAILE 7,7
        JRST .+3
        HRLOI 1,377777          ; the greatest number
        ADDI 1,1
        CAILE 7,3
        JRST .+3
        MOVSI 2,-1              ; a list with room for nothing
        PUSH 2,list
        SOJG 7,turn
        CONO PI,400             ; the system is off
        HALT .

processor: .word 0
        MOVEM 1,save1
        MOVE 1,processor
        CONSO APR,1000
        JRST .+3
        CONO APR,1004
        AOS clocks
        CONSO APR,10
        JRST .+4
        CONO APR,14
        TLZ 1,400000            ; and in the PC word
        AOS overflows
        CONSO APR,200000
        JRST .+3
        CONO APR,400004
        AOS lists
        MOVEM 1,processor
        MOVE 1,save1
        JEN @processor

six:    .word 0
        AOS sixes
        CONO PI,4041            ; request 2 and 7
        CONI PI,held            ; 2 has been served, 7 not yet
        SKIPE first
        DATAO 120,digit6
        JEN @six

two:    .word 0
        AOS twos
        SKIPE first
        DATAO 120,digit2
        JEN @two

seven:  .word 0
        AOS sevens
        SKIPE first
        DATAO 120,digit7
        SETZM first
        JEN @seven

save1:  .word 0
clocks: .word 0
overflows: .word 0
lists:  .word 0
sixes:  .word 0
twos:   .word 0
sevens: .word 0
held:   .word 0
first:  .word 1
digit2: .word '2'
digit6: .word '6'
digit7: .word '7'
list:   .space 2

        .start start
        .expect halted
        .expect output "267"
        .expect storage[overflows] = 7
        .expect storage[lists] = 3
        .expect storage[sixes] = 50.
        .expect storage[twos] = 50.
        .expect storage[sevens] = 50.
        .expect storage[clocks] = 10.
        .expect storage[held] = 1253
        .expect ac[6] = 17864.
        .expect pi_held = 0
