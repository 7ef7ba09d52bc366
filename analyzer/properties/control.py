"""Control-sensitive: in some state, in any mode, the instruction completes and changes hidden state."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.language.declarations import Role
from analyzer.properties.concrete import changed, completes
from analyzer.properties.evidence import Existence, Found, exists
from analyzer.properties.subject import Level, Question, Subject


def control_question(subject: Subject, roles: tuple[Role, ...], kinds: Iterable[str], level: Level) -> Question:
    """A state in a mode of `kinds` in which the instruction completes and changes a component of `roles`.

    Shared components do not count here: for them "unchanged" means "still related", a question about pairs.
    """
    kinds = tuple(kinds)
    counted = [c for c in subject.components(*roles) if c.name not in subject.monitor.shared]
    view, premises = subject.single(level, kinds)
    claim = subject.terms.and_(view.run.completes, subject.any(subject.changed(view, counted)))
    return Question(f"control-sensitive {'-'.join(kinds)}", level, premises, claim, (view,))


def control_sensitive(subject: Subject, roles: tuple[Role, ...], kinds: Iterable[str], *, small: bool = False) -> Existence:
    """Whether there is such a state."""
    kinds = tuple(kinds)

    def replay(found: Found) -> tuple[str, ...]:
        (execution,) = found.executions
        names = [n for n in changed(subject.machine, execution, roles) if n not in subject.monitor.shared]
        return tuple(names) if completes(execution.outcome) else ()

    return exists(subject, lambda level: control_question(subject, roles, kinds, level), replay, small=small)


def changeable(
    subject: Subject, roles: tuple[Role, ...], kinds: Iterable[str] = ("supervisor", "user", "other")
) -> tuple[str, ...]:
    """Hidden components that the instruction, completing, changes in some state in a mode of `kinds`."""
    out = []
    for component in subject.components(*roles):
        if component.name not in subject.effects.writes:
            continue
        view, premises = subject.single("exact", kinds)
        ((_, change),) = subject.changed(view, [component])
        result, _, _ = subject.solver.check((*premises, view.run.completes, change), f"changes {component.name}")
        if result == "sat":
            out.append(component.name)
    return tuple(out)
