; Insertion sort of 100 pseudo-random words, and their sum before and after.

COUNT = 100

.start begin
.org 0x1000
begin:
    LEA (table).L,A0
    MOVE.W #COUNT - 1,D7
    MOVE.L #12345,D0
    CLR.L D5                        ; the sum before
fill:
    MULU #25173,D0                  ; x' = (25173 x + 13849) mod 65536
    ADD.W #13849,D0
    AND.L #0xFFFF,D0
    MOVE.W D0,(A0)+
    ADD.L D0,D5
    DBRA D7,fill

    LEA (table + 2).L,A0            ; the first word that is not in place yet
    MOVE.W #COUNT - 2,D7
each:
    MOVE.W (A0)+,D0
    LEA -2(A0),A1
place:
    CMPA.L #table,A1
    BLS found
    MOVE.W -(A1),D1
    CMP.W D0,D1
    BLS above
    MOVE.W D1,2(A1)
    BRA place
above:
    ADDQ.L #2,A1
found:
    MOVE.W D0,(A1)
    DBRA D7,each

    LEA (table).L,A0                ; check the order, add again
    CLR.L D4
    CLR.L D6                        ; how many are out of order
    CLR.L D1                        ; the one before
    MOVE.W #COUNT - 1,D7
check:
    CLR.L D0
    MOVE.W (A0)+,D0
    ADD.L D0,D4
    CMP.W D1,D0
    BCC fine
    ADDQ.L #1,D6
fine:
    MOVE.W D0,D1
    DBRA D7,check
    SUB.L D5,D4
    STOP #0x2700

.org 0x2000
table:
    .space 2 * COUNT

.expect halted
.expect d[4] = 0                    ; the sum is the same
.expect d[6] = 0
