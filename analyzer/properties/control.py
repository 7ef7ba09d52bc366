"""Control-sensitive: in some state, in any mode, the instruction completes and changes hidden state."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.language.declarations import Component, Role
from analyzer.properties.concrete import changed, completes, in_modes
from analyzer.properties.evidence import exists
from analyzer.properties.found import Existence, Found
from analyzer.properties.question import ALL_HIDDEN, OWN, STANDING, Level, Question
from analyzer.properties.subject import Subject
from analyzer.spec.model import Mode
from analyzer.verdict import Answer

ANY_KIND = ("supervisor", "user", "other", "monitor")


def modes_counted(subject: Subject, name: str, kinds: Iterable[str]) -> tuple[Mode, ...]:
    """The modes in which a change of a component counts, of a guest in a mode of `kinds`: those of the guest, unless it
    is shared; and the real ones, where no guest is in them or its value stands elsewhere, unless it holds one."""
    monitor, kinds = subject.monitor, tuple(kinds)
    guests = [mode for mode in subject.isa.guest_modes.values() if mode.kind in kinds]
    real = {monitor.modes[mode.name]: None for mode in guests} if name not in monitor.holders else {}
    others = [subject.isa.modes[each] for each in real]
    others = [mode for mode in others if mode.kind == "monitor" or name in monitor.shared]
    return (*([] if name in monitor.shared else guests), *others)


def control_question(subject: Subject, components: Iterable[Component], kinds: Iterable[str], level: Level) -> Question:
    """A state in which the instruction completes and changes one of `components`, in a mode in which that counts of a
    guest in a mode of `kinds`."""
    kinds, components, t = tuple(kinds), tuple(components), subject.terms
    modes = {c.name: modes_counted(subject, c.name, kinds) for c in components}
    guests = tuple(mode for mode in subject.isa.guest_modes.values() if mode.kind in kinds)
    plain = all(each == guests for each in modes.values())
    view, premises = subject.single(level, kinds if plain else ANY_KIND)
    changes = [
        term if plain else t.and_(term, t.or_(*(subject.is_mode(mode, view.names) for mode in modes[name])))
        for name, term in subject.changed(view, components)
    ]
    label = f"control-sensitive {'-'.join(c.name for c in components[:1])} {'-'.join(kinds)}"
    return Question(label, level, premises, t.and_(view.run.completes, t.or_(*changes)), (view,))


def counted(subject: Subject, roles: tuple[Role, ...]) -> tuple[Component, ...]:
    """The components whose change counts somewhere. Of those that stand in themselves it does not: for them "unchanged"
    means "still related", a question about pairs."""
    itself = subject.monitor.holders.intersection(subject.monitor.shared)
    return tuple(c for c in subject.components(*roles) if c.name in subject.effects.writes and c.name not in itself)


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
    return subject.changing[key]


def _find_change(subject: Subject, component: Component, kinds: tuple[str, ...]) -> Existence:
    def replay(found: Found) -> tuple[str, ...]:
        (execution,) = found.executions
        known = {c.name for c in counted(subject, ALL_HIDDEN)}
        names = tuple(n for n in changed(subject.machine, execution, ALL_HIDDEN) if n in known)
        return names if completes(execution.outcome) and component.name in names else ()

    def admits(found: Found) -> bool:
        """Any state may be one of a question about single states."""
        first = found.executions[0]
        return first.label == OWN and in_modes(first.before, modes_counted(subject, component.name, kinds))

    return exists(
        subject,
        ("changes", component.name, kinds),
        lambda level: control_question(subject, (component,), kinds, level),
        replay,
        admits=admits,
        levels=STANDING,
    )


def changeable(subject: Subject, roles: tuple[Role, ...], *groups: tuple[str, ...]) -> tuple[str, ...]:
    """Hidden components that the instruction, completing, changes in some state in a mode of one of the groups of
    kinds."""
    return tuple(
        component.name
        for component in counted(subject, roles)
        if any(_changes(subject, component, kinds).answer is Answer.YES for kinds in groups)
    )
