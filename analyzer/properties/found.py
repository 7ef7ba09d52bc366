"""Concrete witnesses: states, executions by the reference evaluator, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from analyzer.encoding.codec import encode_row
from analyzer.language.evaluate import Evaluator, Interpretation, Outcome, State
from analyzer.properties.question import Question
from analyzer.properties.subject import Subject
from analyzer.verdict import Answer

LOOP_LIMIT = 64  # a witness goes round a loop no more often than the summary has levels; trials of smaller ones may


class Uniform(dict[int, int]):
    """Storage that holds one value where nothing else is listed. `read`: the places where it was read, through it or
    through its copies."""

    def __init__(self, value: int, stored: Mapping[int, int] | None = None, read: set[int] | None = None) -> None:
        super().__init__(stored or {})
        self.value = value
        self.read = set() if read is None else read

    def get(self, place: int, default: int = 0) -> int:  # type: ignore[override]  # units are never None
        """The unit at a place."""
        self.read.add(place)
        return super().get(place, self.value)

    def copy(self) -> Uniform:
        """The same storage."""
        return Uniform(self.value, self, self.read)


@dataclass(frozen=True)
class Execution:
    """A run of the reference evaluator: label (`virtual`, `real`, `own`), the state before, the outcome, and the
    values of what the specification leaves open."""

    label: str
    before: State
    outcome: Outcome
    interpretation: Interpretation


@dataclass(frozen=True)
class Found:
    """A concrete witness: field values, replayed runs, and where the guest lies (base, size, real size)."""

    question: Question
    fields: Mapping[str, int]
    executions: tuple[Execution, ...]
    placement: Mapping[str, int]


Replay = Callable[[Found], tuple[str, ...]]


@dataclass(frozen=True)
class Existence:
    """The answer to "is there a state, or pair, such that", with the witness and the components in which it parts.

    `shows` gives the parting of a witness, nothing if it does not answer the question; `raw` the same without asking
    whether the states are a pair of the question.
    """

    answer: Answer
    found: Found | None = None
    parting: tuple[str, ...] = ()
    reason: str = ""
    shows: Replay | None = None
    raw: Replay | None = None


def encoded(subject: Subject, fields: Mapping[str, int]) -> list[int]:
    """The units of the instruction with these fields; none for a word that is no instruction."""
    if not subject.instruction.encodings:
        return []
    return encode_row(subject.instruction, fields, subject.machine.program.unit)


def run(
    subject: Subject, label: str, interpretation: Interpretation, fields: Mapping[str, int], before: State
) -> Execution:
    """Execute the subject's instruction on the reference evaluator."""
    outcome = Evaluator(subject.machine, interpretation, LOOP_LIMIT).run(subject.body, fields, before)
    return Execution(label, before, outcome, interpretation)


def tried(subject: Subject, execution: Execution, fields: Mapping[str, int], before: State) -> Execution:
    """The same run from another state, on the compiled machine; what the specification leaves open has the values of
    the witness. Raises `DoesNotEnd`."""
    outcome = subject.compiled.run(subject.body, fields, before, execution.interpretation, LOOP_LIMIT)
    return Execution(execution.label, before, outcome, execution.interpretation)


def replayed(subject: Subject, found: Found) -> Found:
    """The witness with its runs as the reference evaluator executes them."""
    executions = (run(subject, e.label, e.interpretation, found.fields, e.before) for e in found.executions)
    return replace(found, executions=tuple(executions))
