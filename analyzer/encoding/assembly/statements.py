"""What a program consists of, and where each part of it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analyzer.diagnostics import Span
from analyzer.encoding.assembly.expressions import Expression, evaluate, short
from analyzer.encoding.assembly.instructions import Candidate, Misfit
from analyzer.encoding.assembly.program import Kind
from analyzer.encoding.assembly.symbols import Symbols
from analyzer.encoding.assembly.tokens import Problem


@dataclass(slots=True)
class Label:
    """The name of an address."""

    span: Span
    name: str


@dataclass(slots=True)
class Definition:
    """`name = value`."""

    span: Span
    name: str
    value: Expression


@dataclass(slots=True)
class Move:
    """`.org`, `.space` or `.align`: goes on at another address."""

    span: Span
    kind: Literal[".org", ".space", ".align"]
    value: Expression

    def target(self, address: int, symbols: Symbols) -> int:
        """Where the program goes on after `address`. Raises `Problem`."""
        number = evaluate(self.value, symbols)
        if number < (self.kind == ".align"):
            hint = "an address or a number of units of at least 0; at least 1 for .align"
            raise Problem("bad-value", f"{self.kind} {short(number)}", hint, self.span)
        if self.kind == ".org":
            return number
        return address + (number if self.kind == ".space" else -address % number)


@dataclass(slots=True)
class Data:
    """Numbers of `size` units each."""

    span: Span
    values: Sequence[Expression]
    spans: Sequence[Span]
    size: int
    address: int = 0

    @property
    def length(self) -> int:
        """In units."""
        return len(self.values) * self.size


@dataclass(slots=True)
class Code:
    """An instruction; `chosen` of its candidates, the shortest first, is the one that fits as far as is known."""

    span: Span
    candidates: Sequence[Candidate]
    address: int = 0
    chosen: int = 0

    @property
    def length(self) -> int:
        """In units."""
        return self.candidates[self.chosen].length

    def grow(self, symbols: Symbols, longest: bool) -> bool:
        """Choose the next candidate that fits, or the longest at once; whether the length changes."""
        before = self.length
        while self.chosen + 1 < len(self.candidates) and not self._fits(symbols):
            self.chosen = len(self.candidates) - 1 if longest else self.chosen + 1
        return self.length != before

    def _fits(self, symbols: Symbols) -> bool:
        symbols.here = self.address
        try:
            self.candidates[self.chosen].fields(self.address, symbols)
        except Misfit:
            return False
        except Problem:  # to be reported once addresses are known
            return True
        return True


@dataclass(slots=True)
class Start:
    """`.start`: where the program counter stands at the start."""

    span: Span
    value: Expression
    address: int = 0


@dataclass(slots=True)
class Keep:
    """`.keep`: a port of the program leaves what stands from `first` to `last` as it is."""

    span: Span
    first: Expression
    last: Expression
    spans: tuple[Span, Span]
    address: int = 0


@dataclass(slots=True)
class Setting:
    """`.state` or `.expect`: a component or a unit of storage, and its value."""

    span: Span
    directive: Literal[".state", ".expect"]
    kind: Kind
    name: str | None = None
    index: Expression | None = None
    value: Expression | str | None = None
    address: int = 0


Statement = Label | Definition | Move | Data | Code | Start | Keep | Setting
