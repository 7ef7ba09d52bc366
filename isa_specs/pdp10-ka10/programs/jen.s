; A time-sharing system that even a trap-and-emulate monitor runs right.
;
; `os.s` goes wrong under it where the executive enters user mode by JRSTF, and where it stores a PC word by
; PUSHJ or JSR. This system does as much and uses none of them. It enters user mode by JEN: the same jump, and
; besides it ends an interrupt, whether there is one or not; therefore it is refused in user mode, and the
; monitor interprets it. Its subroutines are called by JSA, which stores the address only and not the
; flags, and left by JRA. The JSR in the interrupt and trap locations are executed by the hardware, that is, by
; the monitor, with the flags of the guest.
;
; Two processes run copies of the same code, each in its own block. They take turns by the clock, and yield
; once. Both raise numbers to a power modulo a prime and print a letter after each 50. They use PUSHJ: what it
; stores in user mode is the same on both machines.

one = 10000
two = 14000
n = 100.

ended = 20                      ; in the table of a process, behind its accumulators
pc = 21
reloc = 22
other = 23

        .org 40
        .word 0
        JSR call
        .org 54
        JSR tick

        .org 100
start:  MOVE 1,copy             ; two processes of one
        BLT 1,two+777
        MOVEI 1,30.
        MOVEM 1,two+e
        MOVEI 1,'b'
        MOVEM 1,two+letter
        CONO APR,2006
        CONO PI,2202
        MOVEI 1,first
        JRST run

call:   .word 0                 ; 40: print E. 41: yield. 42: end. Anything else: end
        JSA 16,save
        MOVE 2,call
        MOVEM 2,pc(1)
        LDB 3,code
        CAIN 3,40
        JRST print
        CAIE 3,41
        AOS ended(1)
        JRST switch
print:  MOVE 2,40
        JSA 16,type
        JRST run

tick:   .word 0
        CONO APR,21006          ; the clock is served, and so is a protection flag
        EXCH 16,tick            ; is the PC word a user's?
        TLNN 16,10000
        JRST nouser
        EXCH 16,tick
        JSA 16,save
        MOVE 2,tick
        MOVEM 2,pc(1)
switch: MOVE 1,current
        MOVE 1,other(1)
        SKIPE ended(1)
        MOVE 1,other(1)
        SKIPE ended(1)
        HALT .
run:    MOVEM 1,current
        DATAO APR,reloc(1)
        MOVE 2,pc(1)
        MOVEM 2,go
        MOVSI 17,(1)
        BLT 17,17
        JEN @go
nouser: EXCH 16,tick
        JEN @tick

save:   .word 0                 ; JSA puts 16 here, and the way back into 16
        MOVEM 17,acs+17
        MOVEI 17,acs
        BLT 17,acs+15
        MOVE 1,save
        MOVEM 1,acs+16
        MOVE 1,current
        MOVEI 3,(1)
        HRLI 3,acs
        BLT 3,17(1)
        JRA 16,(16)             ; 1 is the table

type:   .word 0
        CONSO 120,10
        JRST .-1
        DATAO 120,2
        JRA 16,(16)

copy:   .word one,,two
code:   .word 331100,,40
acs:    .space 20
go:     .word 0
current: .word 0
first:  .space 20
        .word 0, 10000,,100, 0,,one, second
second: .space 20
        .word 0, 10000,,100, 0,,two, first

; ---- Process 1: the sum of k to the power e modulo 8191, for k from 1 to n. ------------------------
; The executive makes process 2 of a copy of these words, with another power and another letter.

        .keep one,one+777       ; copied
        .org one+100
        MOVE 17,list
        SETZ 10,                ; the sum
        MOVEI 7,1               ; k
each = . - one
        MOVE 1,7
        MOVE 2,e
        PUSHJ 17,power
        ADD 10,3
        MOVE 4,7
        IDIVI 4,50.
        JUMPN 5,more            ; not after each 50
        MOVE 4,letter
        MUUO 40,(4)
        CAIN 7,n/2
        MUUO 41,                ; halfway: let the other run
more = . - one
        CAIE 7,n
        AOJA 7,each
        MOVEM 10,sum
        MUUO 42,

power = . - one                 ; 3 = 1 to the power 2, modulo 8191
        JUMPE 2,unit
        PUSH 17,2
        LSH 2,-1
        PUSHJ 17,power
        IMUL 3,3                ; twice half the power
        IDIVI 3,8191.
        MOVE 3,4
        POP 17,2
        TRNN 2,1
        POPJ 17,
        IMUL 3,1                ; and once more where it is odd
        IDIVI 3,8191.
        MOVE 3,4
        POPJ 17,
unit = . - one
        MOVEI 3,1
        POPJ 17,

e = . - one
        .word 17.
letter = . - one
        .word 'a'
sum = . - one
        .word 0
list = . - one
        .word -40,,.-one
        .space 40

        .start start
        .expect halted
        .expect output "baba"
        .expect storage[one+sum] = 390383.
        .expect storage[two+sum] = 381784.
        .expect storage[first+ended] = 1
        .expect storage[second+ended] = 1
