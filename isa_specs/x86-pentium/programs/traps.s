; Every exception of the processor that this machine has, by an instruction that causes it. The handler prints its
; name and, if there is one, the error code, and goes on at EDI. ESI is the EIP that a handler must find on its stack:
; that of the instruction for a fault, that of the next one for INT3, INTO and the single step.
;
; Under a monitor most of these instructions trap in the real machine as well, which then interprets them; BOUND, DIV
; and an access beyond a limit run directly and trap only when they fault.

KCODE = 0x08
KDATA = 0x30
KTASK = 0x38
ABSENT = 0x40                   ; a segment that is not present

TF = 0x100
NT = 0x4000
TS = 8                          ; in CR0

.start begin
.org 0x1000
begin:
    MOV ESP, 0x8000
    LGDT [gdtr]
    LIDT [idtr]
    MOV ESI, entries            ; gates 0 to 13, and all the others in the table are not present
    MOV EDI, idt
    MOV ECX, 14
each_gate:
    MOV EAX, [ESI]
    MOV EDX, EAX
    AND EAX, 0xFFFF
    OR EAX, KCODE << 16
    MOV [EDI], EAX
    AND EDX, 0xFFFF0000
    OR EDX, 0x8F00              ; a trap gate
    MOV [EDI + 4], EDX
    ADD ESI, 4
    ADD EDI, 8
    LOOP each_gate
    MOV EAX, KTASK
    LTR AX

; #DE
    XOR ECX, ECX
    MOV ESI, divide
    MOV EDI, divided
divide:
    DIV ECX
divided:

; #DB: IRETD sets TF, and the instruction after it is the first that ends in a trap
    MOV ESI, stepped
    MOV EDI, stepped
    PUSH TF | 2
    PUSH KCODE
    PUSH step
    IRETD
step:
    MOV EBX, 1
stepped:

; #BP, #OF
    MOV ESI, broken
    MOV EDI, broken
    INT3
broken:
    MOV ESI, overflowed
    MOV EDI, overflowed
    MOV EAX, 0x7FFFFFFF
    INC EAX
    INTO
overflowed:

; #BR
    MOV ESI, bound
    MOV EDI, bounded
    MOV EAX, 10
bound:
    BOUND EAX, [bounds]
bounded:

; #UD
    MOV ESI, undefined
    MOV EDI, was_undefined
undefined:
    .byte 0x0F, 0x0B
was_undefined:

; #NM: CR0.TS denies the floating-point unit
    MOV EAX, CR0
    OR EAX, TS
    MOV CR0, EAX
    MOV ESI, load_float
    MOV EDI, float_loaded
load_float:
    ESC 1, 0, [bounds]          ; FLD
float_loaded:
    CLTS

; #TS: with NT, IRETD returns to the task that the back link in the TSS names, which is none here
    PUSH NT | 2
    PUSH KCODE
    PUSH nested
    IRETD
nested:
    MOV ESI, task_return
    MOV EDI, task_returned
task_return:
    IRETD
task_returned:

; #NP, #SS, and #GP for an address, for a selector, and for a gate
    MOV ESI, load_absent
    MOV EDI, absent_loaded
    MOV EAX, ABSENT
load_absent:
    MOV ES, AX
absent_loaded:
    MOV EBP, 0x40000            ; the end of storage
    MOV ESI, beyond_stack
    MOV EDI, beyond_data
beyond_stack:
    MOV EAX, [EBP]
beyond_data:
    MOV ESI, beyond_data_too
    MOV EDI, bad_selector
beyond_data_too:
    MOV EAX, [0x3FFFE]          ; the last two bytes of four are outside
bad_selector:
    MOV ESI, load_bad
    MOV EDI, bad_gate
    MOV EAX, 0x1F8              ; beyond the table
load_bad:
    MOV FS, AX
bad_gate:
    MOV ESI, interrupt
    MOV EDI, last
interrupt:
    INT 0x50                    ; a gate that is no gate
last:
    MOV EAX, [wrong_places]
    HLT

; ----------------------------------------------------------------------------------------------------- the handlers

; As the processor leaves it for those that have an error code, the stack is: error code, EIP, CS, EFLAGS.
entry0:
    PUSH NONE
    PUSH 0
    JMP handle
entry1:
    PUSH NONE
    PUSH 1
    JMP handle
entry3:
    PUSH NONE
    PUSH 3
    JMP handle
entry4:
    PUSH NONE
    PUSH 4
    JMP handle
entry5:
    PUSH NONE
    PUSH 5
    JMP handle
entry6:
    PUSH NONE
    PUSH 6
    JMP handle
entry7:
    PUSH NONE
    PUSH 7
    JMP handle
entry10:
    PUSH 10
    JMP handle
entry11:
    PUSH 11
    JMP handle
entry12:
    PUSH 12
    JMP handle
entry13:
    PUSH 13
    JMP handle
unexpected:
    HLT

NONE = 0x10000                  ; no error code is so large

handle:
    PUSHAD
    MOV EBX, [ESP + 32]         ; the vector
    MOV EAX, [ESP + 40]         ; EIP
    CMP EAX, ESI
    JE right_place
    INC DWORD [wrong_places]
right_place:
    MOV [ESP + 40], EDI
    AND DWORD [ESP + 48], ~(TF | NT)
    MOV DX, 0x3F8
    MOV AL, [names + EBX*2]
    OUT DX, AL
    MOV AL, [names + 1 + EBX*2]
    OUT DX, AL
    MOV EBX, [ESP + 36]         ; the error code
    CMP EBX, NONE
    JE handled
    MOV AL, ':'
    OUT DX, AL
    MOV ECX, 3                  ; in three hexadecimal digits
    SHL EBX, 20
digit:
    ROL EBX, 4
    MOV EAX, EBX
    AND EAX, 15
    MOV AL, [digits + EAX]
    OUT DX, AL
    LOOP digit
handled:
    MOV AL, ' '
    OUT DX, AL
    POPAD
    ADD ESP, 8
    IRETD

names: .ascii "DEDB--BPOFBRUDNM----TSNPSSGP"
digits: .ascii "0123456789ABCDEF"

.align 4
entries: .long entry0, entry1, unexpected, entry3, entry4, entry5, entry6, entry7, unexpected, unexpected
    .long entry10, entry11, entry12, entry13
bounds: .long 0, 9
wrong_places: .long 0
gdtr: .short 0x47
    .long gdt
idtr: .short 0x3FF              ; 128 vectors
    .long idt

.org 0x3000
gdt:
    .quad 0
    .quad 0x00439B000000FFFF    ; 0x08: code, base 0, limit 0x3FFFF
    .quad 0, 0, 0, 0
    .quad 0x004393000000FFFF    ; 0x30: data, the same
    .quad 0x0000890031000067    ; 0x38: a task state segment at 0x3100
    .quad 0x004313000000FFFF    ; 0x40: data, but not present
.org 0x3100
    .short KDATA                ; the back link: no task
.org 0x3166
    .short 104                  ; no I/O permission bitmap
idt = 0x4000

.expect halted
.expect output "DE DB BP OF BR UD NM TS:030 NP:040 SS:000 GP:000 GP:1F8 GP:282 "
.expect gpr[EAX] = 0            ; every EIP was right
.expect gpr[EBX] = 1            ; the stepped instruction was executed
.expect ts = 0
