; PUSHFD stores the real IF and IOPL. A kernel that saves the flags to restore them later, and has IOPL = 3 so that
; its processes may use ports, finds IOPL = 0 and IF = 1.

.state iopl = 3
.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    PUSHFD
    POP EBX
    AND EBX, 0x3200             ; IOPL and IF
    HLT

.expect halted
.expect gpr[EBX] = 0x3000       ; under the monitor 0x0200
