; How a supervisor protects a few instructions from interrupts: save SR, mask, restore. The SR saved is the real one, in
; user state and with mask 0; MOVE to SR traps and is interpreted, and so the supervisor finds itself in user state,
; where its next privileged instruction is refused.

.org 4 * 8
    .long refused

.org 0x400
    .long 0, 0x10000                ; a user may reach all storage

.start begin
.org 0x1000
begin:
    MOVE.W SR,-(SP)
    ORI.W #0x700,SR
    ADDQ.L #1,D1
    MOVE.W (SP)+,SR
    STOP #0x2700
refused:
    MOVEQ #1,D7
    STOP #0x2700

.expect halted
.expect d[1] = 1
.expect d[7] = 0                ; under the monitor 1
