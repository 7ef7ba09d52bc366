"""Single steps, words that become instructions, and what is printed: on the Pentium, bare and under a monitor."""

from __future__ import annotations

import pytest

from analyzer.monitors.host import Host
from analyzer.monitors.virtual import MONITORS
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import boot
from tests.simulator.guests import machine, program

X86 = "x86-pentium"
LIMIT = 100_000

# A loop that is compiled; then ring 0 sets TF in the flags that IRETD restores, and every step of the loop traps.
STEPPED = """
    .state idtr_base = idt
    .state idtr_limit = 0xFF
    .state gdtr_base = gdt
    .state gdtr_limit = 0x37
    .start begin
    .org 0x1000
    begin:
        MOV ESP, 0x8000
        MOV EAX, 0x30
        LTR AX
        MOV EBX, 0
        MOV EAX, 0x23
        MOV DS, AX
        PUSH 0x23
        PUSH 0xA000
        PUSH 0x2
        PUSH 0x1B
        PUSH user
        IRETD
    user:
        XOR ECX, ECX
        MOV ESI, 0
    loop: INC ECX
        CMP ECX, 800
        JNE loop
        INT 0x10          ; asks for single stepping
        XOR ECX, ECX
    loop2: INC ECX
        CMP ECX, 800
        JNE loop2
        INT 0x11
    sys: OR DWORD [ESP+8], 0x100
         MOV DWORD [ESP], user
         INC EDI
         CMP EDI, 2
         JE fin
         IRETD
    dbg: INC EBX
         IRETD
    fin: HLT
    .align 8
    gdt: .quad 0
        .quad 0
        .quad 0x00439B000000FFFF
        .quad 0x0043FB000000FFFF
        .quad 0x0043F3000000FFFF
        .quad 0x004393000000FFFF
        .quad 0x0000890000000067 + (tss << 16)
    idt: .quad 0
        .short dbg, 0x10, 0x8E00, 0
        .quad 0,0,0,0,0,0,0,0,0,0,0,0,0,0
        .short sys, 0x10, 0xEE00, 0
        .short fin, 0x10, 0xEE00, 0
    tss: .long 0
        .long 0x8000, 0x28
        .long 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0
    .expect halted
"""

# The tables of descriptors and a stack.
BEGIN = """
    .state idtr_base = idt
    .state idtr_limit = 0xFF
    .state gdtr_base = gdt
    .state gdtr_limit = 0x1F
    .start begin
    .org 0x1000
    begin:
        MOV ESP, 0x8000
"""

# The handler of #UD turns the word that is no instruction into CPUID.
PATCHED = (
    BEGIN
    + """
        MOV EBX, 0
    bad: .byte 0x0F, 0xFF
        HLT
    ud: INC EBX
        CMP EBX, 5
        JE stop
        MOV BYTE [bad+1], 0xA2   ; CPUID
        JMP bad
    stop: HLT
    .align 8
    gdt: .quad 0, 0
        .quad 0x00439B000000FFFF
        .quad 0x004393000000FFFF
    idt: .quad 0,0,0,0,0,0
        .short ud, 0x10, 0x8E00, 0
    .expect halted
"""
)

# OUT completes with a single-step trap after it.
PRINTED = (
    BEGIN
    + """
        MOV EDX, 0x3F8
        MOV EAX, 65
        PUSHFD
        OR DWORD [ESP], 0x100
        POPFD
        OUT DX, AL
        NOP
        HLT
    dbg: IRETD
    .align 8
    gdt: .quad 0, 0
        .quad 0x00439B000000FFFF
        .quad 0x004393000000FFFF
    idt: .quad 0
        .short dbg, 0x10, 0x8E00, 0
    .expect output "A"
"""
)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("kind", MONITORS)
def test_a_visible_flag_that_a_hook_reads(kind: str, fast: bool) -> None:
    """TF is visible, and compiled code knows its value: code that was compiled without it is not used with it."""
    isa = machine(X86)
    host = Host(isa, isa.monitors["default"], MONITORS[kind], [isa.simulation.storage])
    host.real.fast = fast
    bare, guest = Bare(isa, fast=False), host.guests[0]
    for each in (bare, guest):
        boot(each, program(isa, STEPPED, "stepped"))
        assert each.run(LIMIT).reason == "halted"
    assert bare.counts.traps["debug"] > 2000
    assert guest.counts.traps == bare.counts.traps
    assert guest.state.registers == bare.state.registers


def test_a_word_that_becomes_an_instruction() -> None:
    """It is decoded anew when any of its units is written, not only the first."""
    isa = machine(X86)
    bare = Bare(isa)
    boot(bare, program(isa, PATCHED, "patched"))
    assert bare.run(LIMIT).reason == "halted"
    assert bare.counts.traps == {"invalid_opcode": 1}


def test_a_character_is_printed_once() -> None:
    """Also if the instruction that prints it has a trap after it."""
    isa = machine(X86)
    bare = Bare(isa)
    boot(bare, program(isa, PRINTED, "printed"))
    bare.run(LIMIT)
    assert bare.counts.traps["debug"] == 1
    assert bare.output == "A"
