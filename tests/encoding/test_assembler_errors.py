"""Every mistake in a program is reported at its place, with what to do; all of them in one run, and never a traceback.

The table has a case for every code that the assembler reports.
"""

from __future__ import annotations

import ast
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.diagnostics import Diagnostic, SpecError, render_one
from analyzer.encoding.assembly.assembler import MAX_BYTES, MAX_MESSAGES
from tests.encoding.programs import PDP10, THIRD, X86, assemble

ASSEMBLY = Path(__file__).parents[2] / "analyzer" / "encoding" / "assembly"
LONG = "+".join("1" * 300)
NESTED = "(" * 50 + "1" + ")" * 50

# machine, program, code, line:column and length, what the message and the hint say
CASES = [
    (THIRD, " LOD r1, 5", "unknown-mnemonic", "1:2 3", "no instruction 'LOD'", "did you mean 'LD'?"),
    (THIRD, " .wrd 5", "unknown-directive", "1:2 4", "no directive '.wrd'", "did you mean '.word'?"),
    (THIRD, " .byte 5", "unknown-directive", "1:2 5", "no directive '.byte'", "the directives are"),
    (THIRD, " LD r1, tabel\ntable: HLT", "undefined-symbol", "1:9 5", "'tabel' is not defined", "mean 'table'?"),
    (THIRD, " .org a\na: HLT", "undefined-symbol", "1:7 1", "'a' has no value yet", "on line 2; define it above"),
    (THIRD, " .space a\n a = 5", "undefined-symbol", "1:9 1", "'a' has no value yet", "line 2"),
    (THIRD, "a: HLT\na: HLT", "duplicate-symbol", "2:1 1", "'a' is defined twice", "on line 1"),
    (THIRD, "a: HLT\na = 5", "duplicate-symbol", "2:1 1", "'a' is defined twice", "on line 1"),
    (THIRD, "r1: HLT", "reserved-name", "1:1 2", "'r1' means something else", "a register"),
    (X86, "byte = 5", "reserved-name", "1:1 4", "'byte' means something else", "another word"),
    (X86, "REP = 5", "reserved-name", "1:1 3", "'REP' means something else", "another word"),
    (THIRD, "a = b\nb = a", "circular-definition", "1:5 1", "'b' needs its own value", "give one of them a number"),
    (THIRD, " LI r1, 1 << 22", "does-not-fit", "1:9 7", "4194304 does not fit 'n'", "22 bits: 0 to 4194303"),
    (THIRD, " LI r1, -1", "does-not-fit", "1:9 2", "-1 does not fit 'n'", "0 to 4194303"),
    (THIRD, " ADDI r1, r2, 0x200000", "does-not-fit", "1:15 8", "fit 'n'", "22 bits: -2097152 to 2097151"),
    (PDP10, " MOVE 20,5", "does-not-fit", "1:7 2", "20 does not fit 'a'", "4 bits: 0 to 17"),
    (PDP10, " MOVE 1,1000000", "does-not-fit", "1:9 7", "fit 'y'", "18 bits: -400000 to 777777"),
    (PDP10, " DATAO 3,5", "does-not-fit", "1:8 1", "3 does not fit 'device'", "0 to 774, in steps of 4"),
    (PDP10, " UNASSIGNED 130,5", "does-not-fit", "1:13 3", "does not take this 'code'", "it takes 0, 1, 2"),
    (PDP10, " .word 1000000,,5", "does-not-fit", "1:8 10", "half a word", "a half has 18 bits"),
    (X86, " MOV AL, 0x100", "does-not-fit", "1:10 5", "256 does not fit 'imm'", "8 bits: -128 to 255"),
    (X86, " MOV EAX, 1 << 32", "does-not-fit", "1:11 7", "4294967296 does not fit 'imm'", "32 bits"),
    (X86, " .byte 1, 256", "does-not-fit", "1:11 3", "256 does not fit 8 bits", "-128 to 255"),
    (THIRD, " .state user = 2", "does-not-fit", "1:16 1", "2 does not fit 'user'", "1 bit: -1 to 1"),
    (THIRD, " .expect storage[2] = 1 << 36", "does-not-fit", "1:23 7", "fit a unit of storage", "36 bits"),
    (THIRD, " .start 1024", "does-not-fit", "1:9 4", "1024 does not fit 'pc'", "10 bits"),
    (X86, " LOOP l\n .space 200\nl: NOP", "out-of-reach", "1:7 1", "202 is 200 away", "'rel' reaches from -128 to 127"),
    (X86, " JMP SHORT l\n .space 200\nl: NOP", "out-of-reach", "1:12 1", "200 away", "from -128 to 127"),
    (X86, " JMP -0x80000001", "out-of-reach", "1:6 11", "away from the next", "reaches from -2147483648"),
    (X86, " MOV EAX, BL", "no-such-form", "1:11 2", "no form of MOV takes these operands", "MOV r/m32, r32 |"),
    (
        X86,
        " ADD [EBX], 5",
        "no-such-form",
        "1:13 1",
        "no form of ADD",
        "ADD r/m8, r8 | ADD r/m16, r16 | ADD r/m32, r32",
    ),
    (X86, " MOV EAX, [ESP*2]", "no-such-form", "1:15 1", "no form of MOV", "it is written MOV r32, r/m32"),
    (X86, " LOCK MOV EAX, EBX", "no-such-form", "1:7 12", "these operands with these prefixes", "MOV r/m32, r32"),
    (X86, " MOV CS, AX", "no-such-form", "1:2 10", "no form of MOV", "MOV Sreg, r/m16"),
    (THIRD, " LD r1, r2", "no-such-form", "1:9 2", "no form of LD", "it is written LD r1, 1(r1)"),
    (THIRD, " HLT 5 ; stop", "no-such-form", "1:6 1", "no form of HLT", "it is written HLT"),
    (THIRD, " LD r1, 5 +", "no-such-form", "1:12 1", "no form of LD", "LD r1, 1(r1)"),
    (X86, " REP REPNE MOVSB", "duplicate-prefix", "1:6 5", "a second prefix", "one prefix of the group 'repeat'"),
    (X86, " REP", "syntax", "1:5 1", "there is no instruction", "MNEMONIC"),
    (THIRD, " .org 0\n HLT\n HLT\n .org 1\n .word 1\n HLT", "overlap", "5:8 1", "address 1", "that of line 3"),
    (THIRD, " .space 1025", "bad-address", "1:2 6", "beyond the end of storage", "addresses from 0 to 1023"),
    (THIRD, " .space 10000000000000000000000", "bad-address", "1:2 6", "beyond the end", "from 0 to 1023"),
    (THIRD, " .org 1024\n HLT", "bad-address", "2:2 3", "beyond the end of storage", "from 0 to 1023"),
    (THIRD, " .org -1", "bad-value", "1:2 4", ".org -1", "at least 0"),
    (THIRD, " .align 0", "bad-value", "1:2 6", ".align 0", "at least 1"),
    (THIRD, " .word 1 / (2 - 2)", "bad-value", "1:10 1", "division by zero", "the right side is 0"),
    (THIRD, " .word 1 << 5000", "bad-value", "1:10 2", "a shift by 5000", "0 to 4096"),
    (THIRD, " .word 1 << (1 << 99)", "bad-value", "1:10 2", "a shift by a large number", "0 to 4096"),
    (THIRD, "a = 1 << 4000\nb = a * a", "bad-value", "2:7 1", "more than 4096 bits", "smaller numbers"),
    (THIRD, " .word 1\u20ac", "bad-character", "1:9 1", "'\u20ac' is no part of a program", "ASCII"),
    (THIRD, " .word 1\0", "bad-character", "1:9 1", "is no part of a program", "ASCII"),
    (THIRD, ' .ascii "\xe9"', "bad-character", "1:9 3", "only ASCII characters stand in strings", "\\xE9"),
    (THIRD, ' .ascii "abc', "unterminated-string", "1:9 1", '" is not closed', 'add "'),
    (THIRD, " .word 'a", "unterminated-string", "1:8 1", "' is not closed", "add '"),
    (PDP10, " .word 18", "bad-number", "1:8 2", "'18' is no octal number", "19. is decimal"),
    (THIRD, " .word 0x1G", "bad-number", "1:8 4", "'0x1G' is no hexadecimal number", "0x1F"),
    (THIRD, " .word 1_0", "bad-number", "1:8 3", "'1_0' is no decimal number", "0b101"),
    (THIRD, f" .word {'1' * 500}", "bad-number", "1:8 500", "is no decimal number", "0x1F"),
    (THIRD, " .state gbr[0] = 1", "unknown-component", "1:9 3", "no component 'gbr'", "did you mean 'gpr'?"),
    (THIRD, " .expect stroage[0] = 1", "unknown-component", "1:10 7", "no component 'stroage'", "components are pc"),
    (THIRD, " .state gpr[8] = 5", "bad-index", "1:18 1", "gpr has no index 8", "from 0 to 7"),
    (THIRD, " .expect storage[1024] = 5", "bad-index", "1:26 1", "storage has no index 1024", "from 0 to 1023"),
    (THIRD, " .start 1\n .start 2", "duplicate-start", "2:9 1", "a second .start", "on line 1"),
    (THIRD, " HLT\n .keep 5, 4", "bad-value", "2:8 4", ".keep 5, 4", "the first address, then the last"),
    (PDP10, " .keep 20, 17", "bad-value", "1:8 6", ".keep 20, 17", "the first address"),
    (THIRD, " .keep -1, 5", "bad-index", "1:8 2", "storage has no index -1", "from 0 to 1023"),
    (THIRD, " .keep 5, 1000 + 24", "bad-index", "1:11 9", "storage has no index 1024", "from 0 to 1023"),
    (THIRD, " .keep 0, lst\nlast: HLT", "undefined-symbol", "1:11 3", "'lst' is not defined", "did you mean 'last'?"),
    (THIRD, " .keep", "syntax", "1:7 1", "no expression", "a number, a name"),
    (THIRD, " .keep 5", "syntax", "1:9 1", "no last address", ".keep first, last"),
    (THIRD, " .keep 5,", "syntax", "1:10 1", "no expression", "a number, a name"),
    (THIRD, " .keep 5, 6, 7", "syntax", "1:12 1", "',' is too much", "ends before"),
    (THIRD, " .word 'ab'", "syntax", "1:8 4", "not one character", "'A'"),
    (THIRD, ' .ascii "\\q"', "syntax", "1:9 4", "'\\q' is no character", "\\n"),
    (THIRD, " .state gpr = 5", "syntax", "1:9 3", "'gpr' is a register file", "from 0 to 7"),
    (THIRD, " .state user", "syntax", "1:13 1", "no value", ".state component = value"),
    (THIRD, " .expect user", "syntax", "1:14 1", "no value", ".expect halted"),
    (THIRD, " .expect gpr[1 = 5", "syntax", "1:16 1", "no index", "[expression]"),
    (THIRD, " .expect halted 5", "syntax", "1:17 1", "'5' is too much", "';' begins a comment"),
    (THIRD, " .expect output 5", "syntax", "1:17 1", "no text", 'in "..."'),
    (THIRD, " .word", "syntax", "1:7 1", "no expression", "a number, a name"),
    (THIRD, " .word 1 2", "syntax", "1:10 1", "'2' is too much", "';' begins a comment"),
    (THIRD, " .word r1 +", "syntax", "1:11 1", "'+' is too much", "ends before"),
    (THIRD, " .equ 5, 6", "syntax", "1:7 1", "no name", ".equ name, value"),
    (THIRD, " + 5", "syntax", "1:2 1", "there is no instruction", "MNEMONIC"),
    (THIRD, f" .word {NESTED}", "syntax", "1:49 1", "nested too deep", "at most 40"),
    (THIRD, f" .word {LONG}", "syntax", "1:409 1", "this expression is too long", "name"),
]


