"""All properties of one instruction: layer 1 under the component models, layer 2 under the monitor constructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, partial

from analyzer.language.declarations import Role
from analyzer.properties.behavior import EXTENDED, PG1974, asked, behavior_question, behavior_sensitive
from analyzer.properties.control import changeable, control_question, control_sensitive, counted
from analyzer.properties.critical import critical
from analyzer.properties.found import Existence
from analyzer.properties.openness import noninterfering, resumable
from analyzer.properties.privileged import Privilege, privileged
from analyzer.properties.reasons import behavior_reason, control_reason
from analyzer.properties.shrink import shrink
from analyzer.properties.square import runs, wrong
from analyzer.properties.subject import Subject
from analyzer.properties.witness import describe
from analyzer.verdict import Answer, ExactResult, InstructionResult, SourceRef, Witness, any_of

MODELS: Mapping[str, tuple[Role, ...]] = {"pg1974": PG1974, "extended": EXTENDED}
KINDS: Mapping[Role, str] = {
    "mode": "mode_sensitive", "relocation": "location_sensitive", "control": "configuration_sensitive",
}  # fmt: skip
USER: tuple[str, ...] = ("user",)
REST: tuple[str, ...] = ("supervisor", "other")
EVERY: tuple[str, ...] = (*REST, *USER)
NO = Existence(Answer.NO)
NOT_ASKED = Existence(Answer.UNKNOWN, reason="not asked: whether it needs a remedy does not hang on it")
ANSWERS = tuple(field.name for field in fields(InstructionResult) if field.type == "Answer")


@dataclass
class Layer1:
    """What was found out about one instruction under one component model."""

    roles: tuple[Role, ...]
    control: dict[tuple[str, ...], Existence] = field(default_factory=dict)
    behavior: dict[tuple[str, ...], Existence] = field(default_factory=dict)
    kinds: dict[Role, Existence] = field(default_factory=dict)


def find(subject: Subject, model: str, privilege: Callable[[], Privilege], literal: bool) -> Layer1:
    """Answer the questions of layer 1, the guest in user modes and in the others apart."""
    found = Layer1(MODELS[model])
    if noninterfering(subject):
        subject.counters.syntactic += 4
        found.control = {USER: NO, REST: NO}
        found.behavior = {USER: NO, REST: NO}
        return found
    if subject.brief:
        return decide(subject, found, privilege(), literal)
    for kinds in (REST, USER):
        found.control[kinds] = control_sensitive(subject, found.roles, kinds)
    if all(asked(found.roles, kinds, literal=literal) in subject.kindred.refuted for kinds in (REST, USER)):
        for kinds in (REST, USER):
            found.behavior[kinds] = behavior_sensitive(subject, found.roles, kinds, literal=literal)
        if all(existence.answer is Answer.NO for existence in found.behavior.values()):
            found.kinds = dict.fromkeys(found.roles, NO)  # pairs that differ in one role are among them
            return found
    for role in found.roles:
        found.kinds[role] = behavior_sensitive(subject, found.roles, EVERY, differ=(role,), literal=literal)
    for kinds in (REST, USER):
        found.behavior[kinds] = _jointly(subject, found, kinds, literal)
    return found


def decide(subject: Subject, found: Layer1, privilege: Privilege, literal: bool) -> Layer1:
    """Answer as few of the questions as decide whether the instruction is critical."""
    found.kinds = dict.fromkeys(found.roles, NOT_ASKED)
    for kinds in (REST, USER):
        matters = not privilege.everywhere
        found.control[kinds] = control_sensitive(subject, found.roles, kinds) if matters else NOT_ASKED
        matters = matters and not (privilege.nowhere and found.control[kinds].answer is Answer.YES)
        answer = behavior_sensitive(subject, found.roles, kinds, literal=literal) if matters else NOT_ASKED
        found.behavior[kinds] = answer
    return found


def _jointly(subject: Subject, found: Layer1, kinds: tuple[str, ...], literal: bool) -> Existence:
    """Behavior-sensitive, the guest in a mode of `kinds`: one role alone is a smaller question."""
    for role, existence in found.kinds.items():
        if existence.answer is Answer.YES and (role != "mode" or not _same_modes(subject, kinds)):
            alone = behavior_sensitive(subject, found.roles, kinds, differ=(role,), literal=literal)
            if alone.answer is Answer.YES:
                return alone
    return behavior_sensitive(subject, found.roles, kinds, literal=literal)


def _same_modes(subject: Subject, kinds: tuple[str, ...]) -> bool:
    """Whether the modes of these kinds are run in themselves, so that the mode of a pair cannot differ."""
    modes = [mode.name for mode in subject.isa.modes.values() if mode.kind in kinds]
    return all(subject.monitor.modes[name] == name for name in modes)


def classify(subject: Subject, model: str, known: Callable[[], Privilege], literal: bool) -> InstructionResult:
    """Layer 1 of one instruction under one model."""
    found, privilege = find(subject, model, known, literal), known()
    sensitivities = {
        kinds: (
            (
                found.control[kinds],
                lambda level, kinds=kinds: control_question(subject, counted(subject, found.roles), kinds, level),
            ),
            (
                found.behavior[kinds],
                lambda level, kinds=kinds: behavior_question(subject, found.roles, kinds, level, literal=literal),
            ),
        )
        for kinds in (REST, USER)
    }
    is_critical, why = critical(subject, privilege, sensitivities[REST] + sensitivities[USER])
    user_critical, user_why = critical(subject, privilege, sensitivities[USER])
    control = any_of([e.answer for e in found.control.values()])
    behavior = any_of([e.answer for e in found.behavior.values()])
    user = any_of([e.answer for e, _ in sensitivities[USER]])
    rest = any_of([e.answer for e, _ in sensitivities[REST]])
    changes = changeable(subject, found.roles, REST, USER) if control is Answer.YES and not subject.brief else ()
    answers = {
        "privileged": privilege.answer, "control_sensitive": control, "behavior_sensitive": behavior,
        **{name: found.kinds.get(role, NO).answer for role, name in KINDS.items()},
        "sensitive": any_of([control, behavior]),
        "critical": is_critical, "user_sensitive": user, "supervisor_sensitive": rest, "user_critical": user_critical,
    }  # fmt: skip
    unknown = {"privileged": privilege.reason, "critical": why, "user_critical": user_why}
    for kinds in (REST, USER):
        unknown["control_sensitive"] = found.control[kinds].reason or unknown.get("control_sensitive", "")
        unknown["behavior_sensitive"] = found.behavior[kinds].reason or unknown.get("behavior_sensitive", "")
    for role, existence in found.kinds.items():
        unknown[KINDS[role]] = existence.reason
    undecided = {name: unknown.get(name) or "see the other answers" for name, a in answers.items() if not a.decided}
    row = subject.instruction
    return InstructionResult(
        name=row.name, mnemonic=row.mnemonic, source=SourceRef(row.file, row.span.line), changes=changes,
        reasons=() if subject.brief else _reasons(subject, found, changes, privilege),
        witnesses={} if subject.brief else _witnesses(subject, found),
        unknown_reasons=undecided, **answers,
    )  # fmt: skip


def unasked(subject: Subject) -> InstructionResult:
    """Layer 1 of one instruction, nothing of which was asked."""
    row, unknown = subject.instruction, dict.fromkeys(ANSWERS, Answer.UNKNOWN)
    return InstructionResult(
        name=row.name, mnemonic=row.mnemonic, source=SourceRef(row.file, row.span.line), changes=(), reasons=(),
        witnesses={}, unknown_reasons=dict.fromkeys(ANSWERS, NOT_ASKED.reason), **unknown,
    )  # fmt: skip


def _first(subject: Subject, found: Mapping[tuple[str, ...], Existence]) -> Existence | None:
    """The first witness, made small: of a guest in supervisor mode rather than in user mode."""
    first = next((e for e in found.values() if e.found is not None), None)
    return None if first is None else shrink(subject, first)


def _reasons(subject: Subject, found: Layer1, changes: tuple[str, ...], privilege: Privilege) -> tuple[str, ...]:
    out = []
    if changes:
        in_user = changeable(subject, found.roles, USER)
        out.append(control_reason(subject, changes, in_user, privilege.completes_unprivileged.answer is Answer.YES))
    behavior = _first(subject, found.behavior)
    if behavior is not None:
        out.append(behavior_reason(subject, behavior))
    return tuple(out)


def _witnesses(subject: Subject, found: Layer1) -> dict[str, Witness]:
    out = {}
    for name, answers in (("control_sensitive", found.control), ("behavior_sensitive", found.behavior)):
        existence = _first(subject, answers)
        if existence is not None:
            out[name] = describe(subject, name, existence)
        in_user = shrink(subject, answers[USER])
        if in_user.found is not None and existence is not None and in_user.found is not existence.found:
            out[f"user_{name}"] = describe(subject, f"user_{name}", in_user)
    return out


def layer2(subject: Subject) -> ExactResult:
    """The square of one instruction, for a monitor that runs every virtual mode directly, and for a hybrid one."""
    if noninterfering(subject) and resumable(subject):
        subject.counters.syntactic += 2
        bad = {USER: NO, REST: NO}
    else:
        bad = {kinds: wrong(subject, kinds) for kinds in (REST, USER)}
    hybrid = _answer(subject, [bad[USER]], USER)
    every = _answer(subject, list(bad.values()), EVERY)
    witnesses, reasons = {}, {}
    first = _first(subject, bad)
    if first is not None:
        witnesses["trap_and_emulate"] = describe(subject, "trap_and_emulate", first)
    if bad[USER].found is not None:
        witnesses["hybrid"] = describe(subject, "hybrid", shrink(subject, bad[USER]))
    for name, (answer, reason) in (("trap_and_emulate", every), ("hybrid", hybrid)):
        if answer == "unknown":
            reasons[name] = reason
    return ExactResult(subject.instruction.name, every[0], hybrid[0], witnesses, reasons)


def _answer(subject: Subject, bad: list[Existence], kinds: tuple[str, ...]) -> tuple[str, str]:
    """`wrong`, `traps`, `direct` or `unknown`, and the reason of the last."""
    verdict = any_of([existence.answer for existence in bad])
    if verdict is Answer.YES:
        return "wrong", ""
    if verdict is Answer.UNKNOWN:
        return "unknown", next(e.reason for e in bad if e.answer is Answer.UNKNOWN)
    completes = runs(subject, kinds)
    return {Answer.YES: ("direct", ""), Answer.NO: ("traps", "")}.get(completes.answer, ("unknown", completes.reason))


def analyze_instruction(
    subject: Subject, models: tuple[str, ...], reading: str, privilege: Callable[[], Privilege] | None = None
) -> tuple[dict[str, InstructionResult], ExactResult]:
    """Everything about one instruction; without models, layer 2 alone; in brief, layer 1 where it is not wrong.
    `privilege` gives what is found out elsewhere, and is asked once, when that is needed."""
    exact = layer2(subject) if subject.brief or not models else None
    if exact is not None and (not models or exact.trap_and_emulate == "wrong"):
        return dict.fromkeys(models, unasked(subject)), exact
    known = cache(privilege or partial(privileged, subject))
    if privilege is None:
        known()  # now: its witnesses serve the questions that follow
    # the model with the most hidden state first: its witnesses often serve the others, too
    order = sorted(models, key=lambda model: -len(MODELS[model]))
    layer1 = {model: classify(subject, model, known, reading == "literal") for model in order}
    return {model: layer1[model] for model in models}, exact or layer2(subject)
