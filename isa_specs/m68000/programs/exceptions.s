; Every exception once. The handler counts in a table by vector, and notes the program counter and the last SR of the
; frame; then it goes on where D6 says. Bus and address error have four more words, which it drops.

.org 8
    .long bus, odd, v4, v5, v6, v7, v8, v9, v10, v11
.org 4 * 32
    .long v32
.org 4 * 47
    .long v47

.start begin
.org 0x1000
begin:
    LEA counts,A5
    MOVE.L #next_1,D6
    MOVE.W 0x7FFFFE,D0              ; no device answers
next_1:
    MOVE.L #next_2,D6
    MOVE.W begin + 1,D0             ; a word at an odd address
next_2:
    MOVE.L #next_3,D6
    ILLEGAL
next_3:
    MOVE.L #next_4,D6
    MOVEQ #0,D1
    DIVU D1,D0
next_4:
    MOVE.L #next_5,D6
    MOVEQ #5,D0
    CHK #4,D0
next_5:
    CHK #5,D0                       ; within the bound
    ANDI.B #0xFD,CCR
    TRAPV                           ; no overflow
    MOVE.L #next_6,D6
    ORI.B #2,CCR
    TRAPV
next_6:
    MOVE.L #next_7,D6
    .short 0xA123
next_7:
    MOVE.L #next_8,D6
    .short 0xF123
next_8:
    MOVE.L #next_9,D6
    TRAP #0
next_9:
    MOVE.L #next_10,D6
    TRAP #15
next_10:
    MOVE.L #next_11,D6
    LEA 1,A0
    JMP (A0)                        ; an odd jump
next_11:
    MOVE.L #next_12,D6
    MOVE.W #0x8000 | 0x2700,SR      ; trace: the instruction after this one
    NOP
next_12:
    MOVE.L #0x2000,0x404            ; user state: all of the first 0x2000 bytes
    CLR.L 0x400
    MOVE.L #next_13,D6
    MOVEA.L #0x1F00,A0
    MOVE.L A0,USP
    ANDI.W #0xDFFF,SR
    MOVE.L D6,-(SP)                 ; on the user stack
    RESET                           ; refused
next_13:
    MOVE.L 0x1EFC,D5
    STOP #0x2700

bus:
    MOVE.W (SP),D3                  ; R/W, I/N and function code
    ADDQ.W #1,(A5)
    ADDQ.L #8,SP
    BRA leave
odd:
    MOVE.L 2(SP),D2                 ; the address
    ADDQ.W #1,2(A5)
    ADDQ.L #8,SP
    BRA leave
v4: ADDQ.W #1,4(A5)
    BRA leave
v5: ADDQ.W #1,6(A5)
    BRA leave
v6: ADDQ.W #1,8(A5)
    BRA leave
v7: ADDQ.W #1,10(A5)
    BRA leave
v8: ADDQ.W #1,12(A5)
    ORI.W #0x2000,(SP)              ; back to the supervisor
    BRA leave
v9: ADDQ.W #1,14(A5)
    ANDI.W #0x7FFF,(SP)
    BRA leave
v10:
    ADDQ.W #1,16(A5)
    BRA leave
v11:
    ADDQ.W #1,18(A5)
    BRA leave
v32:
    ADDQ.W #1,20(A5)
    BRA leave
v47:
    ADDQ.W #1,22(A5)
leave:
    ADD.L 2(SP),D4                  ; the sum of the program counters of all frames
    MOVE.L D6,2(SP)
    RTE

.org 0x1F80
counts:
    .space 24

.expect halted
.expect d[3] = 0x1D             ; a read of data, no instruction, by the supervisor
.expect d[2] = 1
.expect d[5] = next_13
.expect storage[counts + 1] = 1
.expect storage[counts + 3] = 2
.expect storage[counts + 5] = 1
.expect storage[counts + 7] = 1
.expect storage[counts + 9] = 1
.expect storage[counts + 11] = 1
.expect storage[counts + 13] = 1
.expect storage[counts + 15] = 1
.expect storage[counts + 17] = 1
.expect storage[counts + 19] = 1
.expect storage[counts + 21] = 1
.expect storage[counts + 23] = 1
