; The timer, a level 6 autovector: it wakes STOP, it waits while the mask is 6, and it interrupts a computation.

.org 4 * 30
    .long tick

.start begin
.org 0x1000
begin:
    MOVEQ #2,D7
sleep:
    STOP #0x2000                    ; three ticks
    DBRA D7,sleep
    MOVE.W D0,D1
    MOVE.W #0x2600,SR               ; masked: no tick comes
    MOVE.W #1999,D7
wait:
    DBRA D7,wait
    MOVE.W D0,D2
    ANDI.W #0xF8FF,SR               ; the one that waits comes now
    NOP
    MOVE.W D0,D3
    MOVE.W #9999,D7                 ; ten more
    MOVEQ #0,D4
add:
    ADDQ.L #1,D4
    DBRA D7,add
    MOVE.W D0,D5
    SUB.W D3,D5
    STOP #0x2700

tick:
    ADDQ.W #1,D0
    RTE

.expect halted
.expect d[1] = 3
.expect d[2] = 3
.expect d[3] = 4
.expect d[4] = 10000
.expect d[5] = 10
