"""Which real states must trap: the pairs that force them into a trap condition.

A real state S2 is **forced** when the instruction completes in it and some related guest state S1 breaks the square, or
is in a user mode and in the condition itself, for then the guest's machine, which has the trap too, traps there.
"""

from __future__ import annotations

from functools import partial

from analyzer.language.declarations import Role
from analyzer.language.ir import Expr
from analyzer.properties.concrete import admitted, completes, in_kinds
from analyzer.properties.evidence import exists
from analyzer.properties.found import Existence, Found
from analyzer.properties.question import ALL_HIDDEN, Level, Names, Question
from analyzer.properties.replay import evaluating
from analyzer.properties.square import breakages, parting
from analyzer.properties.subject import Subject
from analyzer.symbolic.terms import Term

USER = ("user",)
INHERITED = ("guest's own trap",)


def forced_outside(subject: Subject, kinds: tuple[str, ...], trap: Expr) -> Existence:
    """Whether there is a pair whose real state is forced into the trap condition, but is not in `trap`; the guest in a
    mode of `kinds`."""

    def build(level: Level, differ: tuple[Role, ...] = ALL_HIDDEN) -> Question:
        pair, t = subject.pair(level, kinds, differ), subject.terms
        outside = t.and_(pair.real.run.completes, t.not_(holds(subject, trap, pair.real.names)))
        refused = t.and_(subject.in_modes(pair.virtual.names, USER), holds(subject, trap, pair.virtual.names))
        parts = (t.not_(pair.virtual.run.completes), *breakages(subject, pair), refused)
        return subject.question("trap condition", pair, tuple(t.and_(outside, part) for part in parts))

    def admits(found: Found) -> bool:
        evaluate = evaluating(subject, found)
        return admitted(subject.isa, subject.monitor, found, kinds, ALL_HIDDEN, evaluate=evaluate)

    in_place = partial(build, differ=("mode", "control"))
    return exists(
        subject,
        ("forced outside", kinds),
        build,
        lambda found: _parting(subject, trap, found),
        admits=admits,
        narrower=(in_place,),
    )


def _parting(subject: Subject, trap: Expr, found: Found) -> tuple[str, ...]:
    """The same on a concrete pair: what differs; nothing if the real state is not forced, or is in the condition."""
    virtual, real = found.executions
    if not completes(real.outcome) or value(subject, trap, found, 1):
        return ()
    refused = in_kinds(subject.isa, virtual.before, USER) and value(subject, trap, found, 0)
    return parting(subject, found) or (INHERITED if refused else ())


def holds(subject: Subject, condition: Expr, names: Names) -> Term:
    """A condition over fields and components, of a state."""
    fields = {name: subject.terms.var(name, width) for name, width in subject.body.fields.items()}
    return subject.expression(condition, names, {}, fields)


def value(subject: Subject, condition: Expr, found: Found, run: int) -> bool:
    """The value of a condition before a run of a concrete pair: 0 the guest's, 1 the real one."""
    return bool(evaluating(subject, found)(condition, found.fields, found.executions[run].before))
