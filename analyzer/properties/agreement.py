"""Witnesses whose translations agree at every address, found by counterexamples: the definition asks for agreement
everywhere, the solver only where it is told to."""

from __future__ import annotations

from dataclasses import replace

from analyzer.language.declarations import ACCESS_KINDS
from analyzer.language.operators import mask
from analyzer.properties.concretize import concretize, contents_of, fix
from analyzer.properties.found import Existence, Found, Replay
from analyzer.properties.question import INSTALLED, Question
from analyzer.properties.rebuild import Rebuilder
from analyzer.properties.replay import encoded
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import OwnStorage
from analyzer.symbolic.solver import Model, Session
from analyzer.symbolic.terms import Term, postorder
from analyzer.verdict import Answer

MAX_ROUNDS = 24
MAX_INDEX_BITS = 10


class Undecided(Exception):
    """The solver gave up on something that an answer rests on; the text says on what."""


def agreeing(
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
        stray = disagreement(subject, question, session.model)
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
            stray = disagreement(subject, question, narrowed.model)
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


def _agree(subject: Subject, question: Question, address: Term, kind: Term) -> Term:
    """The translations of the question's pair agree at an address, for a kind of access."""
    virtual, real = question.views
    return subject.agree(virtual.names, real.names, question.region or OwnStorage(), address, kind)


def disagreement(subject: Subject, question: Question, model: Model) -> tuple[int, int] | None:
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
