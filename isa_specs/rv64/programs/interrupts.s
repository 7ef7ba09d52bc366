# The timer, a supervisor software interrupt that is not delegated: machine mode waits with WFI, first with interrupts
# disabled, then taken through a vectored table, then while it counts.

.start begin
.org 0x100
begin:
    LI t0, vectors + 1
    CSRW mtvec, t0
    LI s0, 0                    # ticks taken
    CSRWI mie, 2
    WFI                         # wakes without being taken
    CSRR s1, mip
    CSRCI mip, 2
    CSRSI mstatus, 8
    LI t0, 3
wait:
    WFI
    BLT s0, t0, wait
    LI s2, 0
    LI t0, 5
count:
    ADDI s2, s2, 1
    BLT s0, t0, count
    CSRCI mstatus, 8
    CSRWI mie, 0
    WFI

.org 0x200
vectors:
    J unexpected                # exceptions
    J tick                      # supervisor software interrupts
unexpected:
    LI s3, 1
tick:
    ADDI s0, s0, 1
    CSRR s4, mcause
    CSRR s5, mstatus
    CSRCI mip, 2
    MRET

.expect halted
.expect gpr[8] = 5
.expect gpr[9] = 2
.expect gpr[19] = 0
.expect gpr[20] = (1 << 63) + 1
.expect gpr[21] = 0xA00001880   # MPP machine, MPIE set, MIE clear
