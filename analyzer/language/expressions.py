"""Typing of expressions: from Python's syntax to the IR, widths checked, literals given the width of their context."""

from __future__ import annotations

import ast

from analyzer.language.calls import CallChecker
from analyzer.language.ir import Expr, WidthError, apply
from analyzer.language.operations import BINARY
from analyzer.language.places import PlaceChecker


class ExpressionChecker(CallChecker, PlaceChecker):
    """Types expressions of every kind."""

    def expression(self, node: ast.expr, want: int | None = None) -> Expr:
        """Type `node`; where `want` is given the result is that wide, or refused."""
        value = self.constant(node)
        if value is not None:
            return self.literal(node, value, want)
        hint = "use zext, sext, cat or a slice"
        try:
            out = self.dispatch(node, want)
        except WidthError as error:
            raise self.fail(node, "width-mismatch", str(error), hint) from None
        if want is not None and out.width != want:
            message = f"{out.width} bit{'s' * (out.width != 1)} where {want} are expected"
            raise self.fail(node, "width-mismatch", message, hint)
        return out

    def dispatch(self, node: ast.expr, want: int | None) -> Expr:
        """Type one node by its kind."""
        match node:
            case ast.Name():
                return self.name(node)
            case ast.BinOp(op=ast.LShift() | ast.RShift()):
                return self.shift(BINARY[type(node.op)], node.left, node.right, want)
            case ast.BinOp() if type(node.op) in BINARY:
                return self.same(BINARY[type(node.op)], node.left, node.right, want)
            case ast.UnaryOp(op=ast.Invert()):
                return apply("not", self.expression(node.operand, want))
            case ast.UnaryOp(op=ast.USub()):
                return apply("neg", self.expression(node.operand, want))
            case ast.UnaryOp(op=ast.Not()):
                return apply("not", self.condition(node.operand))
            case ast.BoolOp():
                return self.logical(node)
            case ast.IfExp():
                return self.conditional(node, want)
            case ast.Compare():
                return self.compare(node)
            case ast.Call():
                return self.call(node, want)
            case ast.Subscript():
                return self.subscript(node)
            case ast.Attribute():
                return self.attribute(node)
            case _:
                message = f"{type(node).__name__} is not part of the language"
                raise self.fail(node, "unsupported-syntax", message, "see docs/language.md, Semantics")
