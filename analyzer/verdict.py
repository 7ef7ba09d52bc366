"""The four answers, and the evidence that carries them.

yes      the property holds: proved for every state, or shown by a witness
no       it does not
unknown  the solver could not decide, with the reason; never counted as an answer
vacuous  its premise is unsatisfiable
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Answer(StrEnum):
    """What can be answered to a question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    VACUOUS = "vacuous"

    @property
    def decided(self) -> bool:
        """Whether this is yes or no."""
        return self in (Answer.YES, Answer.NO)


def any_of(answers: list[Answer]) -> Answer:
    """`yes` if one is, else `unknown` if one is undecided, else `no`."""
    if Answer.YES in answers:
        return Answer.YES
    return Answer.UNKNOWN if any(not answer.decided for answer in answers) else Answer.NO


@dataclass(frozen=True, slots=True)
class Start:
    """A whole state, and the values of what the specification leaves open: all that it takes to run a witness again.

    `registers`: component to value; `files`: register file to index to value; `storage`: real address to unit; what is
    not listed is 0. `functions`: name and arguments of an uninterpreted function to its value; `open`: place of an
    undefined or unpredictable value, and whether it is unpredictable, to the value.
    """

    registers: Mapping[str, int]
    files: Mapping[str, Mapping[int, int]]
    storage: Mapping[int, int]
    storage_size: int
    functions: Mapping[tuple[str, tuple[int, ...]], int]
    open: Mapping[tuple[str, bool], int]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of the instruction, before and after.

    `before` and `after` give the components that matter or change (register files as `ac[3]`, storage as `real[17]`),
    unsigned integers. `outcome` is `completes`, `continues` or `traps`; `trap` and `trap_class` name the trap;
    `result` is the visible result of `execute` or `trap_after`, if any. `mode` is the mode's name. `start` is the whole
    state before, which reports do not show.
    """

    mode: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    outcome: str
    trap: str = ""
    trap_class: str = ""
    result: str = ""
    start: Start | None = field(default=None, repr=False, compare=False, metadata={"shown": False})


@dataclass(frozen=True, slots=True)
class Witness:
    """A concrete state, or pair of states, that shows the answer.

    `fields`: operand fields of the instruction; `encoding`: the instruction's bits in hexadecimal, in units.
    `runs`: one run, or the guest's (virtual) and the real one. `parting`: the components, or `outcome`, in which they
    part, or which changed. `placement`: where the guest's storage lies in real storage: base, size, real size (in
    units). `why` is one sentence.
    """

    question: str
    fields: Mapping[str, int]
    encoding: str
    runs: tuple[Run, ...]
    parting: tuple[str, ...]
    placement: Mapping[str, int] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where an instruction is defined: file relative to the machine's folder, and line."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class InstructionResult:
    """Layer 1 for one instruction under one component model; `Answer`s by the JSON contract's names."""

    name: str
    mnemonic: str
    source: SourceRef
    privileged: Answer
    control_sensitive: Answer
    behavior_sensitive: Answer
    mode_sensitive: Answer
    location_sensitive: Answer
    configuration_sensitive: Answer
    sensitive: Answer
    critical: Answer
    user_sensitive: Answer
    supervisor_sensitive: Answer
    user_critical: Answer
    changes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    unknown_reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExactResult:
    """Layer 2 for one instruction: `traps`, `direct`, `wrong` or `unknown` under each monitor construction."""

    name: str
    trap_and_emulate: str
    hybrid: str
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    unknown_reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TheoremResult:
    """Whether a theorem's condition holds, and the instructions that refute it."""

    holds: Answer
    critical: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Theorems:
    """The three theorems of the 1974 paper for one component model."""

    vmm: TheoremResult
    recursive: TheoremResult
    hvmm: TheoremResult


@dataclass(frozen=True, slots=True)
class ModelResult:
    """Layer 1 under one component model."""

    theorems: Theorems
    instructions: tuple[InstructionResult, ...]


@dataclass(frozen=True, slots=True)
class SoundnessResult:
    """Whether a monitor construction is sound, and the instructions that break it."""

    sound: Answer
    wrong: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exact:
    """Layer 2: the commuting square, for both monitor constructions."""

    trap_and_emulate: SoundnessResult
    hybrid: SoundnessResult
    instructions: tuple[ExactResult, ...]


@dataclass(frozen=True, slots=True)
class RelationCheck:
    """Whether the monitor's `install` satisfies its relation, and translations then agree, for every virtual state."""

    total: Answer
    reason: str = ""
    witness: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the analysis cost: solver queries, those decided by syntax alone, seconds, by instruction.
    `wall_seconds`: of all monitors that were asked about together."""

    queries: int
    syntactic: int
    solver_seconds: float
    wall_seconds: float
    slowest: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result of analyzing one machine under one monitor. `models` holds the component models asked for, by name;
    `versions` the programs that decided: name to version."""

    isa: str
    title: str
    monitor: str
    reading: str
    relation: str
    assumptions: tuple[str, ...]
    relation_check: RelationCheck
    models: Mapping[str, ModelResult]
    exact: Exact
    versions: Mapping[str, str] = field(default_factory=dict)
    statistics: Statistics | None = None

    @property
    def pg1974(self) -> ModelResult:
        """Layer 1 with mode and relocation as hidden state."""
        return self.models["pg1974"]

    @property
    def extended(self) -> ModelResult:
        """Layer 1 with control state hidden too."""
        return self.models["extended"]


class Interrupted(KeyboardInterrupt):
    """The user interrupted. `analysis` is what was known then: the instructions that were decided, of `total`; if these
    are not all, of theorems and soundness only what they refute; `others`: the same under further monitors. Its
    subclasses have what is known besides."""

    def __init__(self, analysis: Analysis, total: int, others: tuple[Analysis, ...] = ()) -> None:
        super().__init__()
        self.analysis = analysis
        self.total = total
        self.others = others
