"""Privileged: the machine refuses the instruction to every non-supervisor mode, and to no supervisor.

At a field value: (a) it completes in no real state; (b) in every supervisor-mode state it completes or traps with
class memory or exception; (c) in some supervisor-mode state it completes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from analyzer.properties.concrete import completes, trap_class
from analyzer.properties.evidence import Build, exists
from analyzer.properties.field_values import privileged_at_some_field
from analyzer.properties.found import Existence, Found
from analyzer.properties.openness import completes_at_every_field, completes_somewhere, completes_where_open
from analyzer.properties.question import OWN, STANDING
from analyzer.properties.refusal import refuses_supervisor, runs_supervised, runs_unprivileged
from analyzer.properties.small_states import completed
from analyzer.properties.subject import Subject
from analyzer.verdict import Answer


@dataclass(frozen=True)
class Privilege:
    """`answer` for the instruction; `nowhere`: at no field value privileged; `everywhere`: (a) and (b) hold at all.

    `completes_unprivileged`: counterexample to (a); `refused_to_supervisor`: counterexample to (b);
    `completes_supervised`: (c). These hold no tests of other witnesses (`completes_last`, `refused`), so that all of it
    can be handed to another process.
    """

    answer: Answer
    nowhere: bool
    everywhere: bool
    completes_unprivileged: Existence
    refused_to_supervisor: Existence
    completes_supervised: Existence
    reason: str = ""


def privileged(subject: Subject) -> Privilege:
    """Decide (a), (b), (c), for all field values where the answer is one and the same, else value by value."""
    if completes_somewhere(subject):
        yes, no = Existence(Answer.YES), Existence(Answer.NO)
        return Privilege(Answer.NO, True, False, yes, no, yes)
    refuses = partial(refuses_supervisor, subject)
    a = _completing(subject, "a", "real", partial(runs_unprivileged, subject))
    b = _untested(exists(subject, ("b",), refuses, partial(refused, subject), levels=STANDING))
    c = _completing(subject, "c", OWN, partial(runs_supervised, subject))
    if a.answer is Answer.NO and b.answer is Answer.NO:
        answer = {Answer.YES: Answer.YES, Answer.NO: Answer.VACUOUS}.get(c.answer, Answer.UNKNOWN)
        reason = c.reason or ("it completes in no supervisor mode" if answer is Answer.VACUOUS else "")
        return Privilege(answer, False, True, a, b, c, reason)
    if c.answer is Answer.NO:
        return Privilege(Answer.NO, True, False, a, b, c)
    if Answer.UNKNOWN in (a.answer, b.answer):
        return Privilege(Answer.UNKNOWN, False, False, a, b, c, a.reason or b.reason)
    if completes_at_every_field(subject) or completes_where_open(subject):
        return Privilege(Answer.NO, True, False, a, b, c)
    answer, reason = privileged_at_some_field(subject)
    return Privilege(answer, answer is Answer.NO, False, a, b, c, reason)


def _completing(subject: Subject, asked: str, label: str, build: Build) -> Existence:
    """Whether it completes in a state: seen in a small one, or asked."""
    seen = completed(subject, label)
    if seen is not None:
        subject.counters.syntactic += 1
        subject.pool.append(seen)
        return Existence(Answer.YES, seen, completes_last(seen))
    return _untested(exists(subject, (asked,), build, completes_last, levels=STANDING))


def _untested(existence: Existence) -> Existence:
    return replace(existence, shows=None, raw=None)


def completes_last(found: Found) -> tuple[str, ...]:
    """What a counterexample to (a), or a witness of (c), shows; of a pair its real state."""
    return ("outcome",) if completes(found.executions[-1].outcome) else ()


def refused(subject: Subject, found: Found) -> tuple[str, ...]:
    """What a counterexample to (b) shows."""
    outcome = found.executions[-1].outcome
    return ("outcome",) if trap_class(subject.machine, outcome) in ("call", "privileged") else ()
