"""Symbolic execution: from IR to a summary in terms."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.language.declarations import Body
from analyzer.language.ir import (
    Again,
    Assign,
    Block,
    Branch,
    Commit,
    Evaluate,
    Execute,
    Expr,
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
    walk,
)  # fmt: skip
from analyzer.symbolic.expressions import ExpressionExecutor
from analyzer.symbolic.paths import Exit, Frame, Unreachable
from analyzer.symbolic.summary import CELLS, OUTSIDE, PC_WRITTEN, RUN_SPECIFIC, Summary
from analyzer.symbolic.terms import Term

LOOP_LEVELS = 1


class SymbolicExecutor(ExpressionExecutor):
    """Executes one body."""

    def summarize(self, body: Body) -> Summary:
        """The summary of an instruction."""
        t = self.terms
        self.fields, self.operands = body.fields, body.operands
        pc = self.machine.pc
        top = Frame(t.true)
        here = self.state[pc.name]
        self.next = t.apply("add", here, self.expression(body.length, top))
        self.hook("before")
        alive = self.run_body(body, top)
        if alive:
            self.hook("after")
        final = dict(self.state) if alive else dict(self.initial)
        written = final.pop(PC_WRITTEN)
        final[pc.name] = t.ite(written, final[pc.name], self.next)
        completes = t.not_(t.or_(*(event.guard for event in self.traps)))
        if not alive:
            completes = t.false
        return Summary(
            tuple(self.traps), final, completes, self.results, tuple(self.accesses), tuple(self.reals),
            tuple(self.tails), self.exact,
        )  # fmt: skip

    def value(self, expression: Expr, given: Mapping[str, Term]) -> Term:
        """The term of an expression over the present state; the fields and files in `given` have those values."""
        self.given = given
        return self.expression(expression, Frame(self.terms.true))

    def run_body(self, body: Body, top: Frame) -> bool:
        """Execute the semantics and join all the ways in which it completes; whether there is one."""
        try:
            self.block(body.semantics, top)
            exits = [Exit(top.guard, self.state)]
        except Unreachable:
            exits = []
        exits = [*self.ended, *top.exits, *exits]
        self.ended = []
        self.guard = self.terms.true
        if not exits:
            return False
        self.state, _ = self.join(exits)
        return True

    def hook(self, name: str) -> None:
        """Run `before` or `after`, if the machine has it."""
        if name in self.machine.functions:
            self.enter(self.machine.functions[name], ())

    # -- statements ------------------------------------------------------------------------------------------

    def block(self, block: Block, frame: Frame) -> None:
        """Execute statements in order; raises `Unreachable` where no path reaches the end."""
        for statement in block:
            self.statement(statement, frame)

    def statement(self, node: Stmt, frame: Frame) -> None:
        """Execute one statement."""
        match node:
            case Assign(target=target, value=value):
                self.assign(target, self.expression(value, frame), frame)
            case Branch(condition=condition, then=then, other=other):
                here = self.expression(condition, frame)
                self.branch(here, lambda: self.block(then, frame), lambda: self.block(other, frame), frame)
            case Store():
                self.store(node, frame)
            case Evaluate(call=call):
                self.called(call, frame)
            case Unpack(targets=targets, call=call):
                for target, result in zip(targets, self.called(call, frame), strict=True):
                    frame.locals[target.name] = result
            case Return(values=values):
                results = tuple(self.expression(value, frame) for value in values)
                frame.exits.append(Exit(frame.guard, self.state, results))
                raise Unreachable(True)
            case Trap(kind=kind, args=args):
                for arg in args:
                    self.expression(arg, frame)
                self.trap(self.guard, kind, self.machine.traps[kind].trap_class)
                raise Unreachable(False)
            case While():
                self.loop(node, frame)
            case _:
                self.mark(node, frame)

    def mark(self, node: Stmt, frame: Frame) -> None:
        """The statements that say how the instruction goes on."""
        t = self.terms
        match node:
            case TrapAfter(kind=kind):
                name = f"trap_after {kind}"
                self.results[name] = t.or_(self.results.get(name, t.false), self.guard)
            case Commit():
                self.committed.append((self.guard, dict(self.state)))
            case Again():
                self.state[self.machine.pc.name] = self.initial[self.machine.pc.name]
                self.state[PC_WRITTEN] = t.true
                self.ended.append(Exit(self.guard, self.state))
                raise Unreachable(True)
            case Execute(bits=bits):
                name = f"execute {bits.width}"
                value = self.expression(bits, frame)
                before = self.results.get(name, t.const(0, bits.width))
                self.results[name] = t.ite(self.guard, value, before)
                self.results["continues"] = t.or_(self.results.get("continues", t.false), self.guard)
                self.ended.append(Exit(self.guard, self.state))
                raise Unreachable(True)
            case _:
                raise TypeError(f"not a statement: {node!r}")

    def assign(self, target: Local | Register | Indexed, value: Term, frame: Frame) -> None:
        """Give a place a new value."""
        match target:
            case Local(name=name):
                frame.locals[name] = value
            case Register(name=name):
                self.state[name] = value
                if name == self.machine.pc.name:
                    self.state[PC_WRITTEN] = self.terms.true
            case Indexed(file=file, index=index):
                self.state[file] = self.terms.store(self.state[file], self.expression(index, frame), value)

    def loop(self, node: While, frame: Frame) -> None:
        """A `while`: some levels unrolled, then an uninterpreted tail over everything the loop reads."""
        self.level(node, frame, LOOP_LEVELS)

    def level(self, node: While, frame: Frame, levels: int) -> None:
        """One round of a loop, and the rounds after it."""
        condition = self.expression(node.condition, frame)
        if condition is self.terms.false:
            return
        if levels == 0:
            self.tails.append(self.terms.and_(self.guard, condition))
            if self.with_tails:
                self.branch(condition, lambda: self.tail(node, frame), lambda: None, frame)
            return

        def again() -> None:
            self.block(node.body, frame)
            self.level(node, frame, levels - 1)

        self.branch(condition, again, lambda: None, frame)

    def tail(self, node: While, frame: Frame) -> None:
        """The rest of a loop: locals become functions of all that it reads; it may fault."""
        t = self.terms
        effects = self.effects.block(node.body) | self.effects.block(node.condition)
        mentioned = {n.name for n in (*walk(node.body), *walk(node.condition)) if isinstance(n, Local)}
        reads = set(effects.reads)
        if effects.loads:
            reads |= {CELLS, OUTSIDE} if effects.loads - {self.machine.program.name} else {CELLS}
            if self.translation_changed():
                reads |= set(self.translation_sources)
        inputs = [frame.locals[name] for name in sorted(mentioned) if name in frame.locals]
        inputs += [self.state[name] for name in sorted(reads)]
        if effects.loads:
            fault = t.uf(f"loop fault {node.site}{RUN_SPECIFIC}", tuple(inputs), 1)
            self.trap(t.and_(self.guard, fault), "", "memory")
        for local in node.writes:
            frame.locals[local.name] = t.uf(f"loop {node.site} {local.name}", tuple(inputs), local.width)
