"""Small concrete states of a machine in which most instructions complete: what is seen there needs no solver.

One supervisor state and one real state of a guest, for all instructions: translation refuses as little as may be, and
storage is 0 but for the instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from analyzer.language.declarations import ACCESS_KINDS, HIDDEN_ROLES
from analyzer.language.evaluate import DoesNotEnd, Interpretation, State, initial_state
from analyzer.language.operators import mask
from analyzer.properties.concrete import completes
from analyzer.properties.concretize import contents_of
from analyzer.properties.found import Found
from analyzer.properties.question import ALL_HIDDEN, OWN, PLACE, Names, place_of_code
from analyzer.properties.replay import encoded, run, trial
from analyzer.properties.subject import Subject
from analyzer.simulator.runtime import Trapped
from analyzer.symbolic.runs import SIZE
from analyzer.symbolic.solver import Model
from analyzer.symbolic.terms import Term, postorder

PLACES = (64, PLACE)  # where code stands
MAX_FILLED = 64
FILLS: tuple[Callable[[int], int], ...] = (lambda i: 0, lambda i: i & 1, lambda i: 1, lambda i: 1024)


def _nothing(name: str, args: tuple[int, ...]) -> int:
    return 0


ZEROS = Interpretation(_nothing)  # what only instructions leave open may have any value


def completed(subject: Subject, label: str) -> Found | None:
    """The instruction seen to complete in a small state: a supervisor's (`own`), or one of a guest (`real`)."""
    state = small_state(subject, label)
    if state is None:
        return None
    states = [_filled(subject, state, fill) for fill in FILLS]
    known = (_completes(subject, label, filled, fields) for fields in _field_values(subject) for filled in states)
    return next((found for found in known if found is not None), None)


def _filled(subject: Subject, state: State, fill: Callable[[int], int]) -> State:
    """The state with visible register files filled by a function of the index."""
    out = state.copy()
    for component in subject.machine.with_role("visible"):
        if component.count is not None and component.count <= MAX_FILLED:
            out.files[component.name] = {i: fill(i) & mask(component.width) for i in range(component.count)}
    return out


def _completes(subject: Subject, label: str, state: State, fields: dict[str, int]) -> Found | None:
    """The instruction completing, its units put where they are fetched: tried on the compiled machine, and seen by the
    reference evaluator."""
    compiled, state, units = subject.compiled, state.copy(()), encoded(subject, fields)
    try:
        found = compiled.places_of_code(state.registers[subject.machine.pc.name], len(units), state, ZEROS)
        places = {place for place in found if place is not None and place < state.storage_size}
        valid = all(compiled.evaluate(invariant, {}, state, ZEROS) for invariant in subject.isa.invariants)
        if len(places) < len(units) or not valid:
            return None
        state.storage |= {place: unit for place, unit in zip(found, units, strict=True) if place is not None}
        if not completes(trial(subject, label, ZEROS, fields, state).outcome):
            return None
        seen = run(subject, label, ZEROS, fields, state)
    except (DoesNotEnd, Trapped):
        return None
    common = frozenset(subject.machine.components)
    return Found("exact", common, fields, (seen,), {}) if completes(seen.outcome) else None


def _field_values(subject: Subject) -> Iterator[dict[str, int]]:
    """Small values of the fields for each form; restricted fields have the least that the form allows."""
    for encoding in subject.instruction.encodings:
        for form in encoding.forms:
            restricted = {**encoding.prefixes, **form.allowed, **{n: frozenset((v,)) for n, v in form.cases.items()}}
            fixed = {name: min(values) for name, values in restricted.items() if name in subject.body.fields}
            for value in (0, 1):
                yield dict.fromkeys(subject.body.fields, value) | fixed


def small_state(subject: Subject, label: str) -> State | None:
    """A supervisor state (`own`), or a real state of a guest (`real`), whose relocation refuses as few of some sample
    accesses as one after the other allow; its visible components are 0, and may have any value that the invariants
    allow. `None` if there is none, or if it is a matter of values that are not in the state."""
    if label not in subject.facts.small:
        subject.facts.small[label] = _state(subject.aside(), label)
    return subject.facts.small[label]


