"""Typing of statements: blocks of Python's syntax become blocks of the IR."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from analyzer.language.expressions import BINARY, RESERVED, STATEMENT_CALLS, ExpressionChecker
from analyzer.language.ir import (
    Again,
    Assign,
    Block,
    Branch,
    Call,
    Commit,
    Const,
    Evaluate,
    Execute,
    Expr,
    Field,
    Indexed,
    Local,
    Register,
    Return,
    Stmt,
    Store,
    Trap,
    TrapAfter,
    Unpack,
    While,
    apply,
    walk,
)  # fmt: skip
from analyzer.language.scope import did_you_mean

MAX_STATEMENTS = 20_000


class StatementChecker(ExpressionChecker):
    """Types blocks. `results` are the widths a function returns; `None` for an instruction."""

    results: tuple[int, ...] | None = None
    statements = 0
    in_loop = 0

    def block(self, nodes: Sequence[ast.stmt]) -> tuple[Block, bool]:
        """The statements, and whether every path through them ends the function or instruction."""
        out: list[Stmt] = []
        ends = False
        for node in nodes:
            if ends:
                self.report.warning(node, "unreachable-statement", "this is never reached", "remove it")
                break
            self.statements += 1
            if self.statements > MAX_STATEMENTS:
                self.fail(node, "text-too-long", f"more than {MAX_STATEMENTS} statements after unrolling", "use a function")
                break
            ends = self.statement(node, out)
        return tuple(out), ends

    def statement(self, node: ast.stmt, out: list[Stmt]) -> bool:
        """Type one statement into `out`; whether it ends every path."""
        match node:
            case ast.Pass():
                return False
            case ast.Assign(targets=[ast.Tuple() as targets]):
                self.unpack(node, targets, out)
            case ast.Assign(targets=[target]):
                self.assign(target, node.value, None, out)
            case ast.AnnAssign(simple=1, value=ast.expr() as value, target=ast.Name() as target):
                self.annotated(node, target, value, out)
            case ast.AugAssign():
                self.augmented(node, out)
            case ast.If():
                return self.branch(node, out)
            case ast.For():
                return self.unrolled(node, out)
            case ast.While():
                self.loop(node, out)
            case ast.Return():
                return self.returned(node, out)
            case ast.Expr(value=ast.Call() as call):
                return self.call_statement(call, out)
            case _:
                kind = type(node).__name__
                self.fail(node, "unsupported-syntax", f"{kind} is not part of the language", "see docs/language.md, Semantics")
        return False

    # -- assignment ------------------------------------------------------------------------------------------

    def annotated(self, node: ast.AnnAssign, target: ast.Name, value: ast.expr, out: list[Stmt]) -> None:
        """`x: 8 = e`."""
        width = self.constant(node.annotation)
        if width is None or not 1 <= width <= 4096:
            self.fail(node.annotation, "bad-width", "an annotation is a width in bits", "x: 8 = 0")
            return
        if target.id in self.names.locals and self.names.locals[target.id] != width:
            self.fail(node, "width-mismatch", f"'{target.id}' has {self.names.locals[target.id]} bits", "use another name")
            return
        self.assign(target, value, width, out)

    def assign(self, target: ast.expr, value: ast.expr, width: int | None, out: list[Stmt]) -> None:
        """`target = value`, for every kind of target."""
        match target:
            case ast.Name():
                want = self.target_width(target) if width is None else width
                if want == 0:
                    return
                typed = self.expression(value, want)
                place = self.place(target, typed.width if typed else want)
                if typed is not None and place is not None:
                    out.append(Assign(place, typed))
            case ast.Subscript():
                self.assign_subscript(target, value, out)
            case _:
                self.fail(target, "bad-target", "this cannot be assigned", "assign a local, a component or storage")

    def target_width(self, target: ast.Name) -> int | None:
        """Width of an existing target; `None` for a new local; 0 after an error."""
        name = target.id
        if name in self.scope.components:
            component = self.scope.components[name]
            if component.count is not None:
                self.fail(target, "file-as-value", f"'{name}' is a register file", f"index it: {name}[...] = ...")
                return 0
            return component.width
        return self.names.locals.get(name)

    def place(self, target: ast.Name, width: int | None) -> Local | Register | None:
        """What a name on the left stands for; a new local is declared with `width`."""
        name = target.id
        if name in self.scope.components:
            self.names.used.add(name)
            return Register(name, self.scope.components[name].width)
        if self.immutable(target):
            return None
        if width is None:
            return None
        self.names.locals.setdefault(name, width)
        self.names.assigned.add(name)
        return Local(name, self.names.locals[name])

    def immutable(self, target: ast.Name) -> bool:
        """Report an assignment to what cannot be assigned."""
        name = target.id
        what = ""
        if name in self.names.fields or name in self.names.operands or name in self.scope.prefixes:
            what = "an operand of the instruction"
        elif any(p.name == name for p in self.names.parameters):
            what = "a parameter"
        elif name in self.names.constants or name in self.scope.constants:
            what = "a constant"
        elif name in RESERVED or name in self.scope.signatures or name in self.scope.spaces:
            what = "a name of the language or of a function or space"
        if what:
            self.fail(target, "assignment-to-constant", f"'{name}' is {what} and cannot be assigned", "use a new local")
        return bool(what)

    def assign_subscript(self, target: ast.Subscript, value: ast.expr, out: list[Stmt]) -> None:
        """A register of a file, storage, or bits of something."""
        base = target.value
        if isinstance(base, ast.Name):
            self.names.used.add(base.id)
            component = self.scope.components.get(base.id)
            if component is not None and component.count is not None:
                place = self.register_of_file(target, base.id, component)
                typed = self.expression(value, component.width)
                if isinstance(place, Indexed) and typed is not None:
                    out.append(Assign(place, typed))
                return
            if base.id in self.scope.spaces:
                self.store(target, base.id, value, out)
                return
        self.assign_slice(target, value, out)

    def store(self, target: ast.Subscript, space: str, value: ast.expr, out: list[Stmt]) -> None:
        """`mem[a, n] = value`."""
        where = self.address(target, space)
        units = where[1] if where else 1
        typed = self.expression(value, self.scope.spaces[space].unit * units if where else None)
        if where is not None and typed is not None:
            out.append(Store(space, where[0], units, typed))

    def assign_slice(self, target: ast.Subscript, value: ast.expr, out: list[Stmt]) -> None:
        """`x[7:0] = e`: the rest of x keeps its value."""
        whole = self.slice_base(target.value, out)
        bounds = whole and self.bounds(target, whole.width)
        if whole is None or bounds is None:
            return
        high, low = bounds
        typed = self.expression(value, high - low + 1)
        if typed is None:
            return
        if any(isinstance(node, Call) for node in walk(typed)):
            typed = self.hoist(typed, out)
        parts = [typed]
        if high + 1 < whole.width:
            parts.insert(0, apply("extract", whole, parameters=(whole.width - 1, high + 1)))
        if low > 0:
            parts.append(apply("extract", whole, parameters=(low - 1, 0)))
        out.append(Assign(whole, apply("concat", *parts) if len(parts) > 1 else typed))

    def slice_base(self, base: ast.expr, out: list[Stmt]) -> Local | Register | Indexed | None:
        """The local, component or register of which bits are assigned."""
        if isinstance(base, ast.Name) and base.id not in self.scope.components and self.immutable(base):
            return None
        whole = self.expression(base)
        if isinstance(whole, Indexed) and not isinstance(whole.index, Const | Local | Field):
            return Indexed(whole.file, self.hoist(whole.index, out), whole.width)
        if whole is not None and not isinstance(whole, Local | Register | Indexed):
            self.fail(base, "bad-target", "bits of this cannot be assigned", "assign bits of a local, component or register")
            return None
        return whole

    def hoist(self, value: Expr, out: list[Stmt]) -> Local:
        """Give `value` a name of the compiler's own, so that it is evaluated once."""
        local = self.names.fresh(value.width)
        out.append(Assign(local, value))
        return local

    def augmented(self, node: ast.AugAssign, out: list[Stmt]) -> None:
        """`x += e`."""
        if type(node.op) not in BINARY:
            self.fail(node, "unsupported-syntax", "this operator is not part of the language", "see docs/language.md")
            return
        target = node.target
        if isinstance(target, ast.Subscript) and any(isinstance(n, ast.Call) for n in ast.walk(target.slice)):
            self.fail(node, "call-in-target", "a function called in the target of an augmented assignment", "use a local")
            return
        value = ast.copy_location(ast.BinOp(target, node.op, node.value), node)
        self.assign(target, value, None, out)

    def unpack(self, node: ast.Assign, targets: ast.Tuple, out: list[Stmt]) -> None:
        """`a, b = f(x)`, or `a, b = x, y` (simultaneously)."""
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(targets.elts):
            wants = [self.target_width(t) if isinstance(t, ast.Name) else None for t in targets.elts]
            typed = [self.expression(v, w) for v, w in zip(node.value.elts, wants, strict=True)]
            values = [self.hoist(value, out) for value in typed if value is not None]
            if len(values) != len(typed):
                return
        else:
            call = self.unpacked_call(node, len(targets.elts))
            if call is None:
                return
            values = [self.names.fresh(width) for width in call[1]]
            out.append(Unpack(tuple(values), call[0]))
        for target, value in zip(targets.elts, values, strict=True):
            self.names.extra = {**self.names.extra, value.name: value}
            name = ast.copy_location(ast.Name(value.name, ast.Load()), target)
            self.assign(target, name, None, out)

    def unpacked_call(self, node: ast.Assign, count: int) -> tuple[Call, tuple[int, ...]] | None:
        """The call on the right of an unpacking and the widths of its results."""
        value = node.value
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
            return self.fail(node, "bad-unpacking", "only the result of a function is unpacked", "a, b = f(x)")
        call = self.specification_call(value)
        if call is None:
            return None
        results = self.scope.signatures[call.function].results
        if len(results) != count:
            return self.fail(node, "bad-unpacking", f"{call.function}() returns {len(results)} values, not {count}", "")
        return call, results

    # -- control ---------------------------------------------------------------------------------------------

    def branch(self, node: ast.If, out: list[Stmt]) -> bool:
        """`if`, with the locals assigned on both sides known afterwards."""
        constant = self.constant(node.test)
        condition = Const(constant, 1) if constant in (0, 1) else self.condition(node.test)
        before = set(self.names.assigned)
        then, then_ends = self.block(node.body)
        after_then = self.names.assigned
        self.names.assigned = set(before)
        other, other_ends = self.block(node.orelse)
        after_other = self.names.assigned
        if then_ends or other_ends:
            self.names.assigned = after_other if then_ends else after_then
        else:
            self.names.assigned = after_then & after_other
        if condition is None:
            return False
        if isinstance(condition, Const):
            self.names.assigned = after_then if condition.value else after_other
            out.extend(then if condition.value else other)
            return then_ends if condition.value else other_ends
        out.append(Branch(condition, then, other))
        return then_ends and other_ends

    def unrolled(self, node: ast.For, out: list[Stmt]) -> bool:
        """`for i in range(...)`: unrolled, `i` a constant in each round."""
        values = self.range(node)
        if values is None or not isinstance(node.target, ast.Name) or self.immutable(node.target):
            return False
        name = node.target.id
        for value in values:
            self.names.constants[name] = value
            block, ends = self.block(node.body)
            out.extend(block)
            if ends or self.statements > MAX_STATEMENTS:
                self.names.constants.pop(name, None)
                return ends
        self.names.constants.pop(name, None)
        return False

    def range(self, node: ast.For) -> range | None:
        """The constant range of a `for`."""
        call = node.iter
        shape = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"
        if not shape or not isinstance(call, ast.Call) or not 1 <= len(call.args) <= 3 or node.orelse:
            return self.fail(node, "bad-loop", "for runs over a constant range", "for i in range(4):")
        bounds = [self.constant(arg) for arg in call.args]
        if any(bound is None for bound in bounds) or (len(bounds) == 3 and bounds[2] == 0):
            return self.fail(call, "bad-loop", "the bounds of a range must be constant", "use while for an open loop")
        values = range(*(bound for bound in bounds if bound is not None))
        if len(values) > 4096:
            return self.fail(call, "text-too-long", f"a loop of {len(values)} rounds", "at most 4096")
        return values

    def loop(self, node: ast.While, out: list[Stmt]) -> None:
        """`while`: over locals; the rules that need callees are checked at the end."""
        condition = self.condition(node.test)
        before = set(self.names.assigned)
        declared = set(self.names.locals)
        self.in_loop += 1
        body, ends = self.block(node.body)
        self.in_loop -= 1
        self.names.assigned = before
        if ends or node.orelse:
            self.fail(node, "bad-loop", "the body of a while never repeats, or has an else", "use if")
        writes = {n.target for n in walk(body) if isinstance(n, Assign) and isinstance(n.target, Local)}
        writes |= {target for n in walk(body) if isinstance(n, Unpack) for target in n.targets}
        kept = tuple(sorted((w for w in writes if w.name in declared), key=lambda w: w.name))
        if condition is not None:
            statement = While(condition, body, kept, self.names.new_site())
            self.scope.loops.append((statement, self.report.span(node), self.report.source.context))
            out.append(statement)

    def returned(self, node: ast.Return, out: list[Stmt]) -> bool:
        """`return`."""
        if self.in_loop:
            self.fail(node, "bad-loop", "return inside a while", "leave the loop by its condition")
        values = [] if node.value is None else [node.value]
        if isinstance(node.value, ast.Tuple):
            values = node.value.elts
        expected = self.results or ()
        if len(values) != len(expected):
            self.fail(node, "result-count", f"{len(expected)} values are returned here, not {len(values)}", "see the def line")
            return True
        typed = [self.expression(v, w) for v, w in zip(values, expected, strict=True)]
        if all(value is not None for value in typed):
            out.append(Return(tuple(value for value in typed if value is not None)))
        return True

    # -- calls as statements ---------------------------------------------------------------------------------

    def call_statement(self, node: ast.Call, out: list[Stmt]) -> bool:
        """A call for its effect; whether it ends the path."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in STATEMENT_CALLS:
            call = self.specification_call(node) if name else None
            if not name:
                self.fail(node, "unsupported-syntax", "only plain functions can be called", "f(x)")
            if call is not None:
                out.append(Evaluate(call))
            return False
        if name == "trap":
            return self.trap(node, out)
        count = 1 if name in ("execute", "trap_after") else 0
        if not self.arguments(node, count, f"{name}({'x' * count})"):
            return False
        if name == "trap_after":
            kind = self.trap_kind(node.args[0])
            if kind is not None:
                out.append(TrapAfter(kind))
            return False
        if name == "commit":
            out.append(Commit())
            return False
        if name == "again":
            out.append(Again())
            return True
        bits = self.expression(node.args[0])
        if bits is not None:
            out.append(Execute(bits))
        return True

    def trap_kind(self, node: ast.expr) -> str | None:
        """The name of a declared trap."""
        if not isinstance(node, ast.Name):
            return self.fail(node, "unknown-trap", "the name of a trap kind is expected", "trap(kind)")
        self.names.used.add(node.id)
        if node.id not in self.scope.traps:
            return self.fail(
                node, "unknown-trap", f"'{node.id}' is not a declared trap kind",
                did_you_mean(node.id, self.scope.traps, "declare it under traps:"),
            )  # fmt: skip
        return node.id

    def trap(self, node: ast.Call, out: list[Stmt]) -> bool:
        """`trap(kind, args...)`."""
        if not node.args:
            self.fail(node, "argument-count", "trap needs a kind", "trap(kind, args...)")
            return True
        kind = self.trap_kind(node.args[0])
        if kind is None:
            return True
        widths = self.scope.traps[kind].args
        if len(node.args) - 1 != len(widths):
            usage = ", ".join([kind, *(f"{name}: {width}" for name, width in widths.items())])
            self.fail(node, "argument-count", f"{kind} carries {len(widths)} values, {len(node.args) - 1} given", f"trap({usage})")
            return True
        typed = [self.expression(a, w) for a, w in zip(node.args[1:], widths.values(), strict=True)]
        if all(value is not None for value in typed):
            out.append(Trap(kind, tuple(value for value in typed if value is not None)))
        return True
