"""Remedies of a machine: proposed, proved, run, and what they cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from analyzer.encoding.assembly.program import Program
from analyzer.monitors import ASSIST, CONFIGURE, PARAVIRT, REMEDIES, TRAP
from analyzer.pool import interruptible, results
from analyzer.progress import Progress, watched
from analyzer.remedies.configuration import Configuration
from analyzer.remedies.needs import Need, Needs, needs
from analyzer.remedies.paravirt import abi, abi_text
from analyzer.spec.model import Isa
from analyzer.symbolic.solver import DEFAULT_RLIMIT
from analyzer.validation.costs import UNIT, Costs, read_costs
from analyzer.validation.fixed import (
    AND,
    Applied,
    Bit,
    Fix,
    FixInterrupted,
    Interruption,
    Patch,
    Ran,
    Setting,
    Workload,
)
from analyzer.validation.guests import Guest, guests
from analyzer.validation.runner import GIVEN, Runner
from analyzer.validation.sets import sets
from analyzer.validation.ways import BY, Subject, Way, by_configuration
from analyzer.verdict import Analysis, Answer


def fix(
    isa: Isa, analysis: Analysis, *, by: Collection[str] = REMEDIES, jobs: int = 1, costs: Costs | None = None,
    rlimit: int | None = None, programs: Sequence[Guest] | None = None, port: Program | None = None,
    conditions: bool = False, progress: Progress | None = None,
) -> Fix:  # fmt: skip
    """Propose, prove and run the remedies `by` for a machine that was analyzed; `port` is a program to show with its
    hypercalls; `conditions`: find the weakest condition of each hardware trap, too.

    Nothing is proposed where the monitor's relation is not total: every answer about pairs is unknown then. Raises
    `SpecError` where a guest program cannot be assembled, `DoesNotFit` and `NoRoom` where it cannot be run;
    `FixInterrupted`, with what is known then, where the user interrupts.
    """
    total = analysis.relation_check.total
    found = needs(analysis) if total is Answer.YES else Needs((), ())
    costs = costs or read_costs()
    subject = Subject(isa, analysis, found, jobs, DEFAULT_RLIMIT if rlimit is None else rlimit, conditions, progress)
    asked = [remedy for remedy in REMEDIES if remedy in by] if found.rows else []
    known = _Part()
    try:
        with interruptible():
            _prove(subject, asked, known)
            known.sets += sets(subject, known.alone, costs)
            runner = Runner(known.ways, guests(isa)) if programs is None else Runner(known.ways, programs, GIVEN)
            _run(runner, subject, known)
    except KeyboardInterrupt:
        ported = port if any(way.patcher is not None for way in known.alone) else None
        part = replace(_fix(subject, known, costs, ported), cheapest="", interrupted=known.when(asked))
        raise FixInterrupted(part, analysis) from None
    return _fix(subject, known, costs, port)


@dataclass
class _Part:
    """What is known so far: the remedies that were `proved`, the ways to run guests with each alone and with sets; the
    setting; the guests that ran, by `done` of `tasks`."""

    proved: list[str] = field(default_factory=list)
    alone: list[Way] = field(default_factory=list)
    sets: list[Way] = field(default_factory=list)
    setting: Setting | None = None
    ran: list[Ran] = field(default_factory=list)
    done: int = 0
    tasks: int = 0

    @property
    def ways(self) -> list[Way]:
        """All of them."""
        return [*self.alone, *self.sets]

    def when(self, asked: Sequence[str]) -> Interruption:
        """What is not known of the remedies that were asked for."""
        return Interruption(tuple(remedy for remedy in asked if remedy not in self.proved), self.done, self.tasks)


def _prove(subject: Subject, asked: Sequence[str], known: _Part) -> None:
    """The ways to run guests with each remedy."""
    for remedy in asked:
        if remedy == CONFIGURE:
            known.setting = _setting(subject.setting)
        way = BY[remedy](subject) if remedy in BY else by_configuration(subject)
        if way is not None:
            known.alone.append(way)
            if way.interrupted:
                raise KeyboardInterrupt
        known.proved.append(remedy)


def _run(runner: Runner, subject: Subject, known: _Part) -> None:
    """Run the guests, every way."""
    known.tasks = len(runner.tasks)
    names = [f"guest {runner.programs[guest].program.name}" for _, guest in runner.tasks]
    with results(runner.run, runner.tasks, subject.jobs) as waited:
        for ran in watched(waited, names, subject.progress):
            known.ran += ran
            known.done += 1


def _fix(subject: Subject, known: _Part, costs: Costs, port: Program | None) -> Fix:
    """What all that comes to."""
    analysis, found, ways, alone = subject.analysis, subject.needs, known.ways, known.alone
    ran_by = {way.remedy: [each for each in known.ran if each.remedy == way.remedy] for way in ways}
    workloads = tuple(_workload(way, ran_by[way.remedy], costs) for way in ways)
    return Fix(
        isa=subject.isa.name,
        monitor=analysis.monitor,
        total=analysis.relation_check.total,
        vmm=tuple(row.instruction for row in found.rows),
        hvmm=found.user,
        unsure=tuple(row.instruction for row in found.rows if not _needy(row)),
        privileged=tuple(row.instruction for row in found.rows if row.trapping),
        applied=tuple(_applied(alone, found, known.ran, costs)),
        workloads=workloads,
        cheapest=_cheapest(workloads, {name: _slowdown(each, costs) for name, each in ran_by.items()}),
        setting=known.setting,
        ran=tuple(each for ran in ran_by.values() for each in ran),
        specifications={way.variant.name: way.variant.text for way in alone if way.variant is not None},
        **_ported(alone, port),
    )


def _needy(row: Need) -> bool:
    """Whether an instruction is known to need a remedy."""
    return row.critical is Answer.YES or "wrong" in (row.trap_and_emulate, row.hybrid)


def _setting(found: Configuration) -> Setting:
    """How the monitor had best configure the machine."""
    bits = tuple(Bit(each.component, each.conjunct, each.install, each.buys) for each in found.fixed)
    return Setting(
        found.relation, found.relation_check.total, bits, found.sound, found.wrong, found.undecided, found.maximal
    )


def _ported(ways: Sequence[Way], port: Program | None) -> dict[str, Any]:
    """The interface of ported guests, and a program's hypercalls."""
    name = {} if port is None else {"program": port.name}
    way = next((way for way in ways if way.patcher is not None), None)
    if way is None or way.patcher is None:
        return name
    text = abi_text(abi(way.isa, tuple(way.proofs), way.patcher.carriers))
    if port is None:
        return {"hypercalls": text}
    found = way.patcher.patched(port)
    sites = (Patch(s.address, s.name, s.number, s.original, s.patched) for s in found.sites.values())
    return {"hypercalls": text, **name, "patches": tuple(sites), "unfit": tuple(map(str, found.unfit))}


