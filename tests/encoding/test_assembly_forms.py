"""Every form of every shipped machine can be written and read: fields -> units -> text -> units -> the same text.

The ordinary run takes one or a few random fields of each form, and of a variant of a large machine a sample of the
forms; with `VMMCHECK_STATES` set, a hundredth of so many fields of every form.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from analyzer.encoding.assembly.assembler import Assembler
from analyzer.encoding.assembly.disassembler import Disassembler
from analyzer.encoding.codec import Decoder, encode_row
from analyzer.encoding.pattern import Encoding, Form
from analyzer.spec.load import load, shipped
from analyzer.spec.model import Instruction, Isa

STATES = int(os.environ.get("VMMCHECK_STATES", "0"))
SHIPPED = [name for name, _ in shipped()]
TOY = "tests/machines_for_tests/toy"
EXACT = [TOY, *(name for name in SHIPPED if not name.startswith(("x86", "m68")))]  # a text stands for one word only
SAMPLED = {"x86-pentium-umip": 12}  # machine to the step from form to form in the ordinary run
ADDRESS = 0x40


@cache
def machine(name: str) -> tuple[Isa, Assembler, Disassembler, Decoder]:
    isa = load(name)
    return isa, Assembler(isa), Disassembler(isa), Decoder(isa)


def forms(name: str) -> Iterator[tuple[Instruction, Encoding, Form]]:
    rows = machine(name)[0].instructions
    every = [(row, encoding, form) for row in rows for encoding in row.encodings for form in encoding.forms]
    yield from every if STATES else every[:: SAMPLED.get(name, 1)]


def random_fields(row: Instruction, encoding: Encoding, form: Form, chance: random.Random) -> dict[str, int]:
    """Fields that this form accepts, edges among them; half of the prefix groups are absent."""
    fields = dict.fromkeys(row.body.fields, 0) | dict(form.cases)
    for piece in form.pieces:
        width = row.body.fields[piece.field]
        edges = (0, 1, (1 << width) - 1, 1 << (width - 1), chance.getrandbits(min(width, 7)))
        fields[piece.field] = chance.choice((chance.getrandbits(width), chance.choice(edges)))
    for field, allowed in form.allowed.items():
        fields[field] = chance.choice(sorted(allowed))
    for group in encoding.groups:
        values = encoding.prefixes[group.name]
        absent = group.none in values and chance.random() < 0.5
        fields[group.name] = group.none if absent else chance.choice(sorted(values))
    return fields


def assembled(assembler: Assembler, text: str) -> list[int]:
    units = assembler.assemble(f".org {ADDRESS:#x}\n{text}\n", "text").units
    return [units[address] for address in range(ADDRESS, ADDRESS + len(units))]


def samples(name: str, count: int) -> Iterator[tuple[Instruction, dict[str, int], list[int], str]]:
    """A row with fields, its units, and how they are written; the units decode to the fields."""
    isa, _, disassembler, decoder = machine(name)
    chance = random.Random(name)
    for row, encoding, form in forms(name):
        for _ in range(max(count, STATES // 100)):
            fields = random_fields(row, encoding, form, chance)
            units = encode_row(row, fields, isa.machine.program.unit)
            assert decoder.decode(units) == (row.name, fields, len(units))
            text, length = disassembler.disassemble(units, ADDRESS)
            assert length == len(units), f"{row.name} {fields} is written {text}"
            yield row, fields, units, text


@pytest.mark.parametrize("name", EXACT)
def test_what_is_written_is_the_same_word(name: str) -> None:
    checked = 0
    for row, fields, units, text in samples(name, 3):
        assert assembled(machine(name)[1], text) == units, f"{row.name} {fields}: {text}"
        checked += 1
    assert checked >= len(machine(name)[0].instructions)


def may_differ(row: Instruction, fields: dict[str, int]) -> bool:
    """Whether the Pentium has another encoding, at most as long, of the same text.

    - a register operand: the forms with a register in the opcode, with the accumulator, and the two directions;
    - a constant: one byte where its sign extension will do; `1` of shifts has an opcode of its own;
    - a jump to a near address by a far displacement;
    - an address: a displacement in 4 bytes that would fit one, or a SIB byte that says nothing.
    """
    case = fields.get("m.case")
    constant = any(word in row.name for word in ("imm16", "imm32")) or row.name.endswith(", imm8")
    jump = row.name.endswith("rel32")
    unneeded = case in (3, 6) and fields["m.x"] == 4 and fields["m.scale"] == 0
    return case == 0 or constant or jump or unneeded or case in (7, 8) or "moffs" in row.name


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.startswith("x86")])
def test_what_is_written_is_the_same_word_or_a_shorter_one_of_the_same_text(name: str) -> None:
    _, assembler, disassembler, _ = machine(name)
    found = Counter[str]()
    for row, fields, units, text in samples(name, 1):
        again = assembled(assembler, text)
        found["all"] += 1
        if again != units:
            assert len(again) <= len(units), f"{row.name} {fields}: {text}"
            shown = text.replace("XCHG EAX, EAX", "NOP")  # the short form of this one has a name of its own
            assert disassembler.disassemble(again, ADDRESS) == (shown, len(again))
            assert may_differ(row, fields), f"{row.name} {fields}: {text} is also {again}"
            found["differ"] += 1
    assert found["all"] >= 200
    assert 0 < found["differ"] < found["all"] / 4


@pytest.mark.parametrize("name", SHIPPED)
def test_any_units_are_written_and_read(name: str) -> None:
    """Random units, mostly no instruction; ignored bits become 0, and prefixes come in the machine's order."""
    isa, assembler, disassembler, decoder = machine(name)
    chance = random.Random(name)
    for _ in range(200):
        units = [chance.getrandbits(isa.machine.program.unit) for _ in range(decoder.longest // 8 + 1)]
        text, length = disassembler.disassemble(units, ADDRESS)
        again = assembled(assembler, text)
        assert disassembler.disassemble(again, ADDRESS)[0] == text
        if decoder.decode(units) is None:
            assert again == units[:length]


def test_labels_are_shown_for_addresses() -> None:
    text = "start: JNE start\nMOV EAX, [start]\nJMP FAR 8:start\n"
    _, assembler, disassembler, _ = machine("x86-pentium")
    program = assembler.assemble(text, "text")
    units = [program.units[address] for address in sorted(program.units)]
    assert disassembler.disassemble(units, 0, program.symbols) == ("JNE start", 2)
    assert disassembler.disassemble(units[2:], 2, program.symbols) == ("MOV EAX, [start]", 5)
    assert disassembler.disassemble(units[7:], 7, program.symbols) == ("JMP FAR 8:start", 7)


def test_every_instruction_of_the_shipped_machines_is_written_by_its_own_template() -> None:
    """Only register operands where an instruction takes memory are written in the general form `case(field=value)`."""
    for name in SHIPPED:
        for row, fields, _, text in samples(name, 1):
            general = "=" in text
            assert not general or (fields.get("m.case") == 0 and "register(rm=" in text), f"{name}: {row.name}: {text}"
