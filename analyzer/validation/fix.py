"""Remedies of a machine: proposed, proved, run, and what they cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyzer.encoding.assembly.program import Program
from analyzer.monitors import ASSIST, CONFIGURE, HYBRID, PARAVIRT, REMEDIES, TRAP
from analyzer.monitors.session import disappointed
from analyzer.remedies.configuration import configure
from analyzer.remedies.needs import Needs, needs
from analyzer.remedies.paravirt import abi, abi_text
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import boot
from analyzer.simulator.engine import Engine
from analyzer.spec.model import Isa
from analyzer.symbolic.solver import DEFAULT_RLIMIT
from analyzer.validation.costs import Costs, read_costs
from analyzer.validation.guests import Guest, guests
from analyzer.validation.lockstep import Comparison, Lockstep
from analyzer.validation.pool import results
from analyzer.validation.validate import differently
from analyzer.validation.ways import BY, Subject, Way, events
from analyzer.verdict import Analysis, Answer

LIMIT = 1_000_000  # instructions of a guest
PER_EXECUTION = {TRAP: "trap", ASSIST: "intercept", PARAVIRT: "hypercall", HYBRID: "interpreted"}


@dataclass(frozen=True, slots=True)
class Applied:
    """A remedy for an instruction: `how` it works; whether it is `proved`, by the verdict `by` of the exact criterion
    for the repaired machine, or why not (`reason`); in how many guests it was executed and went right (`run_on`); its
    `cost` in cycles for each execution."""

    instruction: str
    remedy: str
    how: str
    proved: Answer
    by: str
    run_on: int
    cost: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """A guest run with a remedy: in lockstep with the bare machine, `steps` of them, then at full speed. `failure`: how
    it diverged, nothing if it did not. `executed`: instruction to how often; `events` of the run at full speed;
    `wrong`: it is there to go wrong without a remedy."""

    remedy: str
    program: str
    wrong: bool
    steps: int
    instructions: int
    executed: Mapping[str, int]
    events: Mapping[str, int]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """What a remedy costs the machine's ordinary guests together: events per thousand of their instructions, and how
    many times longer they take. `proved`: of all instructions that need it; `failed`: guests that diverged."""

    remedy: str
    proved: Answer
    guests: int
    failed: tuple[str, ...]
    instructions: int
    per_thousand: Mapping[str, float]
    slowdown: float


@dataclass(frozen=True, slots=True)
class Bit:
    """A component of the control state that the monitor fixes: the `conjunct` of its relation, the value that it
    installs (`install`), and the instructions that are wrong without it (`buys`)."""

    component: str
    conjunct: str
    install: str
    buys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """The `relation` that a monitor had best declare, `total` if every guest state satisfies it; with it `sound`
    instructions are sound that are not under every relation, and `wrong` ones are not. `maximal`: no other setting
    makes more of them sound."""

    relation: str
    total: Answer
    bits: tuple[Bit, ...]
    sound: tuple[str, ...]
    wrong: tuple[str, ...]
    undecided: tuple[str, ...]
    maximal: Answer


@dataclass(frozen=True, slots=True)
class Patch:
    """A hypercall in a ported program: at storage address `address`, the hypercall `number` for `instruction`, whose
    units were `original`; of them, `patched` are written over the first."""

    address: int
    instruction: str
    number: int
    original: tuple[int, ...]
    patched: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fix:
    """The remedies of a machine under one of its monitors.

    `vmm`: the instructions that must trap for a virtual machine monitor, `hvmm` for a hybrid one, and `privileged`
    those of the needy that trap as they are. `cheapest`: of the remedies that are proved for all instructions and
    with which no guest diverged, the one with the least slowdown. `setting`: how the monitor had best configure the
    machine. `patches`: the hypercalls of a program that was to be ported, `unfit` why some are missing.
    `specifications`: machine with a remedy to its file, which extends the original; `hypercalls`: the interface of
    ported guests, as Markdown.
    """

    isa: str
    monitor: str
    vmm: tuple[str, ...]
    hvmm: tuple[str, ...]
    privileged: tuple[str, ...]
    applied: tuple[Applied, ...]
    workloads: tuple[Workload, ...]
    cheapest: str
    setting: Setting | None = None
    patches: tuple[Patch, ...] = ()
    unfit: tuple[str, ...] = ()
    hypercalls: str = field(default="", metadata={"shown": False})
    ran: tuple[Ran, ...] = field(default=(), metadata={"shown": False})
    specifications: Mapping[str, str] = field(default_factory=dict, metadata={"shown": False})

    @property
    def passed(self) -> bool:
        """Whether every instruction has a remedy that is proved, and no guest diverged with one that is."""
        needy = {row.instruction for row in self.applied}
        proved = {row.instruction for row in self.applied if row.proved is Answer.YES}
        return needy == proved and not any(w.failed for w in self.workloads if w.proved is Answer.YES)

    @property
    def undecided(self) -> bool:
        """Whether an answer is missing."""
        return any(row.proved is Answer.UNKNOWN for row in self.applied)


Progress = Callable[[int, int], None]


def fix(
    isa: Isa, analysis: Analysis, *, by: Collection[str] = REMEDIES, jobs: int = 1, costs: Costs | None = None,
    rlimit: int | None = None, programs: Sequence[Guest] | None = None, port: Program | None = None,
    conditions: bool = False, progress: Progress | None = None,
) -> Fix:  # fmt: skip
    """Propose, prove and run the remedies `by` for a machine that was analyzed; `port` is a program to show with its
    hypercalls; `conditions`: find the weakest condition of each hardware trap, too.

    Raises `SpecError` where a guest program cannot be assembled.
    """
    found, costs = needs(analysis), costs or read_costs()
    subject = Subject(isa, analysis, found, jobs, DEFAULT_RLIMIT if rlimit is None else rlimit, conditions)
    ways = [BY[remedy](subject) for remedy in BY if remedy in by] if found.rows else []
    guests_of = list(guests(isa) if programs is None else programs)
    runner = Runner(ways, guests_of)
    ran: list[Ran] = []
    for done, result in enumerate(results(runner.run, runner.tasks, jobs), 1):
        ran.append(result)
        if progress is not None:
            progress(done, len(runner.tasks))
    workloads = tuple(_workload(way, [each for each in ran if each.remedy == way.remedy], costs) for way in ways)
    return Fix(
        isa=isa.name,
        monitor=analysis.monitor,
        vmm=tuple(row.instruction for row in found.rows),
        hvmm=found.user,
        privileged=tuple(row.instruction for row in found.rows if row.trapping),
        applied=tuple(_applied(ways, found, ran, costs)),
        workloads=workloads,
        cheapest=_cheapest(workloads),
        setting=_setting(subject) if CONFIGURE in by else None,
        ran=tuple(ran),
        specifications={way.variant.name: way.variant.text for way in ways if way.variant is not None},
        **_ported(ways, port),
    )


def _setting(subject: Subject) -> Setting:
    """How the monitor had best configure the machine."""
    found = configure(subject.isa, subject.analysis.monitor, subject.analysis, subject.jobs, subject.rlimit)
    bits = tuple(Bit(each.component, each.conjunct, each.install, each.buys) for each in found.fixed)
    return Setting(
        found.relation, found.relation_check.total, bits, found.sound, found.wrong, found.undecided, found.maximal
    )


def _ported(ways: Sequence[Way], port: Program | None) -> dict[str, Any]:
    """The interface of ported guests, and a program's hypercalls."""
    way = next((way for way in ways if way.patcher is not None), None)
    if way is None or way.patcher is None:
        return {}
    text = abi_text(abi(way.isa, tuple(way.proofs), way.patcher.carriers))
    if port is None:
        return {"hypercalls": text}
    found = way.patcher.patched(port)
    sites = (Patch(s.address, s.name, s.number, s.original, s.patched) for s in found.sites.values())
    return {"hypercalls": text, "patches": tuple(sites), "unfit": tuple(map(str, found.unfit))}