def found(machine: str, text: str | bytes) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as error:
        assemble(machine, text)
    return error.value.diagnostics


@pytest.mark.parametrize(("machine", "text", "code", "place", "message", "hint"), CASES)
def test_mistakes(machine: str, text: str, code: str, place: str, message: str, hint: str) -> None:
    first = found(machine, text)[0]
    span = first.span
    assert (first.code, f"{span.line}:{span.column} {span.length}") == (code, place), str(first)
    assert span.file == "program.s"
    assert message in first.message
    assert hint in first.hint


def reported() -> Iterator[str]:
    """The codes of the assembler: the first arguments of `Problem`, and what complaints return."""
    for file in ASSEMBLY.glob("*.py"):
        text = file.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "Misfit"):
                yield from (str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant))
        yield from re.findall(r'return "([a-z-]+)", ', text)


def test_every_code_has_a_case() -> None:
    codes = set(reported())
    elsewhere = {"ambiguous", "file-too-large", "not-text"}
    assert len(codes) >= 20
    assert codes - {case[2] for case in CASES} == elsewhere


def test_all_mistakes_are_reported_at_once_in_order() -> None:
    text = " LOD r1, 5\n LI r1, nothing\na: HLT\na: HLT\n .word 'x\n LI r9, 1\n"
    items = found(THIRD, text)
    codes = ["unknown-mnemonic", "undefined-symbol", "duplicate-symbol", "unterminated-string", "no-such-form"]
    assert [item.code for item in items] == codes
    assert [item.span.line for item in items] == [1, 2, 4, 5, 6]


