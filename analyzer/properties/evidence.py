"""From a question to an answer with evidence: prove abstractly, else find a concrete witness and replay it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from analyzer.encoding.codec import nearest
from analyzer.language.declarations import ACCESS_KINDS
from analyzer.language.operators import mask
from analyzer.properties.concretize import concretize, contents_of, fix
from analyzer.properties.found import Existence, Found, Replay, Uniform
from analyzer.properties.kindred import Asked
from analyzer.properties.question import INSTALLED, PLACED, Level, Question
from analyzer.properties.rebuild import Rebuilder
from analyzer.properties.replay import encoded, replayed
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import OwnStorage
from analyzer.symbolic.solver import Model, Session
from analyzer.symbolic.terms import Term, postorder
from analyzer.verdict import Answer

MAX_ROUNDS = 24
MAX_INDEX_BITS = 10
MAX_PLACES = 4
EFFORT: Mapping[Level, int] = {"uniform": 10, "installed": 4}  # what a witness may cost there: this part of a proof's
Build = Callable[[Level], Question]


class Undecided(Exception):
    """The solver gave up on something that an answer rests on; the text says on what."""


def exists(
    subject: Subject, asked: Asked, build: Build, replay: Replay, *, admits: Callable[[Found], bool] | None = None,
    levels: tuple[Level, ...] = PLACED, narrower: Sequence[Build] = (),
) -> Existence:  # fmt: skip
    """Decide a question. `replay` gives the parting of a concrete witness, nothing if it shows nothing.

    `asked` tells the question from others about an instruction: a witness that answered it for a kindred one is tried
    first, as is one that answered another question about this one and satisfies the premises, as `admits` says.
    `levels`: where witnesses are looked for; `uniform`, if it is one, comes first where storage holds tables, else, or
    where that proved it for a kindred instruction, after an attempt to prove that there is none. `narrower`: the
    question under further premises, easier to answer with yes.
    """

    if admits is None:  # only the monitor says what states these are
        asked = (subject.monitor.name, *asked)

    def shows(found: Found) -> tuple[str, ...]:
        return replay(found) if admits is None or admits(found) else ()

    found = _known(subject, asked, shows, others=admits is not None)
    if found is not None:
        subject.counters.syntactic += 1
        answer = Existence(Answer.YES, found, shows(found), shows=shows, raw=replay)
    else:
        answer = _decided(subject, asked, build, replay, shows, levels, narrower)
    if answer.found is not None:
        subject.kindred.remember(asked, answer.found)
    return answer


def _known(subject: Subject, asked: Asked, shows: Replay, *, others: bool) -> Found | None:
    """A witness at hand that shows what is asked: of another question, if these are asked, or a lent one."""
    own = next((found for found in subject.pool if shows(found)), None) if others else None
    if own is not None:
        return own
    for lent in subject.kindred.witnesses(asked):
        if lent not in subject.borrowed:
            subject.borrowed[lent] = Rebuilder(subject, lent).whole(nearest(subject.instruction, lent.fields))
        found = subject.borrowed[lent]
        if found is not None and shows(found) and _listable(subject, found, shows):
            found = replayed(subject, found)
            if shows(found):
                subject.pool.append(found)
                return found
    return None


def _listable(subject: Subject, found: Found, shows: Replay) -> bool:
    """Whether a witness shows the same when storage that is uniform becomes a list of what is read."""
    if not isinstance(found.executions[0].before.storage, Uniform):
        return True
    listed = Rebuilder(subject, found).listed()
    return listed is not None and bool(shows(listed))


def _decided(
    subject: Subject,
    asked: Asked,
    build: Build,
    replay: Replay,
    shows: Replay,
    levels: tuple[Level, ...],
    narrower: Sequence[Build],
) -> Existence:
    """A question that no witness at hand answers, decided by the solver."""

    def small() -> Existence | None:
        """A witness with uniform storage."""
        for easier in (*narrower, build) if "uniform" in levels else ():
            found = _search(subject, easier("uniform"), replay, shows)
            if found is not None and found.answer is Answer.YES:
                return found
        return None

    late = subject.reads_tables and asked not in subject.kindred.refuted
    if late:
        found = small()
        if found is not None:
            return found
    question = build("abstract")
    if question.claim is subject.terms.false:
        subject.counters.syntactic += 1
        subject.solver.session((*question.premises, question.claim), question.label).dump("unsat")
        return Existence(Answer.NO)
    if _refuted(subject, question):
        subject.kindred.refuted.add(asked)
        return Existence(Answer.NO)
    if not late:
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
    found = replayed(subject, _roomy(subject, found, replay))
    parting = replay(found)
    if not parting:
        reason = f"internal error: the witness for {question.label!r} does not replay"
        return Existence(Answer.UNKNOWN, reason=reason)
    subject.pool.append(found)
    return Existence(Answer.YES, found, parting, shows=shows, raw=replay)


def _roomy(subject: Subject, found: Found, replay: Replay) -> Found:
    """A single state with all the storage that addresses can name, if that shows the same: what is past the end of
    storage no machine has, and few specifications say what an access there does."""
    state = found.executions[0].before.copy()
    if len(found.executions) > 1:
        return found
    state.storage_size = 1 << subject.machine.storage.address
    rebuilder = Rebuilder(subject, found)
    roomy = rebuilder.rebuilt(found.fields, state)
    return roomy if roomy is not None and replay(roomy) and _listable(subject, roomy, replay) else found


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
            if placed is not None and replay(placed) and _listable(subject, placed, replay):
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
