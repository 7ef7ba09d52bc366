; XCT, indirect addresses, and calls that a user program handles itself.
;
; XCT hands a word over as the next instruction, from anywhere: here from a table, through an index and a
; chain of indirect words, another XCT, and an accumulator. Codes 001 to 037 are no traps although they look
; like calls: the word goes to location 40 and location 41 is executed, both the program's own. A monitor has
; nothing to do with either. The program runs in user mode, entered by JEN, so that its JSR stores the
; same flags everywhere; a call of the executive (40) ends it.

        .org 40
        .word 0
        HALT .                  ; not a word that a trap may execute: the machine stops

        .org 100
start:  DATAO APR,map
        JEN @.+1
        .word 10000,,100

map:    .word 0,,10000

one = 10000
        .org one+100
        MOVE 1,luuo             ; location 41 of the program
        MOVEM 1,41
        MOVEI 10,100.
loop = . - one
        MOVEI 1,3               ; XCT the four words of a table
        XCT table(1)
        SOJGE 1,.-1-one
        XCT @chain              ; and the first of them through three indirect words
        XCT twice               ; and through another XCT
        MOVE 5,table+1
        XCT 5                   ; and from an accumulator
        LUUO 1,2,5              ; add 5 to accumulator 2
        LUUO 2,3,@chain         ; store the address at the end of the chain in accumulator 3
        XCT call                ; the call may stand elsewhere, too
        SOJG 10,loop
        MUUO 40,

table = . - one
        ADDI 2,1
        .keep .,.               ; read into an accumulator
        AOS count
        SUBI 2,3
        IMULI 4,3
chain = . - one
        .word 20,,.+1-one       ; bit 13: the address is in the next word
        .word 20,,.+1-one
        .word table
twice = . - one
        XCT thrice
thrice = . - one
        XCT table+1
call = . - one
        LUUO 37,6,1
count = . - one
        .word 0
luuo = . - one
        .keep .,.               ; copied to location 41
        JSR handler

handler = . - one
        .word 0
        LDB 11,code
        LDB 12,acfield
        CAIN 11,1
        JRST first
        CAIN 11,2
        JRST second
        AOS others
        JRST @handler
first = . - one
        HRRZ 13,40
        ADDM 13,(12)
        JRST @handler
second = . - one
        HRRZ 13,40
        MOVEM 13,(12)
        JRST @handler
others = . - one
        .word 0
code = . - one
        .word 331100,,40
acfield = . - one
        .word 270400,,40

        .state ac[4] = 1
        .start start
        .expect halted
        .expect ac[2] = 400.    ; each turn 1 - 3 + 1 + 5
        .expect ac[3] = table
        .expect ac[4] = 24951395281.
        .expect storage[one+count] = 300.
        .expect storage[one+others] = 100.
        .expect storage[40] = 40000,,0
        .expect overflow = 1
