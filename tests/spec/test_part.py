"""A machine read with some of its instructions: those are the same, the others are named, nothing else is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.api import InputError, analyze, select
from analyzer.diagnostics import SpecError
from analyzer.report.json import plain
from analyzer.report.model import build
from analyzer.spec.load import MAX_MESSAGES, Reading, load, shipped

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


LOAD, STORE = "semantics: r[r1] = mem[y]\n", "semantics: mem[y] = r[r1]\n"


def wrong(text: str, instruction: str, lines: int) -> str:
    """The toy with so many errors in an instruction."""
    place = text.index(instruction)
    semantics = "".join(f"      r[0] = no{place}_{number}\n" for number in range(lines))
    return text.replace(instruction, f"semantics: |\n{semantics}")


def overlapping(text: str) -> str:
    """Two instructions that overlap at several places: which is told depends on what others there are."""
    fixed = [("N0", "1111000000000000"), *((f"N{n}", f"{n:04b}------------") for n in (1, 2, 3, 4, 5, 7, 8))]
    rows = [f'  - {{name: {name}, encoding: "{bits}"' for name, bits in fixed]
    rows += [
        f'  - {{name: {name}, encoding: "{bits}", where: "f in {{0, 6, 9, 15}}"'
        for name, bits in (("M A", "f:4 -----------1"), ("M B", "f:4 ----------1-"))
    ]
    rest = "".join(f'{row}, summary: s, source: "manual, 1", semantics: pc = pc}}\n' for row in rows)
    return text.split("instructions:\n")[0] + "instructions:\n" + rest


@pytest.mark.parametrize(
    ("change", "only"),
    [
        (overlapping, "M"),
        (lambda text: wrong(text, STORE, MAX_MESSAGES), "STORE"),
        (lambda text: wrong(wrong(text, LOAD, MAX_MESSAGES - 1), STORE, 1), "STORE"),
        (lambda text: wrong(wrong(text, LOAD, MAX_MESSAGES - 1), STORE, 2), "STORE"),
    ],
    ids=["overlaps", "all-in-one", "as-many-as-are-told", "too-many"],
)
def test_what_was_asked_before_changes_nothing(change: Callable[[str], str], only: str, tmp_path: Path) -> None:
    text = (TOY / "machine.yaml").read_text(encoding="utf-8")
    (tmp_path / "machine.yaml").write_text(change(text), encoding="utf-8")
    _, fresh = Reading(tmp_path).found()
    assert fresh.errors
    reading = Reading(tmp_path)
    reading.found((only,))
    assert reading.found()[1].items == fresh.items


def test_what_is_told_already_is_not_too_much(tmp_path: Path) -> None:
    """Two instructions of a family with the same errors, as many as are told."""
    text = (TOY / "machine.yaml").read_text(encoding="utf-8")
    family = (
        'name: "STORE{k}"\n    for: {k: {"": {bits: "00"}, X: {bits: "01"}}}\n    encoding: "0010 r1:2 {k.bits} y:8"'
    )
    text = text.replace('name: STORE\n    encoding: "0010 r1:2 -- y:8"', family)
    (tmp_path / "machine.yaml").write_text(wrong(text, STORE, MAX_MESSAGES), encoding="utf-8")
    _, found = Reading(tmp_path).found()
    assert {item.code for item in found.items} == {"unknown-name"}
    assert len(found.items) == MAX_MESSAGES
