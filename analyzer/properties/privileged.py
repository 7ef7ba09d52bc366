"""Privileged: the machine refuses the instruction to every non-supervisor mode, and to no supervisor.

At a field value: (a) it completes in no real state; (b) in every supervisor-mode state it completes or traps with
class memory or exception; (c) in some supervisor-mode state it completes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from analyzer.language.declarations import Component
from analyzer.properties.concrete import completes, trap_class
from analyzer.properties.concretize import contents_of
from analyzer.properties.evidence import exists
from analyzer.properties.found import Existence, Found
from analyzer.properties.openness import (
    completes_at_every_field,
    completes_somewhere,
    completes_where_open,
    is_open,
    roomy_places,
)  # fmt: skip
from analyzer.properties.question import ALL_HIDDEN, OWN, STANDING, Level, Names, Question, View
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import SIZE, OwnStorage, instantiate
from analyzer.symbolic.solver import Model
from analyzer.symbolic.terms import Term, Terms, postorder
from analyzer.verdict import Answer

MAX_FIELD_VALUES = 64
NARROW = 8  # bits of a field that is taken as a whole
NOTHING: Names = {}
STANDS_WHERE = "undecided after some rounds of a loop, or where the instruction stands in what it reads"


@dataclass(frozen=True)
class Privilege:
    """`answer` for the instruction; `nowhere`: at no field value privileged; `everywhere`: (a) and (b) hold at all.

    `completes_unprivileged`: counterexample to (a); `refused_to_supervisor`: counterexample to (b);
    `completes_supervised`: (c).
    """

    answer: Answer
    nowhere: bool
    everywhere: bool
    completes_unprivileged: Existence
    refused_to_supervisor: Existence
    completes_supervised: Existence
    reason: str = ""


def privileged(subject: Subject) -> Privilege:
    """Decide (a), (b), (c), for all field values where the answer is one and the same, else value by value."""
    if completes_somewhere(subject):
        yes, no = Existence(Answer.YES), Existence(Answer.NO)
        return Privilege(Answer.NO, True, False, yes, no, yes)
    a = exists(subject, ("a",), partial(runs_unprivileged, subject), _completes_last, levels=STANDING)
    b = exists(subject, ("b",), partial(refuses_supervisor, subject), partial(_refused, subject), levels=STANDING)
    c = exists(subject, ("c",), partial(runs_supervised, subject), _completes_last, levels=STANDING)
    if a.answer is Answer.NO and b.answer is Answer.NO:
        answer = {Answer.YES: Answer.YES, Answer.NO: Answer.VACUOUS}.get(c.answer, Answer.UNKNOWN)
        reason = c.reason or ("it completes in no supervisor mode" if answer is Answer.VACUOUS else "")
        return Privilege(answer, False, True, a, b, c, reason)
    if c.answer is Answer.NO:
        return Privilege(Answer.NO, True, False, a, b, c)
    if Answer.UNKNOWN in (a.answer, b.answer):
        return Privilege(Answer.UNKNOWN, False, False, a, b, c, a.reason or b.reason)
    if completes_at_every_field(subject) or completes_where_open(subject):
        return Privilege(Answer.NO, True, False, a, b, c)
    answer, reason = _at_some_field(subject)
    return Privilege(answer, answer is Answer.NO, False, a, b, c, reason)


def _completes_last(found: Found) -> tuple[str, ...]:
    return ("outcome",) if completes(found.executions[-1].outcome) else ()


def _refused(subject: Subject, found: Found) -> tuple[str, ...]:
    outcome = found.executions[-1].outcome
    return ("outcome",) if trap_class(subject.machine, outcome) in ("call", "privileged") else ()


# -- the three questions -------------------------------------------------------------------------------------


def real_view(subject: Subject, level: Level, given: Names) -> tuple[View, tuple[Term, ...]]:
    """A run in a real state of some pair: non-supervisor mode, relation satisfied by some virtual state. Components in
    `given` have those values."""
    virtual = subject.names("virtual", ALL_HIDDEN)
    real = {**subject.stored(level, subject.names("real", ALL_HIDDEN)), **given}
    run = instantiate(subject.summary(level), subject.terms, subject.machine, real, "real", OwnStorage())
    kinds = ("supervisor", "user", "other")
    premises = (
        subject.mode_pairs(virtual, real, kinds), subject.relation(virtual, real), subject.invariants(virtual),
        subject.invariants(real), subject.sizes(real), subject.encodable, *subject.no_tails(level, run),
        subject.fetched(level, real, True),
    )  # fmt: skip
    return View("real", real, run), premises


def runs_unprivileged(subject: Subject, level: Level, given: Names = NOTHING) -> Question:
    """(a) refuted: it completes in a real state."""
    view, premises = real_view(subject, level, given)
    return Question("completes in a real state", level, premises, view.run.completes, (view,))


def refuses_supervisor(subject: Subject, level: Level) -> Question:
    """(b) refuted: it traps in a supervisor mode with class privileged or call."""
    view, premises = subject.single(level, ("supervisor",))
    claim = view.run.traps("privileged", "call")
    return Question("refused to a supervisor", level, premises, claim, (view,))


def runs_supervised(subject: Subject, level: Level) -> Question:
    """(c): it completes in a supervisor mode."""
    view, premises = subject.single(level, ("supervisor",))
    return Question("completes in a supervisor mode", level, premises, view.run.completes, (view,))


# -- value by value ------------------------------------------------------------------------------------------


def _at_some_field(subject: Subject) -> tuple[Answer, str]:
    """Counterexample-guided: find field values at which it may be privileged, refute them with one state each, or show
    that it completes in no supervisor state there."""
    t = subject.terms
    candidates = subject.solver.session((subject.encodable,), "privileged at a field value")
    small = [partial(runs_unprivileged, given=given) for given in (*roomy_places(subject), NOTHING)]
    conditions = _Conditions(subject, (*small, refuses_supervisor))
    left: list[Term] = []  # the field values that are not refuted yet
    for _ in range(MAX_FIELD_VALUES):
        result = candidates.check()
        if result == "unsat":
            return Answer.NO, ""
        model = candidates.model
        if result == "unknown" or model is None:
            return Answer.UNKNOWN, f"solver: {candidates.reason}"
        values = {name: t.const(model.value(t.var(name, w)), w) for name, w in subject.body.fields.items()}
        ways = (partial(_small_refutation, conditions), partial(_never_completes, left), _refutation)
        found = next((found for way in ways if (found := way(subject, values)) is not None), None)
        if found is None:
            return Answer.YES, ""
        if isinstance(found, str):
            return Answer.UNKNOWN, found
        left.append(t.not_(found))
        candidates.add(left[-1])
    return Answer.UNKNOWN, f"more than {MAX_FIELD_VALUES} field values tried"


def _never_completes(left: list[Term], subject: Subject, values: dict[str, Term]) -> Term | str | None:
    """A condition on fields, true at `values`, under which it completes in no supervisor state, of the field values
    that are `left`: on as few fields as that takes, or bits of wide ones. `None` where it completes; a text where
    that is undecided."""
    t = subject.terms
    equal = {name: equality for field, value in values.items() for name, equality in _equalities(t, field, value)}
    question = runs_supervised(subject, "general")
    session = subject.solver.session((*question.premises, question.claim, *left), "completes in a supervisor mode")
    core = session.core(equal)
    if core is None:
        exact = runs_supervised(subject, "exact")
        conditions = (*exact.premises, exact.claim, *equal.values(), subject.apart(exact.views[0]))
        result, _, reason = subject.solver.check(conditions, "completes in a supervisor mode")
        return None if result == "sat" else f"solver: {reason}" if reason else STANDS_WHERE
    for name in sorted(core):
        if session.check(*(equal[other] for other in sorted(core - {name}))) == "unsat":
            core.remove(name)
    found = [equal[name] for name in sorted(core)]
    return t.and_(*found) if session.check(*found) == "unsat" else f"solver: {session.reason}"


def _equalities(t: Terms, field: str, value: Term) -> Iterator[tuple[str, Term]]:
    """That a field has a value, by name; bit by bit where it is wide."""
    whole = t.var(field, value.width)
    if value.width <= NARROW:
        yield field, t.eq(whole, value)
        return
    for bit in range(value.width):
        yield f"{field}[{bit}]", t.eq(t.extract(whole, bit, bit), t.extract(value, bit, bit))


@dataclass
class _Conditions:
    """What a state that refutes must satisfy, one condition for each question, made when it is first asked."""

    subject: Subject
    questions: tuple[Callable[[Subject, Level], Question], ...]
    made: list[Term] = field(default_factory=list)

    def __iter__(self) -> Iterator[Term]:
        for number in range(len(self.questions)):
            if number == len(self.made):
                self.made.append(self.make(self.questions[number](self.subject, "uniform")))
            yield self.made[number]

    def make(self, question: Question) -> Term:
        """The condition of a question, uninterpreted functions having one value each."""
        t = self.subject.terms
        condition = t.and_(*question.premises, question.claim, self.subject.apart(question.views[0]))
        return t.substitute(condition, lambda v: v, lambda node, args: _constant(t, node), {})


def _small_refutation(conditions: _Conditions, subject: Subject, values: dict[str, Term]) -> Term | None:
    """A condition on fields alone under which the instruction is not privileged, true at `values`: that one state, its
    storage uniform, satisfies one of the conditions."""
    t = subject.terms
    at_values = t.and_(*(t.eq(t.var(n, v.width), v) for n, v in values.items()))
    for condition in conditions:
        result, model, _ = subject.solver.check((condition, at_values), "field value uniform")
        if result == "sat" and model is not None:
            return _at_state(subject, condition, model)
    return None


def _at_state(subject: Subject, condition: Term, model: Model) -> Term:
    """The condition with the model's state in place, register files filled with what the model looks at most."""
    t = subject.terms
    contents = contents_of(postorder(condition), model)

    def value(node: Term) -> Term:
        if node.name in subject.body.fields:
            return node
        if not node.index_width:
            return t.const(model.value(node), node.width)
        at = {i: t.select(node, t.const(i, node.index_width)) for i in sorted(contents.get(node.name, {0}))}
        return t.elements({i: t.const(model.value(element), node.width) for i, element in at.items()}, node.index_width)

    return t.substitute(condition, value, lambda node, args: None, {})


