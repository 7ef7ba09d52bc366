; Insertion sort of 60 numbers from a linear congruential generator, and a check that they are in order. A loop in a
; loop with indexed addressing: nothing in it concerns a monitor.

N = 60

.start begin
.org 0x1000
begin:
    MOV EAX, 12345              ; x = 1103515245 x + 12345
    XOR ECX, ECX
generate:
    IMUL EAX, EAX, 1103515245
    ADD EAX, 12345
    MOV [numbers + ECX*4], EAX
    INC ECX
    CMP ECX, N
    JB generate

; numbers[0] to numbers[ECX - 1] are in order: put EAX, the next, among them
    MOV EBX, numbers
    MOV ECX, 1
insert:
    MOV EAX, [EBX + ECX*4]
    MOV ESI, ECX
shift:
    MOV EDX, [EBX + ESI*4 - 4]
    CMP EDX, EAX
    JBE place                   ; as unsigned numbers
    MOV [EBX + ESI*4], EDX
    DEC ESI
    JNZ shift
place:
    MOV [EBX + ESI*4], EAX
    INC ECX
    CMP ECX, N
    JB insert

; a sum that depends on the order: s = 31 s + number; EDI counts what is out of order
    XOR EAX, EAX
    XOR EDI, EDI
    XOR EDX, EDX
    MOV ESI, numbers
    MOV ECX, N
check:
    CMP EDX, [ESI]
    JBE in_order
    INC EDI
in_order:
    MOV EDX, [ESI]
    ADD ESI, 4
    IMUL EAX, EAX, 31
    ADD EAX, EDX
    LOOP check
    MOV EBX, [numbers]
    HLT

numbers = 0x4000

.expect halted
.expect gpr[EAX] = 0x6E8769BC    ; the sum
.expect gpr[EBX] = 0x0202A263    ; the least
.expect gpr[EDX] = 0xFC5969B7    ; the greatest
.expect gpr[EDI] = 0
