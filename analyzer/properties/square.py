"""Layer 2, the commuting square: may the instruction run directly under a monitor that satisfies the relation?"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from analyzer.language.declarations import Role
from analyzer.properties import restart
from analyzer.properties.concrete import admitted, changed, completes, related, visible_parting
from analyzer.properties.evidence import exists
from analyzer.properties.found import Existence, Found
from analyzer.properties.openness import completes_somewhere
from analyzer.properties.question import ALL_HIDDEN, Level, Pair, Question
from analyzer.properties.replay import evaluating
from analyzer.properties.subject import Subject
from analyzer.symbolic.terms import Term
from analyzer.verdict import Answer


def runs(subject: Subject, kinds: Iterable[str]) -> Existence:
    """Whether the instruction completes in some real state of a pair."""
    kinds = tuple(kinds)
    if completes_somewhere(subject):
        return Existence(Answer.YES)

    def build(level: Level) -> Question:
        pair = subject.pair(level, kinds)
        return subject.question(f"runs {'-'.join(kinds)}", pair, (pair.real.run.completes,))

    def replay(found: Found) -> tuple[str, ...]:
        return ("outcome",) if completes(found.executions[1].outcome) else ()

    return exists(subject, ("runs", kinds), build, replay, admits=partial(_admits, subject, kinds))


def _admits(subject: Subject, kinds: tuple[str, ...], found: Found) -> bool:
    return admitted(subject.isa, subject.monitor, found, kinds, ALL_HIDDEN, evaluate=evaluating(subject, found))


def wrong(subject: Subject, kinds: Iterable[str]) -> Existence:
    """Whether a pair exists in which the real run completes and the square does not commute, or a committed trap does
    not restart; the guest in a mode of `kinds`."""
    kinds = tuple(kinds)

    def build(level: Level, differ: tuple[Role, ...] = ALL_HIDDEN) -> Question:
        pair = subject.pair(level, kinds, differ)
        t = subject.terms
        broken = (t.not_(pair.virtual.run.completes), *breakages(subject, pair))
        square = [t.and_(pair.real.run.completes, breakage) for breakage in broken]
        return subject.question(f"wrong {'-'.join(kinds)}", pair, (*square, restart.breaks(subject, pair)))

    in_place = partial(build, differ=("mode", "control"))
    return exists(
        subject,
        ("wrong", kinds),
        build,
        lambda found: parting(subject, found),
        admits=partial(_admits, subject, kinds),
        narrower=(in_place,),
    )


def breakages(subject: Subject, pair: Pair) -> tuple[Term, ...]:
    """Both runs completing: hidden state that changed (shared: that is no longer related), or a visible difference."""
    hidden = subject.any(subject.alone(pair, ALL_HIDDEN))
    return hidden, subject.unrelated(pair), *subject.seen_differences(pair)


def parting(subject: Subject, found: Found) -> tuple[str, ...]:
    """The same on a concrete pair."""
    machine, monitor = subject.machine, subject.monitor
    virtual, real = found.executions
    if not completes(real.outcome):
        return restart.parting(subject, found)
    if not completes(virtual.outcome):
        return ("outcome",)
    out = visible_parting(machine, found)
    for execution, shared in ((virtual, monitor.shared.keys()), (real, monitor.holders)):
        out += [f"{execution.label}.{name}" for name in changed(machine, execution, ALL_HIDDEN) if name not in shared]
    states = virtual.outcome.state, real.outcome.state
    if monitor.shared and not related(machine, monitor, *states, evaluate=evaluating(subject, found)):
        out.append("relation")
    return tuple(out)
