"""One instruction is explained while another process reads the whole machine: both see what one alone sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.cli import run

TOY = Path(__file__).parents[1] / "machines_for_tests" / "toy" / "machine.yaml"
JOBS = ("1", "2")


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    """A machine in which two instructions are wrong."""
    text = TOY.read_text(encoding="utf-8")
    path = tmp_path / "machine.yaml"
    path.write_text(
        text.replace("r[r1] += r[r2]", "r[r1] += q[r2]").replace("mem[y] = r[r1]", "mem[y] = p[r1]"), encoding="utf-8"
    )
    return str(path)


@pytest.mark.parametrize("instruction", ["LOAD", "ADD", "LAOD"], ids=["right", "wrong", "unknown"])
def test_all_that_is_wrong_is_told(instruction: str, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = set()
    for jobs in JOBS:
        assert run(["explain", wrong, instruction, "--jobs", jobs]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        told.add(shown.err)
    (text,) = told
    assert "'q'" in text and "'p'" in text and "2 errors" in text


@pytest.mark.parametrize("style", ["text", "json", "markdown"])
@pytest.mark.parametrize(
    "asked", ["third-generation-jrst1|JRST 1", "third-generation|lpsw", "pdp10-ka10|JRST 2", "x86-pentium|SMSW r/m16"]
)
def test_the_number_of_processes_changes_nothing(asked: str, style: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = set()
    for jobs in JOBS:
        assert run(["explain", *asked.split("|"), "--jobs", jobs, "--format", style]) == 0
        shown.add(capsys.readouterr().out)
    assert len(shown) == 1


@pytest.mark.parametrize("machine", ["third-generatoin", "no/such/machine.yaml"])
def test_a_machine_that_is_not_there(machine: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = set()
    for jobs in JOBS:
        assert run(["explain", machine, "LPSW", "--jobs", jobs]) == 2
        told.add(capsys.readouterr().err)
    (text,) = told
    assert machine in text and "<built-in>" not in text


def test_what_is_wrong_comes_before_a_failure_of_the_analysis(
    wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the analysis fails")

    monkeypatch.setattr("analyzer.api.analyze_all", fail)
    for machine, told in ((wrong, "2 errors"), (str(TOY), "the analysis fails")):
        assert run(["explain", machine, "LOAD", "--jobs", "2"]) == 2
        assert told in capsys.readouterr().err


def test_a_wrong_instruction_of_a_right_machine(capsys: pytest.CaptureFixture[str]) -> None:
    for jobs in JOBS:
        assert run(["explain", str(TOY), "LAOD", "--jobs", jobs]) == 2
        assert "did you mean 'LOAD'?" in capsys.readouterr().err
