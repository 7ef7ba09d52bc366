# Multiplication and division with their corner cases, words and double words, shifts; the results are summed up.

.start begin
.org 0x100
begin:
    LI a0, 1                    # the least number
    SLLI a0, a0, 63
    LI a1, -1
    DIV s0, a0, a1              # overflow: the dividend
    REM s1, a0, a1              # and 0
    DIV s2, a1, zero            # by zero: -1
    DIVU s3, a0, zero
    REM s4, a0, zero            # and the dividend
    MULH s5, a0, a0             # 2^126: upper half 2^62
    MULHU s6, a1, a1            # upper half of (2^64-1)^2
    MULHSU s7, a1, a1
    LI t0, -7
    LI t1, 2
    DIV s8, t0, t1
    REM s9, t0, t1
    LUI t2, 0x80000             # a word that is negative
    DIVW s10, t2, a1
    REMW s11, t2, a1
    LUI t3, 0x7FFFF
    ADDIW t3, t3, 0x7FF
    ADDW t4, t3, t3             # words overflow and keep their sign
    SRLIW t5, t2, 4
    SRAIW t6, t2, 4

factorial:                      # 20! is the last that fits
    LI a2, 1
    LI a3, 20
times:
    MUL a2, a2, a3
    ADDI a3, a3, -1
    BNEZ a3, times
gcd:                            # of two Fibonacci numbers, F(60) and F(48): F(12)
    LI a3, 0
    LI a4, 1
    LI a6, 0
    LI t0, 0
    LI t1, 48
    LI t2, 60
fibonacci:
    BNE t0, t1, go_on
    MV a5, a3
go_on:
    ADD a7, a3, a4
    MV a3, a4
    MV a4, a7
    ADDI t0, t0, 1
    BNE t0, t2, fibonacci
euclid:
    REMU a4, a3, a5
    MV a3, a5
    MV a5, a4
    BNEZ a5, euclid
    WFI

.expect halted
.expect gpr[8] = 1 << 63
.expect gpr[9] = 0
.expect gpr[18] = 0xFFFFFFFFFFFFFFFF
.expect gpr[19] = 0xFFFFFFFFFFFFFFFF
.expect gpr[20] = 1 << 63
.expect gpr[21] = 1 << 62
.expect gpr[22] = 0xFFFFFFFFFFFFFFFE
.expect gpr[23] = 0xFFFFFFFFFFFFFFFF
.expect gpr[24] = 0xFFFFFFFFFFFFFFFD
.expect gpr[25] = 0xFFFFFFFFFFFFFFFF
.expect gpr[26] = 0xFFFFFFFF80000000
.expect gpr[27] = 0
.expect gpr[29] = 0xFFFFFFFFFFFFEFFE
.expect gpr[30] = 0x08000000
.expect gpr[31] = 0xFFFFFFFFF8000000
.expect gpr[12] = 2432902008176640000
.expect gpr[13] = 144
