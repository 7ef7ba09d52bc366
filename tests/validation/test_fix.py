"""Remedies, proved and run: which serve which machine, and that a broken one does not pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer import analyze
from analyzer.monitors import ASSIST, CONFIGURE, HYBRID, PARAVIRT, REMEDIES, RUNNING, TRANSLATE, TRAP
from analyzer.remedies.patch import carriers
from analyzer.remedies.translation import Translation, translated
from analyzer.remedies.variant import Variant
from analyzer.spec.load import load
from analyzer.validation import ways
from analyzer.validation.costs import EVENTS, Costs, read_costs
from analyzer.validation.fix import fix
from analyzer.validation.fixed import Applied, Fix, Interruption, Setting, Workload
from analyzer.validation.guests import Guest
from analyzer.validation.runner import Runner
from analyzer.verdict import Analysis, Answer, RelationCheck
from tests.simulator.guests import THIRD, machine, program, psw

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
SPSW, JRST, PERMIT, OPEN_FIELD = (f"{THIRD}-{name}" for name in ("spsw", "jrst1", "permit", "open-field"))


@cache
def analysis(name: str) -> Analysis:
    return analyze(machine(name))


@cache
def fixed(name: str, *by: str) -> Fix:
    """The remedies `by` for a shipped machine, all unless given."""
    return fix(machine(name), analysis(name), by=by or REMEDIES)


def answers(found: Fix) -> dict[str, Answer]:
    """What is said of each remedy for a machine with one instruction that needs one."""
    assert len(found.vmm) == 1
    assert {row.instruction for row in found.applied} == set(found.vmm)
    return {row.remedy: row.proved for row in found.applied}


# -- which remedies serve --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [SPSW, JRST])
def test_every_remedy_that_changes_hardware_or_code_is_proved_and_runs(name: str) -> None:
    """Both have a guest that goes wrong without a remedy, and one that does not."""
    found = fixed(name)
    assert {remedy: answer for remedy, answer in answers(found).items() if remedy in RUNNING} == dict.fromkeys(
        RUNNING, YES
    )
    assert [row.run_on for row in found.applied if row.remedy in RUNNING] == [2] * len(RUNNING)
    assert [work.failed for work in found.workloads if work.remedy in RUNNING] == [()] * len(RUNNING)
    assert {each.wrong for each in found.ran} == {True, False}
    assert found.passed


@pytest.mark.parametrize(
    ("name", "answer", "needed"),
    [
        (JRST, YES, ()),  # in user mode it is a jump
        (SPSW, NO, ("SPSW",)),  # user mode sees the relocation register
    ],
)
def test_interpreting_supervisor_mode_serves_where_user_mode_is_not_concerned(
    name: str, answer: Answer, needed: tuple[str, ...]
) -> None:
    found = fixed(name)
    assert answers(found)[HYBRID] is answer
    assert found.hvmm == needed
    (work,) = (each for each in found.workloads if each.remedy == HYBRID)
    assert bool(work.failed) is (answer is NO)
    assert fixed(name, HYBRID).passed is (answer is YES)


def test_a_machine_without_the_instruction_needs_nothing() -> None:
    found = fixed(THIRD)
    assert (found.vmm, found.applied, found.workloads, found.ran, found.setting) == ((), (), (), (), None)
    assert found.passed


@pytest.mark.parametrize(("name", "serves"), [(PERMIT, True), (SPSW, False)])
def test_a_setting_is_a_remedy_where_it_makes_all_sound(name: str, serves: bool) -> None:
    found = fixed(name, CONFIGURE)
    assert found.setting is not None
    assert bool(found.setting.bits) is serves
    assert found.passed is serves
    assert found.failed is not serves


def test_what_is_written_is_the_variants() -> None:
    found = fixed(SPSW)
    assert list(found.specifications) == [f"{SPSW}-trapping", f"{SPSW}-assisted", f"{SPSW}-translated"]
    assert "## 1: SPSW" in found.hypercalls


def test_processes_do_not_change_the_result() -> None:
    assert fix(machine(SPSW), analysis(SPSW), by=(TRAP, PARAVIRT), jobs=2) == fixed(SPSW, TRAP, PARAVIRT)


@pytest.mark.parametrize(
    ("name", "how"), [(OPEN_FIELD, "traps if f == 1 (sufficient)"), (SPSW, "traps always (weakest)")]
)
def test_the_trap_has_the_weakest_condition_that_is_found(name: str, how: str) -> None:
    found = fix(machine(name), analysis(name), by=(TRAP,), conditions=True)
    assert [(row.how, row.proved) for row in found.applied] == [(how, YES)]
    (always,) = fixed(name, TRAP).applied
    assert always.how == "traps"
    traps, less = (work.per_thousand["trap"] for each in (fixed(name, TRAP), found) for work in each.workloads)
    assert (less < traps) is ("if" in how)


# -- what is counted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [SPSW, OPEN_FIELD, JRST])
def test_every_instruction_is_one_event(name: str) -> None:
    """In a translated program of `open-field`, a replacement traps: it is an exit, and did not run in place."""
    assert len(fixed(name).ran) == 2 * len(fixed(name).workloads)
    for ran in fixed(name).ran:
        happened = {event: number for event, number in ran.events.items() if event != "translated"}
        assert min(happened.values()) >= 0
        assert sum(happened.values()) == ran.instructions
        assert set(ran.events) <= set(EVENTS)


@pytest.mark.parametrize("remedy", [PARAVIRT, TRAP])
def test_an_instruction_that_is_kept_was_not_executed_under_the_remedy(remedy: str) -> None:
    """It does no harm here: it stores outside the guest's storage, and traps."""
    code = program(machine(SPSW), f".org 1\n.word {psw(0, 9, 0, 256)}\nSPSW 300\n.org 9\nHLT\n.start 2")
    kept = replace(code, kept=frozenset((2,)))
    found = [
        fix(machine(SPSW), analysis(SPSW), by=(remedy,), programs=[Guest(each, wrong=False)]) for each in (code, kept)
    ]
    assert [row.run_on for each in found for row in each.applied] == [1, 0 if remedy == PARAVIRT else 1]


