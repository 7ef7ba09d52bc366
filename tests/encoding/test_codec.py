"""Encode and decode are inverse, on random encodings and on every shipped machine."""

import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.encoding.codec import Decoder, EncodingError, decode, encode
from analyzer.encoding.forms import CasePattern, forms_of, operands_of, widths_of
from analyzer.encoding.parse import parse_pattern, parse_where
from analyzer.encoding.pattern import Encoding, Form, PrefixGroup
from analyzer.language.declarations import Body, Machine, Space
from analyzer.language.ir import Const
from analyzer.spec.load import load, shipped
from analyzer.spec.model import Instruction, Isa

SHIPPED = [name for name, _ in shipped()]
TOY = "tests/machines_for_tests/toy"

SIZE = PrefixGroup("size", 1, 0, {0xF1: 1}, False)
SEGMENT = PrefixGroup("segment", 2, 3, {0xF2: 0, 0xF3: 1}, True)
GROUPS = (SIZE, SEGMENT)
MODRM = (
    CasePattern(parse_pattern("11 @ rm:3")),
    CasePattern(parse_pattern("00 @ rm:3"), (), parse_where("rm not in {4, 5}", {"rm": 3}, {})),
    CasePattern(parse_pattern("00 @ 101"), parse_pattern("disp:16le")),
)


@dataclass(frozen=True)
class Row:
    """As much of an instruction as the codec reads."""

    name: str
    encodings: tuple[Encoding, ...]
    body: Body


@dataclass(frozen=True)
class Machinery:
    """As much of a machine as the codec reads."""

    machine: Machine
    instructions: list[Row]


def machinery(patterns: list[str], groups: tuple[PrefixGroup, ...] = GROUPS) -> Machinery:
    """A machine of 8-bit units whose instruction n has the n-th pattern and accepts any prefix."""
    rows = []
    for number, text in enumerate(patterns):
        tokens = parse_pattern(text)
        fields = {group.name: group.width for group in groups} | widths_of(tokens)
        for operand in operands_of(tokens):
            fields |= {f"{operand}.case": 2, f"{operand}.rm": 3, f"{operand}.disp": 16}
        encoding = Encoding(forms_of(tokens, {"modrm": MODRM}, {}, 8), {g.name: g.values for g in groups}, groups)
        rows.append(Row(f"I{number}", (encoding,), Body(fields, operands_of(tokens), Const(1, 8), ())))
    spaces = {"mem": Space("mem", 8, 8, "program"), "real": Space("real", 8, 8, "storage")}
    return Machinery(Machine("lsb0", {}, spaces, {}, {}, {}, {}, {}), rows)


EXAMPLES = machinery(["0001 x:4", "0010 b:1 a[3:1] c:7 a[0]", "00110000 m=modrm(reg:3) imm:16le", "0100 00-- w:24le"])

# instruction, fields, units: written from docs/language.md
WORDS = [
    ("I0", {"x": 5}, [0x15]),
    ("I0", {"x": 5, "size": 1}, [0xF1, 0x15]),
    ("I0", {"x": 5, "size": 1, "segment": 1}, [0xF1, 0xF3, 0x15]),
    ("I1", {"b": 1, "a": 0b0101, "c": 0b1000001}, [0b00101010, 0b10000011]),
    ("I2", {"m.case": 0, "m.rm": 4, "reg": 2, "imm": 0x1234}, [0x30, 0b11010100, 0x34, 0x12]),
    ("I2", {"m.case": 2, "m.disp": 0xABCD, "reg": 7, "imm": 1}, [0x30, 0b00111101, 0xCD, 0xAB, 1, 0]),
    ("I3", {"w": 0x010203}, [0x40, 3, 2, 1]),
]


@pytest.mark.parametrize(("name", "fields", "units"), WORDS)
def test_words(name: str, fields: dict[str, int], units: list[int]) -> None:
    assert encode(EXAMPLES, name, fields) == units
    decoded = decode(EXAMPLES, [*units, 0xFF])
    assert decoded is not None
    found, values, length = decoded
    assert (found, length) == (name, len(units))
    assert values == dict.fromkeys(values, 0) | {"segment": 3} | fields