def test_a_mistake_has_no_consequences() -> None:
    assert len(found(THIRD, "a = 1 +* 2\n LI r1, a\n .org a\nb: LOD r1, 5\n B b\n")) == 2


def test_the_message_shows_the_line_with_a_caret() -> None:
    with pytest.raises(SpecError) as error:
        assemble(THIRD, "; first\n\tLD r1, tabel ; here\n")
    assert str(error.value).splitlines() == [
        "program.s:2:9: error[undefined-symbol]: 'tabel' is not defined",
        "    2 |  LD r1, tabel ; here",
        "      |         ^^^^^",
        "      = hint: a label is defined by 'name:', a number by 'name = 5'",
        "",
        "1 error",
    ]


def test_what_can_be_read_in_two_ways_is_ambiguous(tmp_path: Path) -> None:
    machine = Path("tests/machines_for_tests/toy/machine.yaml").read_text()
    section = 'assembler: {notations: {o: {text: "{},", omit: 0}}, operands: {r1 r2: "{r1:o}{r2:o}0"}}\ninstructions:'
    (tmp_path / "machine.yaml").write_text(machine.replace("instructions:", section))
    (item,) = found(str(tmp_path), " ADD 1,0")
    assert (item.code, item.span.column, item.span.length) == ("ambiguous", 2, 7)
    assert item.hint == "it is not clear what 'r1' and 'r2' are; write what was left out"


