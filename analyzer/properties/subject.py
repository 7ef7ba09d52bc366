"""One instruction of one machine under one monitor, ready to be asked questions.

A question is put at one of five levels: `abstract` (any translation and placement: may only prove), `installed` (the
specification's translation, the guest in one contiguous region, real hidden state as the monitor installs it: gives
witnesses, and quickly), `uniform` (the same, the guest at the beginning of storage, every unit of which has one value:
addresses and tables cost little), `exact` (any real hidden state: gives witnesses), `general` (any placement: proves
what `abstract` could not).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from analyzer.encoding.cubes import cover
from analyzer.language.declarations import ACCESS_KINDS, Body, Component, Machine, Role
from analyzer.language.effects import EffectAnalysis, Effects
from analyzer.language.evaluate import State
from analyzer.language.ir import Expr, Field, Indexed, walk
from analyzer.simulator.compile import Compiled
from analyzer.spec.model import Instruction, Isa, Mode, Monitor
from analyzer.symbolic.execute import SymbolicExecutor, component_term, initial_terms
from analyzer.symbolic.runs import (
    CELLS,
    OUTSIDE,
    SIZE,
    OwnStorage,
    Placement,
    Region,
    Run,
    Somewhere,
    Translation,
    instantiate,
    summarize,
)  # fmt: skip
from analyzer.symbolic.solver import Counters, Solver, SolverOptions
from analyzer.symbolic.summary import Summary
from analyzer.symbolic.terms import Term, Terms, array_roots, postorder

Level = Literal["abstract", "uniform", "installed", "exact", "general"]
INSTALLED: tuple[Level, ...] = ("uniform", "installed")
PLACED: tuple[Level, ...] = ("installed", "exact")
WITNESSES: tuple[Level, ...] = (*INSTALLED, "exact")
Names = Mapping[str, Term]
FILL = "$fill"
ALL_HIDDEN: tuple[Role, ...] = ("mode", "relocation", "control")


@dataclass(frozen=True)
class View:
    """A run of a question: `virtual`, `real`, or `own` for a question about single states; `run` is `None` where
    only its hidden state matters."""

    label: str
    names: Names
    run: Run


@dataclass(frozen=True)
class Question:
    """Can `claim` hold under `premises`? Shown, if so, by the states of `views`. `parts`, if any: conditions of which
    the claim is the disjunction, each easier than the whole."""

    label: str
    level: Level
    premises: tuple[Term, ...]
    claim: Term
    views: tuple[View, ...]
    region: Region | None = None
    parts: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Pair:
    """The guest's state and the real state in which its code runs, executed."""

    level: Level
    virtual: View
    real: View
    premises: tuple[Term, ...]
    region: Region | None


@dataclass
class Facts:
    """Answers about the machine as a whole, and the machine compiled.

    `open`: relocation of a real state in which no read or write is refused, by name, or `None`; `lends`: whether a real
    state can translate as any supervisor state does; `small`: a supervisor state in which most instructions complete;
    `roomy`: program counter and relocation of a real state like that.
    """

    asked: bool = False
    open: Mapping[str, int] | None = None
    lends: bool | None = None
    asked_small: bool = False
    small: State | None = None
    roomy: Mapping[str, int | Mapping[int, int]] | None = None
    compiled: Compiled | None = None


