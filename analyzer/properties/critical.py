"""Critical: sensitive at a field value at which the instruction is not privileged."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from analyzer.properties.evidence import Build
from analyzer.properties.found import Existence, Found, Replay
from analyzer.properties.privileged import Privilege, completes_last, refused
from analyzer.properties.question import Level
from analyzer.properties.rebuild import Rebuilder
from analyzer.properties.refusal import refuses_supervisor, runs_unprivileged
from analyzer.properties.replay import replayed
from analyzer.properties.subject import Subject
from analyzer.symbolic.terms import Term
from analyzer.verdict import Answer, any_of


def critical(
    subject: Subject, privilege: Privilege, sensitivities: Iterable[tuple[Existence, Build]]
) -> tuple[Answer, str]:
    """Combine what is known; only where the instruction is privileged at some field values and not at others is there
    something to ask: sensitive and unprivileged at the same value. Also the reason of an `unknown`."""
    sensitivities = tuple(sensitivities)
    sensitive = any_of([existence.answer for existence, _ in sensitivities])
    reason = next((e.reason for e, _ in sensitivities if e.answer is Answer.UNKNOWN), "")
    if sensitive is Answer.NO or privilege.nowhere:
        return sensitive, reason
    if privilege.answer is Answer.UNKNOWN:
        return Answer.UNKNOWN, privilege.reason
    if privilege.everywhere:
        return (Answer.NO, "") if privilege.answer is Answer.YES else (privilege.answer, privilege.reason)
    asked = [(existence, build) for existence, build in sensitivities if existence.answer is not Answer.NO]
    if any(_shown(subject, privilege, existence) for existence, _ in asked):
        subject.counters.syntactic += 1
        return Answer.YES, ""
    answers = []
    for _, build in asked:
        answers.append(_jointly(subject, build))
        if answers[-1] is Answer.YES:
            break
    return any_of(answers), "solver: sensitive and unprivileged at one field value"


def _shown(subject: Subject, privilege: Privilege, existence: Existence) -> bool:
    """Whether the witnesses at hand show both at one field value: that of one of them, where the other stands, too."""
    first, shows = existence.found, existence.shows
    if first is None or shows is None:
        return False
    pairs = subject.pool if len(first.executions) == 2 else []
    known = [first, *(pair for pair in pairs if pair is not first and shows(pair))]
    counters = (
        (privilege.completes_unprivileged.found, completes_last),
        (privilege.refused_to_supervisor.found, partial(refused, subject)),
    )
    return any(
        _stands(subject, shows, sensitive, counter) or _stands(subject, counts, counter, sensitive)
        for counter, counts in counters
        if counter is not None
        for sensitive in known
    )


def _stands(subject: Subject, shows: Replay, found: Found, fixed: Found) -> bool:
    """Whether a witness still shows the same when the instruction has the fields of another one."""
    other = Rebuilder(subject, found).rebuilt(fixed.fields, found.executions[0].before.copy())
    return other is not None and bool(shows(other)) and bool(shows(replayed(subject, other)))


def _jointly(subject: Subject, build: Build) -> Answer:
    """Whether, at one field value, the claim holds and the instruction is not privileged."""
    levels: tuple[Level, ...] = ("abstract", "exact")
    for level in levels:
        question = build(level)
        unprivileged = subject.terms.or_(
            *(_elsewhere(subject, level, ask) for ask in (runs_unprivileged, refuses_supervisor))
        )
        conditions = (*question.premises, question.claim, unprivileged)
        result, _, _ = subject.solver.check(conditions, f"critical: {question.label} {level}")
        if result == "unsat":
            return Answer.NO if level == "abstract" else Answer.UNKNOWN
        if result == "sat" and level == "exact":
            return Answer.YES
    return Answer.UNKNOWN


def _elsewhere(subject: Subject, level: Level, ask: object) -> Term:
    """The condition of a question about single states, in a state of its own; fields are common."""
    t = subject.terms
    assert callable(ask)
    question = ask(subject, level)
    fields = subject.body.fields

    def other(node: Term) -> Term:
        if node.name in fields:
            return node
        if node.index_width:
            return t.array(f"{node.name}'", node.index_width, node.width)
        return t.var(f"{node.name}'", node.width)

    def function(node: Term, args: tuple[Term, ...]) -> Term | None:
        return (
            None
            if node.kind == "select" or node.name.startswith("function ")
            else t.uf(f"{node.name}'", args, node.width)
        )

    return t.substitute(t.and_(*question.premises, question.claim), other, function, {})
