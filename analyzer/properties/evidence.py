"""From a question to an answer with evidence: prove abstractly, else find a concrete witness and replay it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from analyzer.diagnostics import InternalError
from analyzer.language.declarations import ACCESS_KINDS
from analyzer.language.evaluate import DoesNotEnd, Interpretation, State, fixed_hash, initial_state
from analyzer.language.operators import mask
from analyzer.properties.found import Existence, Found, Replay, Uniform, encoded, replayed, run
from analyzer.properties.question import INSTALLED, PLACED, Level, Question, View
from analyzer.properties.rebuild import Rebuilder
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import CELLS, OUTSIDE, SIZE, OwnStorage
from analyzer.symbolic.solver import Model, Session
from analyzer.symbolic.terms import Term, Terms, array_roots, postorder
from analyzer.verdict import Answer

MAX_ROUNDS = 24
MAX_INDEX_BITS = 10
MAX_PLACES = 4
EFFORT: Mapping[Level, int] = {"uniform": 10, "installed": 4}  # what a witness may cost there: this part of a proof's
Build = Callable[[Level], Question]


class Undecided(Exception):
    """The solver gave up on something that an answer rests on; the text says on what."""


def exists(
    subject: Subject, build: Build, replay: Replay, *, admits: Callable[[Found], bool] | None = None,
    levels: tuple[Level, ...] = PLACED, narrower: Sequence[Build] = (),
) -> Existence:  # fmt: skip
    """Decide a question. `replay` gives the parting of a concrete witness, nothing if it shows nothing.

    `admits` says whether a witness of another question satisfies the premises of this one; such a witness is tried
    first. `levels`: where witnesses are looked for; `uniform`, if it is one, comes first where storage holds tables,
    else after an attempt to prove that there is none. `narrower`: the question under further premises, easier to
    answer with yes.
    """

    def shows(found: Found) -> tuple[str, ...]:
        return replay(found) if admits is None or admits(found) else ()

    def small() -> Existence | None:
        """A witness with uniform storage."""
        for easier in (*narrower, build) if "uniform" in levels else ():
            found = _search(subject, easier("uniform"), replay, shows)
            if found is not None and found.answer is Answer.YES:
                return found
        return None

    for known in subject.pool if admits else ():
        assert isinstance(known, Found)
        parting = shows(known)
        if parting:
            subject.counters.syntactic += 1
            return Existence(Answer.YES, known, parting, shows=shows, raw=replay)
    if subject.reads_tables:
        found = small()
        if found is not None:
            return found
    question = build("abstract")
    if question.claim is subject.terms.false:
        subject.counters.syntactic += 1
        subject.solver.session((*question.premises, question.claim), question.label).dump("unsat")
        return Existence(Answer.NO)
    if _refuted(subject, question):
        return Existence(Answer.NO)
    if not subject.reads_tables:
        found = small()
        if found is not None:
            return found
    for level in (level for level in levels if level != "uniform"):
        found = _search(subject, build(level), replay, shows)
        if found is not None and (found.answer is Answer.YES or level == levels[-1]):
            return found
    return _unless_general(subject, build)


def _refuted(subject: Subject, question: Question) -> bool:
    """Whether the claim cannot hold: as a whole, or part by part where storage makes it large."""
    parts = (question.parts or (question.claim,)) if subject.reads_tables else (question.claim,)
    checks = (subject.solver.check((*question.premises, part), question.label)[0] for part in parts)
    return all(check == "unsat" for check in checks)


def _search(subject: Subject, question: Question, replay: Replay, shows: Replay) -> Existence | None:
    """A witness at the question's level, for one part of the claim after the other; `None` where there is none."""
    undecided = None
    for part in question.parts or (question.claim,):
        found = _search_part(subject, replace(question, claim=part, parts=()), replay, shows)
        if found is not None and found.answer is Answer.YES:
            return found
        undecided = undecided or found
    return undecided


