; PUSHF stores the real IF, which is 1: the monitor itself may be interrupted. The guest's is 0.

.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    PUSHF
    POP BX
    AND EBX, 0x200              ; IF
    HLT

.expect halted
.expect gpr[EBX] = 0            ; under the monitor 0x200
