# A hypervisor in HS-mode. It runs a guest in VS-mode behind two stages of translation: the guest's own tables, which it
# builds itself, and those of the hypervisor, which put its 64 KiB at 0x20000 on. It gives the guest what the extension
# lets a virtual machine do by itself, emulates what is refused, notes each cause and value, and reads the guest's
# storage with HLV.

SECOND = 0x10000                # tables of the second stage: root (four pages), middle, leaf
SECOND_MIDDLE = 0x14000
SECOND_LEAF = 0x15000
NOTES = 0x3000
GUEST = 0x20000                 # where the guest's storage lies

.start boot
.org 0x400
boot:                           # machine mode: everything to the hypervisor
    LI t0, machine
    CSRW mtvec, t0
    LUI t0, 0xF0B
    ADDI t0, t0, 0x5FF          # calls of VS-mode, guest page faults, virtual instructions
    CSRW medeleg, t0
    CSRWI mcounteren, 7
    LI t0, 1
    SLLI t0, t0, 11
    CSRS mstatus, t0
    LI t0, hypervisor
    CSRW mepc, t0
    MRET
machine:
    CSRR s11, mcause
    WFI

hypervisor:
    LI t0, trap
    CSRW stvec, t0
    LUI s1, NOTES >> 12
    LUI t1, SECOND_MIDDLE >> 12
    LUI t2, SECOND_LEAF >> 12
    LUI t0, SECOND >> 12
    SRLI t3, t1, 2
    ORI t3, t3, 1
    SD t3, (t0)
    SRLI t3, t2, 2
    ORI t3, t3, 1
    SD t3, (t1)
    LI t4, 16                   # sixteen pages: D A U X W R V
    LUI t5, GUEST >> 12
    SRLI t5, t5, 2
    ORI t5, t5, 0xDF
page:
    SD t5, (t2)
    ADDI t5, t5, 0x400
    ADDI t2, t2, 8
    ADDI t4, t4, -1
    BNEZ t4, page
    LI t3, 8
    SLLI t3, t3, 60
    SRLI t0, t0, 12
    OR t3, t3, t0
    CSRW hgatp, t3
    HFENCE.GVMA
    LI t0, 8                    # what the guest handles itself: EBREAK
    CSRW hedeleg, t0
    CSRWI hcounteren, 1
    LI t0, 1000
    CSRW htimedelta, t0
    LI t0, 1                    # VTW: WFI of the guest comes here
    SLLI t0, t0, 21
    ORI t0, t0, 0x180           # SPV, SPVP
    CSRW hstatus, t0
    LI t0, 0x100
    CSRS sstatus, t0
    LUI t0, 1
    CSRW sepc, t0
    SRET                        # to VS-mode

.align 4
trap:
    CSRR t0, scause
    SD t0, (s1)
    CSRR t1, stval
    SD t1, 8(s1)
    CSRR t1, htval
    SD t1, 16(s1)
    CSRR t1, hstatus
    SD t1, 24(s1)
    ADDI s1, s1, 32
    LI t1, 10                   # a call of the guest: the end
    BEQ t0, t1, end
    CSRR t0, sepc
    ADDI t0, t0, 4
    CSRW sepc, t0
    SRET
end:
    LUI t0, 0x40000             # through the guest's own tables, which it left in use
    HLV.D s2, (t0)
    HLVX.WU s3, (t0)
    LI t1, 99
    HSV.B t1, (t0)
    CSRR s4, vsepc
    CSRR s5, vscause
    CSRR s6, vsatp
    LUI t0, GUEST >> 12
    LUI t1, 8
    ADD t0, t0, t1
    LD s7, (t0)
    WFI

.org GUEST + 0x1000             # the guest, from 0x1000 on where it lies
guest:
    LUI sp, 3
    LI t0, 0x700                # its handler
    LUI t1, 1
    ADD t0, t0, t1
    CSRW stvec, t0
    LUI t1, 4                   # its tables: root, middle, leaf at 0x4000 on
    LUI t2, 5
    LUI t3, 6
    LI t0, 0xCF                 # itself: a page of 1 GiB
    SD t0, (t1)
    SRLI t0, t2, 2
    ORI t0, t0, 1
    SD t0, 8(t1)
    SRLI t0, t3, 2
    ORI t0, t0, 1
    SD t0, (t2)
    LUI t0, 8                   # 0x40000000 is its page 0x8000
    SRLI t0, t0, 2
    ORI t0, t0, 0xCF
    SD t0, (t3)
    LUI t0, 0x12                # 0x40001000 is a page that it does not have
    SRLI t0, t0, 2
    ORI t0, t0, 0xCF
    SD t0, 8(t3)
    LI t0, 8
    SLLI t0, t0, 60
    ORI t0, t0, 4
    CSRW satp, t0
    SFENCE.VMA
    LUI t0, 0x40000
    LI t1, 0x123
    SD t1, (t0)
    LD s8, (t0)
    CSRR s9, cycle              # open
    CSRR s10, time              # closed: virtual-instruction exception, 22
    CSRR s10, hstatus           # 22
    HLV.D s10, (t0)             # 22
    WFI                         # 22
    CSRR s10, mscratch          # 2
    LUI t1, 0x40001
    LD s10, (t1)                # guest page fault, 21
    EBREAK                      # its own
    ECALL                       # 10

.org GUEST + 0x1700
    CSRR t0, sepc
    ADDI t0, t0, 4
    CSRW sepc, t0
    SRET

.expect halted
.expect gpr[24] = 0x123
.expect gpr[18] = 0x123
.expect gpr[19] = 0x123
.expect gpr[21] = 3
.expect gpr[22] = (8 << 60) + 4
.expect gpr[23] = 0x163
.expect storage[NOTES + 0] = 22
.expect storage[NOTES + 32] = 22
.expect storage[NOTES + 64] = 22
.expect storage[NOTES + 96] = 22
.expect storage[NOTES + 128] = 2
.expect storage[NOTES + 160] = 21
.expect storage[NOTES + 192] = 10
.expect storage[NOTES + 5 * 32 + 11] = 0x40    # 0x40001000, and the guest physical address by 4
.expect storage[NOTES + 5 * 32 + 9] = 0x10
.expect storage[NOTES + 5 * 32 + 17] = 0x48
.expect storage[NOTES + 5 * 32 + 24] = 0xC0    # SPV and GVA
