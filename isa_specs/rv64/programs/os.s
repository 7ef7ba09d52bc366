# A small operating system. Firmware in M-mode delegates what concerns the supervisor and enters it. The supervisor builds
# page tables, one address space for each of two processes, and runs them in U-mode: both see their code at 0x40000000 and
# a page of data behind it, which they get when they first touch it. They ask for service by ECALL, and the timer takes
# the processor from them. Process 0 counts primes. Process 1 adds up Collatz sequences, and then reads where nothing is:
# the supervisor ends it, and process 0 runs on. At last the supervisor asks the firmware to stop.

RESULTS = 0x7000                # 16 words for each process
ROOT = 0x10000                  # tables: of process 0 here, of process 1 at 0x3000 above; then its middle and leaf tables
MIDDLE = 0x11000
LEAF = 0x12000
KERNEL_MIDDLE = 0x16000         # shared: the first 2 MiB as one page of the supervisor
BETWEEN = 0x3000
FRAMES = 0x18000                # of data, one for each process

TABLE = 0x01                    # entries: V
KERNEL_PAGE = 0xCF              # D A X W R V
CODE_PAGE = 0x5B                # A U X R V
DATA_PAGE = 0xD7                # D A U W R V

.start boot
.org 0x1000

# ----------------------------------------------------------------------------------------------------------- firmware

boot:
    LUI t0, 0xB                 # all exceptions that there are but calls of the supervisor
    ADDI t0, t0, 0x1FF
    CSRW medeleg, t0
    LI t0, 0x222
    CSRW mideleg, t0
    LUI t0, 1
    ADDI t0, t0, firmware - 0x1000
    CSRW mtvec, t0
    CSRWI mcounteren, 7
    LI t0, 1                    # MPP = supervisor
    SLLI t0, t0, 11
    CSRS mstatus, t0
    LUI t0, 2
    CSRW mepc, t0
    MRET

firmware:                       # the supervisor calls: stop
    CSRR s0, mcause
    CSRW mie, zero
    WFI
    J firmware

# ----------------------------------------------------------------------------------------------------- the supervisor

.org 0x2000
kernel:
    LUI t0, 2
    ADDI t0, t0, trap_entry - 0x2000
    CSRW stvec, t0
    LUI s0, KERNEL_MIDDLE >> 12
    LI t0, KERNEL_PAGE
    SD t0, (s0)

    LI s1, 0                    # process
    LUI s2, ROOT >> 12
    LUI s3, 3                   # save areas, 512 bytes each
    LUI s4, 4                   # code
each_process:
    LUI t0, KERNEL_MIDDLE >> 12 # root[0]: the supervisor's own
    SRLI t0, t0, 2
    ORI t0, t0, TABLE
    SD t0, 0(s2)
    LUI t1, 1                   # root[1]: the middle table, which follows
    ADD t2, s2, t1
    SRLI t0, t2, 2
    ORI t0, t0, TABLE
    SD t0, 8(s2)
    ADD t3, t2, t1              # middle[0]: the leaf table, which follows
    SRLI t0, t3, 2
    ORI t0, t0, TABLE
    SD t0, 0(t2)
    SRLI t0, s4, 2              # leaf[0]: the code
    ORI t0, t0, CODE_PAGE
    SD t0, 0(t3)

    LUI t0, 0x40000             # where it begins
    SD t0, 0(s3)
    LI t0, 8                    # its satp
    SLLI t0, t0, 60
    SRLI t4, s2, 12
    OR t0, t0, t4
    SD t0, 256(s3)
    LI t0, 1                    # it lives
    SD t0, 264(s3)
    SD t3, 272(s3)              # its leaf table
    LUI t0, FRAMES >> 12        # its frame of data
    SLLI t4, s1, 12
    ADD t0, t0, t4
    SD t0, 280(s3)
    LUI t0, RESULTS >> 12       # where its results go
    SLLI t4, s1, 7
    ADD t0, t0, t4
    SD t0, 288(s3)

    LUI t0, BETWEEN >> 12
    ADD s2, s2, t0
    ADDI s3, s3, 512
    LUI t0, 1
    ADD s4, s4, t0
    ADDI s1, s1, 1
    LI t0, 2
    BNE s1, t0, each_process

    CSRWI sie, 2                # the software interrupt is the timer's
    LI t0, 0x120                # SRET goes to U-mode, with interrupts
    CSRC sstatus, t0
    LUI t6, 3
    J resume

