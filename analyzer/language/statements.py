"""Typing of statements: blocks of Python's syntax become blocks of the IR."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial

from analyzer.diagnostics import did_you_mean
from analyzer.language.assignments import AssignmentChecker
from analyzer.language.checker import Refused
from analyzer.language.ir import (
    Again,
    Assign,
    Block,
    Branch,
    Commit,
    Const,
    Evaluate,
    Execute,
    Local,
    Return,
    Stmt,
    Trap,
    TrapAfter,
    Unpack,
    While,
    walk,
)
from analyzer.language.names import ENDING_CALLS, STATEMENT_CALLS

MAX_STATEMENTS = 20_000
MAX_ROUNDS = 4096
MAX_DEPTH = 64  # of blocks in blocks; an `elif` is a block in the one before it
MAX_LOOPS = 16


class StatementChecker(AssignmentChecker):
    """Types blocks. `results` are the widths a function returns; `None` for an instruction."""

    results: tuple[int, ...] | None = None
    statements = 0
    in_loop = 0
    depth = 0

    def block(self, nodes: Sequence[ast.stmt]) -> tuple[Block, bool]:
        """The statements, and whether every path through them ends the function or instruction."""
        self.depth += 1
        try:
            return self.statements_of(nodes)
        finally:
            self.depth -= 1

    def statements_of(self, nodes: Sequence[ast.stmt]) -> tuple[Block, bool]:
        """The same, the depth being counted."""
        out: list[Stmt] = []
        ends = False
        for node in nodes:
            if self.depth > MAX_DEPTH or self.in_loop > MAX_LOOPS:
                message = f"nested more than {MAX_DEPTH if self.depth > MAX_DEPTH else f'{MAX_LOOPS} loops'} deep"
                self.fail(node, "nested-too-deep", message, "use a function")
                break
            if ends:
                self.report.warning(node, "unreachable-statement", "this is never reached", "remove it")
                break
            self.statements += 1
            if self.statements > MAX_STATEMENTS:
                message = f"more than {MAX_STATEMENTS} statements after unrolling"
                self.fail(node, "text-too-long", message, "use a function")
                break
            try:
                ends = self.statement(node, out)
            except Refused:
                ends = _ends(node)
                self.spoil(node)
        return tuple(out), ends

    def spoil(self, node: ast.stmt) -> None:
        """The locals that a refused statement would have given a value: that they have none is not reported."""
        stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        self.names.assigned |= stored & self.names.locals.keys()
        self.names.broken |= stored - self.names.locals.keys()

    def statement(self, node: ast.stmt, out: list[Stmt]) -> bool:
        """Type one statement into `out`; whether it ends every path."""
        match node:
            case ast.Pass():
                return False
            case ast.Assign(targets=[ast.Tuple() as targets]):
                self.unpack(node, targets, out)
            case ast.Assign(targets=[target]):
                self.assign(target, node.value, out)
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
                message = f"{type(node).__name__} is not part of the language"
                raise self.fail(node, "unsupported-syntax", message, "see docs/language.md, Semantics")
        return False

    # -- control ---------------------------------------------------------------------------------------------

    def branch(self, node: ast.If, out: list[Stmt]) -> bool:
        """`if`, with the locals assigned on both sides known afterwards."""
        condition = self.attempt(partial(self.condition, node.test))
        before = set(self.names.assigned)
        then, then_ends = self.block(node.body)
        after_then = self.names.assigned
        self.names.assigned = before
        other, other_ends = self.block(node.orelse)
        after_other = self.names.assigned
        if isinstance(condition, Const):
            self.names.assigned = after_then if condition.value else after_other
            out.extend(then if condition.value else other)
            return then_ends if condition.value else other_ends
        if then_ends or other_ends:
            self.names.assigned = after_other if then_ends else after_then
        else:
            self.names.assigned = after_then & after_other
        if condition is not None:
            out.append(Branch(condition, then, other))
        return then_ends and other_ends

    def unrolled(self, node: ast.For, out: list[Stmt]) -> bool:
        """`for i in range(...)`: unrolled, `i` a constant in each round."""
        values = self.range(node)
        if not isinstance(node.target, ast.Name):
            raise self.bad_target(node.target)
        self.refuse_constant(node.target)
        ends = False
        for value in values:
            self.names.constants[node.target.id] = value
            block, ends = self.block(node.body)
            out.extend(block)
            if ends or self.statements > MAX_STATEMENTS:
                break
        self.names.constants.pop(node.target.id, None)
        return ends

    def range(self, node: ast.For) -> range:
        """The constant range of a `for`."""
        call = node.iter
        shape = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"
        if not shape or not isinstance(call, ast.Call) or not 1 <= len(call.args) <= 3 or node.orelse:
            raise self.fail(node, "bad-loop", "for runs over a constant range", "for i in range(4):")
        bounds = [bound for bound in map(self.whole, call.args) if bound is not None]
        if len(bounds) < len(call.args) or bounds[2:] == [0]:
            raise self.fail(call, "bad-loop", "the bounds of a range must be constant", "use while for an open loop")
        values = range(*bounds)
        if len(values[: MAX_ROUNDS + 1]) > MAX_ROUNDS:
            raise self.fail(call, "text-too-long", f"a loop of more than {MAX_ROUNDS} rounds", f"at most {MAX_ROUNDS}")
        return values

    def whole(self, node: ast.expr) -> int | None:
        """A constant that may be negative."""
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self.constant(operand)
                return None if value is None else -value
            case _:
                return self.constant(node)

    def loop(self, node: ast.While, out: list[Stmt]) -> None:
        """`while`: over locals; the rules that need callees are checked at the end."""
        condition = self.attempt(partial(self.condition, node.test))
        before = set(self.names.assigned)
        declared = set(self.names.locals)
        self.in_loop += 1
        body, ends = self.block(node.body)
        self.in_loop -= 1
        self.names.assigned = before
        if ends or node.orelse:
            raise self.fail(node, "bad-loop", "the body of a while never repeats, or has an else", "use if")
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
            raise self.fail(node, "bad-loop", "return inside a while", "leave the loop by its condition")
        values = [] if node.value is None else [node.value]
        if isinstance(node.value, ast.Tuple):
            values = node.value.elts
        expected = self.results or ()
        if len(values) != len(expected):
            message = f"{len(expected)} values are returned here, not {len(values)}"
            raise self.fail(node, "result-count", message, "see the def line")
        out.append(Return(self.each(values, expected)))
        return True

    # -- calls as statements ---------------------------------------------------------------------------------

    def call_statement(self, node: ast.Call, out: list[Stmt]) -> bool:
        """A call for its effect; whether it ends the path."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if not name or node.keywords:
            raise self.fail(node, "unsupported-syntax", "only plain functions can be called, by position", "f(x)")
        match name:
            case "trap":
                out.append(self.trap(node))
            case "trap_after":
                (kind,) = self.arguments(node, 1, "trap_after(kind)")
                out.append(TrapAfter(self.trap_kind(kind)))
            case "execute":
                (bits,) = self.arguments(node, 1, "execute(bits)")
                out.append(Execute(self.expression(bits)))
            case "commit" | "again":
                self.arguments(node, 0, f"{name}()")
                out.append(Commit() if name == "commit" else Again())
            case _:
                assert name not in STATEMENT_CALLS
                out.append(Evaluate(self.specification_call(node, name)))
        return name in ENDING_CALLS

    def trap_kind(self, node: ast.expr) -> str:
        """The name of a declared trap."""
        if not isinstance(node, ast.Name):
            raise self.fail(node, "unknown-trap", "the name of a trap kind is expected", "trap(kind)")
        self.names.used.add(node.id)
        if node.id not in self.scope.traps:
            hint = did_you_mean(node.id, self.scope.traps, "declare it under traps:")
            raise self.fail(node, "unknown-trap", f"'{node.id}' is not a declared trap kind", hint)
        return node.id

    def trap(self, node: ast.Call) -> Trap:
        """`trap(kind, args...)`."""
        if not node.args:
            raise self.fail(node, "argument-count", "trap needs a kind", "trap(kind, args...)")
        kind = self.trap_kind(node.args[0])
        widths = self.scope.traps[kind].args
        given = node.args[1:]
        if len(given) != len(widths):
            usage = ", ".join([kind, *(f"{name}: {width}" for name, width in widths.items())])
            message = f"{kind} carries {len(widths)} values, {len(given)} given"
            raise self.fail(node, "argument-count", message, f"trap({usage})")
        return Trap(kind, self.each(given, widths.values()))


def _ends(node: ast.stmt) -> bool:
    """Whether a statement that could not be typed would have ended the path."""
    match node:
        case ast.Return():
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in ENDING_CALLS
        case _:
            return False
