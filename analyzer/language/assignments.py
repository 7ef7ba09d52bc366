"""Typing of assignments: locals, components, registers of files, storage, and bits of these."""

from __future__ import annotations

import ast
from functools import partial

from analyzer.language.checker import Refused
from analyzer.language.expressions import ExpressionChecker
from analyzer.language.ir import (
    Assign,
    Call,
    Const,
    Expr,
    Field,
    Indexed,
    Local,
    Register,
    Stmt,
    Store,
    Unpack,
    apply,
    walk,
)
from analyzer.language.names import RESERVED
from analyzer.language.operations import BINARY


class AssignmentChecker(ExpressionChecker):
    """Types assignments; the statements that one becomes are added to `out`."""

    def annotated(self, node: ast.AnnAssign, target: ast.Name, value: ast.expr, out: list[Stmt]) -> None:
        """`x: 8 = e`."""
        width = self.width(node.annotation, "an annotation is a width in bits", "x: 8 = 0", node.annotation)
        known = self.target_width(target)
        if known is not None and known != width:
            message = f"'{target.id}' has {known} bit{'s' * (known != 1)}"
            raise self.fail(node, "width-mismatch", message, "use another name")
        self.assign_name(target, value, width, out)

    def assign(self, target: ast.expr, value: ast.expr, out: list[Stmt]) -> None:
        """`target = value`, for every kind of target."""
        match target:
            case ast.Name():
                self.assign_name(target, value, self.target_width(target), out)
            case ast.Subscript():
                self.assign_subscript(target, value, out)
            case _:
                raise self.bad_target(target)

    def assign_name(self, target: ast.Name, value: ast.expr, width: int | None, out: list[Stmt]) -> None:
        """A local or a component of `width` bits; a new local without one is as wide as its value."""
        typed = self.expression(value, width)
        out.append(Assign(self.place(target, typed.width), typed))

    def target_width(self, target: ast.Name) -> int | None:
        """Width of what a name on the left stands for; `None` for a new local."""
        name = target.id
        if name in self.scope.components:
            component = self.scope.components[name]
            if component.count is not None:
                message = f"'{name}' is a register file"
                raise self.fail(target, "file-as-value", message, f"index it: {name}[...] = ...")
            return component.width
        self.refuse_constant(target)
        return self.names.locals.get(name)

    def place(self, target: ast.Name, width: int) -> Local | Register:
        """What a name on the left stands for; a new local is declared with `width`."""
        name = target.id
        if name in self.scope.components:
            self.names.used.add(name)
            return Register(name, self.scope.components[name].width)
        self.names.assigned.add(name)
        return Local(name, self.names.locals.setdefault(name, width))

    def refuse_constant(self, target: ast.Name) -> None:
        """Refuse what cannot be assigned."""
        name, names, scope = target.id, self.names, self.scope
        parameters = [parameter.name for parameter in names.parameters]
        for what, table in (
            ("an operand of the instruction", (names.fields, names.operands, scope.prefixes)),
            ("a parameter", (parameters,)),
            ("a constant", (names.constants, scope.constants)),
            (
                "a name of the language or of a function or space",
                (RESERVED, scope.signatures, scope.uninterpreted, scope.spaces),
            ),
        ):
            if any(name in known for known in table):
                message = f"'{name}' is {what} and cannot be assigned"
                raise self.fail(target, "assignment-to-constant", message, "use a new local")

    def bad_target(self, target: ast.expr) -> Refused:
        """Report what is no place."""
        return self.fail(
            target, "bad-target", "this cannot be assigned", "assign a local, a component, a register or storage"
        )

    # -- subscripts ------------------------------------------------------------------------------------------

    def assign_subscript(self, target: ast.Subscript, value: ast.expr, out: list[Stmt]) -> None:
        """A register of a file, storage, or bits of something."""
        file = self.file(target.value)
        if file is not None:
            name, component = file
            both = (partial(self.register_of_file, target, name, component),
                    partial(self.expression, value, component.width))  # fmt: skip
            place, typed = self.all_of(both)
            assert isinstance(place, Indexed)
            out.append(Assign(place, typed))
        elif self.is_space(target.value):
            self.store(target, target.value.id, value, out)
        else:
            self.assign_slice(target, value, out)

    def store(self, target: ast.Subscript, space: str, value: ast.expr, out: list[Stmt]) -> None:
        """`mem[a, n] = value`."""
        self.names.used.add(space)
        where = self.attempt(partial(self.address, target, space))
        typed = self.expression(value, where and self.scope.spaces[space].unit * where[1])
        if where is None:
            raise Refused
        out.append(Store(space, *where, typed))

    def assign_slice(self, target: ast.Subscript, value: ast.expr, out: list[Stmt]) -> None:
        """`x[7:0] = e`: the rest of x keeps its value."""
        whole = self.slice_base(target.value, out)
        high, low = self.bounds(target, whole.width)
        typed = self.expression(value, high - low + 1)
        if any(isinstance(node, Call) for node in walk(typed)):  # it may write what is kept
            typed = self.hoist(typed, out)
        parts = [typed]
        if high + 1 < whole.width:
            parts.insert(0, apply("extract", whole, parameters=(whole.width - 1, high + 1)))
        if low > 0:
            parts.append(apply("extract", whole, parameters=(low - 1, 0)))
        out.append(Assign(whole, apply("concat", *parts) if len(parts) > 1 else typed))

    def slice_base(self, base: ast.expr, out: list[Stmt]) -> Local | Register | Indexed:
        """The local, component or register of which bits are assigned."""
        if isinstance(base, ast.Name) and base.id not in self.scope.components:
            self.refuse_constant(base)
        whole = self.expression(base)
        if not isinstance(whole, Local | Register | Indexed):
            message = "bits of this cannot be assigned"
            raise self.fail(base, "bad-target", message, "assign bits of a local, component or register")
        if isinstance(whole, Indexed) and not isinstance(whole.index, Const | Local | Field):
            return Indexed(whole.file, self.hoist(whole.index, out), whole.width)
        return whole

    # -- several values --------------------------------------------------------------------------------------

    def fresh(self, width: int) -> Local:
        """A local whose name stands nowhere in the text."""
        number = len(self.names.locals)
        while f"_{number}" in self.report.source.text:
            number += 1
        name = f"_{number}"
        self.names.locals[name] = width
        self.names.assigned.add(name)
        return Local(name, width)

    def hoist(self, value: Expr, out: list[Stmt]) -> Local:
        """Give `value` a name, so that it is evaluated once."""
        local = self.fresh(value.width)
        out.append(Assign(local, value))
        return local

    def augmented(self, node: ast.AugAssign, out: list[Stmt]) -> None:
        """`x += e`."""
        if type(node.op) not in BINARY:
            message = "this operator is not part of the language"
            raise self.fail(node, "unsupported-syntax", message, "see docs/language.md")
        target = node.target
        if isinstance(target, ast.Subscript) and any(isinstance(n, ast.Call) for n in ast.walk(target.slice)):
            message = "a function called in the target of an augmented assignment"
            raise self.fail(node, "call-in-target", message, "use a local")
        self.assign(target, ast.copy_location(ast.BinOp(target, node.op, node.value), node), out)

    def unpack(self, node: ast.Assign, targets: ast.Tuple, out: list[Stmt]) -> None:
        """`a, b = f(x)`, or `a, b = x, y` (simultaneously)."""
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(targets.elts):
            widths = [self.target_width(t) if isinstance(t, ast.Name) else None for t in targets.elts]
            locals_ = [self.hoist(value, out) for value in self.each(node.value.elts, widths)]
        else:
            call, results = self.unpacked_call(node, len(targets.elts))
            locals_ = [self.result(*pair) for pair in zip(targets.elts, results, strict=True)]
            out.append(Unpack(tuple(locals_), call))
        for target, local in zip(targets.elts, locals_, strict=True):
            if not (isinstance(target, ast.Name) and target.id == local.name):
                self.assign(target, ast.copy_location(ast.Name(local.name, ast.Load()), target), out)

    def result(self, target: ast.expr, width: int) -> Local:
        """Where a result of a call goes first: into the local that is meant, if it is one of that width."""
        if not isinstance(target, ast.Name) or self.target_width(target) not in (None, width):
            return self.fresh(width)
        place = self.place(target, width)
        return place if isinstance(place, Local) else self.fresh(width)

    def unpacked_call(self, node: ast.Assign, count: int) -> tuple[Call, tuple[int, ...]]:
        """The call on the right of an unpacking and the widths of its results."""
        value = node.value
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
            raise self.fail(node, "bad-unpacking", "only the result of a function is unpacked", "a, b = f(x)")
        call = self.specification_call(value, value.func.id)
        results = self.scope.signatures[call.function].results
        if len(results) != count:
            message = f"{call.function}() returns {len(results)} values, not {count}"
            names = ", ".join("abcdefghijklmnopqrstuvwxyz"[: len(results)])
            hint = f"{names} = {call.function}(...)" if len(results) > 1 else "name as many as it returns"
            raise self.fail(node, "bad-unpacking", message, hint)
        return call, results
