"""The sentences of a report. A condition that fails is never called impossible: the theorems say only *if*."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.report.escape import short
from analyzer.report.model import Row, kinds
from analyzer.verdict import (
    Answer,
    Exact,
    InstructionResult,
    Run,
    SoundnessResult,
    TheoremResult,
    Theorems,
    Witness,
)

SHOWN = 12  # names in one sentence; the rest is counted
LITERAL_VALUES = 10  # smaller values read the same in every base

# Name, subject, what it means that the condition holds, and that it fails where that is not about instructions.
THEOREMS = (
    ("vmm", "virtual machine monitor", "no instruction is critical, so one may be constructed", ""),
    (
        "recursive",
        "recursive virtualization",
        "a monitor that does not depend on time may run under itself",
        "the sufficient condition fails: it begins with that for a virtual machine monitor",
    ),
    ("hvmm", "hybrid monitor", "no user-sensitive instruction is unprivileged, so one may be constructed", ""),
)
CONSTRUCTIONS = (
    ("trap_and_emulate", "trap-and-emulate monitor"),
    ("hybrid", "hybrid monitor"),
)


def theorems(results: Theorems) -> Iterator[tuple[str, str, str]]:
    """For each theorem: its subject, the answer, and what that means."""
    for field, subject, meaning, failing in THEOREMS:
        result: TheoremResult = getattr(results, field)
        yield subject, result.holds, _theorem(result, meaning, failing)


def soundness(exact: Exact) -> Iterator[tuple[str, str, str]]:
    """For each monitor construction: its subject, whether it is sound, and what that means."""
    for field, subject in CONSTRUCTIONS:
        result: SoundnessResult = getattr(exact, field)
        yield subject, result.sound, _soundness(result)


def _theorem(result: TheoremResult, meaning: str, failing: str) -> str:
    match result.holds:
        case Answer.YES:
            return meaning
        case Answer.NO:
            return failing or f"the sufficient condition fails because of {names(result.critical)}"
        case _:
            return _undecided(result.undecided)


def _soundness(result: SoundnessResult) -> str:
    match result.sound:
        case Answer.YES:
            return "sound: what does not trap does to the guest what the guest's own machine would do"
        case Answer.NO:
            return f"not sound: run directly, the guest goes wrong at {names(result.wrong)}"
        case _:
            return _undecided(result.undecided)


def _undecided(undecided: Sequence[str]) -> str:
    return f"not decided because of {names(undecided)}" if undecided else "not decided"


def names(items: Sequence[str]) -> str:
    """A list of instructions in a sentence: how many, the first ones, and how many more."""
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return f"{count(len(items))}: {', '.join(map(short, items[:SHOWN]))}{more}"


def count(number: int) -> str:
    """So many instructions."""
    return f"{number} instruction{'s' if number != 1 else ''}"


def sensitivity(row: Row) -> str:
    """The kinds of sensitivity for which the row is critical, by model, written once where the models agree."""
    found = {model: ", ".join(kinds(row.models[model])) for model in row.critical}
    if len(set(found.values())) == 1 and len(found) == len(row.models):
        return next(iter(found.values()))
    return "; ".join(f"{listed} ({model})" for model, listed in found.items())


def reason(row: Row) -> str:
    """In one line, why the instruction is critical or goes wrong; the model that sees most is asked first."""
    if row.critical:
        return reason_of(row.models[row.critical[-1]])
    return next((because(witness) for witness in row.exact.witnesses.values()), "")


def reason_of(result: InstructionResult) -> str:
    """In one line, why an instruction is critical under one component model."""
    if result.reasons:
        return short(result.reasons[0])
    sensitive = (witness for question, witness in result.witnesses.items() if question != "privileged")
    return next((because(witness) for witness in sensitive), "")


def because(witness: Witness) -> str:
    """What the witness shows, in one sentence."""
    if witness.why:
        return short(witness.why)
    if len(witness.runs) == 1:
        return f"in {witness.runs[0].mode} mode it {_ends(witness.runs[0])} and changes {', '.join(witness.parting)}"
    guest, real = witness.runs
    if "outcome" in witness.parting:
        return f"in virtual {guest.mode} mode it {_ends(guest)}, run in real {real.mode} mode it {_ends(real)}"
    parted = ", ".join(f"{name} is {value(guest, name)} and {value(real, name)}" for name in witness.parting)
    return f"in virtual {guest.mode} mode, run in real {real.mode} mode, the results differ: {parted}"


def outcome(run: Run) -> str:
    """The outcome with what belongs to it."""
    if run.outcome == "traps":
        return f"traps: {run.trap} ({run.trap_class})"
    return f"{run.outcome} ({run.result})" if run.result else run.outcome


def _ends(run: Run) -> str:
    return f"traps ({run.trap})" if run.outcome == "traps" else run.outcome


def value(run: Run, name: str) -> str:
    """What `name` is after the run."""
    return number(run.after.get(name, run.before.get(name)))


def number(item: int | None) -> str:
    """A value as the reports write it: small ones in decimal, others in hexadecimal."""
    if item is None:
        return ""
    return str(item) if item < LITERAL_VALUES else hex(item)
