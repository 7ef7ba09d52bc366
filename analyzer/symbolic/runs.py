"""Runs: a summary with names of its own for what may differ, and a placement of the guest's storage."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from analyzer.language.declarations import Body, Machine
from analyzer.language.effects import EffectAnalysis
from analyzer.symbolic.execute import SymbolicExecutor
from analyzer.symbolic.paths import Unreachable, initial_terms
from analyzer.symbolic.summary import CELLS, OUTSIDE, PC_WRITTEN, RUN_SPECIFIC, SIZE, Access, Summary, TrapEvent
from analyzer.symbolic.terms import Term, Terms, postorder

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


Rename = Callable[[Term], Term]


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


class Renamed(Mapping[str, Term]):
    """Terms by name, renamed when they are first asked for."""

    def __init__(self, terms: Mapping[str, Term], rename: Rename) -> None:
        self.terms = terms
        self.rename = rename

    def __getitem__(self, name: str) -> Term:
        """The renamed term; `rename` remembers it."""
        return self.rename(self.terms[name])

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self.terms)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.terms)


class Run:
    """One execution, as terms: a summary renamed, part by part when it is asked for.

    `initial`, `final`: components, `$cells`, `$outside`. `results`: visible results by name.
    """

    def __init__(self, summary: Summary, terms: Terms, initial: Mapping[str, Term], rename: Rename) -> None:
        self.summary = summary
        self.terms = terms
        self.rename = rename
        self.initial = Renamed(initial, rename)
        self.final = Renamed(summary.final, rename)
        self.results = Renamed(summary.results, rename)

    @cached_property
    def completes(self) -> Term:
        """Whether no trap occurs."""
        return self.rename(self.summary.completes)

    @cached_property
    def events(self) -> tuple[TrapEvent, ...]:
        """How it may trap, each guard excluding the earlier ones."""
        t, out, earlier = self.terms, list[TrapEvent](), self.terms.false
        for event in self.summary.traps:
            guard = self.rename(event.guard)
            committed = None if event.committed is None else Renamed(event.committed, self.rename)
            out.append(TrapEvent(t.and_(guard, t.not_(earlier)), event.kind, event.trap_class, committed))
            earlier = t.or_(earlier, guard)
        return tuple(out)

    @cached_property
    def accesses(self) -> tuple[Access, ...]:
        """Accesses to program space."""
        return tuple(
            Access(
                self.rename(access.guard), self.rename(access.address), access.kind,
                None if access.real is None else self.rename(access.real),
            )
            for access in self.summary.accesses
        )  # fmt: skip

    @cached_property
    def reals(self) -> tuple[Term, ...]:
        """Real addresses that it touches."""
        return tuple(self.rename(term) for term in self.summary.reals)

    @cached_property
    def tails(self) -> tuple[Term, ...]:
        """Conditions under which a loop ran further than it was unrolled."""
        return tuple(self.rename(term) for term in self.summary.tails)

    def traps(self, *classes: str) -> Term:
        """Whether it traps with a kind of one of the classes."""
        return self.terms.or_(*(event.guard for event in self.events if event.trap_class in classes))


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
        return memo[term.key] if term.key in memo else terms.substitute(term, variable, function, memo)

    initial = {name: term for name, term in initial_terms(machine, terms).items() if name != PC_WRITTEN}
    return Run(summary, terms, initial, rename)


@dataclass(frozen=True)
class Translation:
    """The specification's own `translate`, as terms over `$address`, `$kind`, the components and `$size`."""

    address: Term
    kind: Term
    fault: Term
    real: Term
    known: dict[tuple[Term | None, ...], tuple[Term, Term]] = field(default_factory=dict)  # by what it reads

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
        key = address, kind, *(names.get(name) for name in self.reads)
        found = self.known.get(key)
        if found is None:
            variables = {**names, self.address.name: address, self.kind.name: kind}
            found = self.known[key] = self.renamed(terms, variables)
        return found

    def renamed(self, terms: Terms, variables: Mapping[str, Term]) -> tuple[Term, Term]:
        """Fault and real address with variables and arrays replaced."""
        memo: dict[int, Term] = {}

        def rename(term: Term) -> Term:
            return terms.substitute(term, lambda v: variables.get(v.name, v), lambda node, args: None, memo)

        return rename(self.fault), rename(self.real)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The names of the variables and arrays that it depends on, but for address and kind."""
        nodes = (*postorder(self.fault), *postorder(self.real))
        own = (self.address.name, self.kind.name)
        return tuple(dict.fromkeys(n.name for n in nodes if n.kind in ("var", "array") and n.name not in own))


def summarize(
    machine: Machine, body: Body, terms: Terms, effects: EffectAnalysis, *, exact: bool, tails: bool
) -> Summary:
    """The summary of an instruction's body."""
    return SymbolicExecutor(machine, terms, exact=exact, effects=effects, tails=tails).summarize(body)
