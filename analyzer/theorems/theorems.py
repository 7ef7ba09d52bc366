"""The theorems, each a few lines over the properties of all instructions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from analyzer.verdict import Answer, ExactResult, InstructionResult, SoundnessResult, TheoremResult, Theorems


def _none(rows: Iterable[InstructionResult], ask: Callable[[InstructionResult], Answer]) -> TheoremResult:
    """Holds if no instruction has the property; unknown if none has it and some are undecided."""
    rows = tuple(rows)
    refuting = tuple(row.name for row in rows if ask(row) is Answer.YES)
    undecided = tuple(row.name for row in rows if not ask(row).decided)
    holds = Answer.NO if refuting else Answer.UNKNOWN if undecided else Answer.YES
    return TheoremResult(holds, refuting, undecided)


def vmm(rows: Iterable[InstructionResult]) -> TheoremResult:
    """Theorem 1: if no instruction is critical, a virtual machine monitor may be constructed."""
    return _none(rows, lambda row: row.critical)


def recursive(rows: Iterable[InstructionResult]) -> TheoremResult:
    """Theorem 2: as theorem 1, for a monitor without timing dependencies (an assumption that is reported)."""
    return vmm(rows)


def hvmm(rows: Iterable[InstructionResult]) -> TheoremResult:
    """Theorem 3: if no user-sensitive instruction is unprivileged at the same field value, a hybrid monitor may be
    constructed."""
    return _none(rows, lambda row: row.user_critical)


def theorems(rows: Sequence[InstructionResult], relation_total: bool) -> Theorems:
    """All three; a relation that some guest state cannot satisfy leaves every verdict under it unknown."""
    results = Theorems(vmm(rows), recursive(rows), hvmm(rows))
    if relation_total:
        return results
    return Theorems(*(replace(r, holds=Answer.UNKNOWN) for r in (results.vmm, results.recursive, results.hvmm)))


def sound(rows: Iterable[ExactResult], construction: str, relation_total: bool) -> SoundnessResult:
    """Layer 2: a construction (`trap_and_emulate` or `hybrid`) is sound when no instruction is wrong under it."""
    answers = [(row.name, getattr(row, construction)) for row in rows]
    wrong = tuple(name for name, answer in answers if answer == "wrong")
    undecided = tuple(name for name, answer in answers if answer == "unknown")
    answer = Answer.NO if wrong else Answer.UNKNOWN if undecided else Answer.YES
    return SoundnessResult(answer if relation_total else Answer.UNKNOWN, wrong, undecided)
