"""Symbolic execution: from IR to a summary in terms.

Branches fork the state and merge it again; a branch that traps or returns does not merge, so that terms of the
final state carry no trap guards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from analyzer.language.declarations import ACCESS_KINDS, Body, Component, Function, Machine, Space
from analyzer.language.effects import EffectAnalysis
from analyzer.language.ir import (
    Again,
    Apply,
    Assign,
    Attribute,
    Block,
    Branch,
    Call,
    CaseField,
    Commit,
    Const,
    Evaluate,
    Execute,
    Expr,
    Field,
    If,
    Indexed,
    Load,
    Local,
    Next,
    OperandArgument,
    Register,
    Return,
    Stmt,
    StorageSize,
    Store,
    Trap,
    TrapAfter,
    Undefined,
    Uninterpreted,
    Unpack,
    While,
    walk,
)  # fmt: skip
from analyzer.language.operators import mask
from analyzer.symbolic.summary import CELLS, OUTSIDE, PC_WRITTEN, RUN_SPECIFIC, SIZE, Access, Summary, TrapEvent
from analyzer.symbolic.terms import Term, Terms

LOOP_LEVELS = 1
ABSTRACT_OPERATORS = frozenset(("mul", "udiv", "urem", "sdiv", "srem"))
State = dict[str, Term]
T = TypeVar("T")


class Unreachable(Exception):
    """No path reaches the point after this one. `returned`: some left by `return`, `again` or `execute`."""

    def __init__(self, returned: bool) -> None:
        self.returned = returned


@dataclass(slots=True)
class _Exit:
    """A path that left a function or the instruction: its condition, state and results."""

    guard: Term
    state: State
    values: tuple[Term, ...] = ()


@dataclass(slots=True)
class _Frame:
    """One activation of a function. `guard` is the path's condition since the activation began."""

    guard: Term
    locals: State = field(default_factory=dict)
    operands: dict[str, str] = field(default_factory=dict)
    exits: list[_Exit] = field(default_factory=list)


