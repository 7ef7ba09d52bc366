"""Validation of a machine with a remedy: guests in lockstep, recursion, isolation, random programs."""

from __future__ import annotations

from dataclasses import replace

from analyzer.monitors import TRAP
from analyzer.monitors.paravirtual import Paravirtual
from analyzer.progress import Progress
from analyzer.validation.guests import guests
from analyzer.validation.results import Kind, Validation, ValidationInterrupted
from analyzer.validation.validate import RANDOM_PROGRAMS, Validator, validated
from analyzer.validation.ways import Way
from analyzer.verdict import Analysis, Answer, Exact


def validate_with(
    way: Way, analysis: Analysis, *, jobs: int = 1, randoms: int = RANDOM_PROGRAMS, progress: Progress | None = None
) -> Validation:
    """Run the checks of a machine with a remedy: no divergence is right but at instructions that are not proved.

    `analysis`: that of the machine without it. Code that is drawn at random is not ported, so that it is not run with
    hypercalls.
    """
    kinds = {"guest": "guest", "recursion": "recursion", "isolation": "isolation", "random": "random program"}
    if issubclass(way.kind, Paravirtual):
        del kinds["random"]
    programs = [replace(guest, wrong=False) for guest in guests(way.isa)]
    if way.remedy == TRAP:  # the guest's machine is another one, on which programs may end otherwise
        programs = [replace(guest, program=replace(guest.program, expect=())) for guest in programs]
    validator = Validator(
        way.isa, remedied(analysis, way), programs, {way.remedy: way.kind}, randoms, kinds=kinds, load=way.load
    )
    required: tuple[Kind, ...] = tuple(kind for kind in KINDS_RUN if kind in kinds.values())
    title = f"{analysis.isa} with {way.remedy}"
    try:
        return replace(validated(validator, required, jobs, progress), isa=title)
    except ValidationInterrupted as stop:
        raise ValidationInterrupted(replace(stop.validation, isa=title), analysis) from None


KINDS_RUN: tuple[Kind, ...] = ("guest", "recursion", "isolation", "random program")


def remedied(analysis: Analysis, way: Way) -> Analysis:
    """The analysis as the remedy leaves it: what is proved is sound under every construction."""
    rows = tuple(
        replace(
            row,
            trap_and_emulate=_verdict(row.name, row.trap_and_emulate, way),
            hybrid=_verdict(row.name, row.hybrid, way),
        )
        for row in analysis.exact.instructions
    )
    exact: Exact = replace(analysis.exact, instructions=rows)
    return replace(analysis, isa=way.isa.name, exact=exact)


def _verdict(name: str, verdict: str, way: Way) -> str:
    proof = way.proofs.get(name)
    if proof is None:
        return verdict
    return proof.by if proof.proved is Answer.YES else "wrong"
