"""One line in words for each way in which an instruction is sensitive, derived from what was found."""

from __future__ import annotations

from analyzer.properties.found import Existence
from analyzer.properties.shrink import causes
from analyzer.properties.subject import Subject
from analyzer.properties.witness import mode_name
from analyzer.verdict import Answer


def control_reason(subject: Subject, changes: tuple[str, ...], in_user: tuple[str, ...], runs_in_user: bool) -> str:
    """What it changes, and what of it a non-supervisor mode silently leaves alone."""
    text = f"changes {_list(changes)}"
    ignored = tuple(name for name in changes if name not in in_user)
    if ignored and runs_in_user:
        verb = "is" if len(ignored) == 1 else "are"
        text += f"; in {_user_modes(subject)} mode {_list(ignored)} {verb} silently left unchanged"
    return text


def behavior_reason(subject: Subject, existence: Existence) -> str:
    """What the guest can see of hidden state."""
    found = existence.found
    if existence.answer is not Answer.YES or found is None:
        return ""
    virtual, real = found.executions
    causes = _causes(subject, existence)
    if existence.parting == ("outcome",):
        modes = mode_name(subject, virtual.before), mode_name(subject, real.before)
        return (
            f"{_outcome(virtual.outcome.kind, virtual.outcome.trap)} in {modes[0]} mode, "
            f"{_outcome(real.outcome.kind, real.outcome.trap)} in {modes[1]} mode{causes}"
        )
    return f"{_list(existence.parting)} differ{'s' if len(existence.parting) == 1 else ''}{causes}"


def _causes(subject: Subject, existence: Existence) -> str:
    """Hidden components that make the runs part."""
    names = tuple("the place of the guest in storage" if n == "placement" else n for n in causes(subject, existence))
    return f", depending on {_list(names)}" if names else ""


def _outcome(kind: str, trap: str) -> str:
    return f"traps ({trap})" if kind == "traps" else "completes"


def _user_modes(subject: Subject) -> str:
    return " or ".join(mode.name for mode in subject.isa.modes.values() if mode.kind == "user")


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
