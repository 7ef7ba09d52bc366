# Strings by bytes: length, copy, comparison, reversal, and a number read from decimal and written as hexadecimal digits.
# Loads and stores of half words and words need not be aligned.

COPY = 0x1100
REVERSED = 0x1141
DIGITS = 0x1200

.start begin
.org 0x100
begin:
    LUI s0, 1
    MV a0, s0
    CALL length
    MV s1, a0
    ADDI a0, s0, COPY - 0x1000
    MV a1, s0
    CALL copy
    ADDI a0, s0, COPY - 0x1000
    MV a1, s0
    CALL compare
    MV s2, a0
    LI t0, 'z'                  # one letter greater
    SB t0, COPY - 0x1000 + 3(s0)
    ADDI a0, s0, COPY - 0x1000
    MV a1, s0
    CALL compare
    MV s3, a0

    ADD t0, s0, s1              # reversed, to an odd place
    LI t1, 0
reverse:
    ADDI t0, t0, -1
    LBU t2, (t0)
    ADD t3, s0, t1
    SB t2, REVERSED - 0x1000(t3)
    ADDI t1, t1, 1
    BNE t1, s1, reverse
    LD s4, REVERSED - 0x1000(s0)
    LH s5, 1(s0)
    LW s6, 3(s0)

    ADDI t0, s0, number - text  # decimal
    LI s7, 0
decimal:
    LBU t1, (t0)
    BEQZ t1, hexadecimal
    ADDI t1, t1, -'0'
    LI t2, 10
    MUL s7, s7, t2
    ADD s7, s7, t1
    ADDI t0, t0, 1
    J decimal
hexadecimal:
    ADDI t0, s0, DIGITS - 0x1000 + 16
    MV t1, s7
digit:
    ANDI t2, t1, 15
    SLTI t3, t2, 10
    ADDI t2, t2, '0'
    BNEZ t3, plain
    ADDI t2, t2, 'A' - '0' - 10
plain:
    ADDI t0, t0, -1
    SB t2, (t0)
    SRLI t1, t1, 4
    BNEZ t1, digit
    WFI

length:                         # of the string at a0
    MV t0, a0
more:
    LBU t1, (t0)
    ADDI t0, t0, 1
    BNEZ t1, more
    SUB a0, t0, a0
    ADDI a0, a0, -1
    RET

copy:                           # to a0 from a1
    LBU t0, (a1)
    SB t0, (a0)
    ADDI a0, a0, 1
    ADDI a1, a1, 1
    BNEZ t0, copy
    RET

compare:                        # a0 with a1: negative, 0 or positive
    LBU t0, (a0)
    LBU t1, (a1)
    BNE t0, t1, differ
    ADDI a0, a0, 1
    ADDI a1, a1, 1
    BNEZ t0, compare
differ:
    SUB a0, t0, t1
    RET

.org 0x1000
text:
    .ascii "formally virtualizable"
    .byte 0
number:
    .ascii "1234567890123456789"
    .byte 0

.expect halted
.expect gpr[9] = 22
.expect gpr[18] = 0
.expect gpr[19] = 'z' - 'm'
.expect gpr[20] = 0x616c697a61626c65           # "elbazila"
.expect gpr[21] = 0x726f
.expect gpr[22] = 0x6c6c616d
.expect gpr[23] = 1234567890123456789
.expect storage[DIGITS + 0] = '1'
.expect storage[DIGITS + 1] = '1'
.expect storage[DIGITS + 2] = '2'
.expect storage[DIGITS + 3] = '2'
.expect storage[DIGITS + 4] = '1'
.expect storage[DIGITS + 5] = '0'
.expect storage[DIGITS + 6] = 'F'
.expect storage[DIGITS + 7] = '4'
.expect storage[DIGITS + 8] = '7'
.expect storage[DIGITS + 9] = 'D'
.expect storage[DIGITS + 10] = 'E'
.expect storage[DIGITS + 11] = '9'
.expect storage[DIGITS + 12] = '8'
.expect storage[DIGITS + 13] = '1'
.expect storage[DIGITS + 14] = '1'
.expect storage[DIGITS + 15] = '5'