class Subject:
    """Builds runs, pairs and premises for one instruction. Terms and solver are its own.

    `facts` are shared by the subjects of one analysis.
    """

    def __init__(
        self,
        isa: Isa,
        monitor: Monitor,
        instruction: Instruction,
        options: SolverOptions,
        facts: Facts | None = None,
    ) -> None:
        self.isa = isa
        self.machine = isa.machine
        self.monitor = monitor
        self.instruction = instruction
        self.terms = Terms()
        self.counters = Counters()
        self.solver = Solver(options, self.counters, instruction.name)
        self.analysis = EffectAnalysis(self.machine.functions, self.machine.operands)
        self.summaries: dict[tuple[bool, bool], Summary] = {}
        self.facts = facts or Facts()
        self.singles: dict[str, Run] = {}
        self.pool: list[object] = []  # concrete pairs already found, tried first by later questions
        self.changing: dict[tuple[str, tuple[str, ...]], object] = {}  # whether it changes a component
        self.shrunk: list[tuple[object, object]] = []  # witnesses, and what they were shrunk to
        self.built: dict[object, tuple[View, View, tuple[Term, ...], Region | None]] = {}

    def aside(self) -> Subject:
        """A subject for questions about the whole machine: they leave no trace in this one's terms and solver, so that
        its answers do not depend on which instruction asks them first."""
        out = Subject(self.isa, self.monitor, self.isa.instructions[0], self.solver.options, self.facts)
        out.solver.name = "machine"
        return out

    # -- facts -----------------------------------------------------------------------------------------------

    @property
    def compiled(self) -> Compiled:
        """The compiled machine, for trials; what is shown is replayed by the reference evaluator."""
        if self.facts.compiled is None:
            self.facts.compiled = Compiled(self.machine)
        return self.facts.compiled

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
    def translation(self) -> Translation:
        """The specification's translation as terms."""
        return Translation.of(self.machine, self.terms, self.analysis)

    @cached_property
    def translation_reads(self) -> frozenset[str]:
        """The components that `translate` reads."""
        function = self.machine.functions[self.machine.program.translate or "translate"]
        return frozenset(self.analysis.block(function.body).reads)

    @cached_property
    def translation_ignores_mode(self) -> bool:
        """Whether `translate` reads no mode component."""
        return not self.translation_reads & {c.name for c in self.machine.with_role("mode")}

    @cached_property
    def neutral(self) -> dict[str, Term]:
        """The state of a neutral run, as terms."""
        return initial_terms(self.machine, self.terms)

    def executor(self) -> SymbolicExecutor:
        """An executor of single functions and expressions."""
        return SymbolicExecutor(self.machine, self.terms, exact=True, effects=self.analysis, initial=self.neutral)

    def summary(self, level: Level) -> Summary:
        """The instruction's summary; levels other than `abstract` have the translation in place."""
        key = level != "abstract", level not in WITNESSES
        if key not in self.summaries:
            self.summaries[key] = summarize(
                self.machine, self.body, self.terms, self.analysis, exact=key[0], tails=key[1]
            )
        return self.summaries[key]

    def components(self, *roles: str) -> tuple[Component, ...]:
        """The components of the given roles."""
        return tuple(c for c in self.machine.components.values() if c.role in roles)

    # -- states ----------------------------------------------------------------------------------------------

    def names(self, run: str, differ: Iterable[str]) -> Names:
        """Names of hidden components in a run: of its own where their role may differ, else common to both."""
        differ = tuple(differ)
        out = {
            c.name: component_term(c, f"{c.name}.{run}" if c.role in differ else c.name, self.terms)
            for c in self.machine.components.values()
        }
        own_size = "relocation" in differ
        out[SIZE] = self.terms.var(f"{SIZE}.{run}" if own_size else SIZE, self.machine.size_width)
        return out

    def stored(self, level: Level, names: Names) -> Names:
        """The names with storage that is uniform, at that level."""
        if level != "uniform":
            return names
        storage = self.machine.storage
        fill = self.terms.fill(self.terms.var(FILL, storage.unit), storage.address)
        return {**names, CELLS: fill, OUTSIDE: fill}

    def is_mode(self, mode: Mode, names: Names) -> Term:
        """Whether the state is in a mode."""
        t = self.terms
        return t.and_(*(t.eq(names[c], t.const(v, names[c].width)) for c, v in mode.when.items()))

    def in_modes(self, names: Names, kinds: Iterable[str]) -> Term:
        """Whether the state is in a mode of one of the kinds `supervisor`, `user`, `other`."""
        kinds = tuple(kinds)
        return self.terms.or_(*(self.is_mode(m, names) for m in self.isa.modes.values() if m.kind in kinds))

    def invariants(self, names: Names) -> Term:
        """What the specification says holds in every state."""
        return self.terms.and_(*(self.expression(e, names, {}) for e in self.isa.invariants))

    def sizes(self, names: Names) -> Term:
        """Storage has at least one unit and no more than addresses can name."""
        t, size = self.terms, names[SIZE]
        zero, most = t.const(0, size.width), t.const(1 << self.machine.storage.address, size.width)
        return t.and_(t.ne(size, zero), t.apply("ule", size, most))

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

    # -- single states ---------------------------------------------------------------------------------------

    def single(
        self, level: Level, kinds: Iterable[str] = ("supervisor", "user", "other")
    ) -> tuple[View, tuple[Term, ...]]:
        """A run from any state in a mode of the given kinds, and its premises."""
        names = self.stored(level, self.names("own", ()))
        if level not in self.singles:
            self.singles[level] = instantiate(self.summary(level), self.terms, self.machine, names, "own", OwnStorage())
        run = self.singles[level]
        premises = (*self.state_premises(names, kinds), self.encodable, *self.no_tails(level, run))
        return View("own", names, run), (*premises, self.fetched(level, names, False))

    def state_premises(self, names: Names, kinds: Iterable[str]) -> tuple[Term, ...]:
        """Mode, invariants and size of one state."""
        return self.in_modes(names, kinds), self.invariants(names), self.sizes(names)

    def code_address(self, names: Names, unit: int) -> Term:
        """The program address from which a unit of the instruction is fetched."""
        t, pc = self.terms, self.machine.pc
        here = t.apply("add", names[pc.name], t.const(unit % (1 << pc.width), pc.width))
        if "code" not in self.machine.functions:
            return here
        executor = self.executor()
        return executor.enter(self.machine.functions["code"], (here,))[0]

    def fetched(self, level: Level, names: Names, late: bool) -> Term:
        """The first unit of the instruction is fetched without a fault."""
        t = self.terms
        address, kind = self.code_address(names, 0), t.const(ACCESS_KINDS["execute"], 2)
        if level != "abstract":
            return t.not_(self.translation.at(t, names, address, kind)[0])
        fault = t.uf("fault", (address, kind), 1)
        return t.not_(t.or_(fault, t.uf("late fault", (address, kind), 1)) if late else fault)

    def holds_code(self, names: Names, units: Iterable[int]) -> Term:
        """The units stand where the instruction is fetched, and are fetched without a fault (guest's names)."""
        t, kind = self.terms, self.terms.const(ACCESS_KINDS["execute"], 2)
        storage = self.machine.storage
        cells = t.array(CELLS, storage.address, storage.unit)
        out = t.true
        for i, unit in enumerate(units):
            fault, real = self.translation.at(t, names, self.code_address(names, i), kind)
            exists = t.apply("ult", t.zext(real, self.machine.size_width), names[SIZE])
            stands = t.eq(t.select(cells, real), t.const(unit, storage.unit))
            out = t.and_(out, t.not_(fault), exists, stands)
        return out

    def fetches(self, names: Names, units: Iterable[int]) -> Term:
        """No unit of the instruction faults when it is fetched."""
        t, kind = self.terms, self.terms.const(ACCESS_KINDS["execute"], 2)
        places = [self.code_address(names, i) for i, _ in enumerate(units)]
        return t.and_(*(t.not_(self.translation.at(t, names, place, kind)[0]) for place in places))

    def apart(self, view: View) -> Term:
        """No unit of storage that the run touches is one of the instruction itself, all of which are fetched without a
        fault: so they may stand there whatever the fields are. For a run that is not abstract, its storage its own."""
        t, kind = self.terms, self.terms.const(ACCESS_KINDS["execute"], 2)
        units = range(self.instruction.longest(self.machine.program.unit))
        fetches = [self.translation.at(t, view.names, self.code_address(view.names, i), kind) for i in units]
        code, touched = t.ranges(place for _, place in fetches), t.ranges(view.run.reals)
        apart = [t.disjoint(a, b) for a in code for b in touched]
        return t.and_(*(t.not_(fault) for fault, _ in fetches), *apart)

    def no_tails(self, level: Level, *runs: Run) -> tuple[Term, ...]:
        """A witness does not run through the uninterpreted tail of a loop."""
        if level not in WITNESSES:
            return ()
        return tuple(self.terms.not_(tail) for run in runs for tail in run.tails)

    # -- pairs -----------------------------------------------------------------------------------------------

    def relation(self, virtual: Names, real: Names, control: bool = True) -> Term:
        """The monitor's relation; `control` = False leaves out conjuncts that speak of control components."""
        conjuncts = [
            self.expression(e, real, virtual)
            for e in self.monitor.relation
            if control or not mentions_control(self.machine, e)
        ]
        return self.terms.and_(*conjuncts)

    def expression(self, expression: Expr, real: Names, virtual: Names, extra: Names | None = None) -> Term:
        """An invariant (over `real`), conjunct of a relation, or installed value, as a term."""
        executor = self.executor()
        executor.state = dict(real)
        given = dict(extra or {})
        for prefix, names in (("real", real), ("virtual", virtual)):
            given |= {f"{prefix}.{name}": term for name, term in names.items()}
        return executor.value(expression, given)

    def mode_pairs(self, virtual: Names, real: Names, kinds: Iterable[str]) -> Term:
        """The virtual mode is of one of the kinds, and the real mode is the one the monitor runs it in."""
        kinds = tuple(kinds)
        modes = [mode for mode in self.isa.modes.values() if mode.kind in kinds]
        return self.terms.or_(*(self.is_mode_pair(mode, virtual, real) for mode in modes))

    def is_mode_pair(self, mode: Mode, virtual: Names, real: Names) -> Term:
        """The virtual mode is `mode`, and the real one that in which the monitor runs it."""
        target = self.isa.modes[self.monitor.modes[mode.name]]
        return self.terms.and_(self.is_mode(mode, virtual), self.is_mode(target, real))

    def any_mode_pairs(self, virtual: Names, real: Names, kinds: Iterable[str]) -> Term:
        """Any two modes, as the printed clauses of 1974 pair them; the first of one of the kinds."""
        return self.terms.and_(self.in_modes(virtual, kinds), self.in_modes(real, ("supervisor", "user", "other")))

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
        virtual, real = (self.stored(level, self.names(run, differ)) for run in ("virtual", "real"))
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

    def region_fits(self, region: Region, real: Names) -> Term:
        """The region ends within real storage."""
        t = self.terms
        most = t.apply("sub", real[SIZE], region.size)
        return t.and_(t.apply("ule", region.size, real[SIZE]), t.apply("ule", region.base, most))

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

    def agree(self, virtual: Names, real: Names, placement: Placement, address: Term, kind: Term) -> Term:
        """The real translation faults, or gives the place of the word that the virtual translation gives."""
        t = self.terms
        fault1, real1 = self.translation.at(t, virtual, address, kind)
        fault2, real2 = self.translation.at(t, real, address, kind)
        exists = t.apply("ult", t.zext(real1, self.machine.size_width), virtual[SIZE])
        placed = t.and_(placement.inside(t, real2), t.eq(placement.cell(t, real2), real1))
        return t.or_(fault2, t.and_(t.not_(fault1), exists, placed))

    def injective(self, placement: Placement, reals: list[Term]) -> list[Term]:
        """Different real addresses in the placement are different words."""
        t = self.terms
        distinct = list({real.key: real for real in reals}.values())
        out = []
        for i, a in enumerate(distinct):
            for b in distinct[:i]:
                both = t.and_(placement.inside(t, a), placement.inside(t, b), t.ne(a, b))
                out.append(t.implies(both, t.ne(placement.cell(t, a), placement.cell(t, b))))
        return out

    # -- what the monitor installs ---------------------------------------------------------------------------

    def installed_names(self, virtual: Names, region: Region, differ: Iterable[str]) -> Names:
        """The real hidden components of the roles `differ`, as the monitor loads them; of register files that it loads,
        `installed_elements` says what they hold."""
        return {
            component.name: self.installed(component, virtual, region)
            for component in self.components(*differ)
            if component.count is None or component.name not in self.monitor.install
        }

    def installed_elements(self, question: Question, conditions: Iterable[Term]) -> Term:
        """At every index at which the conditions look into a register file of an installed real state, it holds what
        the monitor loads there."""
        t, virtual = self.terms, question.views[0].names
        if question.level not in INSTALLED or question.region is None:
            return t.true
        files = {question.views[1].names[name]: name for name in self.monitor.install}
        files = {array: name for array, name in files.items() if array.kind == "array"}
        out = t.true
        for node in postorder(t.and_(*conditions)):
            roots = array_roots(node.args[0]) if node.kind == "select" else []
            for array in (root for root in roots if root in files):
                component, index = self.machine.components[files[array]], node.args[1]
                loaded = self.installed(component, virtual, question.region, index)
                out = t.and_(out, t.eq(t.select(array, index), loaded))
        return out

    def installed(self, component: Component, virtual: Names, region: Region, index: Term | None = None) -> Term:
        """What the monitor loads in a hidden component: its `install`, else the virtual value; of a mode, the real
        mode's value."""
        t = self.terms
        if component.role == "mode":
            out = virtual[component.name]
            for mode in self.isa.modes.values():
                target = self.isa.modes[self.monitor.modes[mode.name]].when[component.name]
                out = t.ite(self.is_mode(mode, virtual), t.const(target, component.width), out)
            return out
        expression = self.monitor.install.get(component.name)
        if expression is None:
            value = virtual[component.name]
            return value if index is None else t.select(value, index)
        given = {"region.base": region.base, "region.size": region.size}
        return self.expression(expression, {}, virtual, given if index is None else {**given, "index": index})

    # -- differences -----------------------------------------------------------------------------------------

    def changed(self, view: View, components: Iterable[Component]) -> list[tuple[str, Term]]:
        """For each component, whether the run changes it."""
        return [(c.name, self.different(c.name, view.run.initial[c.name], view.run.final[c.name])) for c in components]

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
            {**view.names, **{name: view.run.final[name] for name in self.monitor.shared}}
            for view in (pair.virtual, pair.real)
        )
        return self.terms.not_(self.relation(virtual, real))

    def any(self, differences: Iterable[tuple[str, Term]]) -> Term:
        """Whether one of the differences holds."""
        return self.terms.or_(*(term for _, term in differences))


def mentions(expression: Expr) -> set[str]:
    """The components that a conjunct of a relation, or an installed value, speaks of."""
    names = {n.name for n in walk(expression) if isinstance(n, Field)}
    names |= {n.file for n in walk(expression) if isinstance(n, Indexed)}
    return {name.split(".", 1)[1] for name in names if name.startswith(("real.", "virtual."))}


def mentions_control(machine: Machine, expression: Expr) -> bool:
    """Whether a conjunct of a relation speaks of a control component."""
    return any(machine.components[name].role == "control" for name in mentions(expression))