class SymbolicExecutor:
    """Executes one body. `exact` puts the specification's translation and real multiplication in place; without `tails`
    the result means nothing where a loop runs further than it is unrolled."""

    def __init__(
        self,
        machine: Machine,
        terms: Terms,
        *,
        exact: bool,
        effects: EffectAnalysis,
        tails: bool = True,
        initial: State | None = None,
    ) -> None:
        self.machine = machine
        self.terms = terms
        self.exact = exact
        self.with_tails = tails
        self.effects = effects
        self.initial = initial or initial_terms(machine, terms)
        self.state: State = dict(self.initial)
        self.guard = terms.true
        self.fields: Mapping[str, int] = {}
        self.operands: Mapping[str, str] = {}
        self.given: Mapping[str, Term] = {}
        self.case_scope = ""
        self.next = terms.true
        self.committed: list[tuple[Term, State]] = []
        self.traps: list[TrapEvent] = []
        self.ended: list[_Exit] = []
        self.results: dict[str, Term] = {}
        self.accesses: list[Access] = []
        self.reals: list[Term] = []
        self.tails: list[Term] = []
        self.translation_sources = [c.name for c in machine.with_role("mode", "relocation")]

    def summarize(self, body: Body) -> Summary:
        """The summary of an instruction."""
        t = self.terms
        self.fields, self.operands = body.fields, body.operands
        pc = self.machine.pc
        top = _Frame(t.true)
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
        """The term of an expression over the present state; the fields in `given` have those values."""
        self.given = given
        self.state |= given
        return self.expression(expression, _Frame(self.terms.true))

    def run_body(self, body: Body, top: _Frame) -> bool:
        """Execute the semantics and join all the ways in which it completes; whether there is one."""
        try:
            self.block(body.semantics, top)
            exits = [_Exit(top.guard, self.state)]
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

    # -- paths -----------------------------------------------------------------------------------------------

    def join(self, exits: list[_Exit]) -> tuple[State, tuple[Term, ...]]:
        """One state, and one tuple of results, for several paths of which exactly one is taken."""
        state, values = exits[-1].state, exits[-1].values
        for leaving in reversed(exits[:-1]):
            state = self.merge(leaving.guard, leaving.state, state)
            values = tuple(self.terms.ite(leaving.guard, a, b) for a, b in zip(leaving.values, values, strict=True))
        return state, values

    def merge(self, condition: Term, then: State, other: State) -> State:
        """Both states, `then` where the condition holds. A name in only one of them is not used any more."""
        if then is other:
            return then
        return {
            name: value if value is other[name] else self.terms.ite(condition, value, other[name])
            for name, value in then.items()
            if name in other
        }

    def trap(self, guard: Term, kind: str, trap_class: str) -> None:
        """Record that the instruction may trap here."""
        if guard is self.terms.false:
            return
        committed = None
        for condition, state in self.committed:
            base = committed if committed is not None else self.initial
            committed = self.merge(condition, state, base)
        self.traps.append(TrapEvent(guard, kind, trap_class, committed))

    def fork(self, condition: Term, then: Block, other: Block, frame: _Frame) -> None:
        """Execute two blocks under opposite conditions."""
        self.branch(condition, lambda: self.block(then, frame), lambda: self.block(other, frame), frame)

    def branch(
        self, condition: Term, then: Callable[[], T], other: Callable[[], T], frame: _Frame
    ) -> tuple[T | None, T | None]:
        """Run both sides, each in its own copy of the state, and merge what survives. Their values; `None` for a dead
        side."""
        t = self.terms
        if condition is t.true:
            return then(), None
        if condition is t.false:
            return None, other()
        outer, outer_frame = self.guard, frame.guard
        state, variables = self.state, frame.locals
        results: list[tuple[T | None, State, State, bool, bool]] = []
        for thunk, side in ((then, condition), (other, t.not_(condition))):
            self.state, frame.locals = dict(state), dict(variables)
            self.guard, frame.guard = t.and_(outer, side), t.and_(outer_frame, side)
            try:
                value: T | None = thunk()
                results.append((value, self.state, frame.locals, True, False))
            except Unreachable as dead:
                results.append((None, self.state, frame.locals, False, dead.returned))
        (a, state_a, locals_a, alive_a, returned_a), (b, state_b, locals_b, alive_b, returned_b) = results
        self.guard, frame.guard = outer, outer_frame
        if not alive_a and not alive_b:
            raise Unreachable(returned_a or returned_b)
        if alive_a and alive_b:
            self.state, frame.locals = (
                self.merge(condition, state_a, state_b),
                self.merge(condition, locals_a, locals_b),
            )
        else:
            self.state, frame.locals = (state_a, locals_a) if alive_a else (state_b, locals_b)
            if returned_a or returned_b:
                side = condition if alive_a else t.not_(condition)
                self.guard, frame.guard = t.and_(outer, side), t.and_(outer_frame, side)
        return a, b

    # -- statements ------------------------------------------------------------------------------------------

    def block(self, block: Block, frame: _Frame) -> None:
        """Execute statements in order; raises `Unreachable` where no path reaches the end."""
        for statement in block:
            self.statement(statement, frame)

    def statement(self, node: Stmt, frame: _Frame) -> None:
        """Execute one statement."""
        match node:
            case Assign(target=target, value=value):
                self.assign(target, self.expression(value, frame), frame)
            case Branch(condition=condition, then=then, other=other):
                self.fork(self.expression(condition, frame), then, other, frame)
            case Store():
                self.store(node, frame)
            case Evaluate(call=call):
                self.called(call, frame)
            case Unpack(targets=targets, call=call):
                for target, result in zip(targets, self.called(call, frame), strict=True):
                    frame.locals[target.name] = result
            case Return(values=values):
                results = tuple(self.expression(value, frame) for value in values)
                frame.exits.append(_Exit(frame.guard, self.state, results))
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

    def mark(self, node: Stmt, frame: _Frame) -> None:
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
                self.ended.append(_Exit(self.guard, self.state))
                raise Unreachable(True)
            case Execute(bits=bits):
                name = f"execute {bits.width}"
                value = self.expression(bits, frame)
                before = self.results.get(name, t.const(0, bits.width))
                self.results[name] = t.ite(self.guard, value, before)
                self.results["continues"] = t.or_(self.results.get("continues", t.false), self.guard)
                self.ended.append(_Exit(self.guard, self.state))
                raise Unreachable(True)
            case _:
                raise TypeError(f"not a statement: {node!r}")

    def assign(self, target: Local | Register | Indexed, value: Term, frame: _Frame) -> None:
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

    def loop(self, node: While, frame: _Frame) -> None:
        """A `while`: some levels unrolled, then an uninterpreted tail over everything the loop reads."""
        self.level(node, frame, LOOP_LEVELS)

    def level(self, node: While, frame: _Frame, levels: int) -> None:
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

    def tail(self, node: While, frame: _Frame) -> None:
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

    # -- storage ---------------------------------------------------------------------------------------------

    def translation_changed(self) -> bool:
        """Whether this path has written mode or relocation, so that the pair's common translation no longer applies."""
        return any(self.state[name] is not self.initial[name] for name in self.translation_sources)

    def place(self, space: Space, address: Term, kind: int) -> Term:
        """The real address, or in program space the abstract cell, of one unit; records the fault."""
        t = self.terms
        if space.role == "storage":
            self.reals.append(address)
            return address
        if space.role == "program" and not self.exact:
            return self.abstract_place(address, kind)
        function = self.machine.functions[space.translate or "translate"]
        real = self.enter(function, (address, t.const(kind, 2)))[0]
        if space.address == self.machine.program.address and not self.translation_changed():
            self.accesses.append(Access(self.guard, address, kind, real))
        self.reals.append(real)
        return real

    def abstract_place(self, address: Term, kind: int) -> Term:
        """A cell under the uninterpreted translation."""
        t = self.terms
        args: tuple[Term, ...] = (address, t.const(kind, 2))
        suffix = ""
        if self.translation_changed():
            args += tuple(self.state[name] for name in self.translation_sources)
            suffix = f" changed{RUN_SPECIFIC}"
        self.trap(t.and_(self.guard, t.uf(f"fault{suffix}", args, 1)), "", "memory")
        self.accesses.append(Access(self.guard, address, kind, None))
        place = t.uf(f"translate{suffix}", args, self.machine.storage.address)
        if suffix:
            self.reals.append(place)
        return place

    def direct(self, space: Space) -> bool:
        """Whether places of a space are cells of the guest (not real addresses)."""
        return space.role == "program" and not self.exact and not self.translation_changed()

    def units(self, space: Space, address: Term, count: int) -> list[Term]:
        """The addresses of consecutive units."""
        t = self.terms
        bits = space.wrap or space.address
        if count == 1 or bits == space.address:
            return [t.apply("add", address, t.const(i & mask(space.address), space.address)) for i in range(count)]
        high, low = t.extract(address, space.address - 1, bits), t.extract(address, bits - 1, 0)
        return [t.apply("concat", high, t.apply("add", low, t.const(i, bits))) for i in range(count)]

    def load(self, node: Load, frame: _Frame) -> Term:
        """Read units as one value."""
        space = self.machine.spaces[node.space]
        address = self.expression(node.address, frame)
        direct = self.direct(space)
        places = [self.place(space, a, ACCESS_KINDS["read"]) for a in self.units(space, address, node.units)]
        values = [self.fetch(place, direct) for place in places]
        return self.terms.apply("concat", *(values if space.order == "big" else values[::-1]))

    def fetch(self, place: Term, direct: bool) -> Term:
        """The unit at a cell or real address."""
        t = self.terms
        if direct:
            return t.select(self.state[CELLS], place)
        inside, cell = self.placed(place)
        return t.ite(inside, t.select(self.state[CELLS], cell), t.select(self.state[OUTSIDE], place))

    def store(self, node: Store, frame: _Frame) -> None:
        """Write a value to its units, after all of them have been checked."""
        space = self.machine.spaces[node.space]
        address = self.expression(node.address, frame)
        value = self.expression(node.value, frame)
        direct = self.direct(space)
        places = [self.place(space, a, ACCESS_KINDS["write"]) for a in self.units(space, address, node.units)]
        for i, place in enumerate(places):
            low = space.unit * (i if space.order == "little" else node.units - 1 - i)
            self.put(place, self.terms.extract(value, low + space.unit - 1, low), direct)

    def put(self, place: Term, unit: Term, direct: bool) -> None:
        """Write one unit at a cell or real address."""
        t = self.terms
        cells, outside = self.state[CELLS], self.state[OUTSIDE]
        if direct:
            self.state[CELLS] = t.store(cells, place, unit)
            return
        inside, cell = self.placed(place)
        self.state[CELLS] = t.ite(inside, t.store(cells, cell, unit), cells)
        self.state[OUTSIDE] = t.ite(inside, outside, t.store(outside, place, unit))

    def placed(self, real: Term) -> tuple[Term, Term]:
        """Whether a real address lies in the placement, and its cell."""
        t = self.terms
        return t.uf("inside", (real,), 1), t.uf("cell", (real,), real.width)

    # -- expressions -----------------------------------------------------------------------------------------

    def expression(self, node: Expr, frame: _Frame) -> Term:
        """The term of an expression; raises `Unreachable` where a called function never returns."""
        t = self.terms
        match node:
            case Const(value=value, width=width):
                return t.const(value, width)
            case Local(name=name):
                return frame.locals[name]
            case Field(name=name, width=width):
                return self.given[name] if name in self.given else t.var(name, width)
            case Register(name=name):
                return self.state[name]
            case Apply(op=op, args=args, parameters=parameters):
                return self.operator(op, tuple(self.expression(arg, frame) for arg in args), parameters)
            case If(condition=condition, then=then, other=other):
                return self.conditional(self.expression(condition, frame), then, other, frame)
            case Indexed(file=file, index=index):
                return t.select(self.state[file], self.expression(index, frame))
            case Load():
                return self.load(node, frame)
            case Call():
                return self.called(node, frame)[0]
            case _:
                return self.rare(node, frame)

    def operator(self, op: str, args: tuple[Term, ...], parameters: tuple[int, ...]) -> Term:
        """An operator; multiplication of two variables is uninterpreted in an abstract summary."""
        abstract = op in ABSTRACT_OPERATORS and not self.exact and all(arg.kind != "const" for arg in args)
        return self.terms.uf(op, args, args[0].width) if abstract else self.terms.op(op, args, parameters)

    def conditional(self, condition: Term, then: Expr, other: Expr, frame: _Frame) -> Term:
        """Only one side is evaluated: the other's faults and effects do not happen."""
        a, b = self.branch(
            condition, lambda: self.expression(then, frame), lambda: self.expression(other, frame), frame
        )
        if a is None or b is None:
            survivor = a if b is None else b
            assert survivor is not None
            return survivor
        return self.terms.ite(condition, a, b)

    def rare(self, node: Expr, frame: _Frame) -> Term:
        """The remaining kinds of expressions."""
        t = self.terms
        match node:
            case CaseField(name=name, width=width):
                return t.var(f"{self.case_scope}.{name}", width)
            case Attribute(operand=operand, name=name, width=width):
                return self.attribute(frame.operands.get(operand, operand), name, width, frame)
            case Next():
                return self.next
            case StorageSize(width=width):
                return t.var(SIZE, width)
            case Uninterpreted(name=name, args=args, width=width):
                return t.uf(f"function {name}", tuple(self.expression(arg, frame) for arg in args), width)
            case Undefined(site=site, unpredictable=True, width=width):
                return t.var(f"unpredictable {site}{RUN_SPECIFIC}", width)
            case Undefined(site=site, width=width):
                return t.var(f"undefined {site}", width)
            case _:
                raise TypeError(f"not an expression: {node!r}")

    def attribute(self, operand: str, name: str, width: int, frame: _Frame) -> Term:
        """An attribute of an operand: a choice among its cases."""
        t = self.terms
        described = self.machine.operands[self.operands[operand]]
        number = t.var(f"{operand}.case", described.case_width)
        outer, self.case_scope = self.case_scope, operand
        cases = [case.attributes.get(name, Const(0, width)) for case in described.cases]
        value = self.case(number, cases, 0, _Frame(frame.guard))
        self.case_scope = outer
        return value

    def case(self, number: Term, cases: list[Expr], first: int, frame: _Frame) -> Term:
        """The value of the case whose number it is, from `first` on; the loads of the others do not happen."""
        t = self.terms
        if first == len(cases) - 1:
            return self.expression(cases[first], frame)
        here = t.eq(number, t.const(first, number.width))
        if not any(isinstance(node, Load | Call) for expression in cases for node in walk(expression)):
            return t.ite(here, self.expression(cases[first], frame), self.case(number, cases, first + 1, frame))
        taken, other = self.branch(
            here,
            lambda: self.expression(cases[first], frame),
            lambda: self.case(number, cases, first + 1, frame),
            frame,
        )
        if taken is None or other is None:
            survivor = other if taken is None else taken
            assert survivor is not None
            return survivor
        return t.ite(here, taken, other)

    def called(self, node: Call, frame: _Frame) -> tuple[Term, ...]:
        """The results of a call."""
        function = self.machine.functions[node.function]
        args = tuple(
            frame.operands.get(arg.name, arg.name) if isinstance(arg, OperandArgument) else self.expression(arg, frame)
            for arg in node.args
        )
        before = self.guard
        results = self.enter(function, args)
        if self.guard is not before:
            frame.guard = self.terms.and_(frame.guard, self.guard)
        return results

    def enter(self, function: Function, args: tuple[Term | str, ...]) -> tuple[Term, ...]:
        """Run a function and join the paths that return from it."""
        t = self.terms
        frame = _Frame(t.true)
        for parameter, arg in zip(function.parameters, args, strict=True):
            if isinstance(arg, str):
                frame.operands[parameter.name] = arg
            else:
                frame.locals[parameter.name] = arg
        outer, ended = self.guard, len(self.ended)
        try:
            self.block(function.body, frame)
            if not function.results:
                frame.exits.append(_Exit(frame.guard, self.state))
        except Unreachable:
            pass
        if not frame.exits:
            self.guard = outer
            raise Unreachable(len(self.ended) > ended)
        self.state, values = self.join(frame.exits)
        self.guard = outer
        if len(self.ended) > ended:
            self.guard = t.and_(outer, t.or_(*(leaving.guard for leaving in frame.exits)))
        return values


def initial_terms(machine: Machine, terms: Terms) -> State:
    """The initial state: one variable or array for each component, storage, and the program counter unassigned."""
    state = {c.name: component_term(c, c.name, terms) for c in machine.components.values()}
    storage = machine.storage
    state[CELLS] = terms.array(CELLS, storage.address, storage.unit)
    state[OUTSIDE] = terms.array(OUTSIDE, storage.address, storage.unit)
    state[PC_WRITTEN] = terms.false
    return state


def component_term(component: Component, name: str, terms: Terms) -> Term:
    """A variable, or an array, for a component under the given name."""
    if component.count is None:
        return terms.var(name, component.width)
    return terms.array(name, component.index_width, component.width)
