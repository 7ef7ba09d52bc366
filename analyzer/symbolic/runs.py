"""Runs: a summary with names of its own for what may differ, and a placement of the guest's storage."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analyzer.language.declarations import Body, Machine
from analyzer.language.effects import EffectAnalysis
from analyzer.symbolic.execute import SymbolicExecutor, Unreachable, initial_terms
from analyzer.symbolic.summary import CELLS, OUTSIDE, PC_WRITTEN, RUN_SPECIFIC, SIZE, Access, Summary, TrapEvent
from analyzer.symbolic.terms import Term, Terms

__all__ = [
    "CELLS",
    "OUTSIDE",
    "SIZE",
    "OwnStorage",
    "Placement",
    "Region",
    "Run",
    "Somewhere",
    "Translation",
    "instantiate",
]


class Placement(ABC):
    """Where the words of the guest's storage lie in the storage of a run."""

    @abstractmethod
    def inside(self, terms: Terms, real: Term) -> Term:
        """Whether a real address is a word of the guest."""

    @abstractmethod
    def cell(self, terms: Terms, real: Term) -> Term:
        """Which word of the guest's storage it is."""


class OwnStorage(Placement):
    """The run's storage is the guest's own: real address n is word n."""

    def inside(self, terms: Terms, real: Term) -> Term:
        """Always."""
        return terms.true

    def cell(self, terms: Terms, real: Term) -> Term:
        """Itself."""
        return real


class Somewhere(Placement):
    """Any injective placement: uninterpreted; injectivity is instantiated by `injective`."""

    def inside(self, terms: Terms, real: Term) -> Term:
        """A predicate of the address."""
        return terms.uf("inside", (real,), 1)

    def cell(self, terms: Terms, real: Term) -> Term:
        """A function of the address."""
        return terms.uf("cell", (real,), real.width)


@dataclass(frozen=True)
class Region(Placement):
    """Word n lies at `base` + n, for n below `size`; both one bit wider than a real address, the end within storage."""

    base: Term
    size: Term

    def offset(self, terms: Terms, real: Term) -> Term:
        """Distance from the base, at the width of a size."""
        return terms.apply("sub", terms.zext(real, self.base.width), self.base)

    def inside(self, terms: Terms, real: Term) -> Term:
        """Whether the distance from the base is below the size."""
        return terms.apply("ult", self.offset(terms, real), self.size)

    def cell(self, terms: Terms, real: Term) -> Term:
        """The distance from the base."""
        return terms.extract(self.offset(terms, real), real.width - 1, 0)


@dataclass(frozen=True)
class Run:
    """One execution, as terms.

    `initial`, `final`: components, `$cells`, `$outside`. `events`: how it may trap; their guards exclude each other.
    """

    initial: Mapping[str, Term]
    final: Mapping[str, Term]
    completes: Term
    events: tuple[TrapEvent, ...]
    results: Mapping[str, Term]
    accesses: tuple[Access, ...]
    reals: tuple[Term, ...]
    tails: tuple[Term, ...]

    def traps(self, terms: Terms, *classes: str) -> Term:
        """Whether it traps with a kind of one of the classes."""
        return terms.or_(*(event.guard for event in self.events if event.trap_class in classes))


def instantiate(
    summary: Summary, terms: Terms, machine: Machine, names: Mapping[str, Term], run: str, placement: Placement
) -> Run:
    """The summary as a run: components renamed by `names`, storage placed; `run` is `virtual` or `real`.

    The guest's translation faults where `fault` says; the real one there and where a monitor has not mapped yet.
    """
    memo: dict[int, Term] = {}
    late = run == "real"

    def function(node: Term, args: tuple[Term, ...]) -> Term | None:
        name = node.name
        if node.kind == "select":
            return None
        if name == "inside":
            return placement.inside(terms, args[0])
        if name == "cell":
            return placement.cell(terms, args[0])
        if name == "fault" or name.startswith("loop fault "):
            fault = terms.uf(name.rstrip(RUN_SPECIFIC), args, 1)
            return terms.or_(fault, terms.uf(f"late {name}", args, 1)) if late else fault
        if name.endswith(RUN_SPECIFIC):
            return terms.uf(f"{name}{run}", args, node.width)
        return None

    def variable(node: Term) -> Term:
        if node.name.endswith(RUN_SPECIFIC):
            return terms.var(f"{node.name}{run}", node.width)
        return names.get(node.name, node)

    def rename(term: Term) -> Term:
        return terms.substitute(term, variable, function, memo)

    initial = {name: rename(term) for name, term in initial_terms(machine, terms).items() if name != PC_WRITTEN}
    events = _exclusive(summary.traps, terms, rename)
    return Run(
        initial,
        {name: rename(term) for name, term in summary.final.items()},
        rename(summary.completes),
        events,
        {name: rename(term) for name, term in summary.results.items()},
        tuple(
            Access(rename(a.guard), rename(a.address), a.kind, None if a.real is None else rename(a.real))
            for a in summary.accesses
        ),
        tuple(rename(term) for term in summary.reals),
        tuple(rename(term) for term in summary.tails),
    )


def _exclusive(events: tuple[TrapEvent, ...], terms: Terms, rename: Callable[[Term], Term]) -> tuple[TrapEvent, ...]:
    """The events renamed, each guard excluding the earlier ones."""
    out: list[TrapEvent] = []
    earlier = terms.false
    for event in events:
        guard = rename(event.guard)
        committed = None if event.committed is None else {name: rename(t) for name, t in event.committed.items()}
        out.append(TrapEvent(terms.and_(guard, terms.not_(earlier)), event.kind, event.trap_class, committed))
        earlier = terms.or_(earlier, guard)
    return tuple(out)


@dataclass(frozen=True)
class Translation:
    """The specification's own `translate`, as terms over `$address`, `$kind`, the components and `$size`."""

    address: Term
    kind: Term
    fault: Term
    real: Term

    @staticmethod
    def of(machine: Machine, terms: Terms, effects: EffectAnalysis) -> Translation:
        """Execute `translate` on a variable address and kind of access."""
        executor = SymbolicExecutor(machine, terms, exact=True, effects=effects)
        address = terms.var("$address", machine.program.address)
        kind = terms.var("$kind", 2)
        executor.next = terms.const(0, machine.pc.width)
        function = machine.functions[machine.program.translate or "translate"]
        try:
            real = executor.enter(function, (address, kind))[0]
        except Unreachable:  # every access faults
            real = terms.const(0, machine.storage.address)
        fault = terms.or_(*(event.guard for event in executor.traps))
        return Translation(address, kind, fault, real)

    def at(self, terms: Terms, names: Mapping[str, Term], address: Term, kind: Term) -> tuple[Term, Term]:
        """Whether an access faults, and the real address, with components renamed by `names`."""
        variables = {**names, self.address.name: address, self.kind.name: kind}
        memo: dict[int, Term] = {}

        def rename(term: Term) -> Term:
            return terms.substitute(term, lambda v: variables.get(v.name, v), lambda node, args: None, memo)

        return rename(self.fault), rename(self.real)


def summarize(
    machine: Machine, body: Body, terms: Terms, effects: EffectAnalysis, *, exact: bool, tails: bool
) -> Summary:
    """The summary of an instruction's body."""
    return SymbolicExecutor(machine, terms, exact=exact, effects=effects, tails=tails).summarize(body)