def costing(**cycles: float) -> Costs:
    """The shipped costs, some of them changed."""
    shipped = read_costs()
    return replace(shipped, cycles={**shipped.cycles, **cycles})


@pytest.mark.parametrize(
    ("costs", "cheapest"),
    [
        (costing(hypercall=2, trap=3), PARAVIRT),
        (costing(hypercall=3, trap=2), TRAP),
        (costing(intercept=1), ASSIST),
    ],
)
def test_the_cheapest_follows_from_the_costs(costs: Costs, cheapest: str) -> None:
    found = fix(machine(SPSW), analysis(SPSW), costs=costs, by=(TRAP, ASSIST, PARAVIRT))
    assert found.cheapest == cheapest
    assert min(found.workloads, key=lambda work: work.slowdown).remedy == cheapest


def test_what_is_not_proved_is_not_the_cheapest() -> None:
    """Nothing is as cheap as to interpret, which is not sound here."""
    found = fixed(SPSW)
    assert min(found.workloads, key=lambda work: work.slowdown).remedy == HYBRID
    assert found.cheapest not in ("", HYBRID)
    assert fixed(SPSW, HYBRID).cheapest == ""


def test_the_cost_of_an_execution_is_that_of_its_event() -> None:
    found = fix(machine(SPSW), analysis(SPSW), by=(TRAP, TRANSLATE), costs=costing(inline=7, callout=8, trap=9))
    costs = {row.remedy: row.cost for row in found.applied}
    assert (costs[TRANSLATE], costs[TRAP]) == (7, 9)
    calls = fix(machine(JRST), analysis(JRST), by=(TRANSLATE,), costs=costing(inline=7, callout=8))
    assert [row.cost for row in calls.applied] == [8]


# -- broken remedies -------------------------------------------------------------------------------------------------


def edited(make: Callable[..., Variant], old: str, new: str) -> Callable[..., Variant]:
    """A remedy whose specification has one edit."""

    def broken(*args: object, **named: object) -> Variant:
        found = make(*args, **named)
        assert old in found.text
        return replace(found, text=found.text.replace(old, new))

    return broken


