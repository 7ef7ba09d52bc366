# Every exception of machine, supervisor and user mode once; those of the supervisor and the user are delegated but for
# calls of the supervisor. Each handler notes the cause and the value, and goes on behind the instruction.

NOTES = 0x2000                  # of machine mode: words of cause, value; of supervisor mode 0x800 above

.start begin
.org 0x400
begin:
    LI t0, machine_trap
    CSRW mtvec, t0
    LI t0, supervisor_trap
    CSRW stvec, t0
    LUI s0, NOTES >> 12
    MV s1, s0                   # s1 and s2: where the next note goes
    ADDI s2, s0, 0x400
    ADDI s2, s2, 0x400
    LI s3, -1                   # an address where no storage is
    SLLI s3, s3, 55

    .word 0                     # 2
    EBREAK                      # 3
    ECALL                       # 11
    CSRW mhartid, zero          # 2: it cannot be written
    CSRR t0, mhartid            # it can be read
    LD t0, (s3)                 # 5
    SD t0, (s3)                 # 7
    AMOADD.W t0, t0, (s3)       # 7
    LR.W t0, (s3)               # 5
    ADDI t1, s0, 1
    LR.D t0, (t1)               # 4
    SC.D t0, t0, (t1)           # 6
    AMOSWAP.W t0, t0, (t1)      # 6
    LI t1, away + 2
    JR t1                       # 0
away:

    LUI t0, 0xB
    ADDI t0, t0, 0x1FF
    CSRW medeleg, t0
    LI t0, 1
    SLLI t0, t0, 11
    CSRS mstatus, t0
    LI t0, supervisor
    CSRW mepc, t0
    MRET

supervisor:
    ECALL                       # 9, to machine mode
    EBREAK                      # 3
    CSRR t0, mscratch           # 2
    MRET                        # 2
    CSRR t0, cycle              # 2: machine mode has not opened it
    LD t0, (s3)                 # 5
    CSRR t0, sscratch
    LI t0, 0x100
    CSRC sstatus, t0
    LI t0, user
    CSRW sepc, t0
    SRET

user:
    ECALL                       # 8
    CSRR t0, sscratch           # 2
    SRET                        # 2
    WFI                         # 2
    SFENCE.VMA                  # 2
    CSRR t0, hpmcounter 3       # 2
    SD t0, (s3)                 # 7
    JR s3                       # 1: the handler returns to ra

machine_trap:
    CSRR t0, mcause
    SD t0, (s1)
    CSRR t0, mtval
    SD t0, 8(s1)
    ADDI s1, s1, 16
    CSRR t0, mepc
    ADDI t0, t0, 4
    CSRW mepc, t0
    MRET

supervisor_trap:
    CSRR t0, scause
    SD t0, (s2)
    LI t1, 1
    BEQ t0, t1, stop
    CSRR t1, stval
    SD t1, 8(s2)
    ADDI s2, s2, 16
    CSRR t1, sepc
    ADDI t1, t1, 4
    CSRW sepc, t1
    SRET
stop:
    CSRR s4, sstatus
    CSRW sie, zero
    WFI

.expect halted
.expect gpr[9] = NOTES + 13 * 16
.expect gpr[18] = NOTES + 0x800 + 12 * 16
.expect gpr[20] = 0x200000020   # UXL; SPP is user; SIE was set by two SRET in a row, and is in SPIE now
.expect storage[NOTES + 0] = 2
.expect storage[NOTES + 16] = 3
.expect storage[NOTES + 32] = 11
.expect storage[NOTES + 48] = 2
.expect storage[NOTES + 64] = 5
.expect storage[NOTES + 80] = 7
.expect storage[NOTES + 96] = 7
.expect storage[NOTES + 112] = 5
.expect storage[NOTES + 128] = 4
.expect storage[NOTES + 144] = 6
.expect storage[NOTES + 160] = 6
.expect storage[NOTES + 176] = 0
.expect storage[NOTES + 192] = 9
.expect storage[NOTES + 0x800 + 0] = 3
.expect storage[NOTES + 0x800 + 16] = 2
.expect storage[NOTES + 0x800 + 32] = 2
.expect storage[NOTES + 0x800 + 48] = 2
.expect storage[NOTES + 0x800 + 64] = 5
.expect storage[NOTES + 0x800 + 80] = 8
.expect storage[NOTES + 0x800 + 96] = 2
.expect storage[NOTES + 0x800 + 112] = 2
.expect storage[NOTES + 0x800 + 128] = 2
.expect storage[NOTES + 0x800 + 144] = 2
.expect storage[NOTES + 0x800 + 160] = 2
.expect storage[NOTES + 0x800 + 176] = 7
.expect storage[NOTES + 0x800 + 192] = 1
.expect storage[NOTES + 4 * 16 + 8 + 6] = 0x80         # the address refused
.expect storage[NOTES + 4 * 16 + 8 + 7] = 0xFF
.expect storage[NOTES + 8 * 16 + 8] = 1
.expect storage[NOTES + 8 * 16 + 9] = NOTES >> 8
