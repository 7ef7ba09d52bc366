"""Control-sensitive: in some state, in any mode, the instruction completes and changes hidden state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analyzer.language.declarations import Component, Role
from analyzer.properties.concrete import changed, completes, in_kinds
from analyzer.properties.evidence import exists
from analyzer.properties.found import Existence, Found
from analyzer.properties.question import ALL_HIDDEN, STANDING, Level, Question
from analyzer.properties.subject import Subject
from analyzer.verdict import Answer


def control_question(subject: Subject, components: Iterable[Component], kinds: Iterable[str], level: Level) -> Question:
    """A state in a mode of `kinds` in which the instruction completes and changes one of `components`."""
    kinds, components = tuple(kinds), tuple(components)
    view, premises = subject.single(level, kinds)
    claim = subject.terms.and_(view.run.completes, subject.any(subject.changed(view, components)))
    label = f"control-sensitive {'-'.join(c.name for c in components[:1])} {'-'.join(kinds)}"
    return Question(label, level, premises, claim, (view,))


def counted(subject: Subject, roles: tuple[Role, ...]) -> tuple[Component, ...]:
    """The components whose change counts. Shared ones do not: for them "unchanged" means "still related", a question
    about pairs."""
    shared = subject.monitor.holders.union(subject.monitor.shared)
    return tuple(c for c in subject.components(*roles) if c.name in subject.effects.writes and c.name not in shared)


def control_sensitive(subject: Subject, roles: tuple[Role, ...], kinds: Iterable[str]) -> Existence:
    """Whether there is such a state, asked of one component after the other: that is faster than of all at once."""
    kinds = tuple(kinds)
    undecided = Existence(Answer.NO)
    for component in counted(subject, roles):
        answer = _changes(subject, component, kinds)
        if answer.answer is Answer.YES:
            return answer
        if answer.answer is Answer.UNKNOWN:
            undecided = answer
    return undecided


def _changes(subject: Subject, component: Component, kinds: tuple[str, ...]) -> Existence:
    """Whether it changes one component; the component models share the answer."""
    key = component.name, kinds
    if key not in subject.changing:
        subject.changing[key] = _find_change(subject, component, kinds)
    answer = subject.changing[key]
    assert isinstance(answer, Existence)
    return answer


def _find_change(subject: Subject, component: Component, kinds: tuple[str, ...]) -> Existence:
    def replay(found: Found) -> tuple[str, ...]:
        (execution,) = found.executions
        names = [
            n
            for n in changed(subject.machine, execution, ALL_HIDDEN)
            if n in {c.name for c in counted(subject, ALL_HIDDEN)}
        ]
        return tuple(names) if completes(execution.outcome) and component.name in names else ()

    def shows(found: Found) -> tuple[str, ...]:
        return replay(found) if in_kinds(subject.isa, found.executions[0].before, kinds) else ()

    for known in subject.changing.values():
        assert isinstance(known, Existence)
        if known.found is not None and shows(known.found):
            subject.counters.syntactic += 1
            return Existence(Answer.YES, known.found, shows(known.found), shows=shows, raw=replay)
    answer = exists(
        subject, lambda level: control_question(subject, (component,), kinds, level), replay, levels=STANDING
    )
    return replace(answer, shows=shows) if answer.found is not None else answer


def changeable(subject: Subject, roles: tuple[Role, ...], *groups: tuple[str, ...]) -> tuple[str, ...]:
    """Hidden components that the instruction, completing, changes in some state in a mode of one of the groups of
    kinds."""
    return tuple(
        component.name
        for component in counted(subject, roles)
        if any(_changes(subject, component, kinds).answer is Answer.YES for kinds in groups)
    )
