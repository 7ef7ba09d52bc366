; A small operating system: two processes in turns, by the clock and by their own wish.
;
; The executive lies below 10000 (numbers are octal). Each process has one block of 2000 words, relocated to
; 10000 and 14000. A process calls the executive by a monitor UUO: the hardware stores the instruction with
; its effective address in location 40 and executes location 41, a JSR, which stores the PC word and clears
; User. The clock ticks every 2000 instructions and interrupts on channel 6, through location 54. The same
; channel carries the protection flag, which a process that reaches outside sets.
;
; Process 1 computes a Fibonacci number by recursion on a pushdown list and prints it; process 2 sorts the
; letters of a sentence, prints them, and then reads a word that it does not have. It is ended, and process
; 1 runs on.
;
; This is how the machine was meant to be used: JRSTF restores the flags of a process and with them enters
; user mode, PUSHJ and JSR call subroutines of the executive. It runs on the bare machine and under a hybrid
; monitor. Under a trap-and-emulate monitor the first JRSTF changes nothing: User is set already, nobody
; traps, the monitor takes the process for the executive. `jen.s` is a system that avoids all that.

exit = 40                       ; the calls: the process has ended
putc = 41                       ; print the character E
yield = 42                      ; let the other run
who = 43                        ; get the own number into A
puts = 44                       ; print the string of 7 bit characters at E

one = 10000                     ; where the processes lie
two = 14000
room = 2000

pc = 20                         ; in the table of a process, behind its accumulators: the PC word
reloc = 21                      ; what DATAO APR is given
ended = 22
follower = 23                   ; the process whose turn is next
number = 24

        .org 40
        .word 0
        JSR uuo
        .org 54
        JSR tick
        .org 60
        .word 0
        JSR odd                 ; codes 100 to 127 come this way

        .org 100
start:  CONO APR,2006           ; the clock is on, the processor on channel 6
        CONO PI,2202            ; the interrupt system is on, and channel 6
        MOVEI 1,first
        JRST run

; ---- A call, or something that a process may not do. -----------------------------------------------

odd:    .word 0
        EXCH 17,odd             ; make it look like code 000, which is no call
        MOVEM 17,uuo
        MOVE 17,odd
        SETZM 40
        JRST uuo+1

uuo:    .word 0
        MOVEM 17,acs+17
        MOVEI 17,acs            ; from 0 to acs
        BLT 17,acs+16
        MOVE 17,list
        MOVE 2,uuo
        PUSHJ 17,save           ; 1 is the table from here on
        LDB 3,opcode
        CAIL 3,exit
        CAILE 3,puts
        JRST bad
        JRST @calls-exit(3)
calls:  .word doexit,doputc,switch,dowho,doputs

doputc: HRRZ 2,40
        PUSHJ 17,type
        JRST run

dowho:  LDB 3,acfield
        ADDI 3,(1)
        MOVE 2,number(1)
        MOVEM 2,(3)             ; accumulator A of the process
        JRST run

; The string is read by the executive's addresses, so the executive has to take care of the limits.
doputs: HRRZ 3,40
        CAIGE 3,20              ; an accumulator
        JRST bad
        HRRZ 4,reloc(1)
        ADD 3,4
        HRLI 3,440700           ; pointer to the byte before the first
        MOVEM 3,point
next:   ILDB 2,point
        HRRZ 3,point
        SUB 3,4
        CAIL 3,room
        JRST bad
        JUMPE 2,run
        PUSHJ 17,type
        JRST next

bad:    MOVEI 2,'?'
        PUSHJ 17,type
        MOVE 2,number(1)
        ADDI 2,'0'
        PUSHJ 17,type
        JSR newline
        SETOM ended(1)
        JRST switch
doexit: AOS ended(1)

switch: MOVE 1,current
try:    MOVE 1,follower(1)      ; the next that runs, or at last the same
        SKIPN ended(1)
        JRST run
        CAME 1,current
        JRST try
        HALT .                  ; all have ended

; ---- Let the process whose table is at 1 run. ------------------------------------------------------

run:    MOVEM 1,current
        DATAO APR,reloc(1)
        MOVE 2,pc(1)
        MOVEM 2,go
        MOVSI 17,(1)            ; from the table to 0
        BLT 17,17
        JRSTF @go

; ---- The clock. ------------------------------------------------------------------------------------

tick:   .word 0
        MOVEM 17,acs+20
        CONSZ APR,20000         ; a violation has set a flag; it is dealt with at uuo
        CONO APR,20006
        CONSO APR,1000
        JRST dismiss
        CONO APR,1006
        MOVE 17,tick
        TLNN 17,10000           ; User in the PC word
        JRST dismiss            ; the executive is not interrupted for long
        MOVE 17,acs+20
        MOVEM 17,acs+17
        MOVEI 17,acs
        BLT 17,acs+16
        MOVE 17,list
        MOVE 2,tick
        PUSHJ 17,save
        JEN @.+1                ; end the interrupt, go on without
        .word 0,,switch
