; A small operating system with two processes.
;
; The supervisor lies below 128, each process has 64 words above. A process is entered by LPSW, with R
; such that its own addresses begin at 0, and comes back by a trap: the machine stores the old PSW in
; word 0 and takes the new one from word 1. No trap says what happened. The supervisor looks at the
; instruction: the word 40 in its first 8 bits is SVC, a call; anything else is an error, and the
; process is ended with the result -1. There is no clock: a process runs until it yields.
;
; Process 1 computes Fibonacci numbers, process 2 sorts. Both yield in their loops, so they take
; turns. Process 2 then reads outside its 64 words: it is ended, and process 1 runs on.
;
; All that the supervisor does about M and R is privileged, so the program runs alike bare, under a
; monitor, and under a monitor that runs under a monitor. In the storage of each machine stands what
; that machine believes: a PSW in which the base is 128 or 192, wherever the guest lies.

user = 1 << 31          ; fields of a PSW
supervisor = 0
one = 128               ; where the processes lie
two = 192
room = 64               ; and how long each is

; A call is the word of SVC with the number of the call in its last bits.
call = 0x40 << 28
exit = 0                ; end; the result is in r1
yield = 1               ; let the other run
who = 2                 ; get the own number into r1
write = 3               ; append r1 to the log

; The table of a process, in words.
psw = 0
registers = 1           ; r0 to r7
ended = 9               ; 0 while it runs
result = 10
follower = 11           ; the process whose turn is next
number = 12

        .org 0
old:    .word 0
new:    .word supervisor | trap << 21 | 256

start:  LI r7, process1
        B dispatch

; ---- A trap. All registers are the process's. ------------------------------------------------------

trap:   ST r7, hold
        LD r7, current
        ST r0, registers + 0(r7)
        ST r1, registers + 1(r7)
        ST r2, registers + 2(r7)
        ST r3, registers + 3(r7)
        ST r4, registers + 4(r7)
        ST r5, registers + 5(r7)
        ST r6, registers + 6(r7)
        LD r0, hold
        ST r0, registers + 7(r7)
        LI r0, 0                        ; r0 is 0 from here on
        LD r1, old
        LI r2, 21                       ; r2: its program counter
        SHR r2, r1, r2
        LI r3, 1023
        AND r2, r2, r3
        LI r4, 2047                     ; r4: its bound
        AND r4, r1, r4
        BGE r2, r4, bad                 ; it jumped out of its words
        LI r4, 11                       ; r4: its base
        SHR r4, r1, r4
        AND r4, r4, r3
        ADD r2, r2, r4                  ; its address, as the supervisor sees it
        LD r2, 0(r2)                    ; r2: the instruction
        LI r3, 28
        SHR r3, r2, r3
        LI r4, 0x40
        BNE r3, r4, bad
        LI r3, 1 << 21                  ; a call; the process goes on behind it
        ADD r1, r1, r3
        ST r1, psw(r7)
        LI r3, 255
        AND r2, r2, r3
        LI r3, 4
        BGE r2, r3, bad
        B calls(r2)
calls:  B doexit
        B doyield
        B dowho
        B dowrite

dowho:  LD r1, number(r7)
        ST r1, registers + 1(r7)
        B dispatch

dowrite: LD r1, registers + 1(r7)
        LD r2, written
        LI r3, 8
        BGE r2, r3, bad                 ; the log is full
        ST r1, log(r2)
        ADDI r2, r2, 1
        ST r2, written
        B dispatch

bad:    ADDI r1, r0, -1
        B end
doexit: LD r1, registers + 1(r7)
end:    ST r1, result(r7)
        LI r1, 1
        ST r1, ended(r7)

doyield: LD r2, current
next:   LD r7, follower(r7)             ; the next that runs, or at last the same
        LD r1, ended(r7)
        BEQ r1, r0, dispatch
        BNE r7, r2, next
        HLT                             ; all have ended

; ---- Let the process whose table is in r7 run. -----------------------------------------------------

dispatch: ST r7, current
        LD r0, psw(r7)
        ST r0, go
        LD r0, registers + 0(r7)
        LD r1, registers + 1(r7)
        LD r2, registers + 2(r7)
        LD r3, registers + 3(r7)
        LD r4, registers + 4(r7)
        LD r5, registers + 5(r7)
        LD r6, registers + 6(r7)
        LD r7, registers + 7(r7)
        LPSW go

hold:   .word 0
go:     .word 0
current: .word 0
process1: .word user | one << 11 | room, 0,0,0,0,0,0,0,0, 0, 0, process2, 1
process2: .word user | two << 11 | room, 0,0,0,0,0,0,0,0, 0, 0, process1, 2

; The log takes what is left below the processes.
written: .word 0
log:    .space 8

; ---- Process 1: the 40th Fibonacci number. ---------------------------------------------------------
; The names of a process are its own addresses, which begin at 0: `. - one`.

        .org one
        .word call + who
        .word call + write
        LI r2, 0
        LI r3, 1
        LI r4, 40
fib = . - one
        ADD r5, r2, r3
        ADDI r2, r3, 0
        ADDI r3, r5, 0
        .word call + yield
        ADDI r4, r4, -1
        BNE r4, r0, fib
        ADDI r1, r2, 0
        .word call + write
        LI r1, 7
        .word call + exit

; ---- Process 2: insertion sort of 16 numbers, then a mistake. --------------------------------------

        .org two
        .word call + who
        .word call + write
        LI r2, 1                        ; r2: the number to be inserted among those before it
        LI r7, 16
outer = . - two
        LD r3, list(r2)
        ADDI r4, r2, 0                  ; r4: the place where it might belong
inner = . - two
        BEQ r4, r0, found
        LD r5, list - 1(r4)
        BGE r3, r5, found
        ST r5, list(r4)                 ; a greater one moves up
        ADDI r4, r4, -1
        B inner
found = . - two
        ST r3, list(r4)
        .word call + yield
        ADDI r2, r2, 1
        BNE r2, r7, outer
        LI r1, 0                        ; the sum of the sums so far tells the order
        LI r2, 0
sum = . - two
        LD r3, list(r2)
        ADD r1, r1, r3
        ADD r6, r6, r1
        ADDI r2, r2, 1
        BNE r2, r7, sum
        ADDI r1, r6, 0
        .word call + write
        LD r1, room                     ; one word too far: the last instruction of process 2
        LI r1, 1
        .word call + write
        .word call + exit
list = . - two
        .word 31, 4, 15, 92, 65, 35, 89, 79, 32, 38, 46, 26, 43, 38, 32, 79

        .start start
        .expect halted
        .expect storage[written] = 4
        .expect storage[log + 0] = 1
        .expect storage[log + 1] = 2
        .expect storage[log + 2] = 4513
        .expect storage[log + 3] = 102334155
        .expect storage[process1 + result] = 7
        .expect storage[process2 + result] = -1
        .expect storage[two + list] = 4
        .expect storage[two + list + 15] = 92
