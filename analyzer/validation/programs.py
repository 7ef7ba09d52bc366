"""Random programs: random instructions in place of those where a guest starts, its tables and handlers kept."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.encoding.codec import EncodingError, encode_row
from analyzer.simulator.boot import Program
from analyzer.spec.model import Instruction, Isa

LENGTH = 24  # instructions
SENSITIVE, WRONG = 6, 0.25  # weights; that of other instructions is 1
SMALL = 0.6  # how often a field is small, so that addresses are inside storage


@dataclass(frozen=True, slots=True)
class RandomProgram:
    """A program as `boot` loads it."""

    name: str
    units: Mapping[int, int]
    start: int
    state: tuple[tuple[str, int | None, int], ...] = ()


def random_program(
    isa: Isa, seed: int, size: int, sensitive: Collection[str], wrong: Collection[str], base: Program | None = None
) -> RandomProgram:
    """A program of random instructions for a machine with `size` units, weighted towards `sensitive` ones; `wrong` ones
    are rare. With `base` its image and state are kept around them. The same seed gives the same program."""
    draw = random.Random(f"{isa.name} {seed}")
    weights = [_weight(row.name, sensitive, wrong) for row in isa.instructions]
    units = dict(base.units) if base else {}
    start = base.start if base else size // 4
    place = start
    for row in draw.choices(isa.instructions, weights, k=LENGTH):
        for unit in _encoded(isa, row, draw, size):
            if place < size:
                units[place] = unit
                place += 1
    program = RandomProgram(f"random program {seed}", units, start, base.state if base else ())
    return replace(program, state=(*program.state, *_registers(isa, draw, size)))


def _weight(name: str, sensitive: Collection[str], wrong: Collection[str]) -> float:
    return WRONG if name in wrong else SENSITIVE if name in sensitive else 1


def _encoded(isa: Isa, row: Instruction, draw: random.Random, size: int) -> Sequence[int]:
    """A word of an instruction with random fields."""
    for _ in range(50):
        fields = {name: _number(draw, width, size) for name, width in row.body.fields.items()}
        encoding = draw.choice(row.encodings)
        fields |= {name: draw.choice(sorted(values)) for name, values in encoding.prefixes.items()}
        form = draw.choice(encoding.forms)
        fields |= form.cases
        fields |= {name: draw.choice(sorted(values)) for name, values in form.allowed.items() if values}
        try:
            return encode_row(row, fields, isa.machine.program.unit)
        except EncodingError:
            continue
    return ()


def _number(draw: random.Random, width: int, size: int) -> int:
    """A field of so many bits."""
    if draw.random() < SMALL:
        return draw.randrange(min(1 << width, size))
    return draw.getrandbits(width)


def _registers(isa: Isa, draw: random.Random, size: int) -> list[tuple[str, int | None, int]]:
    """Random values for visible registers, most of them addresses inside storage."""
    out: list[tuple[str, int | None, int]] = []
    for component in isa.machine.with_role("visible"):
        if component.count is None:
            if component.width > 1:
                out.append((component.name, None, _number(draw, component.width, size)))
        else:
            values = (_number(draw, component.width, size) for _ in range(min(component.count, 64)))
            out += [(component.name, index, value) for index, value in enumerate(values)]
    return out
