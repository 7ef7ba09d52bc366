"""A machine read with some of its instructions: those are the same, the others are named, nothing else is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.api import InputError, analyze, select
from analyzer.diagnostics import SpecError
from analyzer.report.json import plain
from analyzer.report.model import build
from analyzer.spec.load import Reading, load, shipped

TOY = Path(__file__).parents[1] / "machines_for_tests" / "toy"
MACHINES = [name for name, _ in shipped()]


@pytest.mark.parametrize("name", MACHINES)
def test_the_instructions_are_the_same(name: str) -> None:
    whole = load(name)
    for row in (whole.instructions[0], whole.instructions[-1]):
        part = Reading(name).machine((row.name.lower(),))
        assert part.instructions == (row,)
        assert part.unread == tuple(each.name for each in whole.instructions if each != row)
        assert part.size == whole.size
        assert replace(part, instructions=whole.instructions, unread=(), warnings=whole.warnings) == whole


def test_a_mnemonic_names_all_its_instructions_unless_one_has_the_name() -> None:
    whole = load("x86-pentium")
    part = Reading("x86-pentium").machine(("iret", "Call"))
    assert part.instructions == tuple(row for row in whole.instructions if row.mnemonic == "CALL" or row.name == "IRET")
    assert select(part, ("iret", "Call")) == select(whole, ("iret", "Call"))


def test_without_names_all_are_read() -> None:
    assert Reading("third-generation").machine(()) == load("third-generation")


def test_a_wrong_name_is_met_with_the_names_of_all() -> None:
    for isa in (load("third-generation"), Reading("third-generation").machine(("LPSX",))):
        with pytest.raises(InputError, match="did you mean 'LPSW'"):
            select(isa, ("LPSX",))


@pytest.mark.parametrize(("name", "instruction"), [("third-generation-jrst1", "JRST 1"), ("pdp10-ka10", "XCT")])
def test_the_analysis_is_the_same(name: str, instruction: str) -> None:
    whole, part = load(name), Reading(name).machine((instruction,))
    reports = [build(isa, analyze(isa, only=(instruction,))) for isa in (whole, part)]
    one, other = (plain(replace(report.analysis, statistics=None)) for report in reports)
    assert one == other
    assert all(report.partial for report in reports)


def test_what_is_wrong_with_others_is_not_found(tmp_path: Path) -> None:
    text = (TOY / "machine.yaml").read_text(encoding="utf-8")
    (tmp_path / "machine.yaml").write_text(text.replace("r[r1] += r[r2]", "r[r1] += q[r2]"), encoding="utf-8")
    with pytest.raises(SpecError, match="'q'"):
        load(tmp_path)
    with pytest.raises(SpecError, match="'q'"):
        Reading(tmp_path).machine(("STORE", "ADD"))
    assert [row.name for row in Reading(tmp_path).machine(("STORE",)).instructions] == ["STORE"]
