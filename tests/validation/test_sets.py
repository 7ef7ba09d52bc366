"""Sets of remedies: which instruction each serves, that it is proved and runs, and that a broken one does not pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyzer import analyze
from analyzer.monitors import CONFIGURE, HYBRID, PARAVIRT, TRAP
from analyzer.monitors.virtual import VirtualMachine
from analyzer.remedies.patch import Patcher
from analyzer.remedies.proof import Proof
from analyzer.spec.load import load
from analyzer.spec.model import Isa
from analyzer.validation import sets
from analyzer.validation.costs import Costs, read_costs
from analyzer.validation.fix import fix
from analyzer.validation.fixed import Fix, Workload
from analyzer.validation.guests import Guest
from analyzer.validation.ways import Subject, Way
from analyzer.verdict import Analysis, Answer
from tests.simulator.guests import THIRD, machine, program, psw

YES, NO = Answer.YES, Answer.NO

# RDR is sound with a setting, SPSW with none; both are wrong in user mode, too
TWO = """
isa: two
extends: third-generation-permit
title: Two instructions that may not run directly
description: RDR obeys the permission, SPSW asks nobody.
instructions:
  - name: SPSW
    encoding: "1111 0011 --- x:3 ------------ y:10"
    summary: Store the program status word at y(x), in any mode.
    source: "made up"
    semantics: mem[effective(x, y)] = psw()
"""
BOTH = f"""
        .org 1
        .word {psw(0, 9, 0, 256)}
        SPSW 100
        RDR r1
        LI r2, 1
        SPR r2
        SPSW 101
        RDR r3
        HLT
        .org 9
        HLT
        .start 2
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Isa, Analysis]]:
    """The machine, and its analysis."""
    folder = tmp_path_factory.mktemp("machines") / "two"
    folder.mkdir()
    (folder / "machine.yaml").write_text(TWO)
    isa = load(folder)
    yield isa, analyze(isa)


def costing(**cycles: float) -> Costs:
    """The shipped costs, some of them changed."""
    shipped = read_costs()
    return replace(shipped, cycles={**shipped.cycles, **cycles})


def fixed(two: tuple[Isa, Analysis], *by: str, costs: Costs | None = None) -> Fix:
    """The remedies `by`, run with a program that executes both instructions."""
    isa, analysis = two
    return fix(isa, analysis, by=by, costs=costs, programs=[Guest(program(isa, BOTH), wrong=False)])


def joined(found: Fix) -> dict[str, Workload]:
    """The sets of remedies by name."""
    return {work.remedy: work for work in found.workloads if work.serves}


@pytest.mark.parametrize(
    ("costs", "name", "serves"),
    [
        ({}, "configure+paravirt", {CONFIGURE: ("RDR",), PARAVIRT: ("SPSW",)}),
        ({"trap": 9, "hypercall": 10}, "configure+trap", {CONFIGURE: ("RDR",), TRAP: ("SPSW",)}),
    ],
)
def test_each_instruction_is_served_by_what_costs_the_least(
    two: tuple[Isa, Analysis], costs: Mapping[str, float], name: str, serves: Mapping[str, tuple[str, ...]]
) -> None:
    work = joined(fixed(two, CONFIGURE, PARAVIRT, TRAP, costs=costing(**costs)))[name]
    assert (dict(work.serves), work.proved, work.failed) == (dict(serves), YES, ())


def test_a_setting_alone_is_run_and_diverges_where_it_does_not_help(two: tuple[Isa, Analysis]) -> None:
    found = fixed(two, CONFIGURE, TRAP)
    alone = next(work for work in found.workloads if work.remedy == CONFIGURE)
    assert (alone.proved, len(alone.failed)) == (NO, 1)
    assert [(row.instruction, row.by) for row in found.applied if row.remedy == CONFIGURE] == [("RDR", "traps")]
    assert joined(found)["configure+trap"].failed == ()


def test_interpretation_is_completed_where_user_mode_goes_wrong(two: tuple[Isa, Analysis]) -> None:
    """What is in supervisor mode is interpreted: there no hypercall is an entry."""
    found = fixed(two, HYBRID, PARAVIRT)
    assert set(joined(found)) == {"hybrid+paravirt"}
    assert joined(found)["hybrid+paravirt"].per_thousand["hypercall"] == 0
    assert found.cheapest == "hybrid+paravirt"
    assert fixed(two, HYBRID).cheapest == ""


def test_there_is_no_set_where_one_instruction_has_no_remedy(two: tuple[Isa, Analysis]) -> None:
    found = fixed(two, CONFIGURE, HYBRID)
    assert (joined(found), found.cheapest, found.unremedied) == ({}, "", ("SPSW",))


