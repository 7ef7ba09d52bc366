"""Expressions of programs as trees, evaluated when the labels have addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from analyzer.diagnostics import Span
from analyzer.encoding.assembly.tokens import Problem

MAX_BITS = 4096


@dataclass(frozen=True, slots=True)
class Constant:
    """A number."""

    value: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name; `.` is the current address."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`-a` or `~a`; `height` is that of the tree."""

    operator: str
    a: Expression
    height: int


@dataclass(frozen=True, slots=True)
class Binary:
    """`a operator b`; `height` is that of the tree."""

    operator: str
    a: Expression
    b: Expression
    span: Span
    height: int


@dataclass(frozen=True, slots=True)
class Half:
    """`left,,right`: two numbers of `bits` bits each."""

    left: Expression
    right: Expression
    bits: int
    span: Span
    height: int


Expression = Constant | Symbol | Unary | Binary | Half


def height(node: Expression) -> int:
    """The height of a tree."""
    return node.height if isinstance(node, Unary | Binary | Half) else 0


class Values(Protocol):
    """The values of symbols."""

    def value(self, name: str, span: Span) -> int:
        """The value of a symbol named at `span`; raises `Problem`."""


def evaluate(node: Expression, values: Values) -> int:
    """The number that an expression denotes. Raises `Problem`."""
    match node:
        case Constant(value):
            return value
        case Symbol(name, span):
            return values.value(name, span)
        case Unary(operator, a, _):
            return -evaluate(a, values) if operator == "-" else ~evaluate(a, values)
        case Half(left, right, bits, span, _):
            return _half(evaluate(left, values), bits, span) << bits | _half(evaluate(right, values), bits, span)
        case Binary(operator, a, b, span, _):
            return _operated(operator, evaluate(a, values), evaluate(b, values), span)


def _operated(operator: str, a: int, b: int, span: Span) -> int:
    if operator in ("/", "%") and b == 0:
        raise Problem("bad-value", "division by zero", "the right side is 0", span)
    if operator in ("<<", ">>") and not 0 <= b <= MAX_BITS:
        raise Problem("bad-value", f"a shift by {short(b)}", f"shift by 0 to {MAX_BITS}", span)
    out = OPERATIONS[operator](a, b)
    if out.bit_length() > MAX_BITS:
        raise Problem("bad-value", f"a number of more than {MAX_BITS} bits", "use smaller numbers", span)
    return out


def _half(number: int, bits: int, span: Span) -> int:
    if not -(1 << (bits - 1)) <= number < 1 << bits:
        raise Problem("does-not-fit", "a number does not fit half a word", f"a half has {bits_text(bits)}", span)
    return number & ((1 << bits) - 1)


def short(number: int, radix: int = 10) -> str:
    """A number in a message; octal where programs are."""
    if abs(number) >> 64:
        return "a large number"
    return f"{number:o}" if radix == 8 else str(number)


def bits_text(width: int) -> str:
    """A number of bits in a message."""
    return f"{width} bit{'s' if width != 1 else ''}"


def _divide(a: int, b: int) -> int:
    """Towards zero, as processors do."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


OPERATIONS: Mapping[str, Callable[[int, int], int]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": lambda a, b: a - b * _divide(a, b),
}
