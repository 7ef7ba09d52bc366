"""Privileged at some field value? Value by value: each is refuted, or shown to be one at which nothing completes.

What refuted values of a kindred instruction is tried first: its states need no solver, which only says what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from analyzer.language.declarations import Component
from analyzer.language.operators import mask
from analyzer.properties.concretize import contents_of
from analyzer.properties.kindred import Values, keep
from analyzer.properties.openness import is_open
from analyzer.properties.question import ALL_HIDDEN, OWN, Level, Question
from analyzer.properties.refusal import refuses_supervisor, runs_supervised, runs_unprivileged
from analyzer.properties.small_states import roomy_places
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import SIZE
from analyzer.symbolic.solver import Model, Session
from analyzer.symbolic.terms import Term, Terms, postorder
from analyzer.verdict import Answer

MAX_FIELD_VALUES = 64
NARROW = 8  # bits of a field that is taken as a whole
Ask = Callable[[Subject, Level], Question]
STANDS_WHERE = "undecided after some rounds of a loop, or where the instruction stands in what it reads"


def privileged_at_some_field(subject: Subject) -> tuple[Answer, str]:
    """Counterexample-guided: find field values at which it may be privileged, refute them with one state each, or show
    that it completes in no supervisor state there."""
    search = _Search(subject)
    search.lend()
    for _ in range(MAX_FIELD_VALUES):
        result, model = search.candidates.check(), search.candidates.model
        if result == "unsat":
            return Answer.NO, ""
        if result == "unknown" or model is None:
            return Answer.UNKNOWN, f"solver: {search.candidates.reason}"
        found = search.refuted(model)
        if found is None:
            return Answer.YES, ""
        if isinstance(found, str):
            return Answer.UNKNOWN, found
        search.exclude(found)
    return Answer.UNKNOWN, f"more than {MAX_FIELD_VALUES} field values tried"


class _Search:
    """The field values at which an instruction may be privileged, fewer and fewer."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.candidates = subject.solver.session((subject.encodable,), "privileged at a field value")
        self.left: list[Term] = []  # conditions on the field values that are not refuted yet
        places = {f"a at {n}": partial(runs_unprivileged, given=given) for n, given in enumerate(roomy_places(subject))}
        self.questions: dict[str, Ask] = {**places, "a": runs_unprivileged, "b": refuses_supervisor}
        self.made: dict[str, Term] = {}  # what a state that refutes must satisfy, for each question
        self.supervised: Session | None = None  # whether it completes in a supervisor mode at what is left

    def exclude(self, refuted: Term) -> None:
        """Take the field values away that satisfy a condition."""
        self.left.append(self.subject.terms.not_(refuted))
        self.candidates.add(self.left[-1])
        if self.supervised is not None:
            self.supervised.add(self.left[-1])

    def lend(self) -> None:
        """Take the field values away that states of kindred instructions refute."""
        for name, state in self.subject.kindred.refuting:
            found = self.at_state(name, state) if name in self.questions else self.subject.terms.false
            if found is not self.subject.terms.false:
                self.exclude(found)

    def refuted(self, model: Model) -> Term | str | None:
        """A condition on fields, true at the model's values, under which the instruction is not privileged; a text
        where it is undecided whether there is one, `None` where there is none: it is privileged at these values."""
        t = self.subject.terms
        values = {name: t.const(model.value(t.var(name, w)), w) for name, w in self.subject.body.fields.items()}
        ways = (self.lent_barren, self.in_small_state, self.in_barren_fields, self.in_any_state)
        return next((found for way in ways if (found := way(values)) is not None), None)

    # -- refuted by a small state ----------------------------------------------------------------------------

    def condition(self, name: str) -> Term:
        """The condition of a question, uninterpreted functions having one value each; made when it is first asked."""
        if name not in self.made:
            t, question = self.subject.terms, self.questions[name](self.subject, "uniform")
            condition = t.and_(*question.premises, question.claim, self.subject.apart(question.views[0]))
            self.made[name] = t.substitute(condition, lambda v: v, lambda node, args: _constant(t, node), {})
        return self.made[name]

    def in_small_state(self, values: Mapping[str, Term]) -> Term | None:
        """That one state, its storage uniform, satisfies one of the conditions."""
        at_values = _at(self.subject.terms, values)
        for name in self.questions:
            result, model, _ = self.subject.solver.check((self.condition(name), at_values), "field value uniform")
            if result == "sat" and model is not None:
                state = self.state(self.condition(name), model)
                keep(self.subject.kindred.refuting, (name, state))
                return self.at_state(name, state)
        return None

    def state(self, condition: Term, model: Model) -> Values:
        """The model's values of what the condition reads but fields; of register files what it looks at."""
        t, nodes = self.subject.terms, list(postorder(condition))
        contents = contents_of(nodes, model)
        out: dict[str, int | dict[int, int]] = {}
        for node in nodes:
            if node.kind == "array":
                places = (t.const(i, node.index_width) for i in sorted(contents.get(node.name, {0})))
                out[node.name] = {place.value: model.value(t.select(node, place)) for place in places}
            elif node.kind == "var" and node.name not in self.subject.body.fields:
                out[node.name] = model.value(node)
        return out

    def at_state(self, name: str, state: Values) -> Term:
        """The condition of a question, a state in place: register files filled with what they hold most, 0 where the
        state says nothing."""
        t = self.subject.terms

        def value(node: Term) -> Term:
            known = state.get(node.name, 0)
            if node.name in self.subject.body.fields:
                return node
            if isinstance(known, int):
                constant = t.const(known & mask(node.width), node.width)
                return t.fill(constant, node.index_width) if node.index_width else constant
            return t.elements({i: t.const(v, node.width) for i, v in known.items()}, node.index_width)

        return t.substitute(self.condition(name), value, lambda node, args: None, {})

    # -- nothing completes there -----------------------------------------------------------------------------

    def completing(self) -> Session:
        """Whether it completes in a supervisor mode, at the field values that are left."""
        if self.supervised is None:
            question = runs_supervised(self.subject, "general")
            conditions = (*question.premises, question.claim, *self.left)
            self.supervised = self.subject.solver.session(conditions, question.label)
        return self.supervised

    def lent_barren(self, values: Mapping[str, Term]) -> Term | None:
        """That a kindred instruction never completed where some fields have the values they have here."""
        known = _equalities(self.subject.terms, values)
        for barren in self.subject.kindred.barren:
            if barren.items() <= {name: part.value for name, (part, _) in known.items()}.items():
                condition = self.subject.terms.and_(*(known[name][1] for name in sorted(barren)))
                if self.completing().check(condition) == "unsat":
                    return condition
        return None

    def in_barren_fields(self, values: Mapping[str, Term]) -> Term | str | None:
        """That it completes in no supervisor state, of the field values that are left: a condition on as few fields as
        that takes, or bits of wide ones. `None` where it completes; a text where that is undecided."""
        t, session = self.subject.terms, self.completing()
        known = _equalities(t, values)
        core = session.core({name: equality for name, (_, equality) in known.items()})
        if core is None:
            return self.undecided(values)
        for name in sorted(core):
            if session.check(*(known[other][1] for other in sorted(core - {name}))) == "unsat":
                core.remove(name)
        condition = t.and_(*(known[name][1] for name in sorted(core)))
        if session.check(condition) != "unsat":
            return f"solver: {session.reason}"
        keep(self.subject.kindred.barren, {name: known[name][0].value for name in core})
        return condition

    def undecided(self, values: Mapping[str, Term]) -> str | None:
        """Why it is not decided whether it completes in a supervisor state; `None` where it does."""
        question = runs_supervised(self.subject, "exact")
        apart, at_values = self.subject.apart(question.views[0]), _at(self.subject.terms, values)
        conditions = (*question.premises, question.claim, at_values, apart)
        result, _, reason = self.subject.solver.check(conditions, question.label)
        return None if result == "sat" else f"solver: {reason}" if reason else STANDS_WHERE

    # -- refuted by any state --------------------------------------------------------------------------------

    def in_any_state(self, values: Mapping[str, Term]) -> Term | str | None:
        """That a state, of any kind, satisfies one of the questions; a text where it is undecided whether there is one,
        `None` where there is none: it is privileged at these values."""
        subject, t = self.subject, self.subject.terms
        at_values = _at(t, values)
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
            if result == "unsat":  # with as many rounds of a loop as are unrolled, the instruction away from its data
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


def _at(t: Terms, values: Mapping[str, Term]) -> Term:
    """That the fields have these values."""
    return t.and_(*(t.eq(t.var(name, value.width), value) for name, value in values.items()))


def _equalities(t: Terms, values: Mapping[str, Term]) -> dict[str, tuple[Term, Term]]:
    """The value of each field, and that it has it, by name; bit by bit where it is wide."""
    out = {}
    for field, value in values.items():
        whole = t.var(field, value.width)
        if value.width <= NARROW:
            out[field] = value, t.eq(whole, value)
            continue
        for bit in range(value.width):
            part = t.extract(value, bit, bit)
            out[f"{field}[{bit}]"] = part, t.eq(t.extract(whole, bit, bit), part)
    return out


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
