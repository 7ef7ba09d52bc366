"""The parts of a row's template: each reads its own writing from a line, and writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from analyzer.diagnostics import NOWHERE, Span
from analyzer.encoding.assembly.expressions import Constant, Expression
from analyzer.encoding.assembly.lines import Line
from analyzer.encoding.assembly.tokens import Token


class Encoder(Protocol):
    """Knows the values of a field."""

    def encoded(self, number: int, next_address: int) -> int | None:
        """The bits of the field for the number written; `None` if it does not fit."""

    def complaint(self, number: int, next_address: int) -> tuple[str, str, str]:
        """Code, message and hint for a number that does not fit."""


@dataclass(frozen=True, slots=True)
class Given:
    """A field as it was written: an expression, which `number` turns into the field; without it, the field itself."""

    field: str
    value: Expression
    number: Encoder | None = None
    span: Span = NOWHERE


Read = tuple[int, tuple[Given, ...]]  # the token after what was read, and the fields that it gives


@dataclass(frozen=True, slots=True)
class Shown:
    """What is written: the fields, the address of the next instruction, and names of addresses.

    `shown` is the radix of numbers, `radix` that of numbers without a prefix.
    """

    fields: Mapping[str, int]
    next: int
    shown: int
    radix: int
    labels: Mapping[int, str]


class Element(Protocol):
    """A part of a template."""

    def read(self, line: Line, at: int) -> Sequence[Read]:
        """Every way to read it from token `at` on."""

    def write(self, shown: Shown) -> str | None:
        """Its text; `None` if it cannot be written so."""

    def tells(self, shown: Shown) -> Collection[str]:
        """The fields that its text tells."""

    def literals(self) -> Iterator[Words]:
        """The literal text in it."""


@dataclass(frozen=True, slots=True)
class Words:
    """Literal text."""

    text: str
    tokens: tuple[Token, ...]

    def read(self, line: Line, at: int) -> Sequence[Read]:
        """The same tokens, numbers by their value and names in any case."""
        for token in self.tokens:
            found = line.tokens[at]
            same = found.value == token.value if token.kind == "number" else found.text.upper() == token.text.upper()
            if found.kind != token.kind or not same:
                return ()
            at += 1
            line.furthest = max(line.furthest, at)
        return ((at, ()),)

    def write(self, shown: Shown) -> str | None:
        """The text."""
        return self.text

    def tells(self, shown: Shown) -> Collection[str]:
        """None."""
        return ()

    def literals(self) -> Iterator[Words]:
        """Itself."""
        yield self


@dataclass(frozen=True, slots=True)
class Fix:
    """A field that is not written: it has this value."""

    field: str
    value: int

    def read(self, line: Line, at: int) -> Sequence[Read]:
        """Nothing."""
        return ((at, (Given(self.field, Constant(self.value)),)),)

    def write(self, shown: Shown) -> str | None:
        """Nothing, for this value only."""
        return "" if shown.fields[self.field] == self.value else None

    def tells(self, shown: Shown) -> Collection[str]:
        """Its field."""
        return (self.field,)

    def literals(self) -> Iterator[Words]:
        """None."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Operand:
    """An operand: the templates of each of its cases; `field` is the pseudo-field of the case."""

    field: str
    cases: tuple[tuple[int, tuple[Element, ...]], ...]

    def read(self, line: Line, at: int) -> Sequence[Read]:
        """Each case that can be read here."""
        key = (id(self), at)
        found: list[Read] | None = line.operands.get(key)
        if found is None:
            found = line.operands[key] = [
                (end, (Given(self.field, Constant(case)), *given))
                for case, elements in self.cases
                for end, given in read_all(elements, line, at)
            ]
        return found

    def write(self, shown: Shown) -> str | None:
        """The first template of its case that can be written."""
        return next((text for _, text in self._written(shown)), None)

    def tells(self, shown: Shown) -> Collection[str]:
        """Those of the template that is written."""
        elements = next((elements for elements, _ in self._written(shown)), ())
        return [name for element in elements for name in element.tells(shown)]

    def literals(self) -> Iterator[Words]:
        """Those of all cases."""
        for _, elements in self.cases:
            for element in elements:
                yield from element.literals()

    def _written(self, shown: Shown) -> Iterator[tuple[tuple[Element, ...], str]]:
        for case, elements in self.cases:
            if case == shown.fields[self.field] and (text := write_all(elements, shown)) is not None:
                yield elements, text


def read_all(elements: Sequence[Element], line: Line, at: int) -> list[Read]:
    """Every way to read the elements one after the other."""
    found: list[Read] = [(at, ())]
    for element in elements:
        found = [(end, given + more) for start, given in found for end, more in element.read(line, start)]
        if not found:
            break
        line.furthest = max(line.furthest, max(end for end, _ in found))
    return found


def write_all(elements: Sequence[Element], shown: Shown) -> str | None:
    """The text of the elements; `None` if one of them cannot be written."""
    texts = [element.write(shown) for element in elements]
    return None if None in texts else "".join(text for text in texts if text)
