"""What data flow alone decides.

An instruction that neither reads nor writes hidden state, touches storage only through the translation and leaves
nothing unpredictable has the same terms in both runs of every pair: it is innocuous, and never wrong. If, besides, it
traps only where the translation refuses an access, then it completes wherever the translation lets it; whether there
is a real state that lets it is one question to the whole machine.
"""

from __future__ import annotations

from analyzer.language.declarations import HIDDEN_ROLES
from analyzer.language.ir import Trap, walk
from analyzer.properties.evidence import fix
from analyzer.properties.subject import ALL_HIDDEN, Names, Subject, mentions
from analyzer.symbolic.solver import Model, minimize
from analyzer.symbolic.terms import Term

MAX_ROUNDS = 16
ALL_KINDS = ("supervisor", "user", "other")


def noninterfering(subject: Subject) -> bool:
    """Whether hidden state can neither influence the instruction, nor be changed by it, except through translation."""
    effects, machine = subject.effects, subject.machine
    hidden = {c.name for c in machine.with_role(*HIDDEN_ROLES)}
    touched = effects.reads | effects.writes
    spaces = effects.loads | effects.stores
    opaque = effects.marks & {"unpredictable", "storage_size"}
    return not touched & hidden and spaces <= {machine.program.name} and not opaque


def resumable(subject: Subject) -> bool:
    """Whether a trap always leaves the state as it was before the instruction."""
    kinds = subject.machine.traps.values()
    return "commit" not in subject.effects.marks and all(kind.restartable for kind in kinds)


def traps_only_by_translation(subject: Subject) -> bool:
    """Whether the instruction, itself, never traps (`trap_after` completes)."""
    functions = subject.machine.functions
    called = [functions[name].body for name in sorted(subject.effects.calls)]
    hooks = [functions[name].body for name in ("before", "after") if name in functions]
    return not any(isinstance(n, Trap) for block in (subject.body.semantics, *called, *hooks) for n in walk(block))


def completes_at_every_field(subject: Subject) -> bool:
    """Whether data flow shows: at each field value at which the instruction completes in some supervisor state, it
    completes in some real state, and it does complete in one."""
    return noninterfering(subject) and traps_only_by_translation(subject) and (is_open(subject) or lends(subject))


def is_open(subject: Subject) -> bool:
    """Whether the machine has a real state in which no access to any program address is refused."""
    if not subject.facts.asked:
        subject.facts.open = open_state(subject)
        subject.facts.asked = True
    return subject.facts.open is not None


def lends(subject: Subject) -> bool:
    """Whether the machine can translate in a real state exactly as in any supervisor state."""
    if subject.facts.lends is None:
        subject.facts.lends = lends_translation(subject)
    return subject.facts.lends


def lends_translation(subject: Subject) -> bool:
    """Whether every translation of a supervisor state is that of some real state: `translate` reads no mode component, and
    the relation, satisfiable in every mode, does not speak of relocation."""
    machine = subject.machine
    if not subject.translation_ignores_mode:
        return False
    mentioned = {name for e in subject.monitor.relation for name in mentions(e)}
    if mentioned & {c.name for c in machine.with_role("relocation")} or subject.isa.invariants:
        return False
    virtual, real = subject.names("virtual", ALL_HIDDEN), subject.names("real", ALL_HIDDEN)
    premises = (subject.mode_pairs(virtual, real, ALL_KINDS), subject.relation(virtual, real))
    return subject.solver.check(premises, "a real state in any relocation")[0] == "sat"


def open_state(subject: Subject) -> dict[str, int] | None:
    """Relocation, by name, of a real state in which the translation refuses no access: the least values;
    counterexample-guided."""
    t = subject.terms
    virtual, real = subject.names("virtual", ALL_HIDDEN), subject.names("real", ALL_HIDDEN)
    premises = [
        subject.mode_pairs(virtual, real, ALL_KINDS), subject.relation(virtual, real), subject.invariants(virtual),
        subject.invariants(real), subject.sizes(real),
    ]  # fmt: skip
    states = subject.solver.session(premises, "open real state")
    width = subject.machine.program.address
    samples = [(address, kind) for address in (0, (1 << width) - 1) for kind in range(3)]
    open_at: list[Term] = []
    for _ in range(MAX_ROUNDS):
        for address, kind in samples:
            fault, _ = subject.translation.at(t, real, t.const(address, width), t.const(kind, 2))
            states.add(t.not_(fault))
            open_at.append(t.not_(fault))
        if states.check() != "sat" or states.model is None:
            return None
        relocation = [real[c.name] for c in subject.components("relocation") if c.count is None]
        narrowed = subject.solver.session(premises, "least open real state")
        narrowed.model = states.model
        for condition in open_at:
            narrowed.add(condition)
        minimize(narrowed, relocation, t)
        model = narrowed.model
        refused = _refused(subject, real, model)
        result, stray, _ = subject.solver.check((refused,), "open everywhere")
        if result == "unsat":
            return {c.name: model.value(real[c.name]) for c in subject.components("relocation") if c.count is None}
        if stray is None:
            return None
        samples = [(stray.value(subject.translation.address), stray.value(subject.translation.kind))]
    return None


def _refused(subject: Subject, names: Names, model: Model) -> Term:
    """Whether an access, read or write, faults in the model's state."""
    t, translation = subject.terms, subject.translation
    fault, _ = translation.at(t, names, translation.address, translation.kind)
    fixed = fix(subject, fault, model, {translation.address.name, translation.kind.name})
    return t.and_(fixed, t.apply("ult", translation.kind, t.const(3, 2)))
