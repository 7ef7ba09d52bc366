"""What validation did and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from analyzer.verdict import Analysis, Interrupted

Kind = Literal["witness", "wrong instruction", "guest", "recursion", "isolation", "random program"]
KINDS: tuple[Kind, ...] = ("witness", "wrong instruction", "guest", "recursion", "isolation", "random program")
REQUIRED: tuple[Kind, ...] = ("witness", "guest", "recursion", "isolation", "random program")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was run. `monitor`: how, nothing for runs without one. `instructions` were compared. `predicted`:
    it diverged, as the analysis says. `failure` says what is wrong, nothing if nothing is; `listing` shows where."""

    kind: Kind
    subject: str
    monitor: str
    instructions: int
    predicted: bool = False
    failure: str = ""
    listing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Validation:
    """All that was run for one machine under one of its monitors; of the kinds `required` something must be.
    `interrupted`: of so many tasks, where the user interrupted; otherwise 0. A task is one check or several."""

    isa: str
    monitor: str
    checks: tuple[Check, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    required: tuple[Kind, ...] = field(default=REQUIRED, metadata={"shown": False})
    done: int = field(default=0, metadata={"shown": False})
    interrupted: int = field(default=0, metadata={"shown": False})

    @property
    def failures(self) -> tuple[Check, ...]:
        """What failed; also that nothing of a kind was run."""
        missing = [
            Check(kind, self.isa, "", 0, failure=f"no {kind} was run")
            for kind in self.required
            if not self.counts.get(kind) and not self.interrupted
        ]
        return (*(check for check in self.checks if check.failure), *missing)

    @property
    def passed(self) -> bool:
        """Whether all was as the analysis says, and nothing is missing."""
        return not self.failures and not self.interrupted


class ValidationInterrupted(Interrupted):
    """The user interrupted when the analysis was known, and of its validation `validation`."""

    def __init__(self, validation: Validation, analysis: Analysis) -> None:
        super().__init__(analysis, len(analysis.exact.instructions))
        self.validation = validation


def counted(isa: str, monitor: str, checks: list[Check], required: Sequence[Kind] = REQUIRED) -> Validation:
    """The checks with how many there are of each kind, how many monitors ran guests, how many instructions were
    compared, and how many divergences were predicted."""
    kinds = Counter(check.kind for check in checks)
    counts: dict[str, int] = {kind: kinds[kind] for kind in KINDS}
    counts["monitors"] = len({check.monitor for check in checks if check.monitor})
    counts["instructions compared"] = sum(check.instructions for check in checks)
    counts["divergences predicted"] = sum(check.predicted for check in checks)
    return Validation(isa, monitor, tuple(checks), counts, tuple(required))
