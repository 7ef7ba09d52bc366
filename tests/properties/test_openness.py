"""What data flow alone decides, and that the solver decides the same."""

from __future__ import annotations

import pytest

from analyzer.properties import openness
from analyzer.properties.classify import analyze_instruction
from analyzer.properties.openness import traps_by_itself
from analyzer.properties.question import Facts
from analyzer.properties.subject import Subject
from analyzer.spec.model import Isa
from analyzer.symbolic.solver import SolverOptions
from analyzer.verdict import ExactResult, InstructionResult
from tests.remedies.translations import row, toy
from tests.simulator.guests import machine

BY_ITSELF = {
    "of a register": ("if gpr[r] == 0:\n    trap(refused)\ngpr[r] += 1", True),
    "of a field": ("if r == 1:\n    trap(refused)\ngpr[r] += 1", True),
    "of its place": ("if pc[0:0] == 1:\n    trap(refused)\ngpr[r] += 1", True),
    "of what it loads": ("if mem[0] == 0:\n    trap(refused)\ngpr[r] += 1", False),
    "of the mode": ("if user == 0:\n    trap(refused)\ngpr[r] += 1", False),
    "after a load": ("gpr[0] = mem[0]\nif gpr[0] == 0:\n    trap(refused)\ngpr[r] += 1", False),
    "never": ("gpr[r] = mem[0]", True),
}


def subject(isa: Isa, name: str) -> Subject:
    monitor = next(iter(isa.monitors.values()))
    return Subject(isa, monitor, isa.instruction(name), SolverOptions(), Facts())


def test_an_instruction_traps_by_itself_where_what_it_begins_with_decides() -> None:
    rows = (row(f"N{n}", text, f"1001 {n:05b} r:3 {'-' * 24}") for n, (text, _) in enumerate(BY_ITSELF.values()))
    isa = toy("instructions:\n" + "".join(rows))
    found = [traps_by_itself(subject(isa, f"N{n}")) for n in range(len(BY_ITSELF))]
    assert found == [expected for _, expected in BY_ITSELF.values()]


@pytest.mark.parametrize("name", ["AMOADD.D", "BGE"])
def test_the_solver_says_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyzed() -> tuple[dict[str, InstructionResult], ExactResult, int]:
        asked = subject(machine("rv64"), name)
        return *analyze_instruction(asked, ("extended",), "standard"), asked.counters.queries

    *short, queries = analyzed()
    monkeypatch.setattr(openness, "traps_by_itself", lambda subject: False)
    *long, more = analyzed()
    assert short == long
    assert queries < more
