; A small operating system. The kernel runs in ring 0 with flat segments and builds its GDT, IDT and TSS. Two
; processes run in ring 3, each in segments of its own, so that the same offsets mean different storage to each of
; them. They ask for service by INT 0x80, and the timer takes the processor from them. Process 0 counts primes.
; Process 1 adds up Collatz sequences, and then reads beyond the end of its segment: the kernel ends it, and process 0
; runs on.
;
; A monitor runs the kernel, too, in the real ring 3. It sees all that matters because the kernel's selectors (0x08
; and 0x30 to 0x58) name entries that are zero in the monitor's own GDT: the far jump, the loads of segment registers
; and IRETD, which the analysis judges wrong, trap there and are interpreted on the guest's own tables. With 0x20 or
; 0x28 they would complete and go wrong: see wrong/. The other instructions judged wrong, such as PUSHFD, are not
; used.

KCODE = 0x08                    ; selectors
KDATA = 0x30
KTASK = 0x38
UCODE = 0x40                    ; of process 0; process 1 has those 0x10 higher
UDATA = 0x48

DATA = 0x4092                   ; descriptors: access byte, and above it the flag for 32 bits
USER_CODE = 0x40FA
USER_DATA = 0x40F2
CODE = 0x409A
TASK = 0x0089
KERNEL_GATE = 0x8E00            ; interrupt gates: entered with IF = 0
USER_GATE = 0xEE00              ; one that ring 3 may name in INT n

EXIT = 0                        ; system calls: number in EAX, argument in EBX
PUT = 1
YIELD = 2

PORT = 0x3F8                    ; the console
LINE_STATUS = 0x3FD

.start boot
.org 0x1000

; ---------------------------------------------------------------------------------------------- the kernel's start

boot:
    MOV ESP, boot_stack
    MOV EBX, KCODE
    XOR EAX, EAX                ; base
    MOV ECX, 0x3FFFF            ; limit
    MOV EDX, CODE
    CALL set_segment
    MOV EBX, KDATA
    XOR EAX, EAX
    MOV ECX, 0x3FFFF
    MOV EDX, DATA
    CALL set_segment
    MOV EBX, KTASK
    MOV EAX, tss
    MOV ECX, 103
    MOV EDX, TASK
    CALL set_segment

    MOV EBX, 255                ; what is not expected stops the system
each_gate:
    MOV EAX, unexpected
    MOV ECX, KERNEL_GATE
    CALL set_gate
    DEC EBX
    JNS each_gate
    MOV EBX, 13
    MOV EAX, fault_entry
    MOV ECX, KERNEL_GATE
    CALL set_gate
    MOV EBX, 0x20
    MOV EAX, timer_entry
    MOV ECX, KERNEL_GATE
    CALL set_gate
    MOV EBX, 0x80
    MOV EAX, call_entry
    MOV ECX, USER_GATE
    CALL set_gate

    LGDT [gdtr]
    LIDT [idtr]
    JMP FAR KCODE:flat          ; CS, and then the others, from the new table
flat:
    MOV EAX, KDATA
    MOV DS, AX
    MOV ES, AX
    MOV SS, AX
    MOV DWORD [tss + 8], KDATA  ; SS0: the stack segment of ring 0; ESP0 follows at every switch
    MOV WORD [tss + 102], 104   ; no I/O permission bitmap
    MOV EAX, KTASK
    LTR AX

    MOV ESI, 1
each_process:
    CALL create
    DEC ESI
    JNS each_process
    XOR EBX, EBX
    JMP switch

; A segment: selector in EBX, base in EAX, limit in ECX, flags and access byte in DX.
set_segment:
    MOV [gdt + EBX], CX
    MOV [gdt + 2 + EBX], AX
    SHR ECX, 16
    OR CL, DH
    MOV [gdt + 6 + EBX], CL
    MOV [gdt + 5 + EBX], DL
    SHR EAX, 16
    MOV [gdt + 4 + EBX], AL
    MOV [gdt + 7 + EBX], AH
    RET

; A gate: vector in EBX, handler in EAX, type in ECX.
set_gate:
    MOV EDX, EAX
    AND EDX, 0xFFFF
    OR EDX, KCODE << 16
    MOV [idt + EBX*8], EDX
    AND EAX, 0xFFFF0000
    OR EAX, ECX
    MOV [idt + 4 + EBX*8], EAX
    RET

