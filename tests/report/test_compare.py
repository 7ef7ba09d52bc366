"""What changed between two machines."""

from __future__ import annotations

from analyzer.report import compare, text
from analyzer.report.compare import Change, InstructionChange
from analyzer.report.model import Report, build
from tests.report import fakes

BEFORE = fakes.report()
NAMES = ("ADD", "JRST 1", "SUB")
AFTER = build(fakes.isa(NAMES, "toy-fixed"), fakes.analysis_of(fakes.isa(NAMES, "toy-fixed")))


def test_a_machine_does_not_differ_from_itself() -> None:
    found = compare.compare(BEFORE, BEFORE)
    assert (found.added, found.removed, found.verdicts, found.instructions) == ((), (), (), ())
    assert "No verdict differs." in rendered(BEFORE, BEFORE)


def test_instructions_that_came_and_went() -> None:
    found = compare.compare(BEFORE, AFTER)
    assert (found.removed, found.added) == (("RDM",), ("SUB",))


def test_verdicts_that_differ() -> None:
    found = compare.compare(BEFORE, AFTER)
    assert Change("extended.vmm", "no", "yes") in found.verdicts
    assert Change("trap_and_emulate", "no", "yes") in found.verdicts
    assert not [change for change in found.verdicts if change.question.endswith("hvmm")]
    assert found.instructions == (
        InstructionChange(
            "JRST 1",
            (
                Change("pg1974", "critical: control", "innocuous"),
                Change("extended", "critical: control", "innocuous"),
                Change("trap_and_emulate", "wrong", "direct"),
            ),
        ),
    )


def test_the_text_names_everything() -> None:
    out = rendered(BEFORE, AFTER)
    for expected in ("Instructions removed: 1", "RDM", "Instructions added: 1", "SUB", "JRST 1, extended"):
        assert expected in out


def rendered(before: Report, after: Report) -> str:
    return text.render(compare.document(before, after))
