# Firmware in M-mode that serves a supervisor: calls print a character (into a buffer) or stop the machine, and the
# supervisor's reads of the counter `time`, which are refused, are emulated: the clock goes on by 1000 at each of them.

SAVED = 0x3000                  # registers of the supervisor
BUFFER = 0x4000

.start boot
.org 0x1000
boot:
    LUI t0, 1
    ADDI t0, t0, trap - 0x1000
    CSRW mtvec, t0
    LUI t0, SAVED >> 12
    CSRW mscratch, t0
    LUI t1, BUFFER >> 12
    SD t1, 256(t0)              # where the next character goes
    SD zero, 264(t0)            # the clock
    LI t0, 1
    SLLI t0, t0, 11
    CSRS mstatus, t0
    LUI t0, 2
    CSRW mepc, t0
    MRET

trap:
    CSRRW t6, mscratch, t6
    SD zero, 0(t6)
    SD ra, 8(t6)
    SD sp, 16(t6)
    SD gp, 24(t6)
    SD tp, 32(t6)
    SD t0, 40(t6)
    SD t1, 48(t6)
    SD t2, 56(t6)
    SD s0, 64(t6)
    SD s1, 72(t6)
    SD a0, 80(t6)
    SD a1, 88(t6)
    SD a2, 96(t6)
    SD a3, 104(t6)
    SD a4, 112(t6)
    SD a5, 120(t6)
    SD a6, 128(t6)
    SD a7, 136(t6)
    SD s2, 144(t6)
    SD s3, 152(t6)
    SD s4, 160(t6)
    SD s5, 168(t6)
    SD s6, 176(t6)
    SD s7, 184(t6)
    SD s8, 192(t6)
    SD s9, 200(t6)
    SD s10, 208(t6)
    SD s11, 216(t6)
    SD t3, 224(t6)
    SD t4, 232(t6)
    SD t5, 240(t6)
    CSRR t0, mscratch
    SD t0, 248(t6)
    CSRW mscratch, t6
    CSRR t0, mcause
    LI t1, 9
    BEQ t0, t1, call
    LI t1, 2
    BNE t0, t1, stop

    CSRR t0, mepc               # CSRR rd, time?
    LWU t1, (t0)
    LUI t2, 0xFFFFF
    ORI t2, t2, 0x7F
    AND t2, t1, t2
    SLLI t2, t2, 32
    SRLI t2, t2, 32
    LUI t3, 0xC0102
    ADDI t3, t3, 0x73
    SLLI t3, t3, 32
    SRLI t3, t3, 32
    BNE t2, t3, stop
    LD t2, 264(t6)
    ADDI t2, t2, 1000
    SD t2, 264(t6)
    SRLI t1, t1, 7              # rd
    ANDI t1, t1, 31
    BEQZ t1, return
    SLLI t1, t1, 3
    ADD t1, t1, t6
    SD t2, (t1)
    J return

call:
    LI t1, 8
    BEQ a7, t1, stop
    LD t1, 256(t6)
    SB a0, (t1)
    ADDI t1, t1, 1
    SD t1, 256(t6)
return:
    CSRR t0, mepc
    ADDI t0, t0, 4
    CSRW mepc, t0
    LD ra, 8(t6)
    LD sp, 16(t6)
    LD gp, 24(t6)
    LD tp, 32(t6)
    LD t0, 40(t6)
    LD t1, 48(t6)
    LD t2, 56(t6)
    LD s0, 64(t6)
    LD s1, 72(t6)
    LD a0, 80(t6)
    LD a1, 88(t6)
    LD a2, 96(t6)
    LD a3, 104(t6)
    LD a4, 112(t6)
    LD a5, 120(t6)
    LD a6, 128(t6)
    LD a7, 136(t6)
    LD s2, 144(t6)
    LD s3, 152(t6)
    LD s4, 160(t6)
    LD s5, 168(t6)
    LD s6, 176(t6)
    LD s7, 184(t6)
    LD s8, 192(t6)
    LD s9, 200(t6)
    LD s10, 208(t6)
    LD s11, 216(t6)
    LD t3, 224(t6)
    LD t4, 232(t6)
    LD t5, 240(t6)
    LD t6, 248(t6)
    MRET
stop:
    CSRR s0, mcause
    WFI

.org 0x2000
supervisor:
    LI a7, 1
    CSRR s2, time
    LI s3, 0
each:
    ADDI a0, s3, 'A'
    ECALL
    ADDI s3, s3, 1
    LI t0, 26
    BNE s3, t0, each
    CSRR s4, time
    CSRR zero, time
    CSRR s5, time
    LI a7, 8
    ECALL

.expect halted
.expect gpr[8] = 9
.expect gpr[18] = 1000
.expect gpr[20] = 2000
.expect gpr[21] = 4000
.expect storage[BUFFER] = 'A'
.expect storage[BUFFER + 25] = 'Z'
.expect storage[BUFFER + 26] = 0
