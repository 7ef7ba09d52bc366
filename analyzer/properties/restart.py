"""Traps after which the monitor cannot simply interpret the instruction from its beginning.

After a commit the instruction has done part of its work when it traps: interpreting the committed state must give
what interpreting the state before gives. Where the monitor does not map late, a refused access is the guest's own
trap, which it gets in the committed state, as on the bare machine. A kind of trap may also be declared not restartable.
"""

from __future__ import annotations

from analyzer.language.evaluate import Outcome, State
from analyzer.properties.concrete import completes, same
from analyzer.properties.found import Found
from analyzer.properties.question import Pair
from analyzer.properties.subject import Subject
from analyzer.symbolic.summary import TrapEvent
from analyzer.symbolic.terms import Term


def breaks(subject: Subject, pair: Pair) -> Term:
    """Whether the real run traps in a way from which the guest cannot go on."""
    t = subject.terms
    lost = {kind.name for kind in subject.machine.traps.values() if not kind.restartable}
    abstract = any(subject.machine.traps[name].trap_class == "memory" for name in lost)
    parts = [e.guard for e in pair.real.run.events if e.kind in lost or (not e.kind and abstract)]
    late = subject.monitor.maps_late
    for virtual, real in zip(pair.virtual.run.events, pair.real.run.events, strict=True):
        if real.committed is not None and (late or real.trap_class != "memory"):
            parts.append(t.and_(real.guard, _ends_otherwise(subject, pair, virtual)))
    return t.or_(*parts)


def _ends_otherwise(subject: Subject, pair: Pair, event: TrapEvent) -> Term:
    """Whether the guest's instruction, begun again in the committed state, ends otherwise."""
    t, run = subject.terms, pair.virtual.run
    assert event.committed is not None
    committed = {term.name: event.committed[name] for name, term in run.initial.items()}
    memo: dict[int, Term] = {}

    def again(term: Term) -> Term:
        return t.substitute(term, lambda v: committed.get(v.name, v), lambda node, args: None, memo)

    done, done_again = run.completes, again(run.completes)
    differ = [(name, subject.different(name, run.final[name], again(run.final[name]))) for name in run.initial]
    return t.or_(t.ne(done, done_again), t.and_(done, done_again, subject.any(differ)))


def parting(subject: Subject, found: Found) -> tuple[str, ...]:
    """The same on a concrete pair whose real run traps."""
    virtual, real = found.executions
    kind = subject.machine.traps[real.outcome.trap]
    if not kind.restartable:
        return ("restart",)
    guests_own = kind.trap_class == "memory" and not subject.monitor.maps_late
    if guests_own or "commit" not in subject.effects.marks:
        return ()
    resumed = _committed(subject, found)
    first = _interpret(subject, found, virtual.before)
    second = _interpret(subject, found, resumed)
    if completes(first) != completes(second):
        return ("restart",)
    names = [*first.state.registers, *first.state.files]
    differ = [name for name in names if not same(first.state, second.state, name)]
    places = first.state.storage.keys() | second.state.storage.keys()
    if any(first.state.storage.get(n, 0) != second.state.storage.get(n, 0) for n in places):
        differ.append("storage")
    return tuple(differ) if completes(first) else ()


def _interpret(subject: Subject, found: Found, state: State) -> Outcome:
    return subject.compiled.run(subject.body, found.fields, state, found.executions[0].interpretation)


def _committed(subject: Subject, found: Found) -> State:
    """The guest's state with what the real run committed: visible components and the guest's storage."""
    virtual, real = found.executions
    out = virtual.before.copy()
    after = real.outcome.state
    for component in subject.machine.with_role("pc", "visible"):
        if component.count is None:
            out.registers[component.name] = after.registers[component.name]
        else:
            out.files[component.name] = dict(after.files[component.name])
    base = found.placement.get("base", 0)
    for place, unit in after.storage.items():
        if base <= place < base + out.storage_size:
            out.storage[place - base] = unit
    return out
