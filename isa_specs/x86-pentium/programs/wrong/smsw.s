; SMSW stores the lower half of the real CR0. The monitor keeps TS, EM and MP there as the guest has them, as
; otherwise floating-point instructions would go wrong, but NE is its own. MOV from and to CR0 trap.

NE = 0x20

.start begin
.org 0x1000
begin:
    MOV EAX, CR0
    AND EAX, ~NE
    MOV CR0, EAX
    SMSW WORD [stored]
    MOVZX EBX, WORD [stored]
    HLT
stored: .short 0

.expect halted
.expect gpr[EBX] = 0x11         ; PE and ET; under the monitor 0x31
