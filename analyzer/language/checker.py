"""What all typing shares: reporting, going on after an error, constants and literals."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from analyzer.language.declarations import ACCESS_KINDS
from analyzer.language.ir import Const, Expr
from analyzer.language.names import Names
from analyzer.language.scope import Reporter, Scope

MAX_WIDTH = 4096
FOLD: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b if b else 0, ast.Mod: lambda a, b: a % b if b else 0,
    ast.LShift: lambda a, b: a << min(b, MAX_WIDTH) if b >= 0 else 0,
}  # fmt: skip
T = TypeVar("T")


class Refused(Exception):
    """A text that has no meaning; why has been reported."""


class Checker(ABC):
    """Types the nodes of one text. What cannot be typed is reported and refused."""

    def __init__(self, scope: Scope, names: Names, reporter: Reporter) -> None:
        self.scope = scope
        self.names = names
        self.report = reporter

    @abstractmethod
    def expression(self, node: ast.expr, want: int | None = None) -> Expr:
        """Type `node`; where `want` is given the result is that wide, or refused."""

    # -- errors ----------------------------------------------------------------------------------------------

    def fail(self, node: ast.AST, code: str, message: str, hint: str) -> Refused:
        """Report an error; to be raised where nothing can be made of the node."""
        self.report.error(node, code, message, hint)
        return Refused()

    def attempt(self, typing: Callable[[], T]) -> T | None:
        """What `typing` gives, `None` where it refuses: what stands beside it is typed, too."""
        try:
            return typing()
        except Refused:
            return None

    def all_of(self, typings: Iterable[Callable[[], T]]) -> tuple[T, ...]:
        """What each gives. Refused when one of them is, after all have been tried."""
        tried = [self.attempt(typing) for typing in typings]
        given = tuple(value for value in tried if value is not None)
        if len(given) < len(tried):
            raise Refused
        return given

    def each(self, nodes: Iterable[ast.expr], wants: Iterable[int | None]) -> tuple[Expr, ...]:
        """Type nodes, each at its own width."""
        return self.all_of(partial(self.expression, node, want) for node, want in zip(nodes, wants, strict=True))

    # -- constants -------------------------------------------------------------------------------------------

    def constant(self, node: ast.expr) -> int | None:
        """The value of a constant expression, `None` if it is none. Refuses those that fit no width."""
        value = self.folded(node)
        if value is not None and value.bit_length() > MAX_WIDTH:
            message = f"a number of {value.bit_length()} bits"
            raise self.fail(node, "literal-too-wide", message, f"at most {MAX_WIDTH} bits")
        return value

    def folded(self, node: ast.expr) -> int | None:
        """The value of a constant expression, by its kind."""
        match node:
            case ast.Constant(value=int(value)) if not isinstance(value, bool):
                return value
            case ast.Name(id=name):
                if name in self.names.constants:
                    return self.names.constants[name]
                if name in self.scope.constants:
                    return self.scope.constants[name]
                return ACCESS_KINDS.get(name) if name not in self.names.locals else None
            case ast.BinOp(left=left, op=op, right=right) if type(op) in FOLD:
                a, b = self.constant(left), self.constant(right)
                return None if a is None or b is None else FOLD[type(op)](a, b)
            case _:
                return None

    def width(self, node: ast.expr | None, message: str, hint: str, place: ast.AST) -> int:
        """A constant that is a width in bits."""
        width = None if node is None else self.constant(node)
        if width is None or not 1 <= width <= MAX_WIDTH:
            raise self.fail(place, "bad-width", message, hint)
        return width

    def needs_width(self, node: ast.expr) -> bool:
        """Whether an expression has no width of its own: a literal, or an operation on literals only."""
        match node:
            case ast.UnaryOp(operand=operand):
                return self.needs_width(operand)
            case ast.BinOp(left=left, op=ast.LShift() | ast.RShift()):
                return self.needs_width(left)
            case ast.BinOp(left=left, right=right):
                return self.needs_width(left) and self.needs_width(right)
            case ast.IfExp(body=body, orelse=orelse):
                return self.needs_width(body) and self.needs_width(orelse)
            case _:
                return self.constant(node) is not None

    def literal(self, node: ast.expr, value: int, want: int | None) -> Expr:
        """A literal in a context of `want` bits."""
        self.touch(node)
        if want is None:
            hint = "use it beside a value, or zext()"
            raise self.fail(node, "unknown-width", f"the width of {value} is not known here", hint)
        if value < 0:
            raise self.fail(node, "negative-literal", f"{value} is negative", "write ~x + 1, or the value itself")
        if value >> want:
            message = f"{value} does not fit {want} bit{'s' * (want != 1)}"
            raise self.fail(node, "literal-too-wide", message, f"the largest is {(1 << want) - 1}")
        return Const(value, want)

    def touch(self, node: ast.expr) -> None:
        """Note the names used by a constant expression."""
        self.names.used.update(child.id for child in ast.walk(node) if isinstance(child, ast.Name))
