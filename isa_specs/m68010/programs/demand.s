; Storage on demand: a bus error is resumed. The user begins with a bound of 0x1000 and pushes, stores and copies beyond
; it, with postincrement, predecrement and MOVEM; the supervisor raises the bound to the end of what was touched and
; returns with the long frame, and the instruction begins again. On the MC68000 the frame could not be returned from.

BOUND_REGISTER = 0x404

.org 8
    .long bus
.org 4 * 32
    .long exit
.org 0x400
    .long 0x4000, 0x1000

.start begin
.org 0x1000
begin:
    MOVEA.L #0x3000,A0
    MOVE.L A0,USP
    CLR.W -(SP)
    MOVE.L #0x100,-(SP)
    CLR.W -(SP)
    RTE

bus:
    MOVEM.L #0xC080,-(SP)           ; D0, D1, A0
    MOVE.L 22(SP),D0                ; the address
    ADDI.L #0x100,D0
    ANDI.W #0xFF00,D0
    CMP.L (BOUND_REGISTER).W,D0
    BLS enough
    MOVE.L D0,(BOUND_REGISTER).W
enough:
    ADDQ.W #1,(faults).W
    MOVEM.L (SP)+,#0x0103
    RTE
exit:
    STOP #0x2700
faults:
    .short 0

.org 0x4100                         ; the user; its addresses begin at 0x4000
    MOVEQ #7,D0
    MOVE.L D0,-(SP)                 ; 0x2FFC
    LEA 0x3000,A0
    LEA table - 0x4000,A1
    MOVE.L (A1)+,(A0)+              ; the source is incremented once only
    MOVE.L (A1)+,(A0)+
    MOVEM.L (A1)+,#0x001E           ; D1 to D4
    LEA 0x3108,A2
    MOVEM.L #0x7800,-(A2)           ; D1 to D4, across the end of what there is
    ADDQ.W #1,(A0)                  ; 0x3008
    TRAP #0
table:
    .long 0x11111111, 0x22222222, 3, 4, 5, 6

.expect halted
.expect storage[0x6FFF] = 7
.expect storage[0x7000] = 0x11
.expect storage[0x7004] = 0x22
.expect storage[0x7009] = 1
.expect storage[0x70F8 + 3] = 3
.expect storage[0x7104 + 3] = 6
.expect a[1] = table - 0x4000 + 24
.expect storage[faults + 1] = 3
