"""A relocation by which every address names its own word: what relocation says there, it says to nobody."""

from __future__ import annotations

from analyzer.properties.question import ALL_HIDDEN, Names
from analyzer.remedies.guest_states import GuestStates
from analyzer.symbolic.runs import SIZE, OwnStorage
from analyzer.symbolic.terms import Term

MAX_ROUNDS = 24


def plain_relocation(guests: GuestStates) -> dict[str, Term]:
    """Relocation components, and the size of storage, of a real state that refuses no access and translates each
    address to itself, whatever its control state; nothing if none is found. Counterexample-guided."""
    subject, machine = guests.subject, guests.subject.machine
    t, components = subject.terms, subject.components("relocation")
    if any(c.count is not None for c in components) or machine.program.address != machine.storage.address:
        return {}
    size = t.const(1 << machine.storage.address, machine.size_width)
    names = {**subject.names("plain", ALL_HIDDEN), SIZE: size}
    states = subject.solver.session(guests.real_state(names), "plain relocation")
    address, kind = t.const(0, machine.program.address), t.const(0, 2)
    for _ in range(MAX_ROUNDS):
        states.add(_plain(guests, names, address, kind))
        if states.check() != "sat" or states.model is None:
            return {}
        model = states.model
        values = {c.name: t.const(model.value(names[c.name]), c.width) for c in components}
        stray = _stray(guests, {**names, **values})
        if stray is None:
            return {**values, SIZE: size}
        address, kind = stray
    return {}


def _plain(guests: GuestStates, names: Names, address: Term, kind: Term) -> Term:
    """An access is allowed, and goes to its own address."""
    t = guests.subject.terms
    fault, real = guests.located(names, OwnStorage(), address, kind)
    return t.and_(t.not_(fault), t.eq(real, address))


def _stray(guests: GuestStates, names: Names) -> tuple[Term, Term] | None:
    """An access that is refused, or goes elsewhere; `None` if that is proved of none."""
    t, machine = guests.subject.terms, guests.subject.machine
    address, kind = t.var("$address", machine.program.address), t.var("$kind", 2)
    elsewhere = t.and_(t.apply("ult", kind, t.const(3, 2)), t.not_(_plain(guests, names, address, kind)))
    conditions = (*guests.real_state(names), elsewhere)
    answer, model, _ = guests.subject.solver.check(conditions, "plain relocation elsewhere")
    if answer == "unsat":
        return None
    if model is None:
        return t.const(0, address.width), t.const(0, 2)
    return t.const(model.value(address), address.width), t.const(model.value(kind), 2)
