"""Programs: what instructions, directives and expressions give."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.diagnostics import SpecError
from analyzer.encoding.assembly.assembler import Assembler, assemble
from analyzer.encoding.assembly.disassembler import Disassembler, disassemble
from analyzer.spec.load import load, shipped
from tests.encoding.programs import M68000, PDP10, THIRD, TOY, X86, words
from tests.encoding.programs import assemble as assembled

# PDP-10 System Reference Manual, section 2.1: code, accumulator, I, X and Y
PDP10_WORDS = [
    ("MOVE 1,@FOO(2)", 0o200_062_001000),
    ("move 1,@FOO(2)", 0o200_062_001000),
    ("MOVE FOO", 0o200_000_001000),
    ("MOVEI 17,-1", 0o201_740_777777),
    ("MOVEM 3,(17)", 0o202_157_000000),
    ("MOVE 1,FOO+1(2)", 0o200_042_001001),
    ("SETZ 1,", 0o400_040_000000),
    ("SETZ 1,0", 0o400_040_000000),
    ("POPJ 17,", 0o263_740_000000),
    ("JRST FOO", 0o254_000_001000),
    ("JRST 0,FOO", 0o254_000_001000),
    ("JRST 1,FOO", 0o254_040_001000),
    ("JRST 2,@FOO", 0o254_120_001000),
    ("JRSTF @FOO", 0o254_120_001000),
    ("JEN @FOO", 0o254_520_001000),
    ("HALT .", 0o254_200_000100),
    ("JRST .+2", 0o254_000_000102),
    ("JFCL 17,.+1", 0o255_740_000101),
    ("JOV FOO", 0o255_400_001000),
    ("DATAO 120,FOO", 0o712_140_001000),
    ("CONSO 120,10", 0o712_340_000010),
    ("DATAO APR,FOO", 0o700_140_001000),
    ("DATAO 0,FOO", 0o700_140_001000),
    ("CONO PI,2377", 0o700_600_002377),
    ("CONI 4,FOO", 0o700_640_001000),
    ("UUO 1,FOO", 0o000_040_001000),
    ("LUUO 3,2,FOO", 0o003_100_001000),
    ("MUUO 47,2,FOO", 0o047_100_001000),
    (".word 19.", 19),
    (".word 1,,FOO", 0o000001_001000),
    (".word -1,,-2", 0o777777_777776),
    (".word -5", 0o777777_777773),
]


@pytest.mark.parametrize(("text", "word"), PDP10_WORDS)
def test_pdp10(text: str, word: int) -> None:
    assert words(PDP10, f"FOO=1000\n.org 100\n{text}") == [word]


# SDM, volume 2, the forms of each instruction; bits that the processor ignores are 0 (MOV CR)
X86_BYTES = [
    ("MOV EAX, 5", "b8 05000000"),
    ("MOV AX, 5", "66 b8 0500"),
    ("MOV AL, 5", "b0 05"),
    ("MOV EBX, EAX", "89 c3"),
    ("mov dword [ebx + esi*4 + 8], eax", "89 44 b3 08"),
    ("MOV [EBX + ESI*4 + 0x100], EAX", "89 84 b3 00010000"),
    ("MOV [EBX+ESI], EAX", "89 04 33"),
    ("MOV [ESI*2 + EBX], EAX", "89 04 73"),
    ("MOV EAX, [EBP]", "8b 45 00"),
    ("MOV EAX, [ESP]", "8b 04 24"),
    ("MOV EAX, [ESP + 4]", "8b 44 24 04"),
    ("MOV EAX, [EBX - 4]", "8b 43 fc"),
    ("MOV EAX, [EBX + 200]", "8b 83 c8000000"),
    ("MOV EAX, [FOO]", "a1 34120000"),
    ("MOV ECX, [FOO]", "8b 0d 34120000"),
    ("MOV EAX, DWORD [FOO]", "8b 05 34120000"),
    ("MOV EAX, [FOO + ESI*4]", "8b 04 b5 34120000"),
    ("MOV EAX, [ESI*4 + FOO]", "8b 04 b5 34120000"),
    ("MOV EAX, [FOO + 4 + EBX]", "8b 83 38120000"),
    ("MOV AL, [FS:EBX]", "64 8a 03"),
    ("MOV AL, [FS: EBX]", "64 8a 03"),
    ("FS MOV AL, [EBX]", "64 8a 03"),
    ("MOV DS, AX", "8e d8"),
    ("MOV CR0, EAX", "0f 22 00"),
    ("ADD EAX, 1", "83 c0 01"),
    ("ADD EAX, -1", "83 c0 ff"),
    ("ADD EAX, 0xFFFFFFFF", "83 c0 ff"),
    ("ADD EAX, 0x80", "05 80000000"),
    ("ADD ECX, 0x80", "81 c1 80000000"),
    ("ADD BYTE [EDI], 0xFF", "80 07 ff"),
    ("SHL EAX, 1", "d1 e0"),
    ("SHL EAX, 3", "c1 e0 03"),
    ("SHL EAX, CL", "d3 e0"),
    ("INC EAX", "40"),
    ("INC DWORD [EAX]", "ff 00"),
    ("PUSH EAX", "50"),
    ("PUSH CS", "0e"),
    ("PUSH 5", "6a 05"),
    ("PUSH 500", "68 f4010000"),
    ("PUSH WORD 5", "66 6a 05"),
    ("RET", "c3"),
    ("RET 4", "c2 0400"),
    ("RETW", "66 c3"),
    ("ENTER 8, 0", "c8 0800 00"),
    ("LEAVE", "c9"),
    ("JMP FAR 8:FOO", "ea 34120000 0800"),
    ("JMP FAR DWORD [EBX]", "ff 2b"),
    ("JMP EAX", "ff e0"),
    ("IMUL EAX, EBX, 5", "6b c3 05"),
    ("MOVZX EAX, BYTE [EBX]", "0f b6 03"),
    ("INT 0x80", "cd 80"),
    ("OUT DX, AL", "ee"),
    ("IN EAX, 0x60", "e5 60"),
    ("REP MOVSB", "f3 a4"),
    ("REPNE SCASB", "f2 ae"),
    ("LOCK ADD DWORD [EBX], 1", "f0 83 03 01"),
    ("O16 PUSH ES", "66 06"),
    ("LGDT [FOO]", "0f 01 15 34120000"),
    ("NOP", "90"),
    ("XCHG EAX, EBX", "93"),
    ("AAM", "d4 0a"),
    ("ESC 1, 0, [EBX]", "d9 03"),
    ("SETZ AL", "0f 94 c0"),
    ("JZ .", "74 fe"),
    ("JE .+1000", "0f 84 e2030000"),
    ("JMP WORD .+4", "66 e9 0000"),
    ("JMP NEAR .+5", "e9 00000000"),
    ("CALL .+5", "e8 00000000"),
    ("LOOP .", "e2 fe"),
    (".byte 1, -1, 'A'", "01 ff 41"),
    (".word 0x1234", "34 12"),
    (".short 0x1234", "34 12"),
    (".long 0x12345678, -1", "78563412 ffffffff"),
    (".quad 1", "0100000000000000"),
    ('.ascii "a\\"b\\x00\\n"', "61 22 62 00 0a"),
]


@pytest.mark.parametrize(("text", "code"), X86_BYTES)
def test_x86(text: str, code: str) -> None:
    assert bytes(words(X86, f"FOO = 0x1234\n{text}")).hex() == code.replace(" ", "")


THIRD_WORDS = [
    ("LD r1, 5(r2)", 0b0001_0000_001_010 << 22 | 5),
    ("LI r3, 5", 0b0001_0101_011_000 << 22 | 5),
    ("ADDI r1, r2, -1", 0b0001_0110_001_010 << 22 | (1 << 22) - 1),
    ("ADD r1, r2, r3", 0b0010_0000_001_010_011 << 19),
    ("BEQ r1, r2, 7", 0b0011_0000_001_010 << 22 | 7),
    ("ST r1, (r2)", 0b0001_0001_001_010 << 22),
    ("ST r1, 9", 0b0001_0001_001_000 << 22 | 9),
    ("DATAO APR 9", 0b1111_0010_000_000 << 22 | 9),
    ("HLT", 0b1111_0100 << 28),
]


@pytest.mark.parametrize(("text", "word"), THIRD_WORDS)
def test_third_generation(text: str, word: int) -> None:
    assert words(THIRD, text) == [word]


def test_a_machine_without_the_section_is_written_by_names_of_fields() -> None:
    program = "start: LOAD r1=1, y=start + 3\nADD r1=2, r2=3"
    assert words(TOY, program) == [0b0001_01_00_00000011, 0b0011_10_11_00000000]


EXPRESSIONS = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("10 - 4 - 3", 3),
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("7 % 4", 3),
    ("-7 % 4", -3),
    ("1 << 4 | 1", 17),
    ("1 | 2 ^ 3 & 6", 1),
    ("1 << 1 + 1", 4),
    ("256 >> 4", 16),
    ("~0 & 0xFF", 255),
    ("- - 5", 5),
    ("+5", 5),
    ("'A' + 1", 66),
    ("'\\n'", 10),
    ("'\\x7f'", 127),
    ("0x1F + 0o17 + 0b11", 49),
    ("b - a", 3),
    (".", 2),
    ("later", 9),
    ("a", 2),
]


@pytest.mark.parametrize(("text", "value"), EXPRESSIONS)
def test_expressions(text: str, value: int) -> None:
    """`a` is 2, `b` is 5; division and remainder go towards zero."""
    program = f".space 2\na: .word {text}\n.space 2\nb: later = b + a + 2\n"
    assert words(THIRD, program) == [value % (1 << 36)]


def test_a_program() -> None:
    text = """
        ; what a program may consist of
        .equ count, 3
        room = end - table
        .org 16