trap_entry:                     # the save area is in sscratch
    CSRRW t6, sscratch, t6
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
    CSRR t0, sscratch
    SD t0, 248(t6)
    CSRR t0, sepc
    SD t0, 0(t6)
    CSRR t1, scause
    BLTZ t1, tick
    LI t2, 8
    BEQ t1, t2, call
    LI t2, 13
    BEQ t1, t2, fault
    LI t2, 15
    BEQ t1, t2, fault
end:                            # of this process, for whatever reason
    SD t1, 296(t6)
    SD zero, 264(t6)
    J switch

fault:                          # the page behind the code is there when it is touched
    CSRR t2, stval
    SRLI t2, t2, 12
    LUI t3, 0x40
    ADDI t3, t3, 1
    BNE t2, t3, end
    LD t2, 272(t6)
    LD t3, 280(t6)
    SRLI t3, t3, 2
    ORI t3, t3, DATA_PAGE
    SD t3, 8(t2)
    SFENCE.VMA
    J resume

call:
    ADDI t0, t0, 4
    SD t0, 0(t6)
    BEQZ a7, end                # 0: exit
    LI t2, 1
    BNE a7, t2, switch          # 2: yield
    LD t2, 288(t6)              # 1: put a result
    SD a0, (t2)
    ADDI t2, t2, 8
    SD t2, 288(t6)
    J resume

tick:
    CSRCI sip, 2
switch:                         # to the other process if it lives
    LUI t0, 6                   # 0x3000 and 0x3200: their sum less this one
    ADDI t0, t0, 0x200
    SUB t0, t0, t6
    LD t1, 264(t0)
    BEQZ t1, same
    MV t6, t0
    J resume
same:
    LD t1, 264(t6)
    BNEZ t1, resume
    CSRW satp, zero
    ECALL                       # nobody lives

resume:                         # the process whose save area is in t6
    CSRW sscratch, t6
    LD t0, 256(t6)
    CSRR t1, satp
    BEQ t0, t1, there
    CSRW satp, t0
    SFENCE.VMA
there:
    LD t0, 0(t6)
    CSRW sepc, t0
    LI t0, 0x20                 # SPIE
    CSRS sstatus, t0
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
    SRET

# ------------------------------------------------------------------------------------------------------ the processes

.org 0x4000
primes:
    LUI s0, 0x40001
    LI s1, 0
    LI s2, 0
    LI t0, 2
next:
    LI t1, 2
try:
    MUL t2, t1, t1
    BLT t0, t2, prime
    REMU t3, t0, t1
    BEQZ t3, composite
    ADDI t1, t1, 1
    J try
prime:
    SLLI t4, s1, 3
    ADD t4, t4, s0
    SD t0, (t4)
    ADDI s1, s1, 1
composite:
    ADDI t0, t0, 1
    LI t5, 200
    BLT t0, t5, next
    MV a0, s1
    LI a7, 1
    ECALL
    LI t0, 0
sum:
    LD t1, (s0)
    ADD t0, t0, t1
    ADDI s0, s0, 8
    ADDI s1, s1, -1
    BNEZ s1, sum
    MV a0, t0
    ECALL
    LI a7, 0
    ECALL

.org 0x5000
collatz:
    LI s0, 0                    # steps
    LI s1, 1                    # where they begin
each:
    MV t0, s1
step:
    LI t1, 1
    BEQ t0, t1, done
    ADDI s0, s0, 1
    ANDI t2, t0, 1
    BNEZ t2, odd
    SRLI t0, t0, 1
    J step
odd:
    SLLI t1, t0, 1
    ADD t0, t0, t1
    ADDI t0, t0, 1
    J step
done:
    ADDI s1, s1, 1
    LI a7, 2
    ECALL
    LI t1, 31
    BNE s1, t1, each
    MV a0, s0
    LI a7, 1
    ECALL
    LUI t0, 0x40002
    LD t1, (t0)                 # nothing is there

.expect halted
.expect mcause = 9
.expect storage[RESULTS] = 46
.expect storage[RESULTS + 8] = 0x83
.expect storage[RESULTS + 9] = 0x10
.expect storage[RESULTS + 128] = 0xb9
.expect storage[RESULTS + 129] = 0x1
.expect storage[0x3000 + 296] = 8       # how they ended: a call, a load page fault
.expect storage[0x3200 + 296] = 13
