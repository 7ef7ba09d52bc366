"""Witnesses side by side, and the place where they part."""

from __future__ import annotations

from dataclasses import replace

from analyzer.report import explain, text, words
from analyzer.report.document import Table
from analyzer.report.model import Report, build
from analyzer.verdict import Run, Witness
from tests.report import fakes


def rendered(report: Report) -> list[str]:
    return [line.strip() for line in text.render(explain.document(report), width=160).splitlines()]


def test_two_runs_stand_side_by_side_and_the_parting_is_marked() -> None:
    lines = rendered(fakes.report())
    start = lines.index("guest before  guest after  real before  real after")
    table = [" ".join(line.split()) for line in lines[start : start + 5]]
    assert table == [
        "guest before guest after real before real after",
        "mode system user",
        "pc 0 1 0 1",
        "acc 0 0 0 1 <- they part",
        "outcome completes completes",
    ]


def test_one_run_marks_what_it_changes() -> None:
    lines = rendered(fakes.report())
    users = {" ".join(line.split()) for line in lines if line.startswith("user ")}
    assert users == {"user 0 1 <- changed"}


def test_the_register_of_a_file_that_parts_is_marked() -> None:
    runs = (
        Run("system", {"r[0]": 0, "r[1]": 0}, {"r[0]": 1, "r[1]": 1}, "completes"),
        Run("user", {"r[0]": 0, "r[1]": 0}, {"r[0]": 1, "r[1]": 2}, "completes"),
    )
    assert marked(Witness("", {}, "", runs, ("r",))) == {"r[1]": "<- they part"}
    assert marked(Witness("", {}, "", runs[:1], ("r",))) == {"r[0]": "<- changed", "r[1]": "<- changed"}


def test_a_parting_that_names_the_machine_says_so() -> None:
    runs = (Run("system", {"iopl": 0}, {"iopl": 3}, "completes"), Run("user", {"iopl": 0}, {"iopl": 0}, "completes"))
    assert marked(Witness("", {}, "", runs, ("virtual.iopl",))) == {"iopl": "<- changed in the guest's machine"}


def marked(witness: Witness) -> dict[str, str]:
    row = replace(fakes.report().rows[0], exact=replace(fakes.EXACT.instructions[0], witnesses={"hybrid": witness}))
    tables = [block for block in explain.document(replace(fakes.report(), rows=(row,))) if isinstance(block, Table)]
    return {line[0]: line[-1] for line in tables[1].rows if line[-1]}


def test_a_witness_is_shown_once_with_all_that_it_shows() -> None:
    lines = rendered(fakes.report())
    assert "Behavior-sensitive, mode-sensitive (pg1974, extended); wrong under a trap-and-emulate monitor." in lines
    assert sum("acc is 0 on the guest's machine and 1 on the real one" in line for line in lines) == 1


def test_bits_fields_and_placement_are_told() -> None:
    lines = rendered(fakes.report())
    assert "The instruction is fa00, with y = 0." in lines
    assert "The guest's storage, of size 8, lies at 0x10 of the real storage, of size 0x20." in lines


def test_an_instruction_without_witness_still_has_its_verdicts() -> None:
    lines = rendered(fakes.report())
    add = lines[lines.index("ADD: What ADD does.") : lines.index("RDM: What RDM does.")]
    assert " ".join(add[2].split()) == "pg1974 innocuous: not sensitive"


def test_unknown_answers_are_explained() -> None:
    exact = replace(
        fakes.EXACT.instructions[0],
        trap_and_emulate="unknown",
        unknown_reasons={"trap_and_emulate": "resource limit"},
    )
    analysis = replace(
        fakes.analysis(), exact=replace(fakes.EXACT, instructions=(exact, *fakes.EXACT.instructions[1:]))
    )
    lines = rendered(build(fakes.isa(), analysis))
    assert "ADD: trap_and_emulate: resource limit" in lines


def witness(guest: Run, real: Run, *parting: str) -> Witness:
    return Witness("behavior_sensitive", {}, "00", (guest, real), parting)


TRAPS = Run("user", {}, {}, "traps", "fault", "memory")
STOPS = Run("system", {"pc": 0}, {"pc": 1}, "completes")


def test_reasons_in_words() -> None:
    assert words.because(witness(STOPS, TRAPS, "outcome")) == (
        "in virtual system mode it completes, run in real user mode it traps (fault)"
    )
    assert words.because(replace(fakes.CHANGES_MODE, why="The mode is lost.")) == "The mode is lost."
    assert words.because(fakes.CHANGES_MODE) == "in system mode it completes and changes user"


def test_outcomes_in_words() -> None:
    assert words.outcome(TRAPS) == "traps: fault (memory)"
    assert words.outcome(replace(STOPS, outcome="continues", result="0x10")) == "continues (0x10)"


def test_small_numbers_are_decimal_and_others_hexadecimal() -> None:
    assert [words.number(value) for value in (None, 0, 9, 10, 1 << 40)] == ["", "0", "9", "0xa", "0x10000000000"]
