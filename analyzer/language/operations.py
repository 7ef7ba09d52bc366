"""Typing of operators: arithmetic, shifts, comparisons, conditions."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import partial

from analyzer.language.checker import Checker, Refused
from analyzer.language.ir import Call, Const, Expr, apply, choose, walk

BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.FloorDiv: "udiv", ast.Mod: "urem",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "shl", ast.RShift: "lshr",
}  # fmt: skip
# comparison -> operator, operands swapped, result negated
COMPARISONS: Mapping[type[ast.cmpop], tuple[str, bool, bool]] = {
    ast.Eq: ("eq", False, False), ast.NotEq: ("eq", False, True), ast.Lt: ("ult", False, False),
    ast.LtE: ("ule", False, False), ast.Gt: ("ult", True, False), ast.GtE: ("ule", True, False),
}  # fmt: skip
SIGNED = {"ult": "slt", "ule": "sle"}
FALSE, TRUE = Const(0, 1), Const(1, 1)


class OperationChecker(Checker):
    """Types operators and their operands."""

    def condition(self, node: ast.expr) -> Expr:
        """Type a condition: 1 bit."""
        return self.expression(node, 1)

    def pair(self, left: ast.expr, right: ast.expr, want: int | None) -> tuple[Expr, Expr]:
        """Two operands of one width; a literal takes the width of the other."""
        if want is None and self.needs_width(left) and not self.needs_width(right):
            b = self.expression(right)
            return self.expression(left, b.width), b
        if self.needs_width(right):
            a = self.expression(left, want)
            return a, self.expression(right, a.width)
        first = self.attempt(partial(self.expression, left, want))
        b = self.expression(right, None if first is None else want)
        if first is None:
            raise Refused
        if first.width != b.width:
            message = f"operands of {first.width} and {b.width} bits"
            raise self.fail(left, "width-mismatch", message, "use zext, sext, cat or a slice")
        return first, b

    def same(self, op: str, left: ast.expr, right: ast.expr, want: int | None) -> Expr:
        """An operator whose operands and result have one width."""
        return apply(op, *self.pair(left, right, want))

    def shift(self, op: str, left: ast.expr, right: ast.expr, want: int | None) -> Expr:
        """A shift or rotate."""
        a, n = self.all_of((partial(self.expression, left, want), partial(self.amount, right)))
        return apply(op, a, n)

    def amount(self, node: ast.expr) -> Expr:
        """The amount of a shift: of any width, literals of their own."""
        amount = self.constant(node)
        if amount is None or amount < 0:
            return self.expression(node)
        self.touch(node)
        return Const(amount, max(1, amount.bit_length()))

    def logical(self, node: ast.BoolOp) -> Expr:
        """`and`, `or`: lazy, of conditions."""
        *parts, out = self.each(node.values, [1] * len(node.values))
        for part in reversed(parts):
            out = choose(part, out, FALSE) if isinstance(node.op, ast.And) else choose(part, TRUE, out)
        return out

    def conditional(self, node: ast.IfExp, want: int | None) -> Expr:
        """`a if c else b`."""
        condition = self.attempt(partial(self.condition, node.test))
        both = self.pair(node.body, node.orelse, want)
        if condition is None:
            raise Refused
        return choose(condition, *both)

    def compare(self, node: ast.Compare) -> Expr:
        """Comparisons, chains of them, and membership."""
        operands = [node.left, *node.comparators]
        links = zip(operands, node.ops, operands[1:], strict=False)
        *parts, out = self.all_of(partial(self.comparison, node, *link) for link in links)
        if parts and any(isinstance(child, Call) for part in (*parts[1:], out) for child in walk(part)):
            raise self.fail(node, "call-in-chain", "a function called inside a chain of comparisons", "use a local")
        for part in reversed(parts):
            out = choose(part, out, FALSE)
        return out

    def comparison(self, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Expr:
        """One comparison."""
        if isinstance(op, ast.In | ast.NotIn):
            return self.membership(left, right, isinstance(op, ast.NotIn))
        if type(op) not in COMPARISONS:
            raise self.fail(node, "unsupported-syntax", "this comparison is not part of the language", "use == or !=")
        name, swap, negate = COMPARISONS[type(op)]
        marked = [_signed(left), _signed(right)]
        if any(marked) and name in SIGNED:
            if not all(marked) and not (self.needs_width(left) or self.needs_width(right)):
                hint = "mark both: signed(a) < signed(b)"
                raise self.fail(node, "half-signed", "only one side is marked signed", hint)
            name = SIGNED[name]
        both = self.pair(_unmark(left), _unmark(right), None)
        out = apply(name, *(both[::-1] if swap else both))
        return apply("not", out) if negate else out

    def membership(self, left: ast.expr, right: ast.expr, negate: bool) -> Expr:
        """`a in (1, 2, 3)`."""
        if not isinstance(right, ast.Tuple | ast.Set | ast.List):
            raise self.fail(right, "unsupported-syntax", "membership needs a tuple of constants", "x in (1, 2, 3)")
        a = self.expression(left)
        out: Expr = FALSE
        for element in reversed(self.each(right.elts, [a.width] * len(right.elts))):
            out = choose(apply("eq", a, element), TRUE, out)
        return apply("not", out) if negate else out


def _signed(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "signed"


def _unmark(node: ast.expr) -> ast.expr:
    return node.args[0] if _signed(node) and isinstance(node, ast.Call) and len(node.args) == 1 else node
