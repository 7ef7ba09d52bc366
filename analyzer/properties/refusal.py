"""What *privileged* asks of the states of a machine: whether the instruction completes in one, or is refused in one."""

from __future__ import annotations

from analyzer.properties.question import ALL_HIDDEN, Level, Names, Question, View
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import OwnStorage, instantiate
from analyzer.symbolic.terms import Term

NOTHING: Names = {}


def real_view(subject: Subject, level: Level, given: Names) -> tuple[View, tuple[Term, ...]]:
    """A run in a real state of some pair: non-supervisor mode, relation satisfied by some virtual state. Components in
    `given` have those values."""
    pc = subject.machine.pc.name
    real = {**subject.plain(level, subject.names("real", ALL_HIDDEN)), **given}
    virtual = {**subject.names("virtual", ALL_HIDDEN), pc: real[pc]}
    run = instantiate(subject.summary(level), subject.terms, subject.machine, real, "real", OwnStorage())
    premises = (
        *subject.tied(virtual, real), subject.encodable, *subject.no_tails(level, run),
        subject.fetched(level, real, True),
    )  # fmt: skip
    return View("real", real, run), premises


def runs_unprivileged(subject: Subject, level: Level, given: Names = NOTHING) -> Question:
    """(a) refuted: it completes in a real state."""
    view, premises = real_view(subject, level, given)
    return Question("completes in a real state", level, premises, view.run.completes, (view,))


def refuses_supervisor(subject: Subject, level: Level) -> Question:
    """(b) refuted: it traps in a supervisor mode with class privileged or call."""
    view, premises = subject.single(level, ("supervisor",))
    claim = view.run.traps("privileged", "call")
    return Question("refused to a supervisor", level, premises, claim, (view,))


def runs_supervised(subject: Subject, level: Level) -> Question:
    """(c): it completes in a supervisor mode."""
    view, premises = subject.single(level, ("supervisor",))
    return Question("completes in a supervisor mode", level, premises, view.run.completes, (view,))