def _refutation(subject: Subject, values: dict[str, Term]) -> Term | str | None:
    """The same from any state; a text where it is undecided whether there is one, `None` where there is none: it is
    privileged at these values."""
    t = subject.terms
    at_values = t.and_(*(t.eq(t.var(n, v.width), v) for n, v in values.items()))
    for build in (runs_unprivileged, refuses_supervisor):
        abstract, question = build(subject, "abstract"), build(subject, "exact")
        result, _, _ = subject.solver.check((*abstract.premises, abstract.claim, at_values), "field value")
        if result == "unsat":
            continue
        condition = t.and_(*question.premises, question.claim, subject.apart(question.views[0]))
        for narrowing in (_open_relocation(subject), t.true):
            result, model, reason = subject.solver.check((condition, at_values, narrowing), "field value exact")
            if result == "sat":
                break
        if result == "unsat":  # with as many rounds of a loop as are unrolled, and the instruction away from its data
            general = build(subject, "general")
            if subject.solver.check((*general.premises, general.claim, at_values), "field value")[0] == "unsat":
                continue
        if model is None:
            return f"solver: {reason}" if reason else STANDS_WHERE
        own = subject.components(*ALL_HIDDEN, "pc", "visible")
        fixed = _instance(subject, condition, model, own)
        filled = _instance(subject, condition, model, own, arrays=True)
        lent = _instance(subject, condition, model, subject.components("mode", "control"))
        return t.or_(fixed, filled, lent)
    return None


