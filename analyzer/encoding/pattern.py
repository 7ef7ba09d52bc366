"""Encodings as bit patterns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

# A cube is a set of bit strings: (length, mask, value); bit strings are read from their first bit, which is the most
# significant of the integers.
Cube = tuple[int, int, int]


class Piece(NamedTuple):
    """Bits `high` to `low` of `field`, standing at bit `position` (from the first bit of the instruction)."""

    field: str
    high: int
    low: int
    position: int


@dataclass(frozen=True, slots=True)
class Form:
    """One form of an encoding: every operand in one of its cases, without prefixes.

    `length`, `mask`, `value`: the fixed bits. `pieces`: where fields stand. `cases`: pseudo-field `m.case` to number.
    `allowed`: fields that are restricted to some values.
    """

    length: int
    mask: int
    value: int
    pieces: tuple[Piece, ...]
    cases: Mapping[str, int]
    allowed: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class PrefixGroup:
    """Prefix units of which at most one stands before an instruction.

    `units`: prefix unit to the value of the group's field; `none`: its value where no prefix is present.
    `always`: whether an instruction that does not list the group accepts any value of it.
    """

    name: str
    width: int
    none: int
    units: Mapping[int, int]
    always: bool

    @property
    def values(self) -> frozenset[int]:
        """All values that the group's field takes."""
        return frozenset((self.none, *self.units.values()))


@dataclass(frozen=True, slots=True)
class Encoding:
    """The forms of an instruction and the prefixes it accepts (group to allowed values).

    `groups` are the machine's prefix groups, in their order.
    """

    forms: tuple[Form, ...]
    prefixes: Mapping[str, frozenset[int]]
    groups: tuple[PrefixGroup, ...] = ()