table:  .word 1, 2              ; data
        .space 4
        .align 8
end:
start:  LI r1, count
again:  ADDI r1, r1, -1         ; down
        BNE r1, r0, again
        HLT
        .start start + 1
        .state gpr[2] = 0x1FF
        .state user = 0
        .expect halted
        .expect output "a;b\\n"
        .expect gpr[1] = -1
        .expect user = 1
        .expect storage[table + 1] = 2
"""
    program = assembled(THIRD, text)
    assert program.name == "program.s"
    assert program.start == 25
    assert sorted(program.units) == [16, 17, 24, 25, 26, 27]
    assert program.units[26] & 0x3FF == 25
    assert program.symbols == {"count": 3, "room": 8, "table": 16, "end": 24, "start": 24, "again": 25}
    assert program.lines == {16: 6, 17: 6, 24: 10, 25: 11, 26: 12, 27: 13}
    assert program.state == (("gpr", 2, 0x1FF), ("user", None, 0))
    assert program.expect == (
        ("halted", None, None, None),
        ("output", None, None, "a;b\n"),
        ("component", "gpr", 1, (1 << 36) - 1),
        ("component", "user", None, 1),
        ("storage", None, 17, 2),
    )


def test_the_addresses_of_instructions_are_told_from_those_of_data() -> None:
    word = words(THIRD, "HLT")[0]
    assert assembled(THIRD, f".org 3\nHLT\n.word {word}\nl: HLT").code == {3, 5}
    assert assembled(X86, ".org 3\nJMP 9\n.byte 1\nMOV EAX, 5\nNOP").code == {3, 6, 11}


KEPT = [
    ("", set()),
    (".keep 0, 0", {0}),
    (".keep 1, 2", {1, 2}),
    (".keep 0, 1\n.keep 1, 1\n.keep 5, 5", {0, 1, 5}),
    (".keep 3, 4", set()),  # data, and what is filled by nothing
    (".keep 6, 1023", set()),
    (".keep 0, 1023", {0, 1, 2, 5}),
    (".keep b - 2, b", {5}),
]


@pytest.mark.parametrize(("directive", "kept"), KEPT)
def test_instructions_that_the_program_reads_are_kept(directive: str, kept: set[int]) -> None:
    """Wherever the directive stands; nothing else changes."""
    text = "HLT\nHLT\nHLT\n.word 7\n.space 1\nb: HLT"
    plain = assembled(THIRD, text)
    for program in (assembled(THIRD, f"{directive}\n{text}"), assembled(THIRD, f"{text}\n{directive}")):
        assert program.kept == kept
        assert (program.units, program.start, program.code) == (plain.units, plain.start, plain.code)


def test_the_current_address_is_that_of_the_next_instruction() -> None:
    assert assembled(THIRD, "HLT\n.keep ., .\nHLT\nHLT").kept == {1}


PARTS = [("0, 0", {0}), ("4, 5", {0, 5}), ("5, 5", {5}), ("8, 8", {6}), ("8, 9", {6, 9})]


@pytest.mark.parametrize(("bounds", "kept"), PARTS)
def test_an_instruction_of_which_a_unit_is_read_is_kept(bounds: str, kept: set[int]) -> None:
    """MOV has five units, NOP one, MOV CR0 three."""
    assert assembled(X86, f"MOV EAX, 5\nNOP\nMOV CR0, EAX\nNOP\n.keep {bounds}").kept == kept


def test_a_program_starts_where_it_begins() -> None:
    assert assembled(THIRD, ".org 7\n.space 3\nHLT").start == 10
    assert assembled(THIRD, "").start == 0


def test_names_of_constants_may_be_used() -> None:
    assert assembled(X86, ".state seg_limit[DS] = 5\n.state gpr[ESP] = 1 << 12").state == (
        ("seg_limit", 3, 5),
        ("gpr", 4, 4096),
    )


def test_a_text_may_be_bytes_with_a_mark_and_any_ends_of_lines() -> None:
    program = assemble(load(THIRD), b"\xef\xbb\xbfHLT\r\nHLT\rHLT\n", "program.s")
    assert program.lines == {0: 1, 1: 2, 2: 3}


def test_jumps_are_as_short_as_they_can_be() -> None:
    """Each jump over the others becomes long only if it must; one that becomes long may make others long."""
    for count in (1, 40, 59, 60, 61, 62, 63, 100):
        text = "\n".join(f"l{n}: JMP r{n}" for n in range(count)) + "\n" + "\n".join(f"r{n}: NOP" for n in range(count))
        units = words(X86, text)
        lengths = [{0xEB: 2, 0xE9: 5}[units[at]] for at in starts(units, count)]
        for n, length in enumerate(lengths):
            distance = sum(lengths[n + 1 :]) + n
            assert (length == 2) == (distance <= 127), f"{count} jumps, number {n}"


def starts(units: list[int], count: int) -> list[int]:
    out = [0]
    while len(out) < count:
        out.append(out[-1] + (2 if units[out[-1]] == 0xEB else 5))
    return out


def test_of_several_shortest_forms_the_first_of_the_machine_is_taken() -> None:
    assert disassemble(load(X86), [0x8B, 0xC3], 0) == ("MOV EAX, EBX", 2)
    assert words(X86, "MOV EAX, EBX") == [0x89, 0xD8]


def test_variants_inherit_how_programs_are_written() -> None:
    names = [name for name, _ in shipped() if name.startswith("third-generation-")]
    assert len(names) >= 10
    for name in names:
        assert assemble(load(name), "LI r1, 5", "text").units == {0: 0b0001_0101_001_000 << 22 | 5}


def test_the_kinds_of_third_generation_machines_write_their_own_instructions() -> None:
    for name, text in (
        ("third-generation-jrst1", "JRST 1, 5(r2)"),
        ("third-generation-fields", "RDC r1, 3"),
        ("third-generation-permit", "SPR r1"),
        ("third-generation-real-store", "STR r1, 5"),
        ("third-generation-lra", "LRA r1, 5(r2)"),
        ("third-generation-read-mode", "RDM r1"),
    ):
        isa = load(name)
        assert disassemble(isa, [assemble(isa, text, "text").units[0]], 0) == (text, 1)


def test_distances_counted_from_the_instruction_itself_in_steps(tmp_path: Path) -> None:
    """As RISC-V's: `times` and `plus` are about the distance from the next instruction."""
    (tmp_path / "machine.yaml").write_text(
        "isa: steps\nextends: third-generation\ntitle: Steps\ndescription: A branch by steps of two words.\n"
        "assembler: {notations: {step: {relative: true, times: 2, plus: -1}}}\n"
        "instructions:\n"
        "  - {name: HOP, encoding: '1111 1000 ------------------------ d:4', syntax: 'HOP {d:step}', semantics: pass}\n"
    )
    isa = load(str(tmp_path))
    units = Assembler(isa).assemble(".org 8\nHOP 8\nHOP .-4\nHOP .+2\n", "hop.s").units
    assert [units[place] & 15 for place in (8, 9, 10)] == [0, 14, 1]
    assert Disassembler(isa).disassemble([units[9]], 9, {}) == ("HOP 5", 1)
    with pytest.raises(SpecError, match="away from the next instruction"):
        Assembler(isa).assemble("HOP .+1\n", "hop.s")


