"""Layer 2, the commuting square: may the instruction run directly under a monitor that satisfies the relation?"""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.properties import restart
from analyzer.properties.concrete import admitted, changed, completes, related, visible_parting
from analyzer.properties.evidence import exists
from analyzer.properties.found import Existence, Found
from analyzer.properties.openness import completes_somewhere
from analyzer.properties.subject import ALL_HIDDEN, Level, Pair, Question, Subject
from analyzer.symbolic.terms import Term
from analyzer.verdict import Answer


def runs(subject: Subject, kinds: Iterable[str]) -> Existence:
    """Whether the instruction completes in some real state of a pair."""
    kinds = tuple(kinds)
    if completes_somewhere(subject):
        return Existence(Answer.YES)

    def build(level: Level) -> Question:
        pair = subject.pair(level, kinds)
        return _question(f"runs {'-'.join(kinds)}", pair, pair.real.run.completes)

    def replay(found: Found) -> tuple[str, ...]:
        return ("outcome",) if completes(found.executions[1].outcome) else ()

    return exists(subject, build, replay)


def wrong(subject: Subject, kinds: Iterable[str]) -> Existence:
    """Whether a pair exists in which the real run completes and the square does not commute, or a committed trap does
    not restart; the guest in a mode of `kinds`."""
    kinds = tuple(kinds)

    def build(level: Level) -> Question:
        pair = subject.pair(level, kinds)
        t = subject.terms
        square = t.and_(pair.real.run.completes, t.or_(t.not_(pair.virtual.run.completes), broken(subject, pair)))
        claim = t.or_(square, restart.breaks(subject, pair))
        return _question(f"wrong {'-'.join(kinds)}", pair, claim)

    def admits(found: Found) -> bool:
        return admitted(subject.isa, subject.monitor, found, kinds, ALL_HIDDEN)

    return exists(subject, build, lambda found: parting(subject, found), admits=admits)


def _question(label: str, pair: Pair, claim: Term) -> Question:
    return Question(label, pair.level, pair.premises, claim, (pair.virtual, pair.real), pair.region)


def broken(subject: Subject, pair: Pair) -> Term:
    """Both runs completing: a visible difference, or hidden state that changed (shared: that is no longer related)."""
    t = subject.terms
    own = [c for c in subject.components(*ALL_HIDDEN) if c.name not in subject.monitor.shared]
    parts = subject.visible_differences(pair) + subject.changed(pair.virtual, own) + subject.changed(pair.real, own)
    return t.or_(subject.any(parts), subject.unrelated(pair))


def parting(subject: Subject, found: Found) -> tuple[str, ...]:
    """The same on a concrete pair."""
    machine, shared = subject.machine, set(subject.monitor.shared)
    virtual, real = found.executions
    if not completes(real.outcome):
        return restart.parting(subject, found)
    if not completes(virtual.outcome):
        return ("outcome",)
    out = visible_parting(machine, found)
    for execution in found.executions:
        out += [f"{execution.label}.{name}" for name in changed(machine, execution, ALL_HIDDEN) if name not in shared]
    if shared and not related(machine, subject.monitor, virtual.outcome.state, real.outcome.state):
        out.append("relation")
    return tuple(out)
