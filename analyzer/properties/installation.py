"""Whether what a monitor installs satisfies its relation, and the translations then agree, for every virtual state."""

from __future__ import annotations

from analyzer.language.declarations import Component
from analyzer.properties.subject import ALL_HIDDEN, Names, Subject
from analyzer.symbolic.runs import SIZE, Region
from analyzer.symbolic.solver import Model
from analyzer.symbolic.terms import Term
from analyzer.verdict import Answer, RelationCheck

ALL_KINDS = ("supervisor", "user", "other")


def check_installation(subject: Subject) -> RelationCheck:
    """Search a virtual state, region and address for which the monitor's own values break the relation or agreement."""
    t = subject.terms
    virtual, loaded = subject.names("virtual", ALL_HIDDEN), subject.names("real", ALL_HIDDEN)
    region = Region(t.var("$base", subject.machine.size_width), virtual[SIZE])
    install = Installation(subject, virtual, region)
    address, kind = subject.translation.address, subject.translation.kind
    premises = [
        subject.in_modes(virtual, ALL_KINDS), subject.invariants(virtual), subject.sizes(virtual), subject.sizes(loaded),
        subject.region_fits(region, loaded),
    ]  # fmt: skip
    related = t.and_(subject.relation(virtual, loaded), subject.invariants(loaded))
    agreed = t.or_(t.apply("ule", t.const(3, 2), kind), subject.agree(virtual, loaded, region, address, kind))
    for what, holds in (("relation", related), ("agreement", agreed)):
        violated = t.not_(install.value(holds))
        for number, case in enumerate(_cases(subject, virtual)):
            result, model, reason = subject.solver.check((*premises, case, violated), f"install {what} {number}")
            if result == "unknown":
                return RelationCheck(Answer.UNKNOWN, f"install, {what}: solver: {reason}")
            if model is not None:
                return RelationCheck(Answer.NO, FAILURES[what], _values(subject, model, virtual, install, region))
    return RelationCheck(Answer.YES)


def _cases(subject: Subject, virtual: Names) -> list[Term]:
    """The virtual modes apart, where the translation depends on them: each case is small."""
    if subject.translation_ignores_mode:
        return [subject.terms.true]
    return [subject.is_mode(mode, virtual) for mode in subject.isa.modes.values()]


class Installation:
    """The real hidden state that the monitor loads for a virtual one, put in place of real components in a term."""

    def __init__(self, subject: Subject, virtual: Names, region: Region) -> None:
        self.subject = subject
        self.virtual = virtual
        self.given = {"region.base": region.base, "region.size": region.size}
        self.components = {f"{c.name}.real": c for c in subject.components(*ALL_HIDDEN)}
        self.memo: dict[int, Term] = {}

    def value(self, term: Term) -> Term:
        """The term with what is installed for every real component."""
        return self.subject.terms.substitute(term, self._scalar, self._element, self.memo)

    def _scalar(self, node: Term) -> Term:
        component = self.components.get(node.name)
        if component is None or component.count is not None:
            return node
        if component.role == "mode":
            return self._mode(component)
        return self._installed(component, self.given)

    def _element(self, node: Term, args: tuple[Term, ...]) -> Term | None:
        component = self.components.get(node.args[0].name) if node.kind == "select" else None
        return None if component is None else self._installed(component, {**self.given, "index": args[1]}, args[1])

    def _mode(self, component: Component) -> Term:
        """The component's value in the real mode of the virtual mode."""
        t, isa, monitor = self.subject.terms, self.subject.isa, self.subject.monitor
        out = self.virtual[component.name]
        for mode in isa.modes.values():
            value = t.const(isa.modes[monitor.modes[mode.name]].when[component.name], component.width)
            out = t.ite(self.subject.is_mode(mode, self.virtual), value, out)
        return out

    def _installed(self, component: Component, given: Names, index: Term | None = None) -> Term:
        """What the specification's `install` says; without an entry, the virtual value."""
        expression = self.subject.monitor.install.get(component.name)
        if expression is not None:
            return self.subject.expression(expression, {}, self.virtual, given)
        value = self.virtual[component.name]
        return value if index is None else self.subject.terms.select(value, index)


FAILURES = {
    "relation": "what the monitor installs does not satisfy the relation",
    "agreement": "with what the monitor installs the real translation neither faults nor gives the guest's word",
}


def _values(
    subject: Subject, model: Model, virtual: Names, install: Installation, region: Region
) -> dict[str, int]:
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
