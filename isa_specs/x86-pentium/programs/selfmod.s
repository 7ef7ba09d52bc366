; A program that writes its own code: constants and opcodes in a loop, and a procedure made at run time. A simulator
; that keeps decoded instructions must notice, as the Pentium does, which looks for it in its caches and queues.

ADD_IMM = 0x05                  ; opcodes of ADD EAX, imm32 and SUB EAX, imm32
SUB_IMM = 0x2D

.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000

; 0 + 1*1 - 2*2 + 3*3 - ... - 400*400: the instruction at `change` is rewritten each time round
    XOR EAX, EAX
    MOV ECX, 1
again:
    MOV EDX, ECX
    IMUL EDX, ECX
    MOV [change + 1], EDX
    XOR BYTE [change], ADD_IMM ^ SUB_IMM
change:
    SUB EAX, 0x12345678
    INC ECX
    CMP ECX, 400
    JBE again
    MOV EBX, EAX

; a procedure of N times INC EAX and one RET, for N from 1 to 40
    XOR EAX, EAX
    MOV EBP, 1
make:
    MOV EDI, procedure
    MOV ECX, EBP
instruction:
    MOV BYTE [EDI], 0x40        ; INC EAX
    INC EDI
    LOOP instruction
    MOV BYTE [EDI], 0xC3        ; RET
    CALL procedure
    INC EBP
    CMP EBP, 40
    JBE make
    MOV ESI, EAX

; an endless loop, left by overwriting its jump with two NOP
    XOR EDI, EDI
endless:
    INC EDI
    CMP EDI, 10
    JNE jump
    MOV WORD [jump], 0x9090
jump:
    JMP SHORT endless
    HLT

procedure = 0x5000

.expect halted
.expect gpr[EBX] = -80200       ; -(400 * 401) / 2
.expect gpr[ESI] = 820          ; 40 * 41 / 2
.expect gpr[EDI] = 10
