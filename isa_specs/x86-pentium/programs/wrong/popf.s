; POPF changes IOPL in ring 0 only, and elsewhere leaves it without a trap. The real machine is in ring 3.

.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    PUSH WORD 0x3002
    POPF
    HLT

.expect halted
.expect iopl = 3                ; under the monitor 0
