"""What data flow alone decides.

An instruction that neither reads nor writes hidden state, touches storage only through the translation and leaves
nothing unpredictable has the same terms in both runs of every pair: it is innocuous, and never wrong. If, besides, it
traps only where the translation refuses an access, then it completes wherever the translation lets it; whether there
is a real state that lets it is one question to the whole machine.
"""

from __future__ import annotations

from analyzer.language.declarations import HIDDEN_ROLES
from analyzer.language.ir import Trap, walk
from analyzer.properties.concretize import fix
from analyzer.properties.question import ALL_HIDDEN, OWN, Names, mentions
from analyzer.properties.small_states import completed
from analyzer.properties.subject import Subject
from analyzer.symbolic.solver import Model
from analyzer.symbolic.summary import RUN_SPECIFIC
from analyzer.symbolic.terms import Term, postorder

MAX_ROUNDS = 16


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
    """Whether the instruction, itself, never traps (`trap_after` completes), and reaches storage through program space,
    or without a translation that could trap."""
    spaces = (subject.machine.spaces[name] for name in subject.effects.loads | subject.effects.stores)
    if any(space.role == "system" for space in spaces):
        return False
    functions = subject.machine.functions
    called = [functions[name].body for name in sorted(subject.effects.calls)]
    hooks = [functions[name].body for name in ("before", "after") if name in functions]
    return not any(isinstance(n, Trap) for block in (subject.body.semantics, *called, *hooks) for n in walk(block))


def traps_by_itself(subject: Subject) -> bool:
    """Whether fields, program counter and visible components alone, of the state it began in, decide on every trap but
    those by which the translation refuses: then it completes in any state with the same ones in which nothing is
    refused."""
    summary, visible = subject.summary("abstract"), {c.name for c in subject.components("pc", "visible")}
    if summary.tails or subject.invariants_read & visible:
        return False
    own = (event.guard for event in summary.traps if event.kind)
    known = visible | subject.body.fields.keys()
    leaves = (node for guard in own for node in postorder(guard) if node.kind in ("var", "array", "uf"))
    return all(node.kind != "uf" and node.name in known for node in leaves)


def completes_at_every_field(subject: Subject) -> bool:
    """Whether data flow shows: at each field value at which the instruction completes in some supervisor state, it
    completes in some real state of every mode."""
    if not noninterfering(subject):
        return False
    return lends(subject) or (is_open(subject) and (traps_only_by_translation(subject) or traps_by_itself(subject)))


def completes_where_open(subject: Subject) -> bool:
    """Whether the instruction completes at every field value in the machine's open state: it never traps itself, and
    every access is by the translation of the state it began in."""
    if not traps_only_by_translation(subject) or not is_open(subject):
        return False
    events = subject.summary("abstract").traps
    moved = f"fault changed{RUN_SPECIFIC}"
    return not any(n.kind == "uf" and n.name == moved for event in events for n in postorder(event.guard))


def completes_somewhere(subject: Subject) -> bool:
    """Whether, without the solver, it completes in some real state of every mode, and is privileged nowhere."""
    if subject.somewhere is None:
        subject.somewhere = completes_at_every_field(subject) and completed(subject, OWN) is not None
    return subject.somewhere


def is_open(subject: Subject) -> bool:
    """Whether the machine has a real state in which no access to any program address is refused."""
    if not subject.facts.asked:
        subject.facts.open = open_state(subject.aside())
        subject.facts.asked = True
    return subject.facts.open is not None


def lends(subject: Subject) -> bool:
    """Whether the machine can translate in a real state exactly as in any supervisor state."""
    if subject.facts.lends is None:
        subject.facts.lends = lends_translation(subject.aside())
    return subject.facts.lends


def lends_translation(subject: Subject) -> bool:
    """Whether every supervisor state has a real state, for each virtual mode, with the same relocation:
    `translate` reads no mode component, and the relation and the invariants, satisfiable, do not tie relocation to
    modes or control. Rests on a total relation, without which no answer stands: it gives every supervisor state a real
    one with the same visible components, whose modes and control may stand beside its relocation."""
    machine = subject.machine
    relocation = {c.name for c in machine.with_role("relocation")}
    others = {c.name for c in machine.with_role("mode", "control")}
    if not subject.translation_ignores_mode or any(mentions(e) & relocation for e in subject.monitor.relation):
        return False
    named = [subject.analysis.block(invariant).reads for invariant in subject.isa.invariants]
    if any(reads & relocation and reads & others for reads in named):
        return False
    virtual, real = subject.names("virtual", ("mode", "control")), subject.names("real", ("mode", "control"))
    premises = (subject.relation(virtual, real), subject.invariants(virtual), subject.invariants(real))
    return all(
        subject.solver.check((*premises, subject.is_mode_pair(mode, virtual, real)), "a real state")[0] == "sat"
        for mode in subject.isa.guest_modes.values()
    )


def open_state(subject: Subject) -> dict[str, int] | None:
    """Relocation, by name, of a real state in which the translation refuses no access; counterexample-guided."""
    t = subject.terms
    virtual, real = subject.names("virtual", ALL_HIDDEN), subject.names("real", ALL_HIDDEN)
    states = subject.solver.session(subject.tied(virtual, real), "open real state")
    width = subject.machine.program.address
    samples = [(address, kind) for address in (0, (1 << width) - 1) for kind in range(3)]
    for _ in range(MAX_ROUNDS):
        for address, kind in samples:
            fault, _ = subject.translation.at(t, real, t.const(address, width), t.const(kind, 2))
            states.add(t.not_(fault))
        if states.check() != "sat" or states.model is None:
            return None
        model = states.model
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