def _search_part(subject: Subject, question: Question, replay: Replay, shows: Replay) -> Existence | None:
    if question.claim is subject.terms.false:
        return None
    small = question.level == "uniform"
    loaded = subject.installed_elements(question, (*question.premises, question.claim))
    question = replace(question, premises=(*question.premises, loaded))
    session = subject.solver.session(
        (*question.premises, question.claim), f"{question.label} {question.level}", effort=EFFORT.get(question.level, 1)
    )
    try:
        result = (_uniform if small else _agreeing)(subject, question, session, replay)
    except Undecided as why:
        return Existence(Answer.UNKNOWN, reason=str(why))
    if not isinstance(result, tuple):
        return result
    question, found = result
    found = replayed(subject, found)
    parting = replay(found)
    if not parting:
        reason = f"internal error: the witness for {question.label!r} does not replay"
        return Existence(Answer.UNKNOWN, reason=reason)
    if len(found.executions) == 2:
        subject.pool.append(found)
    return Existence(Answer.YES, found, parting, shows=shows, raw=replay)


def _uniform(
    subject: Subject, question: Question, session: Session, replay: Replay
) -> tuple[Question, Found] | Existence | None:
    """A witness with uniform storage but for the instruction itself, which may not stand where the witness needs
    something else: then another place is tried, a few times."""
    t, pc = subject.terms, subject.machine.pc
    for _ in range(MAX_PLACES):
        if session.check() != "sat" or session.model is None:
            return None
        found = concretize(subject, question, session.model)
        if _disagreement(subject, question, session.model) is None:
            placed = Rebuilder(subject, found).whole()
            listed = None if placed is None else Rebuilder(subject, placed).listed()
            if placed is not None and listed is not None and replay(placed) and replay(listed):
                return question, placed
        here = t.const(found.executions[0].before.registers[pc.name], pc.width)
        session.add(t.ne(question.views[0].names[pc.name], here))
    return None


def _agreeing(
    subject: Subject, question: Question, session: Session, replay: Replay
) -> tuple[Question, Found] | Existence | None:
    """A witness whose translations agree at every address, with the instruction where it is fetched; `None` where
    there is none, an undecided existence where the solver gives up. The question grows by the addresses at which
    earlier models disagreed; from the second round on, by one for each entry of the tables that translate."""
    alone = True
    for _ in range(MAX_ROUNDS):
        answer = session.check()
        if answer != "sat":
            return None if answer == "unsat" else Existence(Answer.UNKNOWN, reason=f"solver: {session.reason}")
        assert session.model is not None
        stray = _disagreement(subject, question, session.model)
        if stray is None:
            found = concretize(subject, question, session.model)
            placed = Rebuilder(subject, found).whole()
            if placed is not None and replay(placed):
                return question, placed
            narrowed = _runnable(subject, question, session)
            if isinstance(narrowed, str):
                return Existence(Answer.UNKNOWN, reason=narrowed)
            if narrowed is None:
                continue
            assert narrowed.model is not None
            stray = _disagreement(subject, question, narrowed.model)
            if stray is None:
                found = concretize(subject, question, narrowed.model)
                whole = Rebuilder(subject, found).whole()
                if whole is None and question.level in INSTALLED:
                    return Existence(Answer.UNKNOWN, reason="no state was found in which the instruction can stand")
                return question, whole or found
        places = [stray[0]] if alone else _like(subject, stray[0])
        alone = False
        t, width = subject.terms, subject.machine.program.address
        lessons = [_agree(subject, question, t.const(place, width), t.const(stray[1], 2)) for place in places]
        for lesson in lessons:
            session.add(lesson)
        question = replace(question, premises=(*question.premises, *lessons))
    return Existence(Answer.UNKNOWN, reason="abstract translation: no pair of agreeing translations found")


def _runnable(subject: Subject, question: Question, session: Session) -> Session | str | None:
    """The question narrowed to one value of the fields, with the instruction's units where it is fetched.

    `None` where that value has no such state: `session` then excludes it; a text where the solver gives up.
    """
    t = subject.terms
    fields = [t.var(name, width) for name, width in subject.body.fields.items()]
    narrowed = subject.solver.session((*question.premises, question.claim), f"{question.label} runnable")
    model = session.model
    assert model is not None
    values = {field.name: model.value(field) for field in fields}
    at_values = t.and_(*(t.eq(field, t.const(values[field.name], field.width)) for field in fields))
    units = encoded(subject, values)
    code = [subject.holds_code(question.views[0].names, units)]
    if len(question.views) == 2:
        code.append(subject.fetches(question.views[1].names, units))
        kind = t.const(ACCESS_KINDS["execute"], 2)
        places = [subject.code_address(question.views[0].names, i) for i in range(1, len(units))]
        code += [_agree(subject, question, place, kind) for place in places]
    narrowed.add(t.and_(at_values, *code, subject.installed_elements(question, code)))
    answer = narrowed.check()
    if answer == "unsat":
        session.add(t.not_(at_values))
        return None
    return narrowed if answer == "sat" else f"solver: {narrowed.reason}"


