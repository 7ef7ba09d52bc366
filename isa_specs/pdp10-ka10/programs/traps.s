; Every trap of the machine, each counted by its kind.
;
; All but two kinds lead to location 41. The handler tells them apart by the code in 40: 40 to 77 is a call;
; 254 (JRST) and 7xx (in-out) are what user mode may not do; 0 is a cleared word, executed by mistake, or
; an address outside, for which the hardware also sets a flag. Codes 100 to 127 lead to 61. Core that is
; not there only sets a flag; the instruction is given up.
;
; The handler ends by JEN, which restores the flags of the user and, for good measure, a priority interrupt
; channel although none is held: unlike JRSTF it is refused in user mode, so that a monitor learns of it.

        .org 40
        .word 0
        JSR handler
        .org 60
        .word 0
        JSR odd

        .org 100
start:  MUUO 51,3,123           ; the executive may call itself
        UNASSIGNED 100,17,77777
        MOVE 1,40000            ; behind the end of core
        CONSZ APR,10000
        AOS absent
        CONO APR,10000
        DATAO APR,map
        JEN @.+1
        .word 10000,,20

handler: .word 0
        MOVEM 1,save1
        LDB 1,code
        CONSO APR,20000
        JRST .+4
        CONO APR,20000
        AOS outside
        JRST return
        CAIN 1,0
        AOS cleared
        CAIL 1,40
        CAILE 1,77
        SKIPA
        AOS calls
        CAIL 1,254
        AOS refused
        CAIN 1,77               ; the last call of the user
        HALT .
return: MOVE 1,save1
        JEN @handler

odd:    .word 0
        AOS unassigned
        JEN @odd

code:   .word 331100,,40
save1:  .word 0
map:    .word 0,,10000          ; one block at 10000
absent: .word 0
outside: .word 0
cleared: .word 0
calls:  .word 0
refused: .word 0
unassigned: .word 0

        .org 10020
        MUUO 40,1,(2)
        MUUO 76,
        UUO 0
        .word 0
        MOVE 1,2000             ; outside: read, written, pushed, both, as an address, and executed
        MOVEM 1,2000
        PUSH 3,1
        AOS 777777
        MOVE 1,@2000
        XCT 2000
        JRST 4,20               ; what user mode may not do
        JRST 10,20
        JRST 12,20
        JRST 17,20
        CONO PI,0
        CONI APR,30
        DATAO 120,30
        DATAI APR,30
        BLKO 120,30
        CONSO 120,10
        XCT illegal
        UNASSIGNED 110,
        UNASSIGNED 127,30(1)
        MUUO 77,
illegal = . - 10000
        DATAO APR,30

        .state ac[3] = 1777     ; a list whose next word is outside
        .start start
        .expect halted
        .expect storage[absent] = 1
        .expect storage[outside] = 6
        .expect storage[cleared] = 2
        .expect storage[calls] = 4
        .expect storage[refused] = 11.
        .expect storage[unassigned] = 3
        .expect storage[60] = 127000,,30