def test_one_remedy_for_all_is_no_set(two: tuple[Isa, Analysis]) -> None:
    assert joined(fixed(two, PARAVIRT, TRAP)) == {}
    assert joined(fixed(two, CONFIGURE, PARAVIRT, TRAP, costs=costing(hypercall=1))) == {}


def test_where_no_hypercall_fits_the_instruction_traps(
    two: tuple[Isa, Analysis], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set of the declared monitor's, without setting and without interpreter."""
    fitting = sets.choice

    def without(subject: Subject, ways: Sequence[Way], costs: Costs) -> Mapping[str, Way] | None:
        """Paravirtualization has nothing for SPSW."""
        kept = [
            replace(way, proofs={n: p for n, p in way.proofs.items() if n != "SPSW" or way.remedy != PARAVIRT})
            for way in ways
        ]
        return fitting(subject, kept, costs)

    made: list[Patcher] = []

    def noted(*args: Any) -> Patcher:
        made.append(Patcher(*args))
        return made[-1]

    monkeypatch.setattr(sets, "choice", without)
    monkeypatch.setattr(sets, "Patcher", noted)
    work = joined(fixed(two, PARAVIRT, TRAP))["paravirt+trap"]
    assert (dict(work.serves), work.proved, work.failed) == ({PARAVIRT: ("RDR",), TRAP: ("SPSW",)}, YES, ())
    assert [each.numbers for each in made] == [{"RDR": 2}]  # as in the interface of all hypercalls
    with_setting = fixed(two, CONFIGURE, PARAVIRT, TRAP, costs=costing(hypercall=9))
    assert [work.remedy for work in with_setting.workloads if work.serves] == ["paravirt+trap"]


# -- broken sets -----------------------------------------------------------------------------------------------------


def test_a_monitor_that_does_not_know_the_hypercalls_diverges(
    two: tuple[Isa, Analysis], monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(kind: type[VirtualMachine]) -> type[VirtualMachine]:
        return kind

    monkeypatch.setattr(sets, "paravirtual", deaf)
    found = fixed(two, CONFIGURE, PARAVIRT)
    assert joined(found)["configure+paravirt"].failed
    assert found.cheapest == PARAVIRT


def test_a_hypercall_that_does_not_trap_with_the_setting_is_not_proved(
    two: tuple[Isa, Analysis], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "ask", lambda _, __, names, **___: dict.fromkeys(names, Proof(YES, "direct")))
    found = fixed(two, CONFIGURE, PARAVIRT)
    assert joined(found)["configure+paravirt"].proved is NO
    assert found.cheapest == PARAVIRT


@pytest.mark.parametrize("name", [f"{THIRD}-spsw", f"{THIRD}-permit"])
def test_every_instruction_of_a_workload_is_one_event(name: str) -> None:
    found = fix(machine(name), analyze(machine(name)))
    assert joined(found)
    for work in found.workloads:
        happened = {event: number for event, number in work.per_thousand.items() if event != "translated"}
        assert min(happened.values()) >= 0
        assert sum(happened.values()) == pytest.approx(1000, abs=0.1)


def test_a_workload_may_be_given(tmp_path: Path) -> None:
    from analyzer.api import fix as asked

    (tmp_path / "idle.s").write_text(".org 2\nHLT\n.start 2\n")
    found = asked(machine(f"{THIRD}-spsw"), by=(TRAP,), workload=[tmp_path / "idle.s"])
    assert [(ran.program, ran.instructions) for ran in found.ran] == [(str(tmp_path / "idle.s"), 1)]


# -- guests that go on, costs that are equal -------------------------------------------------------------------------


def test_a_guest_that_does_not_end_soon_is_run_for_a_part_and_named(two: tuple[Isa, Analysis]) -> None:
    isa, analysis = two
    again = Guest(program(isa, ".org 1\nagain: LI r1, 1\nJAL r2, again\n.start again"), wrong=False)
    found = fix(isa, analysis, by=(TRAP,), programs=[again])
    (work,) = found.workloads
    assert (work.unended, work.failed) == ((again.program.name,), ())
    assert not fixed(two, TRAP).workloads[0].unended


@pytest.mark.parametrize(("hypercall", "cheapest"), [(80, PARAVIRT), (80.001, TRAP)])
def test_of_equals_the_one_that_leaves_hardware_alone(
    two: tuple[Isa, Analysis], hypercall: float, cheapest: str
) -> None:
    """Though what is shown is the same."""
    found = fixed(two, PARAVIRT, TRAP, costs=costing(trap=80, hypercall=hypercall))
    assert found.cheapest == cheapest
    assert len({work.slowdown for work in found.workloads}) == 1
