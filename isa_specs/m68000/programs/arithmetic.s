; Numbers of several words, decimal numbers, multiplication and division, shifts and bits.

.start begin
.org 0x1000
begin:
    MOVE.L #0xFFFFFFFF,D0           ; 64 bits: 0x1_FFFFFFFF + 0x2_00000001
    MOVEQ #1,D1
    MOVEQ #1,D2
    MOVEQ #2,D3
    ADD.L D2,D0
    ADDX.L D3,D1                    ; D1:D0 = 4_00000000

    LEA sum + 4,A0                  ; 8 decimal digits in storage: 12345678 + 87654329 = 1_00000007
    LEA term + 4,A1
    MOVEQ #3,D7
    ANDI.B #0x0F,CCR                ; X = 0
decimal:
    ABCD -(A1),-(A0)
    DBRA D7,decimal
    MOVEQ #0,D4
    ROXL.B #1,D4                    ; the carry

    MOVE.L #1000000,D5              ; 1000000 = 999 * 1001 + 1
    DIVU #1001,D5
    MOVE.L #-7,D6
    DIVS #2,D6                      ; -3, remainder -1

    MOVE.W #-300,D2
    MULS #200,D2                    ; -60000
    MOVE.W #60000,D3
    MULU #60000,D3                  ; 3600000000

    MOVEQ #20,D7                    ; the greatest common divisor of 1071 and 462, by subtraction
    MOVE.W #1071,D0
    MOVE.W #462,A2
gcd:
    CMP.W A2,D0
    BEQ equal
    BHI more
    SUB.W D0,A2
    BRA gcd
more:
    SUB.W A2,D0
    BRA gcd
equal:                              ; D0 = 21
    MOVE.L #0x12345678,D7           ; the bits that are set
    MOVEQ #0,D1
bits:
    LSR.L #1,D7
    BCC zero
    ADDQ.W #1,D1
zero:
    TST.L D7
    BNE bits                        ; D1 = 13
    BSET #7,flags
    BCHG #0,flags
    BCLR #6,flags
    ASL.W flags
    STOP #0x2700

.org 0x2000
sum:
    .byte 0x12, 0x34, 0x56, 0x78
term:
    .byte 0x87, 0x65, 0x43, 0x29
flags:
    .short 0x4100

.expect halted
.expect d[0] = 21
.expect d[1] = 13
.expect d[2] = 0xFFFF15A0
.expect d[3] = 3600000000
.expect d[4] = 1
.expect d[5] = 1 << 16 | 999
.expect d[6] = 0xFFFFFFFD
.expect storage[sum] = 0
.expect storage[sum + 3] = 7
.expect storage[flags] = 0
.expect storage[flags + 1] = 0
