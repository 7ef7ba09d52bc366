# Sv39: pages of 4 KiB, 2 MiB and 1 GiB, what each bit of an entry allows, SUM and MXR, the accessed and dirty bits, and
# machine mode that loads and stores as the supervisor or as a user by MPRV. The firmware's handler notes the cause of
# each page fault and goes on behind the instruction.

ROOT = 0x8000
MIDDLE = 0x9000
LEAF = 0xA000
NOTES = 0x3000

.start begin
.org 0x400
begin:
    LI t0, handler
    CSRW mtvec, t0
    LUI s1, NOTES >> 12
    LUI s0, ROOT >> 12
    LI t0, 0xCF                 # root[0]: 1 GiB, all for the supervisor
    SD t0, (s0)
    LUI s2, MIDDLE >> 12
    SRLI t0, s2, 2
    ORI t0, t0, 1
    SD t0, 8(s0)                # root[1]: the middle table
    LUI t0, LEAF >> 12
    SRLI t0, t0, 2
    ORI t0, t0, 1
    SD t0, (s2)                 # middle[0]: the leaf table
    LI t0, 0xD7
    SD t0, 8(s2)                # middle[1]: 2 MiB from 0 on for users: D A U W R V
    LI t0, 0x400                # middle[2]: 2 MiB that begin at 4 KiB
    ORI t0, t0, 0xD7
    SD t0, 16(s2)
    LUI s3, LEAF >> 12
    LI t0, entries
    LI t1, count
entry:
    LBU t2, (t0)                # the bits, for the page at 0xB000
    LI t3, 0xB
    SLLI t3, t3, 10
    OR t2, t2, t3
    SD t2, (s3)
    ADDI s3, s3, 8
    ADDI t0, t0, 1
    ADDI t1, t1, -1
    BNEZ t1, entry

    LI t0, 8
    SLLI t0, t0, 60
    ORI t0, t0, ROOT >> 12
    CSRW satp, t0
    LUI s4, 0xB
    LI t0, 77
    SD t0, (s4)
    LI t0, 1                    # to the supervisor
    SLLI t0, t0, 11
    CSRS mstatus, t0
    LI t0, supervisor
    CSRW mepc, t0
    MRET

entries:
    .byte 0xC7, 0x47, 0xC3, 0xC9, 0xD7, 0x87, 0xC0, 0xC5
count = . - entries
    .align 4

supervisor:
    LUI s5, 0x40000             # page 0: D A W R V
    LUI s6, 1
    LD a0, (s5)
    SD a0, 8(s5)
    ADD s5, s5, s6              # page 1: A W R V, not dirty
    LD a1, (s5)
    SD a1, 8(s5)                # 15
    ADD s5, s5, s6              # page 2: D A R V
    LD a2, (s5)
    SD a2, 8(s5)                # 15
    AMOADD.D a2, zero, (s5)     # 15
    ADD s5, s5, s6              # page 3: D A X V
    LD a3, (s5)                 # 13
    LI t0, 1                    # MXR
    SLLI t0, t0, 19
    CSRS sstatus, t0
    LD a3, (s5)
    CSRC sstatus, t0
    ADD s5, s5, s6              # page 4: D A U W R V
    LD a4, (s5)                 # 13
    LI t0, 1                    # SUM
    SLLI t0, t0, 18
    CSRS sstatus, t0
    LD a4, (s5)
    LUI t1, 0x40200             # a page of 2 MiB
    ADD t1, t1, s4
    LD a5, (t1)
    CSRC sstatus, t0
    ADD s5, s5, s6              # page 5: D W R V, not accessed
    LD a6, (s5)                 # 13
    ADD s5, s5, s6              # page 6: not valid
    LD a6, (s5)                 # 13
    ADD s5, s5, s6              # page 7: W without R
    LD a6, (s5)                 # 13
    LUI t1, 0x40400             # a page of 2 MiB in no place for one
    LD a6, (t1)                 # 13
    LI t1, 1                    # an address that is not the sign extension of 39 bits
    SLLI t1, t1, 39
    LD a6, (t1)                 # 13
    LI t1, -1                   # the last root entry is empty
    SLLI t1, t1, 12
    LR.D a6, (t1)               # 13
    # a page is not fetched from if it is no code: 12, and back to ra
    LUI t1, 0x40000
    JALR ra, (t1)

    ECALL                       # 9
    LI t0, 3                    # in machine mode again: MPP = user, MPRV
    SLLI t0, t0, 11
    CSRC mstatus, t0
    LI t0, 1
    SLLI t0, t0, 17
    CSRS mstatus, t0
    LUI s5, 0x40004
    LD s7, (s5)                 # page 4 is the users'
    CSRC mstatus, t0
    LD s8, (s4)                 # the same, as it is
    WFI

handler:
    CSRR t0, mcause
    SB t0, (s1)
    ADDI s1, s1, 1
    LI t1, 9
    BEQ t0, t1, machine
    LI t1, 12
    CSRR t0, mepc
    ADDI t0, t0, 4
    CSRR t2, mcause
    BNE t2, t1, behind
    MV t0, ra
behind:
    CSRW mepc, t0
    LI t0, 1                    # SUM, which loads with it expect
    SLLI t0, t0, 18
    MRET
machine:
    CSRR t0, mepc
    ADDI t0, t0, 4
    JR t0

.expect halted
.expect gpr[10] = 77
.expect gpr[11] = 77
.expect gpr[12] = 77
.expect gpr[13] = 77
.expect gpr[14] = 77
.expect gpr[15] = 77
.expect gpr[16] = 0
.expect gpr[23] = 77
.expect gpr[24] = 77
.expect storage[NOTES + 0] = 15
.expect storage[NOTES + 1] = 15
.expect storage[NOTES + 2] = 15
.expect storage[NOTES + 3] = 13
.expect storage[NOTES + 4] = 13
.expect storage[NOTES + 5] = 13
.expect storage[NOTES + 6] = 13
.expect storage[NOTES + 7] = 13
.expect storage[NOTES + 8] = 13
.expect storage[NOTES + 9] = 13
.expect storage[NOTES + 10] = 13
.expect storage[NOTES + 11] = 12
.expect storage[NOTES + 12] = 9
.expect storage[NOTES + 13] = 0
