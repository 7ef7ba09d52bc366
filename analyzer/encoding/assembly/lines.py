"""Lines of a program while they are read, and the expressions in them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyzer.diagnostics import Span
from analyzer.encoding.assembly.expressions import Binary, Constant, Expression, Half, Symbol, Unary, height
from analyzer.encoding.assembly.tokens import Problem, Token

MAX_DEPTH = 40
MAX_HEIGHT = 200
PRECEDENCE: Mapping[str, int] = {
    "|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip


@dataclass(slots=True)
class Line:
    """The tokens of a line that are being read.

    `reserved` are names, in capitals, that mean no number; `furthest` is the last token that something was read up to.
    `parsed` keeps the expressions found at tokens, `operands` what was read by operands.
    """

    file: str
    number: int
    tokens: Sequence[Token]
    reserved: Container[str] = ()
    furthest: int = 0
    parsed: dict[int, tuple[Expression, int] | None] = field(default_factory=dict)
    operands: dict[tuple[int, int], Any] = field(default_factory=dict)

    def span(self, at: int, to: int | None = None) -> Span:
        """The place of token `at`, or of all up to token `to`."""
        token, last = self.tokens[at], self.tokens[to if to is not None else at]
        length = max(1, last.column + len(last.text) - token.column)
        return Span(self.file, self.number, token.column + 1, length)

    def at(self, at: int, text: str) -> bool:
        """Whether token `at` is this mark."""
        self.furthest = max(self.furthest, min(at, len(self.tokens) - 1))
        return at < len(self.tokens) and self.tokens[at].kind == "mark" and self.tokens[at].text == text


def parse_expression(line: Line, at: int) -> tuple[Expression, int] | None:
    """The longest expression from token `at` on and the token after it; `None` if there is none. Raises `Problem`."""
    if at not in line.parsed:
        line.parsed[at] = _chain(line, at, 1, 0)
    return line.parsed[at]


def _chain(line: Line, at: int, level: int, depth: int) -> tuple[Expression, int] | None:
    line.furthest = max(line.furthest, at)
    left = _operand(line, at, depth)
    while left is not None:
        node, at = left
        operator = line.tokens[at]
        binds = PRECEDENCE.get(operator.text, 0) if operator.kind == "mark" else 0
        if binds < level:
            return left
        right = _chain(line, at + 1, binds + 1, depth)
        if right is None:  # it belongs to what surrounds the expression: `label + ESI*4`
            return left
        tall = 1 + max(height(node), height(right[0]))
        if tall > MAX_HEIGHT:
            hint = "give a part of it a name: part = ..."
            raise Problem("syntax", "this expression is too long", hint, line.span(at))
        left = Binary(operator.text, node, right[0], line.span(at), tall), right[1]
    return None


def _operand(line: Line, at: int, depth: int) -> tuple[Expression, int] | None:
    token = line.tokens[at]
    if depth > MAX_DEPTH:
        raise Problem("syntax", "nested too deep", f"at most {MAX_DEPTH} deep", line.span(at))
    if token.kind in ("number", "character"):
        return Constant(int(token.value)), at + 1
    if token.kind == "name" and not token.text.startswith(".") and token.text.upper() not in line.reserved:
        return Symbol(token.text, line.span(at)), at + 1
    if token.kind != "mark":
        return None
    if token.text == ".":
        return Symbol(".", line.span(at)), at + 1
    if token.text in ("-", "~", "+"):
        inner = _operand(line, at + 1, depth + 1)
        if inner is None or token.text == "+":
            return inner
        return Unary(token.text, inner[0], 1 + height(inner[0])), inner[1]
    if token.text == "(":
        inner = _chain(line, at + 1, 1, depth + 1)
        return (inner[0], inner[1] + 1) if inner is not None and line.at(inner[1], ")") else None
    return None


def parse_value(line: Line, at: int, half: int) -> tuple[Expression, int] | None:
    """The same for data, where `left,,right` are the halves of a word, of `half` bits each."""
    left = parse_expression(line, at)
    if left is None or not line.at(left[1], ",,"):
        return left
    right = parse_expression(line, left[1] + 1)
    if right is None:
        return None
    tall = 1 + max(height(left[0]), height(right[0]))
    return Half(left[0], right[0], half, line.span(at, right[1] - 1), tall), right[1]
