"""Whether what a monitor installs satisfies its relation, and the translations then agree, for every virtual state."""

from __future__ import annotations

from analyzer.properties.question import ALL_HIDDEN, ALL_KINDS, Names
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import SIZE, Region
from analyzer.symbolic.solver import Model
from analyzer.symbolic.terms import Term
from analyzer.verdict import Answer, RelationCheck


def check_installation(subject: Subject) -> RelationCheck:
    """Search a virtual state, region and address for which the monitor's own values break the relation or agreement."""
    t = subject.terms
    virtual, loaded = subject.names("virtual", ALL_HIDDEN), subject.names("real", ALL_HIDDEN)
    region = Region(t.var("$base", subject.machine.size_width), virtual[SIZE])
    install = Installation(subject, virtual, region)
    premises = [
        subject.in_modes(virtual, ALL_KINDS), subject.invariants(virtual), subject.sizes(virtual),
        subject.sizes(loaded),
        subject.region_fits(region, loaded),
    ]  # fmt: skip
    related = t.and_(subject.relation(virtual, loaded), subject.invariants(loaded))
    questions = [("relation", t.not_(related)), *_disagreements(subject, virtual, loaded, region)]
    for case in _cases(subject, virtual):
        known = [*premises, case]
        for what, violated in questions:
            claim = install.value(violated)
            result, model, reason = subject.solver.check((*known, claim), f"install {what}", pure=True)
            if result == "unknown":
                return RelationCheck(Answer.UNKNOWN, f"install, {what}: solver: {reason}")
            if model is not None:
                return RelationCheck(Answer.NO, FAILURES[what], _values(subject, model, virtual, install, region))
            known.append(t.not_(claim))  # a lemma for the questions that follow
    return RelationCheck(Answer.YES)


def _disagreements(subject: Subject, virtual: Names, real: Names, region: Region) -> list[tuple[str, Term]]:
    """The ways in which the real translation may neither fault nor give the guest's word; each alone is small."""
    t = subject.terms
    address, kind = subject.translation.address, subject.translation.kind
    fault1, real1 = subject.translation.at(t, virtual, address, kind)
    fault2, real2 = subject.translation.at(t, real, address, kind)
    allowed = t.and_(t.apply("ult", kind, t.const(3, 2)), t.not_(fault2))
    missing = t.apply("ule", virtual[SIZE], t.zext(real1, subject.machine.size_width))
    elsewhere = t.or_(t.not_(region.inside(t, real2)), t.ne(region.cell(t, real2), real1))
    return [("agreement", t.and_(allowed, wrong)) for wrong in (fault1, missing, elsewhere)]


def _cases(subject: Subject, virtual: Names) -> list[Term]:
    """The virtual modes apart, where the translation depends on them: each case is small."""
    if subject.translation_ignores_mode:
        return [subject.terms.true]
    return [subject.is_mode(mode, virtual) for mode in subject.isa.guest_modes.values()]


class Installation:
    """What the monitor installs for a virtual state, put in place of the real components of a term."""

    def __init__(self, subject: Subject, virtual: Names, region: Region) -> None:
        self.subject = subject
        self.virtual = virtual
        self.region = region
        self.components = {f"{c.name}.real": c for c in subject.components(*ALL_HIDDEN)}
        self.memo: dict[int, Term] = {}

    def value(self, term: Term) -> Term:
        """The term with what is installed for every real component; register files are read at its own indices."""
        return self.subject.terms.substitute(term, self._scalar, self._element, self.memo)

    def _scalar(self, node: Term) -> Term:
        component = self.components.get(node.name)
        if component is None or component.count is not None:
            return node
        return self.subject.installed(component, self.virtual, self.region)

    def _element(self, node: Term, args: tuple[Term, ...]) -> Term | None:
        component = self.components.get(node.args[0].name) if node.kind == "select" else None
        return None if component is None else self.subject.installed(component, self.virtual, self.region, args[1])


FAILURES = {
    "relation": "what the monitor installs does not satisfy the relation",
    "agreement": "with what the monitor installs the real translation neither faults nor gives the guest's word",
}


def _values(subject: Subject, model: Model, virtual: Names, install: Installation, region: Region) -> dict[str, int]:
    """The counterexample: hidden state of both, the region, the address."""
    out: dict[str, int] = {}
    for component in subject.components(*ALL_HIDDEN):
        if component.count is None:
            loaded = install.value(subject.terms.var(f"{component.name}.real", component.width))
            out[f"virtual.{component.name}"] = model.value(virtual[component.name])
            out[f"real.{component.name}"] = model.value(loaded)
    out["region.base"], out["region.size"] = model.value(region.base), model.value(region.size)
    out["address"], out["kind"] = model.value(subject.translation.address), model.value(subject.translation.kind)
    return out
