; Three rings in a local descriptor table. A program in ring 3 calls a service in ring 1 through a call gate, and that
; one calls another in ring 0; each call takes the inner ring's stack from the TSS, and RETF gives it back. All rings
; print: an I/O permission bitmap admits the console, whatever IOPL is.
;
; Under a monitor all of them run in the real ring 3. It has no local descriptor table, so that every far transfer and
; every load of a segment register traps, and is interpreted on the guest's table. Ports trap as well, as the real TSS
; has no bitmap; the guest's is looked at by the interpreter.

LOCAL = 0x08                    ; selectors: the local table and the TSS in the global one,
TASK = 0x30
CODE0 = 0x04                    ; and all others in the local one
DATA0 = 0x0C
CODE1 = 0x15
DATA1 = 0x1D
CODE3 = 0x27
DATA3 = 0x2F
SERVICE1 = 0x37                 ; a call gate for ring 3
SERVICE0 = 0x3D                 ; one for ring 1

COUNT = 8

.start begin
.org 0x1000
begin:
    LGDT [gdtr]
    MOV EAX, LOCAL
    LLDT AX
    MOV EAX, TASK
    LTR AX
    JMP FAR CODE0:local
local:
    MOV EAX, DATA0
    MOV SS, AX
    MOV ESP, 0x8000
    MOV EAX, DATA3              ; for all rings
    MOV DS, AX
    MOV EDX, 0x3F8
    PUSH DATA3                  ; to ring 3, by a return that there was no call for
    PUSH 0xA000
    PUSH CODE3
    PUSH ring3
    RETF

ring3:
    XOR EBX, EBX
    MOV ESI, COUNT
again:
    MOV EAX, ESI
    CALL FAR SERVICE1:0         ; the offset is the gate's
    ADD EBX, EAX
    MOV AL, '3'
    OUT DX, AL
    DEC ESI
    JNZ again
    XOR EAX, EAX
    CALL FAR SERVICE1:0         ; to be ended

; in ring 1: three times what ring 0 makes of EAX
service1:
    PUSH ESI
    MOV ESI, EAX
    MOV AL, '1'
    OUT DX, AL
    MOV EAX, ESI
    CALL FAR SERVICE0:0
    LEA EAX, [EAX + EAX*2]
    POP ESI
    RETF

; in ring 0: the square of EAX, or the end
service0:
    TEST EAX, EAX
    JE end
    IMUL EAX, EAX
    PUSH EAX
    MOV AL, '0'
    OUT DX, AL
    POP EAX
    RETF
end:
    MOV ECX, ESP                ; below 0x8000: the return address to ring 1, and its stack
    HLT

gdtr: .short 0x37
    .long gdt

.align 8
gdt:
    .quad 0
    .quad 0x000082000000003F + (ldt << 16)  ; 0x08: the local descriptor table
    .quad 0, 0, 0, 0
    .quad 0x00008900000000E8 + (tss << 16)  ; 0x30: the task state segment, with the bitmap
ldt:
    .quad 0x00439B000000FFFF    ; 0x04: code, ring 0
    .quad 0x004393000000FFFF    ; 0x0C: data, ring 0
    .quad 0x0043BB000000FFFF    ; 0x14: code, ring 1
    .quad 0x0043B3000000FFFF    ; 0x1C: data, ring 1
    .quad 0x0043FB000000FFFF    ; 0x24: code, ring 3
    .quad 0x0043F3000000FFFF    ; 0x2C: data, ring 3
    .short service1, CODE1, 0xEC00, 0
    .short service0, CODE0, 0xAC00, 0
tss:
    .long 0
    .long 0x8000, DATA0         ; the stacks of rings 0
    .long 0x9000, DATA1         ; and 1
    .long 0, 0
.org tss + 102
    .short 104                  ; where the bitmap begins
.org tss + 104 + 127
    .byte 0xFE                  ; 0: port 0x3F8 is admitted
    .byte 0xFF

.expect halted
.expect output "1031031031031031031031031"
.expect gpr[EBX] = 612          ; 3 * (1 + 4 + 9 + ... + 64)
.expect gpr[ECX] = 0x8000 - 16
.expect cpl = 0
