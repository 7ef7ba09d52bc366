"""What data flow alone decides.

An instruction that neither reads nor writes hidden state, touches storage only through the translation and leaves
nothing unpredictable has the same terms in both runs of every pair: it is innocuous, and never wrong. If, besides, it
traps only where the translation refuses an access, then it completes wherever the translation lets it; whether there
is a real state that lets it is one question to the whole machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from analyzer.language.declarations import ACCESS_KINDS, HIDDEN_ROLES, Component
from analyzer.language.evaluate import DoesNotEnd, Interpretation, State, initial_state
from analyzer.language.ir import Trap, walk
from analyzer.language.operators import mask
from analyzer.properties.concrete import completes
from analyzer.properties.concretize import fix
from analyzer.properties.question import ALL_HIDDEN, OWN, Names, mentions
from analyzer.properties.replay import encoded, run, trial
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import SIZE
from analyzer.symbolic.solver import Model
from analyzer.symbolic.summary import RUN_SPECIFIC
from analyzer.symbolic.terms import Term, postorder

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
    tied = any(subject.analysis.block(invariant).reads & visible for invariant in subject.isa.invariants)
    if summary.tails or tied:
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
        subject.somewhere = completes_at_every_field(subject) and completes_in_small_state(subject)
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
    modes or control."""
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
    premises = [
        subject.mode_pairs(virtual, real, ALL_KINDS), subject.relation(virtual, real), subject.invariants(virtual),
        subject.invariants(real), subject.sizes(real),
    ]  # fmt: skip
    states = subject.solver.session(premises, "open real state")
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


# -- small concrete states -----------------------------------------------------------------------------------

PLACES_OF_CODE = (64, 1024)
MAX_FILLED = 64
FILLS: tuple[Callable[[int], int], ...] = (lambda i: 0, lambda i: i & 1, lambda i: 1, lambda i: 1024)


def completes_in_small_state(subject: Subject) -> bool:
    """Whether the instruction is seen to complete in a supervisor state that is small but opens the translation."""
    if not subject.facts.asked_small:
        subject.facts.asked_small = True
        subject.facts.small = small_state(subject.aside())
    state = subject.facts.small
    if state is None:
        return False
    states = [_filled(subject, state, fill) for fill in FILLS]
    return any(_completes(subject, filled, fields) for fields in _field_values(subject) for filled in states)


def _filled(subject: Subject, state: State, fill: Callable[[int], int]) -> State:
    """The state with visible register files filled by a function of the index."""
    out = state.copy()
    for component in subject.machine.with_role("visible"):
        if component.count is not None and component.count <= MAX_FILLED:
            out.files[component.name] = {i: fill(i) & mask(component.width) for i in range(component.count)}
    return out


def _completes(subject: Subject, state: State, fields: dict[str, int]) -> bool:
    """Whether the instruction completes, its units put where they are fetched: tried on the compiled machine, and seen
    by the reference evaluator."""
    compiled, state, units = subject.compiled, state.copy(()), encoded(subject, fields)
    for place, unit in zip(
        compiled.places_of_code(state.registers[subject.machine.pc.name], len(units), state), units, strict=True
    ):
        if place is None:
            return False
        state.storage[place] = unit
    try:
        tried = trial(subject, OWN, Interpretation(), fields, state)
        return completes(tried.outcome) and completes(run(subject, OWN, Interpretation(), fields, state).outcome)
    except DoesNotEnd:
        return False


def _field_values(subject: Subject) -> Iterator[dict[str, int]]:
    """Small values of the fields for each form; restricted fields have the least that the form allows."""
    for encoding in subject.instruction.encodings:
        for form in encoding.forms:
            restricted = {**encoding.prefixes, **form.allowed, **{n: frozenset((v,)) for n, v in form.cases.items()}}
            fixed = {name: min(values) for name, values in restricted.items() if name in subject.body.fields}
            for value in (0, 1):
                yield dict.fromkeys(subject.body.fields, value) | fixed