; Process ESI: its two segments, and on its kernel stack what `leave` takes from there to begin it.
create:
    LEA EDI, [ESI + ESI*2]
    SHL EDI, 2
    ADD EDI, images             ; base, limit, entry
    MOV EBX, ESI
    SHL EBX, 4
    PUSH EBX
    ADD EBX, UCODE
    MOV EAX, [EDI]
    MOV ECX, [EDI + 4]
    MOV EDX, USER_CODE
    CALL set_segment
    ADD EBX, UDATA - UCODE
    MOV EAX, [EDI]
    MOV ECX, [EDI + 4]
    MOV EDX, USER_DATA
    CALL set_segment
    POP EBX

    MOV EAX, [kernel_stack + ESI*4]
    LEA ECX, [EBX + (UDATA | 3)]
    MOV [EAX - 4], ECX          ; SS
    MOV EDX, [EDI + 4]
    INC EDX
    MOV [EAX - 8], EDX          ; ESP: the stack begins at the end of the segment
    MOV DWORD [EAX - 12], 0x202 ; EFLAGS: IF
    LEA EDX, [EBX + (UCODE | 3)]
    MOV [EAX - 16], EDX         ; CS
    MOV EDX, [EDI + 8]
    MOV [EAX - 20], EDX         ; EIP
    MOV [EAX - 64], ECX         ; DS and ES; the general registers in between are 0
    MOV [EAX - 68], ECX
    SUB EAX, 68
    MOV [saved + ESI*4], EAX
    MOV DWORD [ready + ESI*4], 1
    RET

; ---------------------------------------------------------------------------------------- into the kernel and back

timer_entry:
    PUSH 0                      ; where a fault has its error code
    PUSH 0x20
    JMP enter
call_entry:
    PUSH 0
    PUSH 0x80
    JMP enter
fault_entry:
    PUSH 13

; On the process's kernel stack: SS, ESP, EFLAGS, CS, EIP, error code, vector, and now the registers.
enter:
    PUSHAD
    PUSH DS
    PUSH ES
    MOV EAX, KDATA
    MOV DS, AX
    MOV ES, AX
    MOV EAX, [ESP + 40]         ; the vector
    CMP EAX, 0x20
    JE tick
    CMP EAX, 0x80
    JE service

    MOV EBX, [current]          ; a fault
    MOV EAX, [ESP + 48]         ; its EIP
    MOV [fault_at], EAX
    MOV DWORD [result + EBX*4], -1
    MOV DWORD [ready + EBX*4], 0
    MOV ESI, fault_text
    CALL print
    JMP schedule

tick:
    INC DWORD [ticks]
    JMP schedule

service:
    MOV EAX, [ESP + 36]         ; EAX and EBX of the process
    MOV EBX, [ESP + 24]
    CMP EAX, PUT
    JE service_put
    CMP EAX, YIELD
    JE schedule
    MOV ECX, [current]          ; EXIT
    MOV [result + ECX*4], EBX
    MOV DWORD [ready + ECX*4], 0
    JMP schedule
service_put:
    MOV AL, BL
    CALL put
    JMP leave_kernel

; The other process if it is ready, or else the same again.
schedule:
    MOV EBX, [current]
    MOV [saved + EBX*4], ESP
    XOR EBX, 1
    CMP DWORD [ready + EBX*4], 0
    JNE switch
    XOR EBX, 1
    CMP DWORD [ready + EBX*4], 0
    JE finished
switch:
    MOV [current], EBX
    MOV EAX, [kernel_stack + EBX*4]
    MOV [tss + 4], EAX          ; ESP0
    MOV ESP, [saved + EBX*4]
leave_kernel:
    POP ES
    POP DS
    POPAD
    ADD ESP, 8
    IRETD

finished:
    MOV ESP, boot_stack
    MOV ESI, end_text
    CALL print
    MOV EAX, [result]
    CALL number
    MOV AL, '\n'
    CALL put
    CLI
    HLT

unexpected:
    MOV ESI, unexpected_text
    CALL print
    CLI
    HLT

; ------------------------------------------------------------------------------------------------------ the console

; The character in AL.
put:
    PUSH EDX
    PUSH EAX
    MOV EDX, LINE_STATUS
put_waits:
    IN AL, DX
    TEST AL, 0x20               ; the transmitter is empty
    JE put_waits
    POP EAX
    MOV EDX, PORT
    OUT DX, AL
    POP EDX
    RET

