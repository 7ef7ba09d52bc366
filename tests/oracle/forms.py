"""The forms of a machine's instructions, and words of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from analyzer.encoding.codec import encode_row
from analyzer.encoding.pattern import Encoding
from analyzer.encoding.pattern import Form as Pattern
from analyzer.spec.model import Instruction, Isa

Values = Callable[[random.Random, int], int]  # an arbitrary value of so many bits
PLAIN = 0.7  # of the words have no prefix of a group


@dataclass(frozen=True, slots=True)
class Form:
    """An instruction with each operand in one of its cases; `name` is the instruction's, with the cases' names.

    `row` is the instruction with this form only.
    """

    name: str
    row: Instruction
    encoding: Encoding
    pattern: Pattern


def forms(isa: Isa) -> Iterator[Form]:
    """All forms, in the order of the specification."""
    for row in isa.instructions:
        for number, encoding in enumerate(row.encodings):
            for pattern in encoding.forms:
                cases = [
                    isa.machine.operands[operand].cases[pattern.cases[f"{name}.case"]].name
                    for name, operand in row.body.operands.items()
                ]
                which = [f"encoding {number + 1}"] if len(row.encodings) > 1 else []
                shown = ", ".join(cases + which)
                alone = replace(row, encodings=(replace(encoding, forms=(pattern,)),))
                yield Form(f"{row.name} [{shown}]" if shown else row.name, alone, encoding, pattern)


def fields_of(form: Form, rng: random.Random, value: Values) -> dict[str, int]:
    """Values of all fields of a form: those its pattern has, prefixes, and its cases."""
    given = dict(form.pattern.cases)
    for piece in form.pattern.pieces:
        if piece.field not in given:
            allowed = form.pattern.allowed.get(piece.field)
            width = form.row.body.fields[piece.field]
            given[piece.field] = rng.choice(sorted(allowed)) if allowed is not None else value(rng, width)
    for group in form.encoding.groups:
        values = form.encoding.prefixes[group.name]
        plain = group.none in values and rng.random() < PLAIN
        given[group.name] = group.none if plain else rng.choice(sorted(values))
    return {name: given.get(name, 0) for name in {**form.row.body.fields, **given}}


def units_of(form: Form, fields: dict[str, int], unit: int) -> list[int]:
    """The units of a word of the form."""
    return encode_row(form.row, fields, unit)