# M68000 Family Programmer's Reference Manual, sections 2.2 and 4; the program lies at 0.
M68000_CODE = [
    ("MOVE.W 4(A0,D1.L),D2", "34301804"),
    ("move.w -2(a0,a7.w),d2", "3430f0fe"),
    ("MOVE.B (A0)+,-(SP)", "1f18"),
    ("MOVE.L #0x12345678,0x8000(A1)", None),
    ("MOVE.L #0x12345678,-0x8000(A1)", "237c123456788000"),
    ("MOVE.W 0x7FFF,0xFFFF8000", "31f87fff8000"),
    ("MOVE.W (0x7FFE).L,D0", "303900007ffe"),
    ("MOVE.L A0,A1", "2248"),
    ("LEA .+18(PC),A0", "41fa0010"),
    ("BNE .+4", "6602"),
    ("BNE.W .+4", "66000002"),
    ("BRA .+2", "60000000"),
    ("BRA .+0x100", "600000fe"),
    ("BHS .-2", "64fc"),
    ("DBRA D1,.", "51c9fffe"),
    ("ADDQ.L #8,A0", "5088"),
    ("LSL.W #1,D3", "e34b"),
    ("MOVEM.L #0x7FFF,-(SP)", "48e77fff"),
    ("MOVE.W SR,D0", "40c0"),
    ("TRAP #15", "4e4f"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), M68000_CODE)
def test_m68000(text: str, code: str | None) -> None:
    """Operation words and their extensions; relative addresses count from the first extension word."""
    if code is None:
        with pytest.raises(SpecError, match="does-not-fit"):
            assembled(M68000, text)
        return
    assert bytes(words(M68000, text)).hex() == code