def _constant(t: Terms, node: Term) -> Term | None:
    """A variable in place of an uninterpreted function of the specification."""
    return t.var(f"${node.name}", node.width) if node.kind == "uf" and node.name.startswith("function ") else None


def _open_relocation(subject: Subject) -> Term:
    """The real state has a relocation that refuses nothing, if the machine has one."""
    t, names = subject.terms, subject.names("real", ALL_HIDDEN)
    values = subject.facts.open if is_open(subject) else None
    return t.and_(*(t.eq(names[name], t.const(v, names[name].width)) for name, v in (values or {}).items()))


def _instance(
    subject: Subject, condition: Term, model: Model, fixed: tuple[Component, ...], *, arrays: bool = False
) -> Term:
    """The condition in the model's state, of which only `fixed` components stay, with `arrays` also the elements that
    the model looks at. The rest is free: field values are refuted where the condition holds whatever the rest is."""
    t = subject.terms
    plain = subject.names(OWN, ())
    names = {c.name for c in fixed}
    if any(c.role == "relocation" for c in fixed):
        names.add(SIZE)
    contents = contents_of(postorder(condition), model) if arrays else {}

    def value(node: Term) -> Term:
        base = node.name.rsplit(".", 1)[0] if node.name.endswith((".real", ".virtual")) else node.name
        if base in names and not node.index_width:
            return t.const(model.value(node), node.width)
        out = plain.get(base, node)
        for index in sorted(contents.get(node.name, ())):
            at = t.const(index, node.index_width)
            out = t.store(out, at, t.const(model.value(t.select(node, at)), node.width))
        return out

    return t.substitute(condition, value, lambda node, args: None, {})
