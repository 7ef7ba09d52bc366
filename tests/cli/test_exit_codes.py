"""The exit codes: 4 internal error, 2 wrong input, 1 a requirement failed, 3 undecided, 0; the first that applies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import analyzer.api
from analyzer.cli import run
from analyzer.diagnostics import InternalError
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis, Answer
from tests.report import fakes

YES, NO, UNKNOWN, VACUOUS = Answer.YES, Answer.NO, Answer.UNKNOWN, Answer.VACUOUS
REQUIREMENTS = ("vmm", "hvmm", "trap-and-emulate", "hybrid")
Answering = Callable[[Answer], None]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Let every theorem have one answer, without asking a solver."""

    def give(answer: Answer) -> None:
        def analyze(isa: Isa, **asked: Any) -> list[Analysis]:
            return [fakes.analysis_of(isa, answer, analyzer.api.select(isa, asked["only"]))]

        monkeypatch.setattr(analyzer.api, "analyze_all", analyze)

    return give


@pytest.mark.parametrize(("answer", "code"), [(YES, 0), (NO, 0), (UNKNOWN, 3), (VACUOUS, 3)])
def test_without_a_requirement_only_undecided_counts(answering: Answering, answer: Answer, code: int) -> None:
    answering(answer)
    assert run(["check", "third-generation"]) == code


@pytest.mark.parametrize(("answer", "code"), [(YES, 0), (NO, 1), (UNKNOWN, 3), (VACUOUS, 3)])
@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement(answering: Answering, requirement: str, answer: Answer, code: int) -> None:
    answering(answer)
    assert run(["check", "third-generation", "--require", requirement]) == code


def test_a_requirement_is_for_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def analyze(isa: Isa, **asked: Any) -> list[Analysis]:
        return [fakes.analysis_of(isa, {"third-generation": UNKNOWN, "third-generation-lra": NO}[isa.name])]

    monkeypatch.setattr(analyzer.api, "analyze_all", analyze)
    assert run(["check", "third-generation", "third-generation-lra", "--require", "vmm"]) == 1
    assert run(["check", "third-generation", "--require", "vmm"]) == 3
    assert run(["check", "third-generation", "third-generation-lra"]) == 3


def test_explain_and_compare_say_undecided_too(answering: Answering) -> None:
    answering(UNKNOWN)
    assert run(["explain", "third-generation", "LPSW"]) == 3
    assert run(["compare", "third-generation", "third-generation-lra"]) == 3


def test_a_defect_is_an_internal_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def analyze(isa: Isa, **asked: Any) -> list[Analysis]:
        raise InternalError("the witness does not replay")

    monkeypatch.setattr(analyzer.api, "analyze_all", analyze)
    assert run(["check", "third-generation"]) == 4
    assert "the witness does not replay" in capsys.readouterr().err


def test_an_interrupt_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def analyze(isa: Isa, **asked: Any) -> list[Analysis]:
        raise KeyboardInterrupt

    monkeypatch.setattr(analyzer.api, "analyze_all", analyze)
    assert run(["check", "third-generation"]) == 130
    assert capsys.readouterr().err.strip() == "interrupted"


def test_lint(tmp_path: Any) -> None:
    bad = tmp_path / "machine.yaml"
    bad.write_text("isa: [\n")
    assert run(["lint", str(bad)]) == 2
    assert run(["lint", "third-generation"]) == 0
