; A small operating system: two processes in user state, each in 0x2000 bytes of its own, which the relocation hardware
; places. They call the supervisor by TRAP #0, and the timer, a level 6 autovector, takes the processor from them.
; Process 0 computes Fibonacci numbers by recursion and writes the last one. Process 1 sorts the letters of a sentence,
; writes them, and then reads past its bound: a bus error, by which it ends, and process 0 runs on.
;
; The supervisor never reads SR. What it needs of it, it finds in stack frames: see wrong/move-from-sr.s.

EXIT = 0                        ; services: number in D0, argument in D1
PUT = 1
YIELD = 2

REGISTERS = 0                   ; a process: D0 to D7, A0 to A6,
A0_SLOT = 32
USP_SLOT = 60                   ; the user stack pointer,
SR_SLOT = 64                    ; the stack frame,
PC_SLOT = 66
BASE = 72                       ; the registers of the relocation hardware,
BOUND = 76
ALIVE = 80                      ; whether it runs,
WRITTEN = 84                    ; and where its next letter goes
PROCESS = 88

EVERY = 0x7FFF                  ; D0 to D7, A0 to A6 for MOVEM
BASE_REGISTER = 0x400
BOUND_REGISTER = 0x404

.org 0
    .long 0x8000, begin, bus_error, unexpected, unexpected, unexpected, unexpected, unexpected
.org 4 * 30
    .long tick
    .long unexpected
    .long service               ; TRAP #0

.start begin
.org 0x1000
begin:
    LEA (process_0).L,A0
    LEA (process_1).L,A1
    MOVE.L #0xA000,BASE(A0)
    MOVE.L #0xC000,BASE(A1)
    MOVE.L #numbers,WRITTEN(A0)
    MOVE.L #letters,WRITTEN(A1)
    MOVEQ #1,D1                 ; both: 0x2000 bytes, begin at 0x100, stack down from the end
each:
    MOVE.L #0x2000,BOUND(A0)
    MOVE.L #0x2000,USP_SLOT(A0)
    CLR.W SR_SLOT(A0)
    MOVE.L #0x100,PC_SLOT(A0)
    ST ALIVE(A0)
    EXG A0,A1
    DBRA D1,each
    BRA resume                  ; process 0, which A0 names again

; the frame and the registers of the process that was interrupted
save:
    MOVE.L A0,(saved).W
    MOVEA.L (current).W,A0
    MOVEM.L #EVERY,(A0)
    MOVE.L (saved).W,A0_SLOT(A0)
    MOVE.L USP,A1
    MOVE.L A1,USP_SLOT(A0)
    MOVE.L (SP)+,A2             ; the return address lies above the frame
    MOVE.W (SP)+,SR_SLOT(A0)
    MOVE.L (SP)+,PC_SLOT(A0)
    JMP (A2)

; the other process, if it lives; else this one; else all is done
switch:
    MOVEA.L (current).W,A0
    LEA (process_0).W,A1
    CMPA.L A0,A1
    BNE chosen
    LEA (process_1).W,A1
chosen:
    EXG A0,A1
    TST.B ALIVE(A0)
    BNE resume
    EXG A0,A1
    TST.B ALIVE(A0)
    BNE resume
    STOP #0x2700

resume:
    MOVE.L A0,(current).W
    MOVE.L PC_SLOT(A0),-(SP)
    MOVE.W SR_SLOT(A0),-(SP)
    MOVEA.L USP_SLOT(A0),A1
    MOVE.L A1,USP
    MOVE.L BASE(A0),(BASE_REGISTER).W
    MOVE.L BOUND(A0),(BOUND_REGISTER).W
    MOVEM.L (A0),#EVERY
    RTE

tick:
    BTST #5,(SP)                ; the supervisor is not interrupted: bit 13 of the SR that was pushed
    BNE ignored
    BSR save
    ADDQ.W #1,(ticks).W
    BRA switch
ignored:
    RTE

service:
    ORI.W #0x700,SR
    BSR save
    MOVE.L (A0),D0
    MOVE.L 4(A0),D1
    CMPI.L #PUT,D0
    BEQ put
    CMPI.L #YIELD,D0
    BEQ switch
    SF ALIVE(A0)                ; EXIT
    BRA switch
put:
    MOVEA.L WRITTEN(A0),A1
    MOVE.B D1,(A1)+
    MOVE.L A1,WRITTEN(A0)
    BRA resume

; a process that reaches outside is ended; the long frame has four more words
bus_error:
    ADDQ.L #2,SP
    MOVE.L (SP)+,(fault).W
    ADDQ.L #2,SP
    BSR save
    SF ALIVE(A0)
    BRA switch

unexpected:
    MOVE.W #0xBAD,(ticks).W
    STOP #0x2700

saved: .long 0
current: .long process_0
fault: .long 0
ticks: .short 0
    .align 4
process_0: .space PROCESS
process_1: .space PROCESS

.org 0x3000
numbers: .space 16
letters: .space 32

; ---------------------------------------------------------------------------------- process 0; addresses are its own

.org 0xA100
    MOVE.L #15,-(SP)
    BSR fibonacci               ; 610
    ADDQ.L #4,SP
    MOVEQ #3,D7                 ; four digits, the last first
    LEA 0x80,A2
digit:
    DIVU #10,D0
    SWAP D0
    ADDI.B #'0',D0
    MOVE.B D0,-(A2)
    CLR.W D0
    SWAP D0
    DBRA D7,digit
    MOVEQ #3,D7
write:
    MOVE.B (A2)+,D1
    MOVEQ #PUT,D0
    TRAP #0
    DBRA D7,write
    MOVEQ #EXIT,D0
    TRAP #0

; D0 is the Fibonacci number of the argument
fibonacci:
    LINK A6,#-4
    MOVE.L 8(A6),D0
    CMPI.L #2,D0
    BLT.S small
    SUBQ.L #1,D0
    MOVE.L D0,-(SP)
    BSR fibonacci
    MOVE.L D0,-4(A6)
    SUBQ.L #1,(SP)
    BSR fibonacci
    ADD.L -4(A6),D0
small:
    UNLK A6
    RTS

; ------------------------------------------------------------------------------------------------------- process 1

.org 0xC100
    LEA text - 0xC000,A0        ; exchange neighbours until nothing changes
sort:
    MOVEA.L A0,A1
    CLR.B D2
pass:
    MOVE.B (A1)+,D0
    MOVE.B (A1),D1
    BEQ end
    CMP.B D0,D1
    BCC.S pass
    MOVE.B D0,(A1)
    MOVE.B D1,-1(A1)
    ST D2
    BRA pass
end:
    TST.B D2
    BNE sort
next:
    MOVE.B (A0)+,D1
    BEQ done
    MOVEQ #PUT,D0
    TRAP #0
    MOVEQ #YIELD,D0
    TRAP #0
    BRA next
done:
    MOVE.W 0x2000,D0            ; not its own
    MOVEQ #EXIT,D0
    TRAP #0
text:
    .ascii "sphinxofquartz"
    .byte 0

.expect halted
.expect storage[fault + 2] = 0x20
.expect storage[fault + 3] = 0
.expect storage[process_0 + ALIVE] = 0
.expect storage[process_1 + ALIVE] = 0
.expect storage[letters] = 'a'
.expect storage[letters + 6] = 'p'
.expect storage[letters + 13] = 'z'
.expect storage[letters + 14] = 0
.expect storage[numbers] = '0'
.expect storage[numbers + 1] = '6'
.expect storage[numbers + 2] = '1'
.expect storage[numbers + 3] = '0'