@pytest.mark.parametrize(
    ("remedy", "old", "new"),
    [
        (TRAP, "if user == 1:", "if user == 0:"),
        (TRAP, "if user == 1:", "if base == 0:"),
        (ASSIST, "if guest == 1:", "if guest == 0:"),
    ],
)
def test_a_remedy_that_traps_elsewhere_is_refuted(
    remedy: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = {TRAP: "trapping", ASSIST: "assisted"}[remedy]
    monkeypatch.setattr(ways, name, edited(getattr(ways, name), old, new))
    found = fix(machine(SPSW), analysis(SPSW), by=(remedy,))
    assert [(row.proved, row.by) for row in found.applied] == [(NO, "wrong")]
    assert (found.passed, found.failed, found.cheapest) == (False, True, "")


def test_a_hypercall_that_does_not_trap_diverges(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was derived from a wrong fact is refuted by the run."""
    monkeypatch.setattr(ways, "always_trapping", lambda _: frozenset(("ADD",)))
    found = fix(machine(SPSW), analysis(SPSW), by=(PARAVIRT,))
    (work,) = found.workloads
    assert (work.proved, work.failed) == (YES, ("outside", "spsw"))
    assert [row.run_on for row in found.applied] == [0]
    assert (found.passed, found.failed, found.cheapest) == (False, True, "")
    assert found.ran[0].failure.startswith("diverges after ")


def test_without_a_hypercall_there_is_no_paravirtualization(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "carriers", lambda *_: ())
    found = fix(machine(SPSW), analysis(SPSW), by=(PARAVIRT,), port=program(machine(SPSW), ".org 16\nSPSW 200\nHLT"))
    assert [(row.proved, row.by, row.how) for row in found.applied] == [(NO, "wrong", ways.NO_HYPERCALL)]
    assert (found.patches, len(found.unfit), found.failed) == ((), 1, True)
    blind = fix(machine(SPSW), undecided(SPSW, "SVC"), by=(PARAVIRT,))
    assert {row.proved for row in blind.applied} == {UNKNOWN}


def test_what_cannot_be_proved_in_place_calls_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [row.how for row in fixed(SPSW, TRANSLATE).applied] == ["in place, 12 nodes"]

    def broken(*args: Any, **named: Any) -> Translation:
        found = translated(*args, **named)
        text = found.variant.text.replace("pc, vcpu_base", "pc, base")
        return replace(found, variant=replace(found.variant, text=text))

    monkeypatch.setattr(ways, "translated", broken)
    found = fix(machine(SPSW), analysis(SPSW), by=(TRANSLATE,))
    assert [(row.how, row.proved) for row in found.applied] == [("calls out: not proved", YES)]
    assert found.passed


# -- what is not known -----------------------------------------------------------------------------------------------


def undecided(name: str, *instructions: str) -> Analysis:
    """The analysis of a machine without the answers for some instructions."""
    found = analysis(name)
    rows = tuple(
        replace(row, trap_and_emulate="unknown", hybrid="unknown", unknown_reasons={"trap_and_emulate": "limit"})
        if row.name in instructions
        else row
        for row in found.exact.instructions
    )
    return replace(found, exact=replace(found.exact, instructions=rows))


def test_an_instruction_of_which_nothing_is_known_is_repaired_and_named() -> None:
    found = fix(machine(SPSW), undecided(SPSW, "LPSW"), by=(TRAP,))
    assert (found.vmm, found.unsure) == (("LPSW", "SPSW"), ("LPSW",))
    assert {row.instruction: row.proved for row in found.applied} == {"LPSW": YES, "SPSW": YES}
    assert found.passed


def test_a_word_that_is_no_instruction_cannot_be_changed() -> None:
    found = fix(machine(SPSW), undecided(SPSW, "undefined instruction"), by=(TRAP, PARAVIRT))
    assert found.unremedied == ("undefined instruction",)
    assert (found.passed, found.failed) == (False, False)


@pytest.mark.parametrize("total", [NO, UNKNOWN])
def test_without_a_total_relation_nothing_is_known(total: Answer) -> None:
    found = fix(machine(SPSW), replace(analysis(SPSW), relation_check=RelationCheck(total)))
    assert (found.total, found.vmm, found.applied, found.setting) == (total, (), (), None)
    assert (found.passed, found.failed) == (False, False)


def test_a_proof_that_is_given_up_is_unknown() -> None:
    """With so little to spend, the solver cannot even check the relation of the repaired machine."""
    found = fix(machine(SPSW), analysis(SPSW), by=(TRAP,), rlimit=1)
    assert [row.proved for row in found.applied] == [UNKNOWN]
    assert all(row.reason for row in found.applied)
    assert (found.passed, found.failed, found.cheapest) == (False, False, "")


# -- what passes -----------------------------------------------------------------------------------------------------


def made(
    applied: Sequence[tuple[str, Answer]] = (), failed: tuple[str, ...] = (), *, proved: Answer = YES,
    setting: Setting | None = None, unfit: tuple[str, ...] = (), total: Answer = YES,
) -> Fix:  # fmt: skip
    """A result for a machine with the instructions A and B, of which B traps as it is; `applied`: answers for A."""
    rows = tuple(Applied("A", remedy, "", answer, "", 0, 1) for remedy, answer in applied)
    work = (Workload(TRAP, proved, 1, failed, 1, {}, 1),)
    return Fix("m", "d", total, ("A", "B"), (), (), ("B",), rows, work, "", setting=setting, unfit=unfit)


SETTING = Setting("", YES, (), ("A",), (), (), YES)


@pytest.mark.parametrize(
    ("found", "passed", "failed"),
    [
        (made([(TRAP, YES)]), True, False),
        (made([(TRAP, NO)]), False, True),
        (made([(TRAP, UNKNOWN)]), False, False),
        (made([]), False, True),
        (made([(TRAP, NO), (ASSIST, YES)]), True, False),
        (made([(TRAP, NO), (ASSIST, UNKNOWN)]), False, False),
        (made([(TRAP, YES), (ASSIST, UNKNOWN)]), True, False),
        (made([(TRAP, YES)], ("guest",)), False, True),
        (made([(TRAP, YES)], ("guest",), proved=NO), True, False),
        (made([(TRAP, UNKNOWN)], ("guest",)), False, True),
        (made([(TRAP, YES)], unfit=("A at 0x1",)), False, True),
        (made([(CONFIGURE, YES)], setting=SETTING), True, False),
        (made(setting=SETTING), False, True),
        (made(setting=replace(SETTING, sound=())), False, True),
        (made(setting=replace(SETTING, undecided=("C",))), False, False),
        (made(setting=replace(SETTING, sound=(), undecided=("A",))), False, False),
        (made([(TRAP, YES)], total=NO), False, False),
    ],
)
def test_what_passes_and_what_is_known_to_fail(found: Fix, passed: bool, failed: bool) -> None:
    assert (found.passed, found.failed) == (passed, failed)


def test_no_guests_are_no_workload() -> None:
    found = fix(machine(SPSW), analysis(SPSW), by=(TRAP,), programs=[])
    assert [(work.guests, work.instructions, work.slowdown) for work in found.workloads] == [(0, 0, 0)]
    assert (found.cheapest, found.passed) == ("", True)


def test_a_task_is_a_guest_and_a_way() -> None:
    assert Runner([], [Guest(program(machine(SPSW), "HLT"), wrong=False)]).tasks == []
    assert len(fixed(SPSW).ran) == len(fixed(SPSW).workloads) * len(
        list(Path(machine(SPSW).folder / "programs").rglob("*.s"))
    )


def test_the_variants_are_machines(tmp_path: Path) -> None:
    """The trap makes a virtual machine monitor possible by the theorem, the translation by the exact criterion."""
    for name, text in fixed(SPSW).specifications.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "machine.yaml").write_text(text)
        found = analyze(load(tmp_path / name), models=("extended",))
        assert found.exact.trap_and_emulate.sound is YES
        assert found.extended.theorems.vmm.holds is (NO if name.endswith("translated") else YES)


def test_hypercalls_are_those_that_the_patcher_writes() -> None:
    isa = machine(SPSW)
    found = fix(isa, analysis(SPSW), by=(PARAVIRT,), port=program(isa, ".org 16\nLI r1, 1\nSPSW 200\nHLT", "p"))
    (patch,) = found.patches
    (carrier,) = (each for each in carriers(isa, ("SVC",)) if each.call)
    assert (found.program, patch.address, patch.instruction, patch.number) == ("p", 17, "SPSW", 1)
    assert patch.patched == carrier.units(isa, 1)


def test_a_part_of_the_remedies_neither_passes_nor_fails_for_what_is_missing() -> None:
    refuted = Applied("A", "trap", "traps", Answer.NO, "wrong", 0, 1.0)
    proved = replace(refuted, proved=Answer.YES, by="traps")
    none = Fix("m", "default", Answer.YES, ("A",), (), (), (), (refuted,), (), "")
    assert (none.passed, none.failed) == (False, True)
    assert replace(none, applied=(proved,)).passed
    part = replace(none, interrupted=Interruption(("assist",), 0, 0))
    assert (part.passed, part.failed) == (False, False)  # another remedy may be proved
    assert not replace(part, applied=(proved,)).passed
    diverged = replace(part, workloads=(Workload("trap", Answer.YES, 1, ("guest",), 1, {}, 1.0),))
    assert diverged.failed  # whatever is missing
