; Code that writes itself: a loop whose constant and whose operation change, and a routine made in storage.

.start begin
.org 0x1000
begin:
    MOVEQ #0,D0
    MOVE.W #99,D7
again:
    ADDQ.W #1,add + 2               ; the constant of the next instruction
add:
    ADDI.W #0,D0                    ; 1 + 2 + ... + 100
    DBRA D7,again
    MOVE.W D0,D1

    MOVE.W #0x5300,change           ; NOP becomes SUBQ.B #1,D0
    MOVEQ #49,D7
second:
change:
    NOP
    DBRA D7,second                  ; 5050 - 50

    LEA made,A0                     ; MULU D0,D0 and RTS
    MOVE.W #0xC0C0,(A0)
    MOVE.W #0x4E75,2(A0)
    JSR (A0)
    STOP #0x2700

.org 0x2000
made:
    .space 4

.expect halted
.expect d[1] = 5050
.expect d[0] = 0x1388 * 0x1388
