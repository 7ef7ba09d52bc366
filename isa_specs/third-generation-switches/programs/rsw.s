; RSW reads the operator's switches.
;
; The analysis calls RSW wrong: a monitor may hold the switches of the real machine, and the relation allows
; any. This one shows each guest its own switches, and this guest reads them as on its own machine.

        .org 0
start:  RSW r1
        LI r2, 5
        BEQ r1, r2, same
        HLT
same:   LI r3, 1
        HLT

        .state switches = 5
        .start start
        .expect halted
        .expect gpr[1] = 5
        .expect gpr[3] = 1