def _state(subject: Subject, label: str) -> State | None:
    names = subject.names(label, ALL_HIDDEN)
    visible = {component.name for component in subject.components("visible")}
    if label != OWN and subject.invariants_read & visible:  # those of the guest's state that goes with it
        return None
    premises = _premises(subject, label, names)
    model = None if _left_open(subject, names, premises) else _permissive(subject, names, premises)
    if model is None:
        return None
    state = initial_state(subject.machine, model.value(names[SIZE]))
    contents = contents_of(postorder(subject.terms.and_(*premises)), model)
    for component in subject.machine.with_role("pc", *HIDDEN_ROLES):
        if component.count is None:
            state.registers[component.name] = model.value(names[component.name])
        else:
            looked_at = contents.get(names[component.name].name, set())
            indices = range(component.count) if component.count <= MAX_FILLED else sorted(looked_at)
            state.files[component.name] = _elements(subject, names[component.name], indices, model)
    return state


def _premises(subject: Subject, label: str, names: Names) -> tuple[Term, ...]:
    """What makes a state one of a supervisor, or one that is real for some state of a guest."""
    if label == OWN:
        return subject.state_premises(names, ("supervisor",))
    return subject.tied(subject.names("virtual", ALL_HIDDEN), names)


def _left_open(subject: Subject, names: Names, premises: Iterable[Term]) -> bool:
    """Whether what makes such a state, or where code stands in it, hangs on values that the specification leaves
    open: the solver's need not be those of a run."""
    translation = subject.translation
    terms = (*premises, translation.fault, translation.real, subject.code_address(names, 0))
    nodes = (node for term in terms for node in postorder(term))
    return any(node.name.startswith(("function ", "undefined ", "unpredictable ")) for node in nodes)


def roomy_places(subject: Subject) -> list[Names]:
    """Program counter and what the translation reads of relocation in the small real state, as constants, in which few
    accesses are refused: with two places for the instruction, so that an access may meet one of them; empty if there
    is none."""
    state, t, machine = small_state(subject, "real"), subject.terms, subject.machine
    if state is None:
        return []
    out = {SIZE: t.const(1 << machine.storage.address, machine.size_width)}
    for component in machine.with_role("relocation"):
        name, width = component.name, component.width
        if name not in subject.translation_reads:
            continue
        if component.count is None:
            out[name] = t.const(state.registers[name], width)
        elif component.count <= MAX_FILLED:
            values = {i: t.const(state.files[name].get(i, 0), width) for i in range(component.count)}
            out[name] = t.elements(values, component.index_width)
    places = dict.fromkeys(place_of_code(machine, place) for place in PLACES)
    return [{**out, machine.pc.name: t.const(place, machine.pc.width)} for place in places]


def _elements(subject: Subject, file: Term, indices: Iterable[int], model: Model) -> dict[int, int]:
    """The elements of a register file that are not 0, at some indices."""
    t = subject.terms
    values = {i: model.value(t.select(file, t.const(i, file.index_width))) for i in indices}
    return {index: value for index, value in values.items() if value}


def _permissive(subject: Subject, names: Names, premises: Iterable[Term]) -> Model | None:
    """A state in which the instruction's place can be fetched, and each of some sample accesses is allowed if the
    earlier ones leave that open."""
    t, machine = subject.terms, subject.machine
    session = subject.solver.session(premises, "small state")
    pc = t.eq(names[machine.pc.name], t.const(place_of_code(machine, PLACES[0]), machine.pc.width))
    full = t.eq(names[SIZE], t.const(1 << machine.storage.address, machine.size_width))
    kind = t.const(ACCESS_KINDS["execute"], 2)
    wanted = [pc, full, t.not_(subject.translation.at(t, names, subject.code_address(names, 0), kind)[0])]
    bits = machine.program.wrap or machine.program.address
    for selector in range(1 << (machine.program.address - bits)):
        for access, corner in product(range(3), (0, (1 << bits) - 1)):
            address = t.const(selector << bits | corner, machine.program.address)
            wanted.append(t.not_(subject.translation.at(t, names, address, t.const(access, 2))[0]))
    model: Model | None = None  # of all that was added
    for condition in wanted:
        if model is None or not model.value(condition):
            if session.check(condition) != "sat":
                continue
            model = session.model
        session.add(condition)
    return model or (session.model if session.check() == "sat" else None)
