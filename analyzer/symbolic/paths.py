"""Paths of symbolic execution: the state forks at a branch and merges again.

A branch that traps or returns does not merge, so that terms of the final state carry no trap guards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from analyzer.language.declarations import Component, Machine
from analyzer.language.effects import EffectAnalysis
from analyzer.symbolic.summary import CELLS, OUTSIDE, PC_WRITTEN, Access, TrapEvent
from analyzer.symbolic.terms import Term, Terms

State = dict[str, Term]
T = TypeVar("T")


class Unreachable(Exception):
    """No path reaches the point after this one. `returned`: some left by `return`, `again` or `execute`."""

    def __init__(self, returned: bool) -> None:
        self.returned = returned


@dataclass(slots=True)
class Exit:
    """A path that left a function or the instruction: its condition, state and results."""

    guard: Term
    state: State
    values: tuple[Term, ...] = ()


@dataclass(slots=True)
class Frame:
    """One activation of a function. `guard` is the path's condition since the activation began."""

    guard: Term
    locals: State = field(default_factory=dict)
    operands: dict[str, str] = field(default_factory=dict)
    exits: list[Exit] = field(default_factory=list)


class Paths:
    """The present path of an execution: state, condition, and what happened on all paths so far.

    `exact` puts the specification's translation and real multiplication in place; without `tails` the result means
    nothing where a loop runs further than it is unrolled.
    """

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
        self.ended: list[Exit] = []
        self.results: dict[str, Term] = {}
        self.accesses: list[Access] = []
        self.reals: list[Term] = []
        self.tails: list[Term] = []
        self.translation_sources = [c.name for c in machine.with_role("mode", "relocation")]

    def join(self, exits: list[Exit]) -> tuple[State, tuple[Term, ...]]:
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

    def branch(
        self, condition: Term, then: Callable[[], T], other: Callable[[], T], frame: Frame
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
