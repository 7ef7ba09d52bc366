"""The same definitions on concrete executions: what a replayed witness must show.

Written independently of the formulas, on the reference evaluator's integers, so that each checks the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from analyzer.language.declarations import HIDDEN_ROLES, Machine, Role
from analyzer.language.evaluate import Evaluator, Outcome, State
from analyzer.language.ir import Expr
from analyzer.properties.found import Execution, Found
from analyzer.properties.question import mentions_control
from analyzer.spec.model import Isa, Mode, Monitor

Evaluate = Callable[[Expr, Mapping[str, int], State], int]


def completes(outcome: Outcome) -> bool:
    """Whether the execution completed (continuing with another instruction included)."""
    return outcome.kind != "traps"


def trap_class(machine: Machine, outcome: Outcome) -> str:
    """The class of the trap; nothing if there was none."""
    return machine.traps[outcome.trap].trap_class if outcome.kind == "traps" else ""


def changed(machine: Machine, execution: Execution, roles: Iterable[Role]) -> list[str]:
    """Components of the roles that the execution changed."""
    before, after = execution.before, execution.outcome.state
    return [c.name for c in machine.with_role(*roles) if not same(before, after, c.name)]


def same(a: State, b: State, name: str) -> bool:
    """Whether a component has one value in both states."""
    if name in a.registers:
        return a.registers[name] == b.registers[name]
    return a.files[name] == b.files[name] or _elements(a, name) == _elements(b, name)


def _elements(state: State, name: str) -> dict[int, int]:
    return {index: value for index, value in state.files[name].items() if value}


def visible_parting(machine: Machine, found: Found) -> list[str]:
    """Where two completed runs differ for the guest, and storage outside the placement that changed."""
    virtual, real = found.executions
    after1, after2 = virtual.outcome.state, real.outcome.state
    out = [c.name for c in machine.with_role("pc", "visible") if not same(after1, after2, c.name)]
    base = found.placement.get("base", 0)
    size = virtual.before.storage_size
    places = {n for n in after1.storage if n < size}
    places |= {n - base for n in after2.storage if base <= n < base + size}
    if any(after1.storage.get(n, 0) != after2.storage.get(n + base, 0) for n in places):
        out.append("storage")
    outside = {n for n in after2.storage if not base <= n < base + size}
    if any(after2.storage.get(n, 0) != real.before.storage.get(n, 0) for n in outside):
        out.append("storage outside the placement")
    if (virtual.outcome.kind, virtual.outcome.bits) != (real.outcome.kind, real.outcome.bits):
        out.append("instruction to execute")
    if set(virtual.outcome.after) != set(real.outcome.after):
        out.append("trap after completion")
    return out


def in_kinds(isa: Isa, state: State, kinds: Iterable[str]) -> bool:
    """Whether a state is in a mode of one of the kinds."""
    kinds = tuple(kinds)
    return in_modes(state, (mode for mode in isa.modes.values() if mode.kind in kinds))


def in_modes(state: State, modes: Iterable[Mode]) -> bool:
    """Whether a state is in one of the modes."""
    return any(all(state.registers[c] == v for c, v in mode.when.items()) for mode in modes)


def admitted(
    isa: Isa,
    monitor: Monitor,
    found: Found,
    kinds: Iterable[str],
    differ: Iterable[Role],
    *,
    control_relation: bool = True,
    evaluate: Evaluate | None = None,
) -> bool:
    """Whether a concrete pair, found for another question, is one whose hidden state differs in roles `differ` only,
    the guest in a mode of `kinds`, and satisfies the relation (its conjuncts about control state too, or not)."""
    if len(found.executions) != 2:
        return False
    machine = isa.machine
    virtual, real = (execution.before for execution in found.executions)
    in_kind = any(
        mode.kind in kinds
        and all(virtual.registers[c] == v for c, v in mode.when.items())
        and all(real.registers[c] == v for c, v in isa.modes[monitor.modes[mode.name]].when.items())
        for mode in isa.guest_modes.values()
    )
    common = [role for role in HIDDEN_ROLES if role not in differ]
    agree = all(same(virtual, real, c.name) for c in machine.with_role(*common))
    moved = found.placement.get("base", 0) != 0 or virtual.storage_size != real.storage_size
    in_place = "relocation" in differ or not moved
    return in_kind and agree and in_place and related(machine, monitor, virtual, real, control_relation, evaluate)


def related(
    machine: Machine, monitor: Monitor, virtual: State, real: State, control: bool = True,
    evaluate: Evaluate | None = None,
) -> bool:  # fmt: skip
    """Whether two states satisfy the monitor's relation; `control` = False leaves out conjuncts about control state.

    `evaluate`: what computes the conjuncts, instead of the reference evaluator.
    """
    fields = _Both({"virtual": virtual.registers, "real": real.registers})
    both = State({}, _Both({"virtual": virtual.files, "real": real.files}))
    evaluate = evaluate or Evaluator(machine).evaluate
    conjuncts = [e for e in monitor.relation if control or not mentions_control(machine, e)]
    return all(evaluate(conjunct, fields, both) for conjunct in conjuncts)


V = TypeVar("V")


class _Both(dict[str, V]):
    """Two states' components by their names with `virtual.` and `real.` in front, looked up when they are asked for."""

    def __init__(self, states: Mapping[str, Mapping[str, V]]) -> None:
        super().__init__()
        self.states = states

    def __missing__(self, name: str) -> V:
        run, _, component = name.partition(".")
        return self.states[run][component]