def _unless_general(subject: Subject, build: Build) -> Existence:
    """No witness with the guest in one region: prove that there is none with any placement."""
    question = build("general")
    result, _, reason = subject.solver.check((*question.premises, question.claim), f"{question.label} general")
    if result == "unsat":
        return Existence(Answer.NO)
    why = f"solver: {reason}" if result == "unknown" else "abstract translation"
    return Existence(Answer.UNKNOWN, reason=why)


# -- agreement everywhere ------------------------------------------------------------------------------------


def _agree(subject: Subject, question: Question, address: Term, kind: Term) -> Term:
    """The translations of the question's pair agree at an address, for a kind of access."""
    virtual, real = question.views
    return subject.agree(virtual.names, real.names, question.region or OwnStorage(), address, kind)


def _disagreement(subject: Subject, question: Question, model: Model) -> tuple[int, int] | None:
    """An address at which the translations of a concrete pair disagree. Where the real hidden state is what the monitor
    installs, they agree at every address if the monitor's check says so, without which no answer about pairs stands.
    """
    if len(question.views) != 2 or (question.level in INSTALLED and question.region is not None):
        return None
    t = subject.terms
    agreed = _agree(subject, question, subject.translation.address, subject.translation.kind)
    free = {subject.translation.address.name, subject.translation.kind.name}
    nodes = postorder(subject.terms.and_(question.claim, *question.premises))
    fixed = fix(subject, agreed, model, free, contents_of(nodes, model))
    kind_exists = t.apply("ult", subject.translation.kind, t.const(3, 2))
    violated = t.and_(t.not_(fixed), kind_exists)
    if violated is t.false:
        return None
    result, stray, reason = subject.solver.check((violated,), f"{question.label} agreement")
    if result == "unsat":
        return None
    if stray is None:
        raise Undecided(f"solver: agreement of a concrete pair: {reason}")
    return stray.value(subject.translation.address), stray.value(subject.translation.kind)


def _like(subject: Subject, address: int) -> list[int]:
    """Addresses that differ from one in the bits by which the translation looks into a register file, one for each
    element."""
    translation = subject.translation
    out = {address: None}
    for node in postorder(translation.fault):
        index = node.args[1] if node.kind == "select" else None
        if index is not None and index.name == "extract" and index.args[0] is translation.address:
            high, low = index.parameters
            if high - low < MAX_INDEX_BITS:
                rest = address & ~(mask(high - low + 1) << low)
                out |= dict.fromkeys(rest | value << low for value in range(1 << (high - low + 1)))
    return list(out)


def fix(
    subject: Subject, term: Term, model: Model, free: set[str], contents: Mapping[str, set[int]] | None = None
) -> Term:
    """A term with the model's values in place of all variables but the free ones; of register files those elements
    that `contents` lists, 0 elsewhere, if it is given."""
    t = subject.terms

    def value(node: Term) -> Term:
        return node if node.name in free or node.index_width else t.const(model.value(node), node.width)

    def element(array: Term, index: int) -> int:
        known = contents is None or index in contents.get(array.name, ())
        return model.value(t.select(array, t.const(index, array.index_width))) if known else 0

    def read(node: Term, args: tuple[Term, ...]) -> Term | None:
        if node.kind != "select" or node.args[0].kind != "array":
            return None
        array = node.args[0]
        return _choice(t, args[1], [element(array, index) for index in range(1 << array.index_width)], array.width)

    return t.substitute(term, value, read, {})


