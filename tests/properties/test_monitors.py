"""Monitors of a machine, asked about together: each has the answers that it has alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import pytest

from analyzer import Analysis, Interrupted, analyze, analyze_all, load
from analyzer.cli.known import under_way
from analyzer.properties.question import ALL_HIDDEN, Facts, Sides
from analyzer.properties.subject import Subject
from analyzer.spec.model import Isa
from analyzer.symbolic.solver import SolverOptions
from analyzer.symbolic.terms import Terms
from analyzer.verdict import Answer, InstructionResult
from tests.simulator.guests import variant

YES, NO = Answer.YES, Answer.NO
GUARDED = """
components: {guard: {width: 1, role: control}}
monitors:
  shut:
    question: The same, the guard of the real machine 0.
    modes: {supervisor: user, user: user}
    relation: real.guard == 0
    install: {base: "virtual.base + region.base[9:0]", bound: "0", guard: "0"}
instructions:
  - name: GUARDED
    encoding: "10000000 r:3 -------------------------"
    source: test
    semantics: |
      if guard == 0:
          supervisor_only()
      gpr[r] = 1
"""
LATE = """
monitors:
  late:
    question: The same, which maps storage when it is first used.
    modes: {supervisor: user, user: user}
    maps_late: true
    install:
      base: "virtual.base + region.base[9:0]"
      bound: "0 if zext(virtual.base, 11) > region.size
        else virtual.bound if virtual.bound < region.size - zext(virtual.base, 11)
        else region.size - zext(virtual.base, 11)"
instructions:
  - name: TWICE
    encoding: "10000000 r:3 -------------------------"
    source: test
    semantics: |
      gpr[r] = gpr[r] + 1
      commit()
      gpr[0] = mem[gpr[1][9:0]]
"""
ADDRESSED = (
    "components: {guard: {width: 1, role: control}}\nfunctions: |\n  def code(address: 10) -> 10:\n      return "
)


def answers(analysis: Analysis) -> dict[str, object]:
    """All answers, without reasons and witnesses."""
    names = [field.name for field in fields(InstructionResult) if field.type == "Answer"]
    out: dict[str, object] = {row.name: (row.trap_and_emulate, row.hybrid) for row in analysis.exact.instructions}
    for model, result in analysis.models.items():
        out |= {f"{model} {row.name}": [getattr(row, name) for name in names] for row in result.instructions}
    return out


def check_each(isa: Isa, monitors: Sequence[str], only: Sequence[str]) -> dict[str, Analysis]:
    together = analyze_all(isa, monitors=monitors, only=only, jobs=2)
    for name, analysis in zip(monitors, together, strict=True):
        assert analysis.monitor == name
        assert answers(analysis) == answers(analyze(isa, monitor=name, only=only)), name
    return dict(zip(monitors, together, strict=True))


@pytest.mark.parametrize("order", [("default", "shut"), ("shut", "default")])
def test_a_real_state_of_one_monitor_is_none_of_another(order: tuple[str, str]) -> None:
    found = check_each(variant(GUARDED), order, ["GUARDED"])
    privileged = {name: each.models["extended"].instructions[0].privileged for name, each in found.items()}
    assert privileged == {"default": NO, "shut": YES}


@pytest.mark.parametrize("order", [("default", "late"), ("late", "default")])
def test_a_refused_access_is_resumed_under_one_monitor_only(order: tuple[str, str]) -> None:
    found = check_each(variant(LATE), order, ["TWICE"])
    direct = {name: each.exact.instructions[0].trap_and_emulate for name, each in found.items()}
    assert direct == {"default": "direct", "late": "wrong"}


def test_a_shipped_machine() -> None:
    isa = load("rv64-h")
    csrs = [f"CSR {name}" for name in ("satp", "sip", "cycle", "sstatus", "hgatp", "vsatp")]
    check_each(isa, [*isa.monitors], [*csrs, "SFENCE.VMA", "HLV.B"])


def test_an_interrupt_leaves_the_monitor_of_which_nothing_is_missing() -> None:
    def stop(done: int, total: int, _now: str) -> None:
        if done == total - 1:
            raise KeyboardInterrupt

    isa, only = variant(LATE), ("LD", "ADD")
    with pytest.raises(Interrupted) as stopped:
        analyze_all(isa, monitors=("default", "late"), only=only, progress=stop)
    whole, (part,) = stopped.value.analysis, stopped.value.others
    alone = analyze(isa, monitor="default", only=only)
    assert whole.exact == alone.exact
    assert whole.models["pg1974"].theorems == alone.models["pg1974"].theorems
    assert alone.models["pg1974"].theorems.vmm.holds is YES
    assert part.models["pg1974"].theorems.vmm.holds is Answer.UNKNOWN
    assert len(part.exact.instructions) == 1
    assert [report.interrupted for report in under_way(isa, stopped.value)] == [0, 2]


def test_no_monitor() -> None:
    assert analyze_all(load("third-generation"), monitors=()) == ()


@pytest.mark.parametrize(("address", "same"), [("address ^ sext(guard, 10)", False), ("address ^ 1", True)])
def test_where_code_lies_is_asked_of_each_state(address: str, same: bool) -> None:
    isa = variant(f"{ADDRESSED}{address}\n")
    subject = Subject(isa, isa.monitors["default"], isa.instructions[0], SolverOptions(), Facts())
    virtual, real = (subject.code_address(subject.names(run, ALL_HIDDEN), 0) for run in ("virtual", "real"))
    assert (virtual is real) == same


def test_sides() -> None:
    t = Terms()
    a, b, c = (t.var(name, 1) for name in "abc")
    sides = Sides({"real": {"x": a}, "virtual": {"x": b, "y": a}}, {"index": c})
    assert dict(sides) == {"index": c, "real.x": a, "virtual.x": b, "virtual.y": a}
    assert len(sides) == 4
    assert "real.y" not in sides
    assert "x" not in sides
