; Strings: copied, measured, compared, searched and reversed, with postincrement, predecrement, CMPM and DBcc.

.start begin
.org 0x1000
begin:
    LEA text,A0                     ; copy, with the 0 at the end
    LEA copy,A1
copying:
    MOVE.B (A0)+,(A1)+
    BNE copying

    LEA copy,A0                     ; length
    MOVEQ #-1,D0
    MOVE.W #63,D7
measure:
    TST.B (A0)+
    DBEQ D7,measure
    SUBA.L #copy + 1,A0
    MOVE.L A0,D0                    ; 43

    LEA text,A0                     ; equal?
    LEA copy,A1
    MOVE.W D0,D7
compare:
    CMPM.B (A0)+,(A1)+
    DBNE D7,compare
    SEQ D1

    LEA text,A0                     ; the place of the first 'q'
    MOVE.W D0,D7
    MOVEQ #0,D2
search:
    CMPI.B #'q',0(A0,D2.W)
    BEQ found
    ADDQ.W #1,D2
    DBRA D7,search
found:

    LEA copy,A0                     ; reverse in place
    LEA 0(A0,D0.L),A1
reverse:
    MOVE.B (A0),D3
    MOVE.B -(A1),(A0)+
    MOVE.B D3,(A1)
    CMPA.L A0,A1
    BHI reverse

    LEA copy,A0                     ; how many letters o
    MOVEQ #0,D4
count:
    MOVE.B (A0)+,D3
    BEQ done
    CMPI.B #'o',D3
    BNE count
    ADDQ.L #1,D4
    BRA count
done:
    STOP #0x2700

text:
    .ascii "the quick brown fox jumps over the lazy dog"
    .byte 0

.org 0x2000
copy:
    .space 64

.expect halted
.expect d[0] = 43
.expect d[1] = 0xFF
.expect d[2] = 4
.expect d[4] = 4
.expect storage[copy] = 'g'
.expect storage[copy + 42] = 't'
.expect storage[copy + 43] = 0