class Runner:
    """Runs guests, each way; a task is a way and a guest, by number."""

    def __init__(self, ways: Sequence[Way], programs: Sequence[Guest]) -> None:
        self.ways, self.programs = ways, programs
        self.engines: dict[int, Engine] = {}
        self.tasks = [(way, guest) for way in range(len(ways)) for guest in range(len(programs))]

    def run(self, task: tuple[int, int]) -> Ran:
        """Run one guest one way."""
        way, guest = self.ways[task[0]], self.programs[task[1]]
        engine = self.engines.setdefault(task[0], Engine(way.isa))
        storage, program = way.isa.simulation.storage, guest.program
        bare = Bare(way.isa, storage, engine)
        boot(bare, program)
        lockstep = Lockstep(bare, way.guest(program, storage, engine))
        (comparison,) = lockstep.run(LIMIT)
        failure = diverged(comparison)
        monitored = way.guest(program, storage, engine)
        stop = monitored.run(LIMIT)
        if not failure:
            failure = differently(bare, comparison.stop, monitored, stop)
        if not failure and way.remedy != TRAP:  # there the guest's machine is another one
            failure = "; ".join(disappointed(monitored, program, stop))
        counted = Counter[str]()
        for event, number in events(way, monitored):
            counted[event] += number
        return Ran(
            way.remedy, program.name, guest.wrong, comparison.steps, monitored.counts.instructions, lockstep.executed,
            dict(counted), failure,
        )  # fmt: skip


