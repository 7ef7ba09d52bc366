; Every trap of the machine, in both modes, each counted by its kind.
;
; A trap leaves the address of the instruction in the old PSW and nothing else. The handler fetches the
; instruction through the old PSW and tells the kinds apart by its code: 40 is SVC, F0 to F4 are
; privileged, 10 to 13 reach storage, anything else is no instruction. Where the address of the
; instruction itself is outside the bound there is no instruction to look at. The handler goes on behind
; the instruction.
;
; The same list of bad instructions runs first as supervisor, which the privileged ones do not
; disturb, and then as user.

user = 1 << 31
size = 256
base = 128              ; the user's
bound = 64

        .org 0
        .word 0
        .word trap << 21 | size

start:  LPSW super              ; privileged, and no trap: this is the supervisor
        HLT                     ; not reached
insuper: LBAR whole             ; neither
        SVC
        LD r1, size             ; a word too far
        .word 0                 ; no instruction
        .word 0xFF << 28
        LPSW touser

trap:   ST r1, save1
        ST r2, save2
        ST r3, save3
        LD r1, 0
        ST r1, psw
        LI r2, 21
        SHR r1, r1, r2
        LI r2, 1023
        AND r1, r1, r2          ; r1: where it trapped
        LD r2, psw
        LI r3, 2047
        AND r2, r2, r3          ; r2: the bound
        BGE r1, r2, lost
        LD r2, psw
        LI r3, 11
        SHR r2, r2, r3
        LI r3, 1023
        AND r2, r2, r3
        ADD r1, r1, r2
        LD r1, 0(r1)            ; r1: the instruction
        LI r2, 28
        SHR r1, r1, r2
        LI r3, 0
        LI r2, 0x40
        BEQ r1, r2, counted
        LI r3, 1
        LI r2, 0xF5
        BGE r1, r2, other
        LI r2, 0xF0
        BGE r1, r2, counted
        LI r3, 2
        LI r2, 0x14
        BGE r1, r2, other
        LI r2, 0x10
        BGE r1, r2, counted
other:  LI r3, 3
counted: LD r1, counts(r3)
        ADDI r1, r1, 1
        ST r1, counts(r3)
        LD r1, psw              ; go on behind it
        LI r2, 1 << 21
        ADD r1, r1, r2
        ST r1, psw
        LD r1, save1
        LD r2, save2
        LD r3, save3
        LPSW psw

lost:   LD r1, counts + 4
        ADDI r1, r1, 1
        ST r1, counts + 4
        LD r1, save1
        HLT

super:  .word insuper << 21 | size
whole:  .word size
touser: .word user | base << 11 | bound
psw:    .word 0
save1:  .word 0
save2:  .word 0
save3:  .word 0
counts: .word 0, 0, 0, 0, 0     ; SVC, privileged, memory, no instruction, jumped out

        .org base
        SVC
        LPSW 0                  ; all five privileged instructions
        LBAR 0
        DATAO APR 0
        SPSW 0
        HLT
        LD r1, bound            ; all that reach storage, one word too far
        ST r1, bound
        LDI r1, far
        STI r1, far
        LD r1, 1023
        .word 0
        .word 0x15FF << 20 | 0xFFFFF    ; LI: a good one between
        .word 0xFF << 28
        B bound                 ; to where there is no instruction
far = . - base
        .word 1000

        .start start
        .expect halted
        .expect storage[counts + 0] = 2
        .expect storage[counts + 1] = 5
        .expect storage[counts + 2] = 6
        .expect storage[counts + 3] = 4
        .expect storage[counts + 4] = 1
        .expect user = 0
        .expect storage[0] = user | bound << 21 | base << 11 | bound
