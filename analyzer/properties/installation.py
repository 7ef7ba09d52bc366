"""Whether what a monitor installs satisfies its relation, and the translations then agree, for every virtual state."""

from __future__ import annotations

from analyzer.language.ir import Expr
from analyzer.properties.subject import ALL_HIDDEN, Names, Subject
from analyzer.symbolic.runs import SIZE, Region
from analyzer.symbolic.solver import Model
from analyzer.symbolic.terms import Term
from analyzer.verdict import Answer, RelationCheck

ALL_KINDS = ("supervisor", "user", "other")


def check_installation(subject: Subject) -> RelationCheck:
    """Search a virtual state, region and address for which the monitor's own values break the relation or agreement."""
    t = subject.terms
    virtual = subject.names("virtual", ALL_HIDDEN)
    real_size = t.var(f"{SIZE}.real", subject.machine.size_width)
    region = Region(t.var("$base", subject.machine.size_width), virtual[SIZE])
    real = {**installed(subject, virtual, region), SIZE: real_size}
    premises = [
        subject.in_modes(virtual, ALL_KINDS), subject.invariants(virtual), subject.sizes(virtual), subject.sizes(real),
        subject.region_fits(region, real),
    ]  # fmt: skip
    address, kind = subject.translation.address, subject.translation.kind
    questions = (
        ("relation", t.not_(t.and_(subject.relation(virtual, real), subject.invariants(real)))),
        ("agreement", t.and_(t.apply("ult", kind, t.const(3, 2)), t.not_(subject.agree(virtual, real, region, address, kind)))),
    )
    for what, violated in questions:
        result, model, reason = subject.solver.check((*premises, violated), f"install {what}")
        if result == "unknown":
            return RelationCheck(Answer.UNKNOWN, f"install, {what}: solver: {reason}")
        if model is not None:
            return RelationCheck(Answer.NO, FAILURES[what], _values(subject, model, virtual, region, real))
    return RelationCheck(Answer.YES)


FAILURES = {
    "relation": "what the monitor installs does not satisfy the relation",
    "agreement": "with what the monitor installs the real translation neither faults nor gives the guest's word",
}


def installed(subject: Subject, virtual: Names, region: Region) -> dict[str, Term]:
    """The real hidden state that the monitor loads for a virtual one; the mode is the real mode of the virtual one."""
    t = subject.terms
    out = dict(virtual)
    for mode in subject.isa.modes.values():
        target = subject.isa.modes[subject.monitor.modes[mode.name]]
        here = subject.is_mode(mode, virtual)
        for component in subject.components("mode"):
            value = t.const(target.when[component.name], component.width)
            out[component.name] = t.ite(here, value, out[component.name])
    given = {"region.base": region.base, "region.size": region.size}
    for component in subject.components("relocation", "control"):
        expression = subject.monitor.install.get(component.name)
        if expression is not None:
            out[component.name] = _value(subject, expression, virtual, given, component.count, component.index_width)
    return out


def _value(
    subject: Subject, expression: Expr, virtual: Names, given: Names, count: int | None, index_width: int
) -> Term:
    """One installed component; a register file element by element."""
    t = subject.terms
    if count is None:
        return subject.expression(expression, {}, virtual, given)
    out: Term | None = None
    for i in range(count):
        index = t.const(i, index_width)
        value = subject.expression(expression, {}, virtual, {**given, "index": index})
        base = out if out is not None else t.array("$nothing", index_width, value.width)
        out = t.store(base, index, value)
    assert out is not None
    return out


def _values(subject: Subject, model: Model, virtual: Names, region: Region, real: Names) -> dict[str, int]:
    """The counterexample: hidden state of both, the region, the address."""
    out: dict[str, int] = {}
    for component in subject.components(*ALL_HIDDEN):
        if component.count is None:
            for label, names in (("virtual", virtual), ("real", real)):
                out[f"{label}.{component.name}"] = model.value(names[component.name])
    out["region.base"], out["region.size"] = model.value(region.base), model.value(region.size)
    out["address"] = model.value(subject.translation.address)
    out["kind"] = model.value(subject.translation.kind)
    return out