def _choice(t: Terms, index: Term, values: list[int], width: int) -> Term:
    """The value at `index`, one of as many as it has values: a tree over its bits, equal halves merged."""
    if min(values) == max(values):
        return t.const(values[0], width)
    half = len(values) // 2
    top = half.bit_length() - 1
    low, high = _choice(t, index, values[:half], width), _choice(t, index, values[half:], width)
    return t.ite(t.extract(index, top, top), high, low)


# -- witnesses -----------------------------------------------------------------------------------------------


def concretize(subject: Subject, question: Question, model: Model) -> Found:
    """The model as concrete states, executed by the reference evaluator."""
    t = subject.terms
    fields = {name: model.value(t.var(name, width)) for name, width in subject.body.fields.items()}
    nodes = list(postorder(t.and_(question.claim, *question.premises)))
    contents = contents_of(nodes, model)
    region = None
    if question.region:
        region = model.value(question.region.base), model.value(question.region.size)
    functions = _functions(nodes, model)
    executions = []
    for view in question.views:
        state = _state(subject, view, model, contents, region if view.label == "real" else None)
        interpretation = Interpretation(functions, _open(view.label, model, nodes))
        try:
            executions.append(run(subject, view.label, interpretation, fields, state))
        except DoesNotEnd as loop:
            raise InternalError(f"{subject.instruction.name}: the witness's loop does not end at {loop}") from loop
    placement = {}
    if region:
        placement = {"base": region[0], "size": region[1], "real_size": executions[-1].before.storage_size}
    return Found(question, fields, tuple(executions), placement)


def contents_of(nodes: Iterable[Term], model: Model) -> dict[str, set[int]]:
    """At which indices the question looks into each register file and into storage."""
    out: dict[str, set[int]] = {}
    for node in nodes:
        if node.kind == "select":
            index = model.value(node.args[1])
            for array in array_roots(node.args[0]):
                out.setdefault(array.name, set()).add(index)
    return out


def _state(
    subject: Subject, view: View, model: Model, contents: Mapping[str, set[int]], region: tuple[int, int] | None
) -> State:
    """A view's initial state; `region` is where the guest's storage lies in it, if not in place."""
    t = subject.terms
    state = initial_state(subject.machine, model.value(view.names[SIZE]))
    for component in subject.machine.components.values():
        term = view.names[component.name]
        if component.count is None:
            state.registers[component.name] = model.value(term)
        else:
            state.files[component.name] = _elements(t, term, contents, model)
    if view.run.initial[CELLS].kind == "fill":
        state.storage = Uniform(model.value(view.run.initial[CELLS].args[0]))
        return state
    cells = _elements(t, view.run.initial[CELLS], contents, model)
    if region is None:
        state.storage = cells
        return state
    base, size = region
    outside = _elements(t, view.run.initial[OUTSIDE], contents, model)
    state.storage = {place: unit for place, unit in outside.items() if not base <= place < base + size}
    state.storage |= {base + n: unit for n, unit in cells.items() if n < size}
    return state


def _elements(t: Terms, array: Term, contents: Mapping[str, set[int]], model: Model) -> dict[int, int]:
    """The elements of an array that are not 0, where the question looks."""
    indices = contents.get(array.name, set()) if array.kind == "array" else set(range(1 << array.index_width))
    out = {i: model.value(t.select(array, t.const(i, array.index_width))) for i in sorted(indices)}
    return {index: value for index, value in out.items() if value}


def _functions(nodes: Iterable[Term], model: Model) -> Callable[[str, tuple[int, ...]], int]:
    """The model's uninterpreted functions of the specification, where the question applies them."""
    table: dict[tuple[str, tuple[int, ...]], int] = {}
    for node in nodes:
        if node.kind == "uf" and node.name.startswith("function "):
            args = tuple(model.value(arg) for arg in node.args)
            table[node.name.removeprefix("function "), args] = model.value(node)
    return lambda name, args: table.get((name, args), fixed_hash(name, args))


def _open(label: str, model: Model, nodes: Iterable[Term]) -> Callable[[str, bool], int]:
    """The model's undefined and unpredictable values."""
    values = {node.name: model.value(node) for node in nodes if node.kind == "var"}

    def value(site: str, unpredictable: bool) -> int:
        name = f"unpredictable {site}!{label}" if unpredictable else f"undefined {site}"
        return values.get(name, 0)

    return value
