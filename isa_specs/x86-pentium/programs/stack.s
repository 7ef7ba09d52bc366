; The stack: calls that take parameters and release them, recursion, frames by ENTER and LEAVE with the frame pointers
; of enclosing procedures, indirect calls, and all registers at once.

.start begin
.org 0x1000
begin:
    MOV ESP, top

; recursion with a parameter on the stack, which RET 4 releases
    PUSH 11
    CALL fibonacci
    MOV [results], EAX

; Ackermann's function, ENTER and LEAVE
    PUSH 3
    PUSH 2
    CALL ackermann
    ADD ESP, 8                  ; here the caller releases them
    MOV [results + 4], EAX

; nested procedures: the inner one changes a variable of the outer one
    CALL outer
    MOV [results + 8], EAX

; procedures from a table
    MOV EAX, 7
    XOR ESI, ESI
each:
    CALL DWORD [table + ESI*4]
    INC ESI
    CMP ESI, 3
    JB each
    MOV [results + 12], EAX

; PUSHAD and POPAD, and the same in 16 bits; POPAD leaves ESP
    MOV EAX, 0x11111111
    MOV EBX, 0x22222222
    MOV ECX, 0x33333333
    PUSHAD
    PUSHA
    XOR EAX, EAX
    XOR EBX, EBX
    XOR ECX, ECX
    POPA                        ; the lower halves only
    MOV EDI, EAX
    ADD EDI, EBX
    ADD EDI, ECX                ; 0x6666
    MOV [ESP], EDI              ; where POPAD takes EDI
    POPAD

; POP to memory: an address by ESP is that after the pop
    PUSH 1
    PUSH 2
    POP DWORD [ESP]
    POP EDX                     ; 2
    MOV EBP, ESP                ; top: all is released
    MOV ESI, [results + 12]
    HLT

; fibonacci(n): 0, 1, 1, 2, 3, 5, ...
fibonacci:
    MOV EAX, [ESP + 4]
    CMP EAX, 2
    JB fibonacci_done
    DEC EAX
    PUSH EAX
    PUSH EAX
    CALL fibonacci
    XCHG [ESP], EAX             ; keep fibonacci(n - 1), take n - 1
    DEC EAX
    PUSH EAX
    CALL fibonacci
    POP EDX
    ADD EAX, EDX
fibonacci_done:
    RET 4

; ackermann(m, n): parameters m at [EBP + 8], n at [EBP + 12]
ackermann:
    ENTER 0, 0
    MOV EAX, [EBP + 12]
    CMP DWORD [EBP + 8], 0
    JNE ackermann_m
    INC EAX
    LEAVE
    RET
ackermann_m:
    TEST EAX, EAX
    JNE ackermann_n
    MOV EAX, 1
    JMP ackermann_outer
ackermann_n:
    DEC EAX
    PUSH EAX
    PUSH DWORD [EBP + 8]
    CALL ackermann              ; ackermann(m, n - 1)
ackermann_outer:
    PUSH EAX
    MOV EAX, [EBP + 8]
    DEC EAX
    PUSH EAX
    CALL ackermann              ; ackermann(m - 1, that)
    LEAVE                       ; releases the parameters as well
    RET

; ENTER's second operand is the depth: below the saved EBP it stores the frame pointers of the enclosing procedures
outer:
    ENTER 4, 1                  ; [EBP - 4]: its own frame; [EBP - 8]: a variable
    MOV DWORD [EBP - 8], 100
    MOV ECX, 5
outer_loop:
    PUSH ECX
    CALL inner
    POP ECX
    LOOP outer_loop
    MOV EAX, [EBP - 8]
    LEAVE
    RET
inner:
    ENTER 0, 2                  ; [EBP - 4]: the frame of `outer`; [EBP - 8]: its own
    MOV EDX, [EBP - 4]
    ADD [EDX - 8], ECX
    LEAVE
    RET

add_one:
    INC EAX
    RET
twice:
    ADD EAX, EAX
    RET
square:
    IMUL EAX, EAX
    RET

.align 4
table: .long add_one, twice, square
results: .long 0, 0, 0, 0
top = 0x8000

.expect halted
.expect storage[results] = 89
.expect storage[results + 1] = 0
.expect storage[results + 4] = 9                ; ackermann(2, 3)
.expect storage[results + 8] = 115              ; 100 + 5 + 4 + 3 + 2 + 1
.expect gpr[EAX] = 0x11111111
.expect gpr[EBX] = 0x22222222
.expect gpr[ECX] = 0x33333333
.expect gpr[EDX] = 2
.expect gpr[ESI] = 256                          ; ((7 + 1) * 2) squared
.expect gpr[EDI] = 0x6666
.expect gpr[EBP] = top
.expect gpr[ESP] = top
