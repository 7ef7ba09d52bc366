"""Concrete witnesses: states, executions, and what they answer. What is shown was executed by the reference evaluator;
until then outcomes share register files with the states before, and neither is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analyzer.language.evaluate import Interpretation, Outcome, State
from analyzer.properties.question import Level
from analyzer.verdict import Answer


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


@dataclass(frozen=True, eq=False)
class Found:
    """A concrete witness: field values, replayed runs, and where the guest lies (base, size, real size).

    `level`: of the question for which it was found; `common`: the components of which that has one value in both runs.
    `small`: whether nothing of it can be made smaller, for the instruction for which it was found, and while storage is
    uniform, if it is.
    """

    level: Level
    common: frozenset[str]
    fields: Mapping[str, int]
    executions: tuple[Execution, ...]
    placement: Mapping[str, int]
    small: bool = False


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
