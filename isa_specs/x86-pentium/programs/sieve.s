; The sieve of Eratosthenes: primes below 1000 in an array of bytes. The inner loop is four instructions.

LIMIT = 1000
ROOT = 32                       ; ROOT * ROOT > LIMIT

.start begin
.org 0x1000
begin:
    CLD
    MOV EDI, sieve
    MOV ECX, LIMIT / 4
    XOR EAX, EAX
    REP STOSD                   ; 0: not crossed out

    MOV EBX, 2
number:
    CMP BYTE [sieve + EBX], 0
    JNE next
    MOV ESI, EBX                ; a prime: cross out its multiples from the square on
    IMUL ESI, EBX
    JMP enough
cross:
    MOV BYTE [sieve + ESI], 1
    ADD ESI, EBX
enough:
    CMP ESI, LIMIT
    JB cross
next:
    INC EBX
    CMP EBX, ROOT
    JB number

    XOR EAX, EAX                ; how many, their sum, and the last
    XOR EDX, EDX
    MOV EBX, 2
count:
    CMP BYTE [sieve + EBX], 0
    JNE composite
    INC EAX
    ADD EDX, EBX
    MOV ESI, EBX
composite:
    INC EBX
    CMP EBX, LIMIT
    JB count
    HLT

sieve = 0x4000

.expect halted
.expect gpr[EAX] = 168
.expect gpr[EDX] = 76127
.expect gpr[ESI] = 997
