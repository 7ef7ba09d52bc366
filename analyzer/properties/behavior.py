"""Behavior-sensitive: two states that only hidden state tells apart, and a difference the guest can see."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from analyzer.language.declarations import Role
from analyzer.properties.concrete import admitted, changed, completes, related, trap_class, visible_parting
from analyzer.properties.evidence import exists
from analyzer.properties.found import Existence, Found
from analyzer.properties.kindred import Asked
from analyzer.properties.question import ALL_HIDDEN, PLACED, STANDING, Level, Pair, Question
from analyzer.properties.replay import evaluating
from analyzer.properties.subject import Subject
from analyzer.symbolic.terms import Term

EXTENDED = ALL_HIDDEN
PG1974: tuple[Role, ...] = ("mode", "relocation")


def claims(subject: Subject, pair: Pair, roles: tuple[Role, ...], literal: bool) -> tuple[Term, ...]:
    """Not a memory trap in the real state; and one run completes alone, or (where control counts) both trap and one
    trap alone is a call, or both complete without changing hidden state (shared components apart: where control
    counts, they must stay related) and then differ."""
    t = subject.terms
    virtual, real = pair.virtual.run, pair.real.run
    unchanged = t.not_(subject.any(subject.alone(pair, roles)))
    seen = subject.seen_differences(pair)
    if "control" in roles:
        seen = (*seen, subject.unrelated(pair))
    differ = [t.and_(virtual.completes, real.completes, difference, unchanged) for difference in seen]
    if literal:
        return tuple(differ)
    parts = [t.ne(virtual.completes, real.completes), *differ]
    if "control" in roles:
        neither = t.and_(t.not_(virtual.completes), t.not_(real.completes))
        parts.append(t.and_(neither, t.ne(virtual.traps("call"), real.traps("call"))))
    return tuple(t.and_(t.not_(real.traps("memory")), part) for part in parts)


def parting(subject: Subject, found: Found, roles: tuple[Role, ...], literal: bool) -> tuple[str, ...]:
    """The same on a concrete pair: in what the runs part."""
    machine = subject.machine
    virtual, real = found.executions
    class1, class2 = trap_class(machine, virtual.outcome), trap_class(machine, real.outcome)
    if class2 == "memory" and not literal:
        return ()
    done1, done2 = completes(virtual.outcome), completes(real.outcome)
    if done1 and done2:
        hidden = set(changed(machine, virtual, roles)).difference(subject.monitor.shared)
        hidden |= set(changed(machine, real, roles)) - subject.monitor.holders
        seen = visible_parting(machine, found)
        states = virtual.outcome.state, real.outcome.state
        if (
            "control" in roles
            and subject.monitor.shared
            and not related(machine, subject.monitor, *states, evaluate=evaluating(subject, found))
        ):
            seen.append("relation")
        return () if hidden else tuple(seen)
    if literal:
        return ()
    if done1 != done2 or ("control" in roles and (class1 == "call") != (class2 == "call")):
        return ("outcome",)
    return ()


def behavior_question(
    subject: Subject, roles: tuple[Role, ...], kinds: Iterable[str], level: Level, *,
    differ: tuple[Role, ...] | None = None, literal: bool = False,
) -> Question:  # fmt: skip
    """Such a pair, the guest in a mode of `kinds`. `differ`: what may differ (default all of `roles`)."""
    kinds, differ = tuple(kinds), roles if differ is None else differ
    pair = subject.pair(level, kinds, differ, control_relation="control" in roles, literal=literal)
    label = f"behavior-sensitive {'-'.join(differ)} {'-'.join(kinds)}"
    return subject.question(label, pair, claims(subject, pair, roles, literal))


def asked(
    roles: tuple[Role, ...], kinds: Iterable[str], differ: tuple[Role, ...] | None = None, *, literal: bool = False
) -> Asked:
    """What tells this question from others."""
    return "behavior", roles, tuple(kinds), differ, literal


def behavior_sensitive(
    subject: Subject, roles: tuple[Role, ...], kinds: Iterable[str], *, differ: tuple[Role, ...] | None = None,
    literal: bool = False,
) -> Existence:  # fmt: skip
    """Whether there is such a pair."""
    kinds = tuple(kinds)
    in_place = tuple(role for role in roles if role != "relocation")

    def build(level: Level, differ: tuple[Role, ...] | None = differ) -> Question:
        return behavior_question(subject, roles, kinds, level, differ=differ, literal=literal)

    return exists(
        subject,
        asked(roles, kinds, differ, literal=literal),
        build,
        lambda found: parting(subject, found, roles, literal),
        levels=("exact",) if literal else STANDING if "relocation" not in (differ or roles) else PLACED,
        admits=None if literal else lambda found: admitted(
            subject.isa, subject.monitor, found, kinds, roles if differ is None else differ,
            control_relation="control" in roles, evaluate=evaluating(subject, found),
        ),
        narrower=(partial(build, differ=in_place),) if differ is None and not literal else (),
    )  # fmt: skip