def test_so_many_mistakes_are_enough() -> None:
    items = found(THIRD, " LOD r1\n" * 5000)
    assert len(items) == MAX_MESSAGES + 1
    assert "too-many-errors" in {item.code for item in items}


def test_what_is_no_text_is_refused() -> None:
    assert [item.code for item in found(THIRD, b"\xff\xfe\x00")] == ["not-text"]
    assert [item.code for item in found(THIRD, b" " * (MAX_BYTES + 1))] == ["file-too-large"]
    assert {item.code for item in found(THIRD, bytes(range(1, 128)))} <= {"bad-character", "syntax"}


LARGE = [
    (THIRD, " .space 1000000000\n" * 1000),
    (THIRD, "a0 = 1\n" + "".join(f"a{n} = a{n - 1} + 1\n" for n in range(1, 3000)) + f" .word a{2999}\n"),
    (THIRD, "".join(f"a{n} = a{n + 1}\n" for n in range(3000))),
    (X86, "".join(f"l{n}: JNE l{(n + 40) % 600}\n" for n in range(600))),
    (X86, " JNE " + "x + " * 3000 + "1\n"),
    (X86, " MOV EAX, [" + "EBX + " * 3000 + "1]\n"),
    (X86, " ADD EAX, " + "-" * 3000 + "1\n"),
    (X86, ".byte " + "1, " * 20000 + "1\n"),
]


@pytest.mark.parametrize(("machine", "text"), LARGE, ids=range(len(LARGE)))
def test_strange_programs_end_soon(machine: str, text: str) -> None:
    before = time.process_time()
    try:
        assemble(machine, text)
    except SpecError as error:
        assert all(render_one(item, error.sources) for item in error.diagnostics)
    assert time.process_time() - before < 8


PIECES = [
    *"[]+-*,.'\"\\;()%/:@{}$_=0\t\0\u2028",
    ",,",
    "<<",
    "0x",
    "-1",
    "1" * 50,
    "l",
    "l:",
    "gpr",
    "halted",
    "output",
]
PIECES += ["MOV", "ADD", "JNE", "REP", "EAX", "EBX", "BYTE", "storage"]
PIECES += [".org", ".word", ".space", ".align", ".equ", ".ascii", ".start", ".state", ".expect", ".keep"]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join), max_size=6).map("\n".join))
def test_any_text_is_assembled_or_refused(text: str) -> None:
    try:
        assemble(X86, text)
    except SpecError as error:
        assert all(item.hint and item.span.line >= 1 for item in error.diagnostics)
        assert str(error)


def test_any_bytes_are_assembled_or_refused() -> None:
    chance = random.Random(0)
    for _ in range(200):
        found(PDP10, b"!" + chance.randbytes(chance.randrange(80)))