; The text at ESI, which ends with a byte 0.
print:
    MOV AL, [ESI]
    TEST AL, AL
    JE print_ends
    CALL put
    INC ESI
    JMP print
print_ends:
    RET

; EAX in decimal.
number:
    MOV EBX, 10
    XOR ECX, ECX
number_digit:
    XOR EDX, EDX
    DIV EBX
    PUSH EDX
    INC ECX
    TEST EAX, EAX
    JNE number_digit
number_put:
    POP EAX
    ADD AL, '0'
    CALL put
    LOOP number_put
    RET

fault_text: .ascii " process 1 reads beyond its segment "
    .byte 0
end_text: .ascii " primes: "
    .byte 0
unexpected_text: .ascii " unexpected interrupt "
    .byte 0

.align 4
images: .long A, 0x1FFF, a_begin - A
    .long B, 0x0FFF, b_begin - B
kernel_stack: .long 0x7000, 0x8000
saved: .long 0, 0
ready: .long 0, 0
result: .long 0, 0
current: .long 0
ticks: .long 0
fault_at: .long 0
gdtr: .short 0x5F
    .long gdt
idtr: .short 0x7FF
    .long idt

gdt = 0x3000
tss = 0x3100
idt = 0x4000
boot_stack = 0x6000

; -------------------------------------------------------------------------------------- process 0: primes below 192

; Labels are addresses of the whole storage; offsets in the segment of the process begin at its base.
A = 0x10000
.org A + 0x100
a_begin:
    MOV ESI, 2                  ; a number
a_number:
    MOV ECX, 2                  ; a divisor
a_divisor:
    MOV EAX, ECX
    MUL ECX
    CMP EAX, ESI
    JA a_prime                  ; none up to the root
    MOV EAX, ESI
    XOR EDX, EDX
    DIV ECX
    TEST EDX, EDX
    JE a_next
    INC ECX
    JMP a_divisor
a_prime:
    INC DWORD [a_primes - A]
a_next:
    INC ESI
    MOV EAX, ESI
    AND EAX, 63
    JNE a_quiet
    MOV EAX, PUT                ; an `a` for every 64 numbers
    MOV EBX, 'a'
    INT 0x80
a_quiet:
    CMP ESI, 192
    JB a_number
    MOV EAX, EXIT
    MOV EBX, [a_primes - A]
    INT 0x80
.align 4
a_primes: .long 0

; ------------------------------------------------------------------------------------ process 1: Collatz sequences

B = 0x20000
.org B + 0x100
b_begin:
    MOV ESI, 1                  ; where a sequence begins
b_number:
    MOV EAX, ESI
b_step:
    CMP EAX, 1
    JE b_next
    INC DWORD [b_steps - B]
    SHR EAX, 1
    JNC b_step
    LEA EAX, [EAX + EAX*2]      ; odd, 2k + 1: next is 6k + 4
    LEA EAX, [EAX*2 + 4]
    JMP b_step
b_next:
    MOV EAX, ESI
    AND EAX, 7
    JNE b_quiet
    MOV EAX, PUT                ; a `b` for every 8 sequences, and then it is the other's turn
    MOV EBX, 'b'
    INT 0x80
    MOV EAX, YIELD
    INT 0x80
b_quiet:
    INC ESI
    CMP ESI, 48
    JBE b_number
b_fault:
    MOV EAX, [0x1000]           ; the limit of its segment is 0x0FFF
    MOV EAX, EXIT               ; it does not come here
    MOV EBX, 1
    INT 0x80
.align 4
b_steps: .long 0

STEPS = 1018                    ; of all sequences that begin with 1 to 48

.expect halted
.expect output "bbbabbb process 1 reads beyond its segment aa primes: 43\n"
.expect storage[result] = 43                ; what process 0 gave to EXIT
.expect storage[result + 4] = 0xFF          ; process 1 was ended by the kernel: -1,
.expect storage[fault_at] = b_fault & 0xFF  ; here,
.expect storage[fault_at + 1] = (b_fault - B) >> 8
.expect storage[b_steps] = STEPS & 0xFF     ; its work was done
.expect storage[b_steps + 1] = STEPS >> 8
.expect cpl = 0
.expect tr_selector = KTASK
.expect port[PORT] = '\n'