def diverged(comparison: Comparison) -> str:
    """How a comparison ended with a divergence, in words."""
    found = comparison.divergence
    if found is None:
        return ""
    names = " executing ".join(found.executed) or "a trap"
    parts = "; ".join(f"{d.what} is {d.bare:#x}, here {d.monitored:#x}" for d in found.differences[:3])
    return f"diverges after {found.time} instructions, at {found.pc:#x}, {names}: {parts or found.message}"


def _applied(ways: Sequence[Way], found: Needs, ran: Sequence[Ran], costs: Costs) -> list[Applied]:
    """Every instruction that needs a remedy with each remedy."""
    out = []
    for row in found.rows:
        name = row.instruction
        for way in ways:
            if name not in way.proofs:
                continue
            proof = way.proofs[name]
            on = [each for each in ran if each.remedy == way.remedy and name in each.executed and not each.failure]
            cost = costs.cycles[
                PER_EXECUTION.get(way.remedy) or ("callout" if "calls out" in way.how[name] else "inline")
            ]
            reason = "" if proof.proved is Answer.YES else proof.reason
            out.append(Applied(name, way.remedy, way.how[name], proof.proved, proof.by, len(on), cost, reason))
    return out


def _workload(way: Way, ran: Sequence[Ran], costs: Costs) -> Workload:
    """The ordinary guests together."""
    answers = [proof.proved for proof in way.proofs.values()]
    proved = Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.NO if Answer.NO in answers else Answer.YES
    ordinary = [each for each in ran if not each.wrong]
    instructions = sum(each.instructions for each in ordinary)
    total = Counter[str]()
    for each in ordinary:
        total.update(each.events)
    per_thousand = (
        {name: round(1000 * number / instructions, 3) for name, number in total.items()} if instructions else {}
    )
    slowdown = costs.of(total) / (instructions * costs.cycles["direct"] or 1) if instructions else 0.0
    failed = tuple(each.program for each in ran if each.failure)
    return Workload(way.remedy, proved, len(ran), failed, instructions, per_thousand, round(slowdown, 2))


def _cheapest(workloads: Sequence[Workload]) -> str:
    """The remedy that costs the least, of those that are proved and ran right."""
    sound = [each for each in workloads if each.proved is Answer.YES and not each.failed and each.instructions]
    return min(sound, key=lambda each: each.slowdown).remedy if sound else ""