# -- what it comes to ------------------------------------------------------------------------------------------------


def _applied(ways: Sequence[Way], found: Needs, ran: Sequence[Ran], costs: Costs) -> Iterator[Applied]:
    """Every instruction that needs a remedy with each remedy."""
    right = [each for each in ran if not each.failure]
    for row in found.rows:
        name = row.instruction
        for way in ways:
            proof = way.proofs.get(name)
            if proof is None or name not in way.how:
                continue
            reason = "" if proof.proved is Answer.YES else proof.reason
            on = sum(each.remedy == way.remedy and name in each.executed for each in right)
            code = way.variant.amended.get(name, "") if way.variant is not None else ""
            cost = costs.cycles[way.event[name]]
            yield Applied(name, way.remedy, way.how[name], proof.proved, proof.by, on, cost, reason, code)


def _workload(way: Way, ran: Sequence[Ran], costs: Costs) -> Workload:
    """The ordinary guests together."""
    answers = [proof.proved for proof in way.proofs.values()]
    proved = Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.NO if Answer.NO in answers else Answer.YES
    ordinary = [each for each in ran if not each.wrong]
    instructions = sum(each.instructions for each in ordinary)
    total = Counter[str]()
    for each in ordinary:
        total.update(each.events)
    per_thousand = {name: round(1000 * number / (instructions or 1), 3) for name, number in total.items()}
    slowdown = round(_slowdown(ran, costs), 2)
    failed = tuple(each.program for each in ran if each.failure)
    unended = tuple(each.program for each in ordinary if not each.ended)
    return Workload(
        way.remedy, proved, len(ran), failed, instructions, per_thousand, slowdown, way.serves, unended
    )  # fmt: skip


def _slowdown(ran: Sequence[Ran], costs: Costs) -> float:
    """How many times longer the ordinary guests take."""
    ordinary = [each for each in ran if not each.wrong]
    instructions = sum(each.instructions for each in ordinary)
    return sum(costs.of(each.events) for each in ordinary) / ((instructions or 1) * costs.cycles[UNIT])


def _cheapest(workloads: Sequence[Workload], slowdowns: Mapping[str, float]) -> str:
    """The remedy, or the set of them, that costs the least, of those that are proved and ran right; of equals, one
    that changes the monitor only, rather than guests, rather than hardware."""
    sound = [each for each in workloads if each.proved is Answer.YES and not each.failed and each.instructions]

    def price(each: Workload) -> tuple[float, bool, bool]:
        changed = each.remedy.split(AND)
        return slowdowns[each.remedy], TRAP in changed or ASSIST in changed, PARAVIRT in changed

    return min(sound, key=price).remedy if sound else ""
