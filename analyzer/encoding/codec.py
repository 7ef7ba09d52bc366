"""Words of instructions: encode an instruction with its fields, and decode. Both read the same forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from analyzer.encoding.cubes import cubes_of
from analyzer.encoding.pattern import Encoding, Form
from analyzer.encoding.tree import build, matches
from analyzer.language.declarations import Body, Machine

Decoded = tuple[str, dict[str, int], int]


class Row(Protocol):
    """What is read of an instruction."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def encodings(self) -> tuple[Encoding, ...]:
        """Its encodings."""

    @property
    def body(self) -> Body:
        """Its fields."""


class InstructionSet(Protocol):
    """What is read of a machine."""

    @property
    def machine(self) -> Machine:
        """Its address spaces."""

    @property
    def instructions(self) -> Sequence[Row]:
        """Its instructions."""


class EncodingError(ValueError):
    """Fields that no word of the instruction has."""


def encode(isa: InstructionSet, instruction: str, fields: Mapping[str, int]) -> list[int]:
    """The units of an instruction, prefixes first, in the order in which the machine declares their groups.

    `fields` gives operand fields, prefix groups, `m.case` and the fields of the case, as in `Body.fields`; prefix
    groups and cases not given are absent and 0. Raises `KeyError` for an unknown instruction, `EncodingError` for
    fields that do not fit.
    """
    row = next((row for row in isa.instructions if row.name == instruction), None)
    if row is None:
        raise KeyError(instruction)
    return encode_row(row, fields, isa.machine.program.unit)


def encode_row(row: Row, fields: Mapping[str, int], unit: int) -> list[int]:
    """The same for a row of a machine whose units have `unit` bits."""
    encoding, form = form_of(row, fields)
    word = form.value
    for piece in form.pieces:
        value = _value(fields, piece.field, row.body.fields[piece.field])
        width = piece.high - piece.low + 1
        part = (value >> piece.low) & ((1 << width) - 1)
        word |= part << (form.length - piece.position - width)
    for name, allowed in form.allowed.items():
        if fields[name] not in allowed:
            raise EncodingError(f"{row.name} excludes {name} = {fields[name]}")
    return [*_prefix_units(encoding, fields, row.name), *split(word, form.length, unit)]


def nearest(row: Row, fields: Mapping[str, int]) -> dict[str, int]:
    """Fields of a word of the row, as many as can be with the values given; those that are not given are absent, 0 or
    the least that is allowed."""
    words = [_fitting(row, encoding, form, fields) for encoding in row.encodings for form in encoding.forms]
    return min(words, key=lambda word: sum(fields.get(name) != value for name, value in word.items()), default={})


def _fitting(row: Row, encoding: Encoding, form: Form, fields: Mapping[str, int]) -> dict[str, int]:
    """The same for a form."""
    absent = {group.name: group.none for group in encoding.groups}
    out = {}
    for name, width in row.body.fields.items():
        value = fields.get(name, absent.get(name, 0)) & ((1 << width) - 1)
        allowed = {**form.allowed, **encoding.prefixes}.get(name, {value})
        out[name] = value if value in allowed else absent[name] if absent.get(name) in allowed else min(allowed)
    return {**out, **form.cases}


def form_of(row: Row, fields: Mapping[str, int]) -> tuple[Encoding, Form]:
    """The form of a row whose operand cases are those in `fields`, and its encoding. Raises `EncodingError`."""
    for encoding in row.encodings:
        for form in encoding.forms:
            if all(fields.get(name, 0) == number for name, number in form.cases.items()):
                return encoding, form
    raise EncodingError(f"{row.name} has no such operand case")


def _value(fields: Mapping[str, int], name: str, width: int) -> int:
    if name not in fields:
        raise EncodingError(f"no value for field {name}")
    if not 0 <= fields[name] < 1 << width:
        raise EncodingError(f"{name} = {fields[name]} does not fit {width} bits")
    return fields[name]


def _prefix_units(encoding: Encoding, fields: Mapping[str, int], instruction: str) -> Iterator[int]:
    for group in encoding.groups:
        value = fields.get(group.name, group.none)
        if value not in encoding.prefixes[group.name]:
            raise EncodingError(f"{instruction} excludes {group.name} = {value}")
        units = [unit for unit, unit_value in group.units.items() if unit_value == value]
        if value != group.none:
            yield units[0]


def split(word: int, length: int, unit: int) -> list[int]:
    """The units of a word of `length` bits, the first first."""
    return [(word >> at) & ((1 << unit) - 1) for at in range(length - unit, -1, -unit)]


class Decoder:
    """Decodes the words of one machine. Patterns do not overlap, so at most one matches."""

    def __init__(self, isa: InstructionSet) -> None:
        self.unit = isa.machine.program.unit
        found = [
            (row, encoding, form) for row in isa.instructions for encoding in row.encodings for form in encoding.forms
        ]
        self.tree = build([(cube, entry) for entry in found for cube in cubes_of(entry[2])])
        self.longest = max((form.length for _, _, form in found), default=0)
        self.groups = found[0][1].groups if found else ()

    def decode(self, units: Sequence[int]) -> Decoded | None:
        """The instruction that `units` begin with: its name, all of `Body.fields`, and its length in units.

        Fields of cases that the operand does not have are 0. `None` when the units are no instruction, or too few.
        """
        prefixes, start = self._prefixes(units)
        taken = units[start : start + self.longest // self.unit]
        word = 0
        for unit in taken:
            word = (word << self.unit) | unit
        length = len(taken) * self.unit
        for row, encoding, form in matches(self.tree, word, length):
            if all(value in encoding.prefixes[name] for name, value in prefixes.items()):
                fields = {**dict.fromkeys(row.body.fields, 0), **prefixes, **form.cases}
                for piece in form.pieces:
                    width = piece.high - piece.low + 1
                    part = (word >> (length - piece.position - width)) & ((1 << width) - 1)
                    fields[piece.field] |= part << piece.low
                return row.name, fields, start + form.length // self.unit
        return None

    def _prefixes(self, units: Sequence[int]) -> tuple[dict[str, int], int]:
        """The values of all prefix groups, and how many units they take; at most one unit of each group."""
        values = {group.name: group.none for group in self.groups}
        seen: set[str] = set()
        for start, unit in enumerate(units):
            group = next((group for group in self.groups if unit in group.units), None)
            if group is None or group.name in seen:
                return values, start
            seen.add(group.name)
            values[group.name] = group.units[unit]
        return values, len(units)


def decode(isa: InstructionSet, units: Sequence[int]) -> Decoded | None:
    """`Decoder(isa).decode(units)`, for a single word."""
    return Decoder(isa).decode(units)
