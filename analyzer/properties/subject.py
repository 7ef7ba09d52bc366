"""One instruction of one machine under one monitor, ready to be asked questions: its runs, pairs and differences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from analyzer.encoding.cubes import cover
from analyzer.language.declarations import ACCESS_KINDS, Body, Component
from analyzer.language.effects import Effects
from analyzer.properties.found import Existence, Found
from analyzer.properties.kindred import Kindred
from analyzer.properties.question import (
    ALL_HIDDEN,
    ALL_KINDS,
    INSTALLED,
    OWN,
    WITNESSES,
    Facts,
    Level,
    Names,
    Pair,
    Question,
    View,
)
from analyzer.properties.states import States
from analyzer.spec.model import Instruction, Isa, Monitor
from analyzer.symbolic.runs import (
    CELLS,
    OUTSIDE,
    SIZE,
    OwnStorage,
    Placement,
    Region,
    Run,
    Somewhere,
    instantiate,
    summarize,
)  # fmt: skip
from analyzer.symbolic.solver import SolverOptions
from analyzer.symbolic.summary import Summary
from analyzer.symbolic.terms import Term

WHATEVER_THE_MONITOR = (  # properties that are worked out once for all monitors
    "code_reads", "effects", "encodable", "invariants_read", "leaves_open", "neutral", "reads_tables", "translation",
    "translation_ignores_mode", "translation_reads",
)  # fmt: skip


class Subject(States):
    """Builds runs, pairs and premises for one instruction."""

    def __init__(
        self, isa: Isa, monitor: Monitor, instruction: Instruction, options: SolverOptions, facts: Facts | None = None,
        *, brief: bool = False, kindred: Kindred | None = None,
    ) -> None:  # fmt: skip
        super().__init__(isa, monitor, options, instruction.name, facts or Facts())
        self.instruction = instruction
        self.brief = brief  # whether answers are enough: no reasons, and witnesses as they are found
        self.summaries: dict[tuple[bool, bool], Summary] = {}
        self.singles: dict[str, Run] = {}
        self.somewhere: bool | None = None  # whether data flow shows that it completes in a real state of every mode
        self.pool: list[Found] = []  # what was found, tried first by later questions
        self.kindred = kindred or Kindred()  # what was found for instructions of its kind
        self.borrowed: dict[Found, Found | None] = {}  # of which, with this instruction
        self.changing: dict[tuple[str, tuple[str, ...]], Existence] = {}  # whether it changes a component
        self.shrunk: list[tuple[Found, Found]] = []  # witnesses, and what they were shrunk to
        self.given_up: set[tuple[Level, int]] = set()  # parts of claims for which the solver found no witness in time
        self.built: dict[object, tuple[View, View, tuple[Term, ...], Region | None]] = {}

    def under(self, monitor: Monitor, options: SolverOptions, facts: Facts) -> Subject:
        """The same instruction under another monitor, with what does not depend on that: terms and expressions,
        summaries, runs of single states, and the witnesses of its kind."""
        out = Subject(self.isa, monitor, self.instruction, options, facts, brief=self.brief, kindred=self.kindred)
        out.solver = replace(self.solver, options=options, counters=out.counters, number=0)
        out.terms, out.codes, out.summaries, out.singles = self.terms, self.codes, self.summaries, self.singles
        known = vars(self)
        vars(out).update({name: known[name] for name in WHATEVER_THE_MONITOR if name in known})
        return out

    def aside(self) -> Subject:
        """A subject for questions about the whole machine: they leave no trace in this one's terms and solver, so that
        its answers do not depend on which instruction asks them first."""
        out = Subject(self.isa, self.monitor, self.instruction, self.solver.options, self.facts)
        out.solver.name = "machine"
        return out

    @property
    def body(self) -> Body:
        """What the instruction does."""
        return self.instruction.body

    @cached_property
    def effects(self) -> Effects:
        """What the instruction and the hooks around it may read and write."""
        out = self.analysis.block(self.body.semantics, self.body.operands) | self.analysis.block(self.body.length)
        for hook in ("before", "after"):
            if hook in self.machine.functions:
                out |= self.analysis.block(self.machine.functions[hook].body)
        return out

    @cached_property
    def reads_tables(self) -> bool:
        """Whether it reads storage past the translation: tables, on which the abstract level has no hold."""
        return bool(self.effects.loads - {self.machine.program.name})

    @cached_property
    def leaves_open(self) -> bool:
        """Whether what it does depends on values that the specification leaves open."""
        return bool(self.effects.uninterpreted or self.effects.marks & {"undefined", "unpredictable"})

    def summary(self, level: Level) -> Summary:
        """The instruction's summary; levels other than `abstract` have the translation in place."""
        key = level != "abstract", level not in WITNESSES
        unrolled = self.summaries.get((key[0], False))
        if key[1] and unrolled is not None and not unrolled.tails:
            return unrolled
        if key not in self.summaries:
            self.summaries[key] = summarize(
                self.machine, self.body, self.terms, self.analysis, exact=key[0], tails=key[1]
            )
        return self.summaries[key]

    @cached_property
    def encodable(self) -> Term:
        """Field values that an encoding of the instruction can have."""
        t = self.terms
        if not self.instruction.encodings:
            return t.true
        choices = []
        for encoding in self.instruction.encodings:
            prefixes = t.and_(*(self.member(n, v) for n, v in encoding.prefixes.items()))
            for form in encoding.forms:
                cases = t.and_(*(self.member(n, frozenset((v,))) for n, v in form.cases.items()))
                allowed = t.and_(*(self.member(n, v) for n, v in form.allowed.items()))
                choices.append(t.and_(prefixes, cases, allowed))
        return t.or_(*choices)

    def member(self, field: str, values: frozenset[int]) -> Term:
        """Whether a field has one of the values; fields that the semantics do not know are free."""
        t = self.terms
        width = self.body.fields.get(field)
        if width is None or len(values) == 1 << width:
            return t.true
        variable = t.var(field, width)
        cubes = [(t.const(bits, width), t.const(value, width)) for bits, value in cover(values, width)]
        return t.or_(*(t.eq(t.apply("and", variable, bits), value) for bits, value in cubes))

    def single(self, level: Level, kinds: Iterable[str] = ALL_KINDS) -> tuple[View, tuple[Term, ...]]:
        """A run from any state in a mode of the given kinds, and its premises."""
        names = self.plain(level, self.names(OWN, ()))
        if level not in self.singles:
            self.singles[level] = instantiate(self.summary(level), self.terms, self.machine, names, OWN, OwnStorage())
        run = self.singles[level]
        premises = (*self.state_premises(names, kinds), self.encodable, *self.no_tails(level, run))
        return View(OWN, names, run), (*premises, self.fetched(level, names, False))

    def apart(self, view: View) -> Term:
        """No unit of storage that the run touches is one of the instruction itself, all of which are fetched without a
        fault: so they may stand there whatever the fields are. For a run that is not abstract, its storage its own."""
        t, kind = self.terms, self.terms.const(ACCESS_KINDS["execute"], 2)
        units = range(self.instruction.longest(self.machine.program.unit))
        fetches = [self.translation.at(t, view.names, self.code_address(view.names, i), kind) for i in units]
        code, touched = t.ranges(place for _, place in fetches), t.ranges(view.run.reals)
        apart = [t.disjoint(a, b) for a in code for b in touched]
        apart += [t.disjoint(a, b) for i, a in enumerate(code) for b in code[:i]]
        return t.and_(*(t.not_(fault) for fault, _ in fetches), *apart)

    def no_tails(self, level: Level, *runs: Run) -> tuple[Term, ...]:
        """A witness does not run through the uninterpreted tail of a loop."""
        if level not in WITNESSES:
            return ()
        return tuple(self.terms.not_(tail) for run in runs for tail in run.tails)

    def pair(
        self,
        level: Level,
        kinds: Iterable[str],
        differ: Iterable[str] = ALL_HIDDEN,
        *,
        control_relation: bool = True,
        literal: bool = False,
    ) -> Pair:
        """A pair whose hidden state of the roles `differ` may differ, and its premises."""
        differ = tuple(differ)
        key = level, differ
        if key not in self.built:
            self.built[key] = self.build_pair(level, differ)
        first, second, premises, region = self.built[key]
        modes = self.any_mode_pairs if literal else self.mode_pairs
        related = self.relation(first.names, second.names, control_relation)
        return Pair(level, first, second, (modes(first.names, second.names, kinds), related, *premises), region)

    def build_pair(self, level: Level, differ: tuple[str, ...]) -> tuple[View, View, tuple[Term, ...], Region | None]:
        """Both runs, and what holds in every such pair but modes and relation."""
        t = self.terms
        virtual, real = (self.plain(level, self.names(run, differ)) for run in ("virtual", "real"))
        region, placement = self.placement(level, virtual, differ)
        if level in INSTALLED and region is not None:
            real = {**real, **self.installed_names(virtual, region, differ)}
        summary = self.summary(level)
        first = instantiate(summary, t, self.machine, virtual, "virtual", OwnStorage())
        second = instantiate(summary, t, self.machine, real, "real", placement)
        premises = [
            self.encodable, self.invariants(virtual), self.invariants(real), self.sizes(virtual), self.sizes(real),
            *self.no_tails(level, first, second),
        ]  # fmt: skip
        premises += [self.fetched(level, virtual, False), self.fetched(level, real, True)]
        if region is not None:
            premises.append(self.region_fits(region, real))
        views = View("virtual", virtual, first), View("real", real, second)
        if level == "uniform":
            premises.append(self.apart(views[0]))
        premises += self.agreement(level, *views, placement)
        return *views, tuple(premises), region

    def placement(self, level: Level, virtual: Names, differ: tuple[str, ...]) -> tuple[Region | None, Placement]:
        """Where the guest lies: in place when relocation does not differ, else in a region or somewhere."""
        if "relocation" not in differ:
            return None, OwnStorage()
        if level in WITNESSES:
            width = self.machine.size_width
            base = self.terms.const(0, width) if level == "uniform" else self.terms.var("$base", width)
            region = Region(base, virtual[SIZE])
            return region, region
        return None, Somewhere()

    def agreement(self, level: Level, virtual: View, real: View, placement: Placement) -> list[Term]:
        """Translations agree at every address that the runs touch; a placement somewhere is injective there."""
        out: list[Term] = []
        reals = list(real.run.reals)
        if level in ("exact", "general"):
            touched = {(a.address, a.kind): None for view in (virtual, real) for a in view.run.accesses}
            touched |= {(self.code_address(virtual.names, 0), ACCESS_KINDS["execute"]): None}
            for address, kind in touched:
                out.append(self.agree(virtual.names, real.names, placement, address, self.terms.const(kind, 2)))
                reals.append(self.translation.at(self.terms, real.names, address, self.terms.const(kind, 2))[1])
        if isinstance(placement, Somewhere):
            out += self.injective(placement, reals)
        return out

    def changed(self, view: View, components: Iterable[Component]) -> list[tuple[str, Term]]:
        """For each component, whether the run changes it."""
        return [(c.name, self.different(c.name, view.run.initial[c.name], view.run.final[c.name])) for c in components]

    def alone(self, pair: Pair, roles: Iterable[str]) -> list[tuple[str, Term]]:
        """For each hidden component of each state that is not shared, whether its run changes it."""
        components, monitor = self.components(*roles), self.monitor
        return [
            *self.changed(pair.virtual, [c for c in components if c.name not in monitor.shared]),
            *self.changed(pair.real, [c for c in components if c.name not in monitor.holders]),
        ]

    def different(self, name: str, a: Term, b: Term) -> Term:
        """Whether two values differ; of register files and storage, at some index."""
        t = self.terms
        if a is b:
            return t.false
        if not a.index_width:
            return t.ne(a, b)
        index = t.var(f"$where {name}", a.index_width)
        return t.ne(t.select(a, index), t.select(b, index))

    def visible_differences(self, pair: Pair) -> list[tuple[str, Term]]:
        """What the guest could see: program counter, visible components, its storage, visible results; and storage
        outside the placement that changed."""
        first, second = pair.virtual.run, pair.real.run
        out = [
            (c.name, self.different(c.name, first.final[c.name], second.final[c.name]))
            for c in self.components("pc", "visible")
        ]
        out.append((CELLS, self.cells_differ(pair)))
        out.append((OUTSIDE, self.different(OUTSIDE, second.initial[OUTSIDE], second.final[OUTSIDE])))
        for name in first.results:
            out.append((name, self.different(name, first.results[name], second.results[name])))
        return out

    def seen_differences(self, pair: Pair) -> tuple[Term, ...]:
        """The same, those that are decided without storage in one condition, the others one by one."""
        differences = self.visible_differences(pair)
        stored = (CELLS, OUTSIDE)
        small = self.any([(name, term) for name, term in differences if name not in stored])
        return small, *(term for name, term in differences if name in stored)

    def question(self, label: str, pair: Pair, parts: tuple[Term, ...]) -> Question:
        """Whether one of some conditions can hold of a pair."""
        parts = tuple(part for part in parts if part is not self.terms.false)
        claim = self.terms.or_(*parts)
        return Question(label, pair.level, pair.premises, claim, (pair.virtual, pair.real), pair.region, parts)

    def cells_differ(self, pair: Pair) -> Term:
        """Whether some word of the guest's storage differs."""
        t = self.terms
        a, b = pair.virtual.run.final[CELLS], pair.real.run.final[CELLS]
        index = t.var(f"$where {CELLS}", a.index_width)
        exists = t.apply("ult", t.zext(index, self.machine.size_width), pair.virtual.names[SIZE])
        return t.and_(exists, self.different(CELLS, a, b))

    def unrelated(self, pair: Pair) -> Term:
        """Whether the relation fails afterwards; only shared components can make it fail."""
        if not self.monitor.shared:
            return self.terms.false
        virtual, real = (
            {**view.names, **{name: view.run.final[name] for name in names}}
            for view, names in ((pair.virtual, self.monitor.shared), (pair.real, self.monitor.holders))
        )
        return self.terms.not_(self.relation(virtual, real))

    def any(self, differences: Iterable[tuple[str, Term]]) -> Term:
        """Whether one of the differences holds."""
        return self.terms.or_(*(term for _, term in differences))
