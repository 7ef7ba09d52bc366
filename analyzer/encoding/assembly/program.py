"""A program: what is in storage at the start, where it starts, and what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["halted", "output", "component", "storage"]

# Kind; the name of a component; its index, or an address of storage; the value, or the text of an output.
Expectation = tuple[Kind, str | None, int | None, int | str | None]


@dataclass(frozen=True, slots=True)
class Program:
    """An assembled program.

    `units`: real address to unit. `start`: the program counter at the start. `state`: (component, index or `None`,
    value) that the program asks for. `expect`: what must hold when it has ended. `symbols`: labels and definitions.
    `lines`: address of an instruction or datum to its line. `code`: the addresses of the instructions. `kept`: of those
    that a port of the program must leave as they are, because the program reads or copies them.
    """

    name: str
    units: Mapping[int, int]
    start: int
    state: tuple[tuple[str, int | None, int], ...]
    expect: tuple[Expectation, ...]
    symbols: Mapping[str, int]
    lines: Mapping[int, int]
    code: frozenset[int]
    kept: frozenset[int]
