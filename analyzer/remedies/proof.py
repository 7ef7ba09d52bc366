"""Proofs of remedies: the exact criterion for the repaired machine, asked of the instructions that a remedy changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.remedies.variant import Variant
from analyzer.spec.model import Isa
from analyzer.symbolic.solver import DEFAULT_RLIMIT
from analyzer.theorems.engine import Options, analyze
from analyzer.verdict import Answer, RelationCheck, Witness


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether an instruction of the repaired machine is sound under the monitor. `by`: `traps` or `direct`, else
    `wrong` with a `witness`, or `unknown` with a `reason`."""

    proved: Answer
    by: str
    reason: str = ""
    witness: Witness | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """The repaired machine, whether its monitor satisfies its relation in every state, and a proof for each amended
    instruction."""

    machine: Isa
    relation: RelationCheck
    proofs: Mapping[str, Proof]


def prove(base: Isa, variant: Variant, monitor: str, *, jobs: int = 1, rlimit: int = DEFAULT_RLIMIT) -> Proofs:
    """Ask the exact criterion of every instruction that the variant amends."""
    machine = variant.load(base)
    options = Options(monitor=monitor, models=(), only=variant.amended, jobs=jobs, rlimit=rlimit)
    found = analyze(machine, options)
    total, proofs = found.relation_check.total, {}
    for row in found.exact.instructions if variant.amended else ():
        answer = {"traps": Answer.YES, "direct": Answer.YES, "wrong": Answer.NO}.get(
            row.trap_and_emulate, Answer.UNKNOWN
        )
        reason = row.unknown_reasons.get("trap_and_emulate", "") or found.relation_check.reason
        witness = row.witnesses.get("trap_and_emulate")
        proofs[row.name] = Proof(
            answer if total is Answer.YES else Answer.UNKNOWN, row.trap_and_emulate, reason, witness
        )
    return Proofs(machine, found.relation_check, proofs)
