"""The setting of the control state under which the most instructions are sound.

Exists-forall: a setting that the monitor may fix, such that for all guest states an instruction runs directly or always
traps. `demands.py` finds the settings of each instruction, this file one setting for as many as possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from analyzer.pool import results
from analyzer.properties.installation import check_installation
from analyzer.properties.question import Facts
from analyzer.properties.subject import Subject
from analyzer.remedies.demands import NOTHING, Demand, Search, unknown
from analyzer.remedies.settings import Pin, Pins, Setting, configured, cost, declared, dropped, fixable, written
from analyzer.spec.model import Instruction, Isa, Monitor
from analyzer.symbolic.solver import DEFAULT_RLIMIT, SolverOptions
from analyzer.theorems.engine import instructions_of
from analyzer.theorems.withheld import NOT_TOTAL
from analyzer.verdict import Analysis, Answer, ExactResult, RelationCheck

MAX_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class Fixed:
    """A component that the monitor fixes: the conjunct to declare, what to install, and the instructions that would be
    wrong without it, all else equal."""

    component: str
    conjunct: str
    install: str
    buys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Configuration:
    """The setting under which the most instructions are sound.

    `relation`: all of the relation to declare. `fixed`: what is fixed, in the order of the specification. `dropped`:
    the conjuncts of the declared relation that it lacks or replaces. `sound`: the instructions that the setting makes
    sound; `wrong`: those that are wrong under it; `undecided`: the others that demand something. `demands`: what these
    demand, in the order of the specification. `maximal`: whether no setting makes more instructions sound; `unknown`
    where something that matters for it is. `relation_check`: whether the relation is total; if it is not, nothing else
    is known. `model`: the monitor itself.
    """

    isa: str
    monitor: str
    relation: str
    fixed: tuple[Fixed, ...]
    dropped: tuple[str, ...]
    sound: tuple[str, ...]
    wrong: tuple[str, ...]
    undecided: tuple[str, ...]
    demands: tuple[Demand, ...]
    maximal: Answer
    relation_check: RelationCheck
    model: Monitor = field(repr=False, compare=False, metadata={"shown": False})

    @property
    def install(self) -> Mapping[str, str]:
        """What to install in each component that is fixed, in the language."""
        return {each.component: each.install for each in self.fixed}


def configure(
    isa: Isa, monitor_name: str, analysis: Analysis | None = None, jobs: int = 1, rlimit: int = DEFAULT_RLIMIT
) -> Configuration:
    """Find the setting of the control state under which the most instructions are sound.

    `analysis`: that of the machine under this monitor, if it is known: it answers for the instructions that no setting
    concerns. `jobs`: processes. `rlimit`: the solver's resource limit for each query. Raises `KeyError` for an unknown
    monitor, `ValueError` for an analysis of another machine or monitor.
    """
    monitor = isa.monitors[monitor_name]
    if analysis is not None and (analysis.isa, analysis.monitor) != (isa.name, monitor_name):
        raise ValueError(f"an analysis of {analysis.isa} under {analysis.monitor}")
    task = Task(isa, monitor, fixable(isa, monitor), SolverOptions(rlimit), _exact(analysis), instructions_of(isa))
    if task.check(()).total is not Answer.YES:
        return _result(task, [unknown(row.name, NOT_TOTAL) for row in task.rows], (), False)
    demands = [demand for demand in _demands(task, jobs) if () not in demand.settings]
    chosen, finished = combine(demands)
    setting = tuple(pin for ways in task.pins.values() for pin in ways if pin in chosen)
    return _result(task, demands, setting, finished and all(demand.complete for demand in demands))


def _exact(analysis: Analysis | None) -> Mapping[str, ExactResult]:
    """The answers of layer 2 by instruction; none where they were withheld."""
    if analysis is None or analysis.relation_check.total is not Answer.YES:
        return {}
    return {row.name: row for row in analysis.exact.instructions}


def _result(task: Task, demands: list[Demand], setting: Setting, maximal: bool) -> Configuration:
    """The configuration with a setting."""
    monitor = configured(task.isa, task.monitor, task.pins, setting)
    conjuncts = {pin.conjunct for pin in setting}
    gone = [written(task.isa, (e,)) for e in dropped(task.monitor, task.pins) if e not in conjuncts]
    sound = tuple(demand.name for demand in demands if demand.met(setting))
    wrong = tuple(demand.name for demand in demands if demand.refused(setting))
    return Configuration(
        isa=task.isa.name, monitor=monitor.name, relation=monitor.relation_text,
        fixed=tuple(_fixed(pin, demands, setting) for pin in setting), dropped=tuple(gone), sound=sound, wrong=wrong,
        undecided=tuple(d.name for d in demands if d.name not in (*sound, *wrong)), demands=tuple(demands),
        maximal=Answer.YES if maximal else Answer.UNKNOWN, relation_check=task.check(setting), model=monitor,
    )  # fmt: skip


def _fixed(pin: Pin, demands: Iterable[Demand], setting: Setting) -> Fixed:
    """What a pin of the setting buys."""
    without = tuple(other for other in setting if other != pin)
    buys = tuple(d.name for d in demands if d.met(setting) and d.refused(without))
    return Fixed(pin.component, str(pin), pin.text, buys)


# -- one setting for many instructions ---------------------------------------------------------------------------------


def combine(demands: Iterable[Demand]) -> tuple[frozenset[Pin], bool]:
    """The cheapest setting that meets the most demands, and whether the search for it came to its end.

    Branch and bound over groups of instructions with equal demands: meet one in one of its ways, or give it up.
    """
    counted = Counter(tuple(sorted(d.settings, key=cost)) for d in demands if d.settings)
    groups = sorted(counted.items(), key=lambda group: -group[1])
    best: tuple[tuple[int, ...], frozenset[Pin]] | None = None
    stack: list[tuple[int, int, frozenset[Pin]]] = [(0, 0, frozenset())]
    for _ in range(MAX_STEPS):
        if not stack:
            break
        index, lost, pins = stack.pop()
        price = lost, *cost(pins)
        if best is not None and price >= best[0]:
            continue
        if index == len(groups):
            best = price, pins
            continue
        ways, size = groups[index]
        stack.append((index + 1, lost + size, pins))
        stack += [(index + 1, lost, joined) for way in reversed(ways) for joined in _joined(pins, way)]
    return frozenset() if best is None else best[1], not stack


def _joined(pins: frozenset[Pin], way: Setting) -> Iterator[frozenset[Pin]]:
    """Both together, if they agree."""
    both = pins.union(way)
    if len({pin.component for pin in both}) == len(both):
        yield both


# -- processes ---------------------------------------------------------------------------------------------------------


@dataclass
class Task:
    """What every process knows. `known`: the exact answers under the declared relation, by instruction."""

    isa: Isa
    monitor: Monitor
    pins: Pins
    options: SolverOptions
    known: Mapping[str, ExactResult]
    rows: tuple[Instruction, ...]
    facts: Facts = field(default_factory=Facts)

    def subject(self, setting: Setting, row: Instruction) -> Subject:
        """An instruction under the monitor with a setting."""
        return Subject(self.isa, configured(self.isa, self.monitor, self.pins, setting), row, self.options, self.facts)

    def check(self, setting: Setting) -> RelationCheck:
        """Whether the relation with a setting is total."""
        return check_installation(self.subject(setting, self.rows[0])) if self.rows else RelationCheck(Answer.YES)

    def demand(self, number: int) -> Demand:
        """What an instruction demands; one that touches nothing that may be fixed was answered by the analysis."""
        row = self.rows[number]
        exact = self.known.get(row.name)
        sound = exact is not None and exact.trap_and_emulate in ("direct", "traps")
        known = declared(self.monitor, self.pins) if sound else None
        search = Search(self.isa, self.monitor, self.pins, self.subject((), row), known)
        if search.pins or exact is None:
            return search.demand()
        if exact.trap_and_emulate == "unknown":
            return unknown(row.name, exact.unknown_reasons["trap_and_emulate"])
        if exact.trap_and_emulate != "wrong":
            return Demand(row.name, Answer.YES, ((),))
        return Demand(row.name, Answer.NO, reason=NOTHING, witness=exact.witnesses.get("trap_and_emulate"))


def _demands(task: Task, jobs: int) -> list[Demand]:
    """What each instruction demands, in the order of the specification, whatever the number of processes."""
    with results(replace(task, facts=Facts()).demand, range(len(task.rows)), jobs, spawn=True) as found:
        return list(found)
