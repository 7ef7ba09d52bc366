"""Lockstep: the first divergence, at the right instruction; which are predicted; and what validation counts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from analyzer import analyze, validate
from analyzer.monitors.host import Host
from analyzer.monitors.virtual import MONITORS, VirtualMachine
from analyzer.simulator.boot import boot
from analyzer.simulator.machine import Stop
from analyzer.spec.model import Isa
from analyzer.validation.guests import Guest
from analyzer.validation.lockstep import Comparison, Difference, Lockstep
from analyzer.validation.programs import random_program
from analyzer.validation.results import REQUIRED, Check, Validation, counted
from analyzer.validation.validate import Validator
from analyzer.verdict import Analysis, Answer, RelationCheck
from tests.report import fakes
from tests.simulator.guests import KA10, PRINTED, THIRD, X86, engine, loaded, machine, program, psw, variant

TRAP_AND_EMULATE, HYBRID = MONITORS["trap-and-emulate"], MONITORS["hybrid"]
STORES_STATUS = ".org 16\nLI r1, 1\nLI r2, 2\nSPSW 200\nLI r3, 3\nHLT\n.expect halted"


def compared(isa: Isa, kind: type[VirtualMachine], text: str, monitor: str = "default") -> Comparison:
    """A program in lockstep, with storage behind the guest."""
    host = Host(isa, isa.monitors[monitor], kind, [256], engine(isa), spare=256)
    boot(host.guests[0], program(isa, text))
    return Lockstep(loaded(isa, text), host.guests[0]).run(100)[0]


# -- the first divergence --------------------------------------------------------------------------------------------


def test_a_guest_that_does_not_diverge_is_followed_to_its_end() -> None:
    found = compared(machine(THIRD), TRAP_AND_EMULATE, STORES_STATUS)
    assert found == Comparison(6, Stop("halted"))


def test_the_first_divergence_is_at_the_wrong_instruction() -> None:
    """SPSW that user mode may execute stores the real mode and the real relocation."""
    found = compared(machine("third-generation-spsw"), TRAP_AND_EMULATE, STORES_STATUS)
    assert found.steps == 3
    assert found.divergence is not None
    assert (found.divergence.time, found.divergence.pc, found.divergence.executed) == (3, 18, ("SPSW",))
    assert found.divergence.differences == (Difference("real[200]", psw(0, 18, 0, 256), psw(1, 18, 64, 256)),)
    assert [line.split()[-2:] for line in found.divergence.listing if line.startswith(">")] == [["SPSW", "200"]]
    assert len(found.divergence.listing) == 4


def test_a_machine_that_diverged_does_not_end_the_comparison_of_another() -> None:
    isa = machine("third-generation-spsw")
    hosts = [Host(isa, isa.monitors["default"], kind, [256], engine(isa)) for kind in MONITORS.values()]
    for host in hosts:
        boot(host.guests[0], program(isa, STORES_STATUS))
    guests = [host.guests[0] for host in hosts]
    found = Lockstep(loaded(isa, STORES_STATUS), *guests).run(100)
    assert [one.divergence is None for one in found] == [kind is HYBRID for kind in MONITORS.values()]
    assert [one.steps for one in found if one.divergence is None] == [6]


@pytest.mark.parametrize("kind", MONITORS.values())
def test_a_guest_that_waits_for_the_clock_is_compared_when_it_comes(kind: type[VirtualMachine]) -> None:
    isa = machine(KA10)
    text = """
        .org 54
        JSR tick
        .org 100
        CONO APR,2006
        CONO PI,2202
        JRST .
tick:   .word 0
        AOS count
        CONO APR,21006
        HALT .