def test_prefixes_in_any_order_once_each() -> None:
    swapped = decode(EXAMPLES, [0xF3, 0xF1, 0x15])
    assert swapped == decode(EXAMPLES, [0xF1, 0xF3, 0x15])
    assert decode(EXAMPLES, [0xF2, 0xF3, 0x15]) is None


def test_no_instruction() -> None:
    assert decode(EXAMPLES, [0x00]) is None
    assert decode(EXAMPLES, [0x30, 0b11010100, 0x34]) is None, "too few units"
    assert decode(EXAMPLES, [0x30, 0b00111100, 0, 0, 0, 0]) is None, "excluded by the case's restriction"
    assert decode(EXAMPLES, []) is None


BAD_FIELDS = [
    ({"m.case": 1, "m.rm": 4, "reg": 0, "imm": 0}, "excludes m.rm = 4"),
    ({"m.case": 3, "m.rm": 0, "reg": 0, "imm": 0}, "no such operand case"),
    ({"m.case": 0, "m.rm": 8, "reg": 0, "imm": 0}, "does not fit 3 bits"),
    ({"m.case": 0, "m.rm": 0, "imm": 0}, "no value for field reg"),
    ({"m.case": 0, "m.rm": 0, "reg": 0, "imm": 0, "segment": 2}, "excludes segment = 2"),
]


@pytest.mark.parametrize(("fields", "message"), BAD_FIELDS)
def test_fields_that_do_not_fit(fields: dict[str, int], message: str) -> None:
    with pytest.raises(EncodingError, match=message):
        encode(EXAMPLES, "I2", fields)


@st.composite
def machines(draw: st.DrawFn) -> Machinery:
    """Machines whose instructions begin with different opcodes and go on with any fields."""
    patterns = []
    for opcode in draw(st.sets(st.integers(0, 0xEF), min_size=1, max_size=8)):
        rest, left, number = "", draw(st.sampled_from((0, 8, 16, 24))), 0
        while left:
            width = draw(st.integers(1, min(left, 9)))
            rest += draw(st.sampled_from((f" f{number}:{width}", " " + "0" * width, " " + "-" * width)))
            left, number = left - width, number + 1
        rest += draw(st.sampled_from(("", " m=modrm(reg:3)", " m=modrm(001) n=modrm(q:3) m.extension", " v:32le")))
        patterns.append(f"{opcode:08b}{rest}")
    return machinery(patterns)


def random_fields(row: Row | Instruction, form: Form, encoding: Encoding, chance: random.Random) -> dict[str, int]:
    """Fields that this form accepts."""
    fields = dict.fromkeys(row.body.fields, 0) | dict(form.cases)
    for piece in form.pieces:
        values = sorted(form.allowed.get(piece.field, ()))
        fields[piece.field] = chance.choice(values) if values else chance.getrandbits(row.body.fields[piece.field])
    return fields | {group: chance.choice(sorted(values)) for group, values in encoding.prefixes.items()}


@given(machines(), st.randoms(use_true_random=False))
def test_inverse_on_random_encodings(isa: Machinery, chance: random.Random) -> None:
    decoder = Decoder(isa)
    for row in isa.instructions:
        for form in row.encodings[0].forms:
            fields = random_fields(row, form, row.encodings[0], chance)
            units = encode(isa, row.name, fields)
            assert decoder.decode(units) == (row.name, fields, len(units))


@pytest.mark.parametrize("name", [TOY, *SHIPPED])
def test_inverse_on_machines(name: str) -> None:
    isa: Isa = load(name)
    decoder, chance, checked = Decoder(isa), random.Random(0), 0
    for row in isa.instructions:
        for encoding in row.encodings:
            for form in encoding.forms:
                fields = random_fields(row, form, encoding, chance)
                units = encode(isa, row.name, fields)
                assert decoder.decode(units) == (row.name, fields, len(units))
                checked += 1
    assert checked >= len(isa.instructions) > 0
