"""What `vmmcheck fix` results in: every name of its JSON output is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.verdict import Analysis, Answer, Interrupted

AND = "+"  # between the names of the remedies of a set


@dataclass(frozen=True, slots=True)
class Applied:
    """A remedy for an instruction: `how` it works; whether it is `proved`, by the verdict `by` of the exact criterion
    for the repaired machine, or why not (`reason`); in how many guests the instruction was executed under the remedy
    and the guest went right (`run_on`); its `cost` in cycles for each execution; the derived semantics (`code`), where
    the remedy is another machine: they stand before the instruction's own."""

    instruction: str
    remedy: str
    how: str
    proved: Answer
    by: str
    run_on: int
    cost: float
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """A guest run with a remedy: in lockstep with the bare machine, `steps` of them, then at full speed. `failure`: how
    it diverged, nothing if it did not. `executed`: instruction to how often; `events` of the run at full speed;
    `wrong`: it is there to go wrong without a remedy; `ended`: else it was run for a part only."""

    remedy: str
    program: str
    wrong: bool
    steps: int
    instructions: int
    executed: Mapping[str, int]
    events: Mapping[str, int]
    failure: str = ""
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Workload:
    """What a remedy costs the machine's ordinary guests together: events per thousand of their `instructions`, and how
    many times longer they take, 0 if none was run. `proved`: of all instructions that it changes; `guests` run, those
    that are there to go wrong among them, those that `failed`, for they diverged, and those `unended`, which were run
    for a part. Of a set of remedies, whose names are joined by `+`, `serves` says which instructions each serves."""

    remedy: str
    proved: Answer
    guests: int
    failed: tuple[str, ...]
    instructions: int
    per_thousand: Mapping[str, float]
    slowdown: float
    serves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unended: tuple[str, ...] = ()


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
class Interruption:
    """Where the user interrupted: of the remedies `pending` not every proof is known, or none; of `tasks` runs of
    guests `done` are, and 0 of 0 before the first."""

    pending: tuple[str, ...]
    done: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Fix:
    """The remedies of a machine under one of its monitors.

    `total`: whether every guest state satisfies the monitor's relation; if not, nothing else is known. `vmm`: the
    instructions that must trap for a virtual machine monitor, `hvmm` for a hybrid one; of them it is undecided of
    `unsure`, and `privileged` trap as they are. `workloads`: of each remedy, then of sets of them. `cheapest`: of these
    the one with the least slowdown, if it is proved for all instructions and no guest diverged. `setting`: how the
    monitor had best configure the machine. `patches`: the hypercalls of `program`, which was to be ported, `unfit` why
    some are missing. `specifications`: machine with a remedy to its file, which extends the original; `hypercalls`: the
    interface of ported guests, as Markdown. `interrupted`: this is a part, of which nothing follows for the machine as
    a whole.
    """

    isa: str
    monitor: str
    total: Answer
    vmm: tuple[str, ...]
    hvmm: tuple[str, ...]
    unsure: tuple[str, ...]
    privileged: tuple[str, ...]
    applied: tuple[Applied, ...]
    workloads: tuple[Workload, ...]
    cheapest: str
    setting: Setting | None = None
    program: str = ""
    patches: tuple[Patch, ...] = ()
    unfit: tuple[str, ...] = ()
    hypercalls: str = field(default="", metadata={"shown": False})
    ran: tuple[Ran, ...] = field(default=(), metadata={"shown": False})
    specifications: Mapping[str, str] = field(default_factory=dict, metadata={"shown": False})
    interrupted: Interruption | None = field(default=None, metadata={"shown": False})

    @property
    def unremedied(self) -> tuple[str, ...]:
        """The instructions that do not trap as they are, and for which no remedy is proved."""
        proved = {row.instruction for row in self.applied if row.proved is Answer.YES}
        return tuple(name for name in self.vmm if name not in self.privileged and name not in proved)

    @property
    def diverged(self) -> bool:
        """Whether a guest did with a remedy that is proved, or could not be ported wholly."""
        return any(w.failed for w in self.workloads if w.proved is Answer.YES) or bool(self.unfit)

    @property
    def passed(self) -> bool:
        """Whether every instruction has a remedy that is proved, and no guest diverged with one that is."""
        known = self.total is Answer.YES and self.interrupted is None
        return known and not self.unremedied and not self.diverged

    @property
    def failed(self) -> bool:
        """Whether it is known that it is not so: no answer is missing for an instruction without a remedy."""
        unknown = {row.instruction for row in self.applied if row.proved is Answer.UNKNOWN} | {*self.unsure}
        if self.setting is not None and self.setting.undecided:  # of these, some may be wrong with the setting
            unknown |= {*self.setting.undecided, *self.setting.sound}
        lacking = self.interrupted is None and not unknown.issuperset(self.unremedied)
        return self.total is Answer.YES and (self.diverged or lacking)


class FixInterrupted(Interrupted):
    """The user interrupted when the analysis was known, and of the remedies `fix`."""

    def __init__(self, fix: Fix, analysis: Analysis) -> None:
        super().__init__(analysis, len(analysis.exact.instructions))
        self.fix = fix
