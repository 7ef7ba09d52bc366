; PUSH SS stores a selector whose RPL is CPL: that of the real machine, 3. A guest can tell so that it is not in ring
; 0.

.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    PUSH SS
    POP EBX
    HLT

.expect halted
.expect gpr[EBX] = 0x10         ; under the monitor 0x13
