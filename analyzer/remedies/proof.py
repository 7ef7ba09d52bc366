"""Proofs of remedies: the exact criterion for the repaired machine, asked of the instructions that a remedy changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from analyzer.language.declarations import Body
from analyzer.language.ir import Apply, Branch, Const, If, Register, Stmt, Trap, walk
from analyzer.progress import Progress
from analyzer.remedies.variant import Variant
from analyzer.spec.model import Instruction, Isa
from analyzer.symbolic.solver import DEFAULT_RLIMIT
from analyzer.theorems.engine import INTERRUPTED, Options, analyze
from analyzer.verdict import Analysis, Answer, ExactResult, Interrupted, RelationCheck, Witness

COMPONENTS_ALONE = (Apply, Const, If, Register)  # conditions of these ask nothing but the values of components


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
    instruction. `interrupted`: the user did; what is not known then is `unknown`."""

    machine: Isa
    relation: RelationCheck
    proofs: Mapping[str, Proof]
    interrupted: bool = False


NOT_KNOWN = Proof(Answer.UNKNOWN, "unknown", INTERRUPTED)


def prove(
    base: Isa, variant: Variant, monitor: str, *, jobs: int = 1, rlimit: int = DEFAULT_RLIMIT,
    progress: Progress | None = None,
) -> Proofs:  # fmt: skip
    """Ask the exact criterion of every instruction that the variant amends."""
    machine = variant.load(base)
    rows = [row for row in machine.instructions if row.name in variant.amended]
    options = Options(monitor=monitor, models=(), jobs=jobs, rlimit=rlimit, progress=progress)
    begins = {row.name: guard(row) for row in rows}
    guards = {each.body.semantics: each for each in begins.values() if each is not None}
    whole = tuple(row for row in rows if begins[row.name] is None)
    found, interrupted = _known(replace(machine, instructions=(*guards.values(), *whole)), options)
    proofs = {row.name: proof for row, proof in _proofs(found)}
    traps = {semantics for semantics, each in guards.items() if proofs.get(each.name, NOT_KNOWN).by == "traps"}
    proofs |= {
        name: Proof(Answer.YES, "traps") for name, each in begins.items() if each and each.body.semantics in traps
    }
    rest = tuple(name for name, each in begins.items() if each and each.body.semantics not in traps)
    proofs = {name: proof for name, proof in proofs.items() if name not in rest}  # their guards' are not theirs
    if rest and not interrupted:
        others, interrupted = _known(machine, replace(options, only=rest))
        proofs |= {row.name: proof for row, proof in _proofs(others)}
    relation = found.relation_check
    return Proofs(machine, relation, {row.name: proofs.get(row.name, NOT_KNOWN) for row in rows}, interrupted)


def _known(machine: Isa, options: Options) -> tuple[Analysis, bool]:
    """The analysis, or what was known of it when the user interrupted, which is the second."""
    try:
        return analyze(machine, options), False
    except Interrupted as stop:
        return stop.analysis, True


def ask(
    machine: Isa, monitor: str, names: tuple[str, ...], *, jobs: int = 1, rlimit: int = DEFAULT_RLIMIT,
    progress: Progress | None = None,
) -> Mapping[str, Proof]:  # fmt: skip
    """Ask the exact criterion of the instructions `names` of a machine as it is."""
    if not names:
        return {}
    options = Options(monitor=monitor, models=(), only=names, jobs=jobs, rlimit=rlimit, progress=progress)
    return {row.name: proof for row, proof in _proofs(analyze(machine, options))}


def guard(row: Instruction) -> Instruction | None:
    """The conditional traps with which an instruction begins, if there are any, decided by components alone: the same
    for all instructions that begin so, whatever their fields are and wherever they stand. If they trap in every state,
    so does the instruction, and what follows does not matter."""
    semantics = tuple(map(_alone, takewhile(_may_trap, row.body.semantics)))
    length = Const(0, row.body.length.width)
    body = Body(fields={}, operands={}, length=length, semantics=semantics)
    return replace(row, encodings=(), body=body) if semantics else None


def _may_trap(statement: Stmt) -> bool:
    match statement:
        case Branch(condition, then=(Trap(),), other=()):
            return all(isinstance(node, COMPONENTS_ALONE) for node in walk(condition))
        case _:
            return False


def _alone(statement: Stmt) -> Stmt:
    """The same trap without its values, which do not decide whether it is taken."""
    assert isinstance(statement, Branch)
    (trap,) = statement.then
    assert isinstance(trap, Trap)
    return replace(statement, then=(Trap(trap.kind, ()),))


def _proofs(found: Analysis) -> Iterator[tuple[ExactResult, Proof]]:
    """What the exact criterion says of each instruction."""
    answers = {"traps": Answer.YES, "direct": Answer.YES, "wrong": Answer.NO}
    total = found.relation_check.total is Answer.YES
    for row in found.exact.instructions:
        answer = answers.get(row.trap_and_emulate, Answer.UNKNOWN) if total else Answer.UNKNOWN
        reason = row.unknown_reasons.get("trap_and_emulate", "") or found.relation_check.reason
        yield row, Proof(answer, row.trap_and_emulate, reason, row.witnesses.get("trap_and_emulate"))
