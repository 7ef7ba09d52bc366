"""The report of `check`, as text and as Markdown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.report import check, markdown, text, words
from analyzer.report.model import Report, build, described, kinds
from analyzer.verdict import Answer, ModelResult, RelationCheck, TheoremResult
from tests.report import fakes

YES, NO, UNKNOWN, VACUOUS = Answer.YES, Answer.NO, Answer.UNKNOWN, Answer.VACUOUS


def rendered(report: Report) -> str:
    return text.render(check.document(report), width=200)


def test_verdicts_come_first_then_reasons_then_the_table() -> None:
    out = rendered(fakes.report())
    sections = ("Theorems of 1974 (pg1974: ", "; extended: ", "Exact", "Critical", "All 3", "Assumed")
    places = [out.index(section) for section in sections]
    assert places == sorted(places)


def test_a_failing_condition_is_never_called_impossible() -> None:
    out = rendered(fakes.report())
    assert "the sufficient condition fails because of 2 instructions: RDM, JRST 1" in out
    assert "impossible" not in out
    assert "cannot" not in out


def test_a_critical_instruction_has_its_kind_and_its_reason() -> None:
    out = rendered(fakes.report())
    (rdm,) = (line for line in out.splitlines() if line.startswith("  RDM "))
    assert rdm.split("  ", 2)[2].strip() == (
        "mode       in virtual system mode, run in real user mode, the results differ: acc is 0 and 1"
    )


def test_every_instruction_stands_in_the_table_of_classes_once() -> None:
    out = rendered(fakes.report())
    table = out[out.index("All 3 instructions") : out.index("Assumed")]
    assert [table.count(name) for name in fakes.NAMES] == [1, 1, 1]


def test_markdown_has_a_row_for_every_instruction() -> None:
    out = markdown.render(check.document(fakes.report(), every_row=True))
    rows = [line for line in out.splitlines() if line.endswith(" instructions.yaml:7 |")]
    assert [row.split(" | ")[0] for row in rows] == ["| ADD", "| RDM", "| JRST 1"]


def test_part_of_a_machine_decides_nothing_about_the_whole() -> None:
    part = build(fakes.isa((*fakes.NAMES, "SUB")), fakes.analysis())
    out = rendered(part)
    assert "Only 3 of 4 instructions were looked at" in out
    assert "Theorems" not in out
    assert "monitor  yes" not in out


def test_models_that_disagree_are_named() -> None:
    analysis = fakes.analysis()
    other = ModelResult(fakes.THEOREMS, tuple(map(fakes.innocuous, fakes.NAMES)))
    row = build(fakes.isa(), replace(analysis, models={"pg1974": other, "extended": analysis.extended})).rows[1]
    assert words.sensitivity(row) == "mode (extended)"
    assert words.sensitivity(fakes.report().rows[1]) == "mode"


def test_unknown_answers_are_listed_with_their_reason_and_counted_past_twenty() -> None:
    names = tuple(f"I{index}" for index in range(30))
    unknown = tuple(
        replace(fakes.innocuous(name), critical=UNKNOWN, unknown_reasons={"critical": "resource limit"})
        for name in names
    )
    analysis = replace(
        fakes.analysis(),
        models={"extended": ModelResult(fakes.THEOREMS, unknown)},
        exact=replace(
            fakes.EXACT, instructions=tuple(replace(fakes.EXACT.instructions[0], name=name) for name in names)
        ),
    )
    out = rendered(build(fakes.isa(names), analysis))
    assert "  I0 (extended): critical: resource limit\n" in out
    assert "  and 10 more\n" in out


def test_a_relation_that_cannot_be_kept_is_told() -> None:
    check_ = RelationCheck(NO, "the bound is too high", {"virtual.bound": 16})
    out = rendered(replace(fakes.report(), analysis=replace(fakes.analysis(), relation_check=check_)))
    assert (
        "whether what the monitor installs always keeps its relation: no, the bound is too high; "
        "for example where virtual.bound = 0x10\n"
    ) in out


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, "innocuous"),
        ({"privileged": YES}, "innocuous, privileged"),
        ({"privileged": VACUOUS}, "innocuous"),
        ({"sensitive": YES, "control_sensitive": YES, "privileged": YES}, "privileged: control"),
        ({"sensitive": YES, "control_sensitive": YES, "critical": YES}, "critical: control"),
        ({"critical": UNKNOWN}, "undecided"),
        ({"sensitive": UNKNOWN}, "undecided"),
    ],
)
def test_classes(answers: dict[str, Answer], expected: str) -> None:
    assert described(replace(fakes.innocuous("ADD"), **answers)) == expected  # type: ignore[arg-type]  # all are answers


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"behavior_sensitive": YES, "mode_sensitive": YES, "location_sensitive": YES}, ("mode", "location")),
        ({"behavior_sensitive": YES}, ("joint",)),
        ({"behavior_sensitive": YES, "control_sensitive": YES}, ("control", "joint")),
        ({"behavior_sensitive": YES, "mode_sensitive": UNKNOWN}, ("behavior",)),
    ],
)
def test_kinds(answers: dict[str, Answer], expected: tuple[str, ...]) -> None:
    assert kinds(replace(fakes.innocuous("ADD"), **answers)) == expected  # type: ignore[arg-type]  # all are answers


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (TheoremResult(YES), "no instruction is critical, so one may be constructed"),
        (TheoremResult(UNKNOWN, (), ("A", "B")), "not decided because of 2 instructions: A, B"),
        (TheoremResult(NO, ("A",)), "the sufficient condition fails because of 1 instruction: A"),
        (
            TheoremResult(NO, tuple(f"I{index}" for index in range(15))),
            "the sufficient condition fails because of 15 instructions: "
            "I0, I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11 and 3 more",
        ),
    ],
)
def test_sentences_of_a_theorem(result: TheoremResult, expected: str) -> None:
    sentence = next(words.theorems(replace(fakes.THEOREMS, vmm=result)))
    assert sentence == ("virtual machine monitor", result.holds, expected)


def test_the_cost_is_shown_on_request_only() -> None:
    assert "seconds in the solver" not in rendered(fakes.report())
    assert "seconds in the solver" in text.render(check.document(fakes.report(), statistics=True))