count:  .word 0
        .start 100
        .expect halted
    """
    host = Host(isa, isa.monitors["default"], kind, [isa.simulation.storage], engine(isa))
    boot(host.guests[0], program(isa, text))
    bare = loaded(isa, text, storage=isa.simulation.storage)
    found = Lockstep(bare, host.guests[0]).run(1_000_000)[0]
    assert found.divergence is None
    assert found.stop == Stop("halted")
    assert bare.memory[program(isa, text).symbols["count"]] == 1


def test_a_hybrid_monitor_interprets_it_in_supervisor_mode_only() -> None:
    isa = machine("third-generation-spsw")
    assert compared(isa, HYBRID, STORES_STATUS).divergence is None
    user = compared(isa, HYBRID, ".org 116\nSPSW 20\n.start 16\n.state user = 1\n.state base = 100")
    assert user.divergence is not None
    assert user.divergence.differences == (Difference("real[120]", psw(1, 16, 100, 256), psw(1, 16, 164, 156)),)


@pytest.mark.parametrize("kind", MONITORS.values(), ids=MONITORS)
def test_the_printed_map_lets_a_store_escape(kind: type[VirtualMachine]) -> None:
    """A user program whose bound is larger than storage; the regions of the printed monitor begin at 0."""
    isa = machine(PRINTED)
    text = ".org 116\nST r1, 200\n.start 16\n.state user = 1\n.state base = 100\n.state bound = 1024\n.state gpr[1] = 5"
    found = compared(isa, kind, text, "printed").divergence
    assert found is not None
    assert (found.time, found.executed) == (1, ("ST",))
    place = isa.monitors["printed"].resident + 300
    assert Difference(f"real[{place}], outside the guest's storage", 0, 5) in found.differences
    assert compared(isa, kind, text, "default").divergence is None


def test_a_change_of_the_real_machines_hidden_state_is_a_divergence() -> None:
    """It would show only later, at an instruction that is not wrong."""
    row = '{name: MOV1, encoding: "1001 --------------------------------", semantics: "if user == 1:\\n    base += 1"}'
    isa = variant(f"instructions:\n  - {row}\n")
    found = compared(isa, TRAP_AND_EMULATE, ".org 16\nLI r1, 1\nMOV1\nLI r2, 2\nHLT").divergence
    assert found is not None
    assert (found.time, found.executed) == (2, ("MOV1",))
    assert found.differences == (Difference("base of the underlying machine", 64, 65),)


def test_what_an_instruction_writes_and_a_trap_undoes_is_no_divergence() -> None:
    """Its address is a real one, in the storage of the monitor."""
    row = '{name: TRY, encoding: "1001 --------------------------------", semantics: "real[3] = 7\\ntrap(svc)"}'
    found = compared(
        variant(f"instructions:\n  - {row}\n"), TRAP_AND_EMULATE, f".org 1\n.word {psw(0, 9, 0, 9)}\nTRY\n.start 2"
    )
    assert found.divergence is None


# -- what is predicted -----------------------------------------------------------------------------------------------


@cache
def analysis(name: str) -> Analysis:
    """Of a whole machine."""
    return analyze(machine(name))


def validator(isa: Isa, *texts: str, wrong: bool = True) -> Validator:
    """A validator with programs; the analysis finds nothing wrong unless it is to."""
    found = analysis(isa.name) if wrong else fakes.analysis_of(isa)
    programs = [Guest(program(isa, text, f"program {number}"), wrong=False) for number, text in enumerate(texts)]
    return Validator(isa, found, programs, dict(MONITORS), randoms=2, limit=1000)


def guest_checks(validator: Validator, *, wrong: bool = False) -> dict[str, Check]:
    """What each monitor makes of the first program."""
    return {check.monitor: check for check in validator.guest(replace(validator.programs[0], wrong=wrong))}


def test_a_divergence_is_predicted_where_the_analysis_says_wrong() -> None:
    isa = machine("third-generation-spsw")
    check = guest_checks(validator(isa, STORES_STATUS))["trap-and-emulate"]
    assert (check.predicted, check.failure) == (True, "")


def test_a_divergence_that_is_not_predicted_is_a_failure() -> None:
    isa = machine("third-generation-spsw")
    check = guest_checks(validator(isa, STORES_STATUS, wrong=False))["trap-and-emulate"]
    assert not check.predicted
    assert check.failure.startswith("diverges after 3 instructions, at 0x12, SPSW: real[200] is ")


def test_a_program_that_shall_go_wrong_and_does_not_is_a_failure() -> None:
    isa = machine("third-generation-spsw")
    found = guest_checks(validator(isa, STORES_STATUS.replace("SPSW 200", "LI r4, 4")), wrong=True)
    assert found["trap-and-emulate"].failure == "it does not go wrong"
    assert found["hybrid"].failure == ""


def test_a_program_that_ends_otherwise_than_it_expects_is_a_failure() -> None:
    plain = validator(machine(THIRD), STORES_STATUS + "\n.expect gpr[1] = 2", wrong=False)
    assert guest_checks(plain)["hybrid"].failure == "expected 2 in gpr[1], found 1"


def test_a_wrong_instruction_whose_witness_does_not_diverge_is_a_failure() -> None:
    """The witness of an instruction that is wrong, run on the machine where it is privileged."""
    plain = Validator(machine(THIRD), analysis("third-generation-spsw"), [], dict(MONITORS), 0)
    failures = {check.failure for check in plain.witnesses() if check.kind == "wrong instruction"}
    assert failures == {"judged wrong, but the guest of its witness does not diverge"}


# -- what is counted -------------------------------------------------------------------------------------------------


def test_a_machine_is_validated() -> None:
    isa = machine("third-generation-spsw")
    found = validate(isa, analysis=analysis(isa.name), randoms=2)
    assert found.failures == ()
    assert found.counts["monitors"] == 2
    assert found.counts["random program"] == 4
    assert found.counts["wrong instruction"] == 2
    assert found.counts["divergences predicted"] >= 3
    assert sum(check.kind == "guest" for check in found.checks) == found.counts["guest"] >= 2


def test_guests_escape_the_map_as_printed_where_the_analysis_withholds_its_answers() -> None:
    """The program `wrong/escape.s` diverges beside another under this monitor, and under no other."""
    for monitor, escapes in (("printed", True), ("default", False)):
        found = validate(machine(PRINTED), monitor=monitor, randoms=2)
        assert found.failures == ()
        assert (found.counts["divergences predicted"] > 0) is escapes


def test_what_was_not_run_is_a_failure() -> None:
    none = Validator(machine(THIRD), fakes.analysis_of(machine(THIRD)), [], dict(MONITORS), randoms=0)
    found = counted("x", "default", [check for task in none.tasks() for check in none.run(task)])
    assert [check.failure for check in found.failures] == [f"no {kind} was run" for kind in REQUIRED]
    assert not found.passed


@pytest.mark.parametrize("kind", REQUIRED)
def test_each_kind_of_check_is_required(kind: str) -> None:
    def with_all_but(left_out: str) -> Validation:
        return counted("x", "default", [Check(each, "s", "", 1) for each in REQUIRED if each != left_out])

    assert with_all_but("").passed
    assert [check.kind for check in with_all_but(kind).failures] == [kind]


def test_processes_do_not_change_the_result() -> None:
    isa = machine("third-generation-spsw")
    found = analysis(isa.name)
    assert validate(isa, analysis=found, randoms=2, jobs=2) == validate(isa, analysis=found, randoms=2)


# -- random programs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [THIRD, KA10, X86])
def test_a_seed_gives_one_program(name: str) -> None:
    isa = machine(name)
    first, again, other = (random_program(isa, seed, 256, (), ()) for seed in (1, 1, 2))
    assert first == again
    assert first.units != other.units
    assert max(first.units) < 256
    assert len(first.units) >= 20


def test_a_random_program_keeps_what_it_stands_in() -> None:
    isa = machine(THIRD)
    base = program(isa, ".org 1\n.word 77\n.org 16\nHLT\n.org 200\n.word 88\n.start 16\n.state user = 1")
    made = random_program(isa, 3, 256, (), (), base)
    assert (made.units[1], made.units[200], made.start) == (77, 88, 16)
    assert ("user", None, 1) in made.state
    assert made.units[16] != base.units[16]


def test_sensitive_instructions_are_frequent_and_wrong_ones_rare() -> None:
    isa = machine(THIRD)

    def number(op: str, sensitive: tuple[str, ...], wrong: tuple[str, ...]) -> int:
        (code,) = {unit >> 28 for unit in program(isa, f"{op} 0").units.values()}
        programs = (random_program(isa, seed, 256, sensitive, wrong) for seed in range(60))
        return sum(unit >> 28 == code for made in programs for unit in made.units.values())

    plain = number("SPSW", (), ())
    assert number("SPSW", ("SPSW",), ()) > 2 * plain
    assert number("SPSW", ("SPSW",), ("SPSW",)) < plain


def test_unknown_predicts_nothing() -> None:
    """Only `wrong` predicts a divergence, or a relation that is refuted: then any instruction may go wrong."""
    isa = machine(THIRD)
    found = fakes.analysis_of(isa, Answer.YES)
    rows = tuple(replace(row, hybrid="unknown") for row in found.exact.instructions)
    known = Validator(isa, replace(found, exact=replace(found.exact, instructions=rows)), [], dict(MONITORS))
    assert known.wrong == {"trap-and-emulate": set(), "hybrid": set()}
    refuted = Validator(isa, replace(found, relation_check=RelationCheck(Answer.NO)), [], dict(MONITORS))
    assert refuted.wrong == dict.fromkeys(MONITORS, {row.name for row in isa.instructions})
