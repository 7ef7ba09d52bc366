"""Typing of calls: builtins, uninterpreted functions, functions of the specification."""

from __future__ import annotations

import ast
from functools import partial

from analyzer.diagnostics import did_you_mean
from analyzer.language.declarations import Parameter
from analyzer.language.ir import Call, Expr, OperandArgument, Undefined, Uninterpreted, apply
from analyzer.language.names import (
    BUILTIN_CALLS,
    EXTEND_CALLS,
    OPEN_CALLS,
    SAME_CALLS,
    SHIFT_CALLS,
    STATEMENT_CALLS,
    UNARY_CALLS,
)
from analyzer.language.operations import OperationChecker


class CallChecker(OperationChecker):
    """Types calls that have a value."""

    def call(self, node: ast.Call, want: int | None) -> Expr:
        """A builtin, an uninterpreted function or a function that returns one value."""
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.fail(node, "unsupported-syntax", "only plain functions can be called, by position", "f(a, b)")
        name = node.func.id
        if name in BUILTIN_CALLS:
            return self.builtin(node, name, want)
        if name in STATEMENT_CALLS:
            message = f"{name}() is a statement and has no value"
            raise self.fail(node, "statement-as-value", message, "put it on its own line")
        if name in self.scope.uninterpreted:
            return self.uninterpreted(node, name)
        called = self.specification_call(node, name)
        if called.width == 0:
            hint = "call it as a statement, or unpack: a, b = f(x)"
            raise self.fail(node, "not-one-value", f"{name}() does not return one value", hint)
        return called

    def arguments(self, node: ast.Call, count: int, usage: str) -> list[ast.expr]:
        """The arguments, of which there must be `count`."""
        if len(node.args) != count:
            message = f"{count} argument{'s are' if count != 1 else ' is'} expected, {len(node.args)} given"
            raise self.fail(node, "argument-count", message, usage)
        return node.args

    def uninterpreted(self, node: ast.Call, name: str) -> Expr:
        """An uninterpreted function of the specification."""
        self.names.used.add(name)
        function = self.scope.uninterpreted[name]
        usage = f"{name} takes {', '.join(map(str, function.args))} bits"
        args = self.arguments(node, len(function.args), usage)
        return Uninterpreted(name, self.each(args, function.args), function.result)

    def specification_call(self, node: ast.Call, name: str) -> Call:
        """A call of a function of the specification, with any number of results."""
        self.names.used.add(name)
        signature = self.scope.signatures.get(name)
        if signature is None:
            known = [*self.scope.signatures, *self.scope.uninterpreted, *BUILTIN_CALLS, *STATEMENT_CALLS]
            hint = did_you_mean(name, known, "define it under functions:")
            raise self.fail(node, "unknown-function", f"there is no function '{name}'", hint)
        usage = f"{name}({', '.join(f'{p.name}: {p.operand or p.width}' for p in signature.parameters)})"
        given = zip(self.arguments(node, len(signature.parameters), usage), signature.parameters, strict=True)
        args = self.all_of(partial(self.argument, arg, parameter) for arg, parameter in given)
        return Call(name, args, signature.results[0] if len(signature.results) == 1 else 0)

    def argument(self, node: ast.expr, parameter: Parameter) -> Expr | OperandArgument:
        """An argument: a value, or an operand where the parameter is an operand class."""
        if parameter.operand is None:
            return self.expression(node, parameter.width)
        if isinstance(node, ast.Name):
            self.names.used.add(node.id)
            if self.names.operand_class(node.id) == parameter.operand:
                return OperandArgument(node.id)
        message = f"an operand of class '{parameter.operand}' is expected"
        raise self.fail(node, "not-an-operand", message, "pass the operand's name")

    # -- builtins --------------------------------------------------------------------------------------------

    def builtin(self, node: ast.Call, name: str, want: int | None) -> Expr:
        """The builtin functions, most of which are operators of the table."""
        if name == "cat":
            return self.concatenation(node)
        if name == "signed":
            hint = "signed(a) < signed(b)"
            raise self.fail(node, "signed-value", "signed() only marks the sides of a comparison", hint)
        if name in OPEN_CALLS:
            written = node.args[0] if len(node.args) == 1 else None
            width = self.width(written, f"{name} takes a constant width", f"{name}(1)", node)
            return Undefined(self.names.new_site(), name == "unpredictable", width)
        if name in EXTEND_CALLS:
            return self.extend(node, name)
        if name in UNARY_CALLS:
            (only,) = self.arguments(node, 1, f"{name}(a)")
            return apply(name, self.expression(only))
        left, right = self.arguments(node, 2, f"{name}(a, b)")
        if name in SHIFT_CALLS:
            return self.shift(name, left, right, want)
        assert name in SAME_CALLS
        return self.same(name, left, right, want)

    def concatenation(self, node: ast.Call) -> Expr:
        """`cat(x, y, ...)`."""
        if not node.args:
            raise self.fail(node, "argument-count", "cat needs at least one argument", "cat(x, y)")
        return apply("concat", *self.each(node.args, [None] * len(node.args)))

    def extend(self, node: ast.Call, name: str) -> Expr:
        """`zext(x, n)`, `sext(x, n)`."""
        written = node.args[1] if len(node.args) == 2 else None
        width = self.width(written, f"{name} takes a value and a constant width", f"{name}(x, 32)", node)
        if self.needs_width(node.args[0]):
            return self.expression(node.args[0], width)
        operand = self.expression(node.args[0])
        if operand.width > width:
            raise self.fail(node, "width-mismatch", f"{operand.width} bits do not fit {width}", "take a slice")
        return apply(name, operand, parameters=(width,))
