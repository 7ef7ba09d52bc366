# Quicksort of 200 pseudo-random words with a stack of ranges; then whether they are in order, and their sum as before.

COUNT = 200
NUMBERS = 0x4000

.start begin
.org 0x100
begin:
    LUI s0, NUMBERS >> 12
    LI s1, COUNT
    LUI t3, 0x41C65             # x -> 1103515245 x + 12345 modulo 2^31
    ADDIW t3, t3, -403
    LUI t4, 3
    ADDI t4, t4, 57
    LI t0, 1
    LI s2, 0                    # sum
    MV t1, s0
    LI t2, COUNT
fill:
    MUL t0, t0, t3
    ADD t0, t0, t4
    SLLI t0, t0, 33
    SRLI t0, t0, 33
    SW t0, (t1)
    ADD s2, s2, t0
    ADDI t1, t1, 4
    ADDI t2, t2, -1
    BNEZ t2, fill

    LUI sp, 8
    ADDI t1, t1, -4
    CALL sort

    LI t0, COUNT - 1            # pairs in order
    LI s3, 0
    LWU t2, (s0)
    MV s4, t2
check:
    LWU t3, 4(s0)
    BLTU t3, t2, disordered
    ADDI s3, s3, 1
disordered:
    MV t2, t3
    ADD s4, s4, t3
    ADDI s0, s0, 4
    ADDI t0, t0, -1
    BNEZ t0, check
    SUB s5, s4, s2
    WFI

sort:                           # the words from s0 to t1: first and last place in a0 and a1
    ADDI sp, sp, -8
    SD ra, (sp)
    MV a0, s0
    MV a1, t1
    CALL part
    LD ra, (sp)
    ADDI sp, sp, 8
    RET

part:
    BGEU a0, a1, trivial
    ADDI sp, sp, -32
    SD ra, (sp)
    SD a1, 8(sp)
    LWU t0, (a1)                # the pivot; a2 is where the smaller ones end
    MV a2, a0
    MV a3, a0
scan:
    LWU t1, (a3)
    BGEU t1, t0, greater
    LWU t2, (a2)
    SW t1, (a2)
    SW t2, (a3)
    ADDI a2, a2, 4
greater:
    ADDI a3, a3, 4
    BNE a3, a1, scan
    LWU t2, (a2)
    SW t0, (a2)
    SW t2, (a1)
    SD a2, 16(sp)
    ADDI a1, a2, -4
    CALL part
    LD a0, 16(sp)
    ADDI a0, a0, 4
    LD a1, 8(sp)
    CALL part
    LD ra, (sp)
    ADDI sp, sp, 32
trivial:
    RET

.expect halted
.expect gpr[19] = COUNT - 1
.expect gpr[21] = 0
