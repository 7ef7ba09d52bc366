"""States of one machine under one monitor, as terms: modes, relation, translation, and what the monitor installs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from analyzer.language.declarations import ACCESS_KINDS, Component
from analyzer.language.effects import EffectAnalysis
from analyzer.language.ir import Expr
from analyzer.properties.question import (
    ALL_KINDS,
    FILL,
    INSTALLED,
    Facts,
    Level,
    Names,
    Question,
    Sides,
    mentions,
    mentions_control,
    place_of_code,
)
from analyzer.simulator.compile import Compiled
from analyzer.spec.model import Isa, Mode, Monitor
from analyzer.symbolic.execute import SymbolicExecutor
from analyzer.symbolic.paths import component_term, initial_terms
from analyzer.symbolic.runs import CELLS, OUTSIDE, SIZE, Placement, Region, Translation
from analyzer.symbolic.solver import Counters, Solver, SolverOptions
from analyzer.symbolic.terms import Term, Terms, array_roots, postorder


class States:
    """Builds names and premises of states. Terms and solver are of one instruction; `facts` are shared by the
    analysis of a machine under one monitor."""

    def __init__(self, isa: Isa, monitor: Monitor, options: SolverOptions, name: str, facts: Facts) -> None:
        self.isa = isa
        self.machine = isa.machine
        self.monitor = monitor
        self.terms = Terms()
        self.counters = Counters()
        self.solver = Solver(options, self.counters, name)
        self.facts = facts
        self.codes: dict[tuple[Term, ...], Term] = {}  # program addresses of instructions, by what they follow from

    def components(self, *roles: str) -> tuple[Component, ...]:
        """The components of the given roles."""
        return tuple(c for c in self.machine.components.values() if c.role in roles)

    @cached_property
    def analysis(self) -> EffectAnalysis:
        """The effects of the machine's functions."""
        tools = self.facts.tools
        if tools.effects is None:
            tools.effects = EffectAnalysis(self.machine.functions, self.machine.operands)
        return tools.effects

    @property
    def compiled(self) -> Compiled:
        """The compiled machine, for trials; what is shown is replayed by the reference evaluator."""
        tools = self.facts.tools
        if tools.compiled is None:
            tools.compiled = Compiled(self.machine)
        return tools.compiled

    @cached_property
    def translation(self) -> Translation:
        """The specification's translation as terms."""
        return Translation.of(self.machine, self.terms, self.analysis)

    @cached_property
    def code_reads(self) -> tuple[str, ...]:
        """The components that `code` reads."""
        reads = self.analysis.block(self.machine.functions["code"].body).reads
        return tuple(sorted(reads))

    @cached_property
    def invariants_read(self) -> frozenset[str]:
        """The components that the invariants read."""
        return frozenset().union(*(self.analysis.block(invariant).reads for invariant in self.isa.invariants))

    @cached_property
    def translation_reads(self) -> frozenset[str]:
        """The components that `translate` reads."""
        function = self.machine.functions[self.machine.program.translate or "translate"]
        return frozenset(self.analysis.block(function.body).reads)

    @cached_property
    def installed_from(self) -> dict[str, tuple[str, ...]]:
        """For each component that the monitor installs, those of the virtual state from which its value follows."""
        out = {}
        for name, expression in self.monitor.install.items():
            named = mentions(expression) | {n.removeprefix("virtual.") for n in self.analysis.block(expression).reads}
            out[name] = tuple(n for n in self.machine.components if n in named)
        return out

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

    def plain(self, level: Level, names: Names) -> Names:
        """The names, at level `uniform` those of a plain state: storage is uniform, and as large as addresses allow but
        for a guest that may have less; the instruction stands at one place."""
        if level != "uniform":
            return names
        t, storage, pc = self.terms, self.machine.storage, self.machine.pc
        fill = t.fill(t.var(FILL, storage.unit), storage.address)
        place = place_of_code(self.machine)
        size = names[SIZE] if names[SIZE].name == f"{SIZE}.virtual" else self.all_storage
        return {**names, CELLS: fill, OUTSIDE: fill, SIZE: size, pc.name: t.const(place, pc.width)}

    @property
    def all_storage(self) -> Term:
        """The size of storage that holds every address."""
        return self.terms.const(1 << self.machine.storage.address, self.machine.size_width)

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
        return t.and_(t.ne(size, t.const(0, size.width)), t.apply("ule", size, self.all_storage))

    def state_premises(self, names: Names, kinds: Iterable[str]) -> tuple[Term, ...]:
        """Mode, invariants and size of one state."""
        return self.in_modes(names, kinds), self.invariants(names), self.sizes(names)

    def expression(self, expression: Expr, real: Names, virtual: Names, extra: Names | None = None) -> Term:
        """An invariant (over `real`), conjunct of a relation, or installed value, as a term."""
        executor = self.executor()
        executor.state = dict(real)
        return executor.value(expression, Sides({"real": real, "virtual": virtual}, extra or {}))

    def relation(self, virtual: Names, real: Names, control: bool = True) -> Term:
        """The monitor's relation; `control` = False leaves out conjuncts that speak of control components."""
        conjuncts = [
            self.expression(e, real, virtual)
            for e in self.monitor.relation
            if control or not mentions_control(self.machine, e)
        ]
        return self.terms.and_(*conjuncts)

    def tied(self, virtual: Names, real: Names) -> tuple[Term, ...]:
        """What makes a state real for some state of a guest, which has all but hidden state in common with it."""
        pair = self.mode_pairs(virtual, real, ALL_KINDS), self.relation(virtual, real)
        return (*pair, *(self.invariants(each) for each in (virtual, real)), self.sizes(virtual), self.sizes(real))

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
        return self.terms.and_(self.in_modes(virtual, kinds), self.in_modes(real, ALL_KINDS))

    def region_fits(self, region: Region, real: Names) -> Term:
        """The region ends within real storage."""
        t = self.terms
        most = t.apply("sub", real[SIZE], region.size)
        return t.and_(t.apply("ule", region.size, real[SIZE]), t.apply("ule", region.base, most))

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
            for mode in self.isa.guest_modes.values():
                target = self.isa.modes[self.monitor.modes[mode.name]].when[component.name]
                out = t.ite(self.is_mode(mode, virtual), t.const(target, component.width), out)
            return out
        expression = self.monitor.install.get(component.name)
        if expression is None:
            value = virtual[component.name]
            return value if index is None else t.select(value, index)
        given = {"region.base": region.base, "region.size": region.size}
        return self.expression(expression, {}, virtual, given if index is None else {**given, "index": index})

    def code_address(self, names: Names, unit: int) -> Term:
        """The program address from which a unit of the instruction is fetched."""
        t, pc = self.terms, self.machine.pc
        here = t.apply("add", names[pc.name], t.const(unit % (1 << pc.width), pc.width))
        if "code" not in self.machine.functions:
            return here
        key = here, *(names[name] for name in self.code_reads)
        if key not in self.codes:
            executor = self.executor()
            executor.state |= names
            self.codes[key] = executor.enter(self.machine.functions["code"], (here,))[0]
        return self.codes[key]

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
