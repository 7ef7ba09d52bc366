# The extension A: every operation on words and double words, a lock by load-reserved and store-conditional, a counter.

.start begin
.org 0x100
begin:
    LUI s0, 1
    LI t0, -1
    SD t0, (s0)
    LI t1, 5
    AMOADD.D a0, t1, (s0)       # -1, then 4
    AMOSWAP.D a1, t0, (s0)      # 4, then -1
    AMOMAX.D a2, t1, (s0)       # -1, then 5
    AMOMAXU.D a3, t0, (s0)      # 5, then -1
    AMOMINU.D a4, t1, (s0)      # -1, then 5
    AMOMIN.D a5, t0, (s0)       # 5, then -1
    LI t2, 0x0F0
    AMOAND.D a6, t2, (s0)       # -1, then 0F0
    LI t2, 0x00F
    AMOOR.D a7, t2, (s0)        # 0F0, then 0FF
    LI t2, 0x0AA
    AMOXOR.D s1, t2, (s0)       # 0FF, then 055
    LD s2, (s0)

    LUI t3, 0x80000             # a word: its sign fills the register, the upper half of storage stays
    SW t3, 8(s0)
    ADDI s3, s0, 8
    AMOADD.W s4, t0, (s3)       # 80000000, then 7FFFFFFF
    LW s5, (s3)
    LWU s6, 4(s3)

lock:                           # taken, counted under it, and given back
    LI s7, 0
    LI s8, 10
again:
    ADDI s9, s0, 16
    LI t0, 1
    LR.W t1, (s9)
    BNEZ t1, again
    SC.W t1, t0, (s9)
    BNEZ t1, again
    ADDI s7, s7, 1
    AMOSWAP.W zero, zero, (s9)
    BNE s7, s8, again

    SC.D s10, t0, (s9)          # no reservation is left
    LR.D t1, (s9)
    ADDI t2, s0, 24
    SC.D s11, t0, (t2)          # another address
    WFI

.expect halted
.expect gpr[10] = 0xFFFFFFFFFFFFFFFF
.expect gpr[11] = 4
.expect gpr[12] = 0xFFFFFFFFFFFFFFFF
.expect gpr[13] = 5
.expect gpr[14] = 0xFFFFFFFFFFFFFFFF
.expect gpr[15] = 5
.expect gpr[16] = 0xFFFFFFFFFFFFFFFF
.expect gpr[17] = 0x0F0
.expect gpr[9] = 0x0FF
.expect gpr[18] = 0x055
.expect gpr[20] = 0xFFFFFFFF80000000
.expect gpr[21] = 0x7FFFFFFF
.expect gpr[22] = 0
.expect gpr[23] = 10
.expect gpr[26] = 1
.expect gpr[27] = 1
.expect reserved = 0