def small_state(subject: Subject) -> State | None:
    """A supervisor state whose relocation refuses as few of some sample accesses as one after the other allow."""
    names = subject.names(OWN, ())
    model = _roomy(subject, names, subject.state_premises(names, ("supervisor",)), "small supervisor state")
    if model is None:
        return None
    state = initial_state(subject.machine, model.value(names[SIZE]))
    for component in subject.machine.components.values():
        if component.count is not None and component.role == "relocation":
            state.files[component.name] = _elements(subject, names, component, model)
        elif component.count is None and component.role != "visible":
            state.registers[component.name] = model.value(names[component.name])
    return state


def roomy_places(subject: Subject) -> list[Names]:
    """Program counter and what the translation reads of relocation in a real state, as constants, in which few accesses
    are refused: with two places for the instruction, so that an access may meet one of them; empty if there is none."""
    if subject.facts.roomy is None:
        subject.facts.roomy = _roomy_values(subject.aside())
    t, machine = subject.terms, subject.machine
    out = {SIZE: t.const(1 << machine.storage.address, machine.size_width)}
    for name, value in subject.facts.roomy.items():
        component = machine.components[name]
        if isinstance(value, int):
            out[name] = t.const(value, component.width)
        else:
            out[name] = t.elements({i: t.const(v, component.width) for i, v in value.items()}, component.index_width)
    places = [t.const(place & mask(machine.pc.width), machine.pc.width) for place in PLACES_OF_CODE]
    return [{**out, machine.pc.name: place} for place in places] if subject.facts.roomy else []


def _roomy_values(subject: Subject) -> dict[str, int | dict[int, int]]:
    virtual, real = subject.names("virtual", ALL_HIDDEN), subject.names("real", ALL_HIDDEN)
    premises = (
        subject.mode_pairs(virtual, real, ALL_KINDS), subject.relation(virtual, real), subject.invariants(virtual),
        subject.invariants(real), subject.sizes(real),
    )  # fmt: skip
    model = _roomy(subject, real, premises, "roomy real state")
    if model is None:
        return {}
    read = {subject.machine.pc.name, *subject.translation_reads}
    return {
        c.name: model.value(real[c.name]) if c.count is None else _elements(subject, real, c, model)
        for c in subject.components("pc", "relocation")
        if c.name in read and (c.count is None or c.count <= MAX_FILLED)
    }


def _elements(subject: Subject, names: Names, component: Component, model: Model) -> dict[int, int]:
    t = subject.terms
    indices = [t.const(i, component.index_width) for i in range(component.count or 0)]
    return {i.value: model.value(t.select(names[component.name], i)) for i in indices}


def _roomy(subject: Subject, names: Names, premises: Iterable[Term], label: str) -> Model | None:
    """A state in which the instruction's place can be fetched, and each of some sample accesses is allowed if the
    earlier ones leave that open."""
    t, machine = subject.terms, subject.machine
    session = subject.solver.session(premises, label)
    pc = t.eq(names[machine.pc.name], t.const(PLACES_OF_CODE[0] & mask(machine.pc.width), machine.pc.width))
    full = t.eq(names[SIZE], t.const(1 << machine.storage.address, machine.size_width))
    kind = t.const(ACCESS_KINDS["execute"], 2)
    wanted = [pc, full, t.not_(subject.translation.at(t, names, subject.code_address(names, 0), kind)[0])]
    bits = machine.program.wrap or machine.program.address
    for selector in range(1 << (machine.program.address - bits)):
        for access, corner in product(range(3), (0, (1 << bits) - 1)):
            address = t.const(selector << bits | corner, machine.program.address)
            wanted.append(t.not_(subject.translation.at(t, names, address, t.const(access, 2))[0]))
    for condition in wanted:
        if session.check(condition) == "sat":
            session.add(condition)
    return session.model if session.check() == "sat" else None
