; MOV from CS or SS stores a selector whose RPL is CPL: that of the real machine, 3. Of the other segment registers
; the program itself loaded the RPL.

.start begin
.org 0x1000
begin:
    MOV WORD [stored], CS
    MOVZX EBX, WORD [stored]
    HLT
stored: .short 0

.expect halted
.expect gpr[EBX] = 0x08         ; under the monitor 0x0B
