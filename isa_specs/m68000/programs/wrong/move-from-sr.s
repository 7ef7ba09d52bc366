; MOVE from SR is not privileged: the supervisor reads S and the interrupt mask, and a monitor that runs it in user state
; cannot let it see its own.

.start begin
.org 0x1000
begin:
    MOVE.W SR,D0
    STOP #0x2700

.expect halted
.expect d[0] = 0x2700           ; under the monitor 0