dismiss: MOVE 17,acs+20
        JEN @tick

; ---- Subroutines. ----------------------------------------------------------------------------------

save:   MOVE 1,current          ; the accumulators and the PC word in 2 to the table
        MOVEM 2,pc(1)
        MOVEI 3,(1)
        HRLI 3,acs
        BLT 3,17(1)
        POPJ 17,

type:   CONSO 120,10            ; wait until the teletype is done
        JRST type
        DATAO 120,2
        POPJ 17,

newline: .word 0
        MOVEI 2,'\n'
        PUSHJ 17,type
        JRST @newline

opcode: .word 331100,,40        ; byte pointers to the code and A of the call
acfield: .word 270400,,40
point:  .word 0
list:   .word -20,,stack-1
stack:  .space 20
acs:    .space 21
go:     .word 0
current: .word 0
first:  .space 20
        .word 10000,,begin1, one, 0, second, 1
second: .space 20
        .word 10000,,begin2, two, 0, first, 2

; ---- Process 1. The names of a process are its own addresses: `. - one`. ---------------------------
; Its first 20 words are not to be reached, as these addresses are the accumulators; nor can a program
; begin there: a process begins at 20.

        .org one+20
begin1 = . - one
        MOVE 17,list1
        MUUO who,1,0
        ADDI 1,'0'
        IDPB 1,point1
        MOVEI 3,text1
copy1 = . - one
        MOVE 1,(3)              ; pack the text five to a word
        JUMPE 1,go1
        IDPB 1,point1
        AOJA 3,copy1
go1 = . - one
        MOVEI 1,17
        PUSHJ 17,fib
        MOVEM 2,result
        MOVE 1,2
        PUSHJ 17,decimal
        MOVEI 1,'\n'
        IDPB 1,point1
        MUUO puts,line1
        MUUO exit,

fib = . - one                   ; 2 = the Fibonacci number with the number in 1
        MOVE 2,1
        CAIG 1,1
        POPJ 17,
        PUSH 17,1
        SUBI 1,1
        PUSHJ 17,fib
        EXCH 2,(17)             ; keep this one, get the number back
        MOVEI 1,-2(2)
        PUSHJ 17,fib
        POP 17,1
        ADD 2,1
        POPJ 17,

decimal = . - one               ; append the number in 1, digit by digit: the last digit is found first
        IDIVI 1,10.
        HRLM 2,(17)             ; the left half of the way back is free
        SKIPE 1
        PUSHJ 17,decimal
        HLRZ 2,(17)
        ADDI 2,'0'
        IDPB 2,point1
        POPJ 17,

result = . - one
        .word 0
point1 = . - one
        .word 440700,,line1
text1 = . - one
        .ascii ": fib(15) = "
        .word 0
line1 = . - one
        .space 10
list1 = . - one
        .word -100,,stack1-1
stack1 = . - one
        .space 100

; ---- Process 2. ------------------------------------------------------------------------------------

        .org two+20
begin2 = . - two
        MOVEI 4,length-1        ; how many pairs to compare
pass2 = . - two
        MOVN 3,4
        HRLZ 3,3                ; AOBJN pointer
pair2 = . - two
        MOVE 1,text2(3)
        CAMG 1,text2+1(3)
        JRST right2
        EXCH 1,text2+1(3)
        MOVEM 1,text2(3)
right2 = . - two
        AOBJN 3,pair2
        TRNN 4,17               ; let the other run after each 16th pass
        MUUO yield,
        SOJG 4,pass2
        MUUO who,5,0
        MUUO putc,'0'(5)        ; E is the character: the hardware adds the index
        MUUO putc,':'
        MOVSI 3,-length
pack2 = . - two
        MOVE 1,text2(3)
        IDPB 1,point2
        AOBJN 3,pack2
        MOVEI 1,'\n'
        IDPB 1,point2
        MUUO puts,line2
        MOVE 1,room             ; one word too far: the last instruction of process 2
        MUUO putc,'!'
        MUUO exit,

point2 = . - two
        .word 440700,,line2
text2 = . - two
        .ascii "the quick brown fox jumps over the lazy dog"
length = . - two - text2
line2 = . - two
        .space 20

        .start start
        .expect halted
        .expect output "2:        abcdeeefghhijklmnoooopqrrsttuuvwxyz\n?2\n1: fib(15) = 610\n"
        .expect storage[one+result] = 610.
        .expect storage[first+ended] = 1
        .expect storage[second+ended] = -1
        .expect user = 0
        .expect pi_held = 0
