"""Answers that are not given: under a relation that some guest state cannot satisfy, and of a machine that was looked
at in part."""

from __future__ import annotations

from dataclasses import replace

from analyzer.verdict import (
    Analysis,
    Answer,
    ExactResult,
    InstructionResult,
    SoundnessResult,
    TheoremResult,
    Theorems,
)

NOT_TOTAL = "relation not total: some virtual state has no real state under this monitor"


def withheld(row: InstructionResult) -> InstructionResult:
    """The row without its answers about pairs; what single states show stands."""
    unknown = Answer.UNKNOWN
    sensitive = Answer.YES if row.control_sensitive is Answer.YES else unknown
    reasons = dict.fromkeys(("privileged", "behavior_sensitive", "critical"), NOT_TOTAL)
    return replace(
        row, privileged=unknown, behavior_sensitive=unknown, mode_sensitive=unknown, location_sensitive=unknown,
        configuration_sensitive=unknown, sensitive=sensitive, critical=unknown, user_sensitive=unknown,
        supervisor_sensitive=unknown, user_critical=unknown, reasons=(), unknown_reasons=reasons,
        witnesses={name: witness for name, witness in row.witnesses.items() if len(witness.runs) == 1},
    )  # fmt: skip


def unsquared(row: ExactResult) -> ExactResult:
    """The row without an answer."""
    reasons = {"trap_and_emulate": NOT_TOTAL, "hybrid": NOT_TOTAL}
    return ExactResult(row.name, "unknown", "unknown", unknown_reasons=reasons)


def refuted(part: Analysis) -> Analysis:
    """The analysis of some instructions, of the whole machine only what these refute."""
    models = {
        name: replace(model, theorems=Theorems(*map(_held, (t.vmm, t.recursive, t.hvmm))))
        for name, model in part.models.items()
        for t in (model.theorems,)
    }
    exact = replace(part.exact, trap_and_emulate=_kept(part.exact.trap_and_emulate), hybrid=_kept(part.exact.hybrid))
    return replace(part, models=models, exact=exact)


def _held(result: TheoremResult) -> TheoremResult:
    return result if result.holds is Answer.NO else replace(result, holds=Answer.UNKNOWN)


def _kept(result: SoundnessResult) -> SoundnessResult:
    return result if result.sound is Answer.NO else replace(result, sound=Answer.UNKNOWN)
