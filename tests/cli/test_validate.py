"""`vmmcheck validate`: exit codes, text, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

import analyzer.api
from analyzer.cli import run
from analyzer.report import schema
from analyzer.spec.model import Isa
from analyzer.validation.results import REQUIRED, Check, Validation, counted
from tests.simulator.guests import PRINTED, THIRD

GOOD = [Check(kind, "ADD", "" if kind == "witness" else "hybrid", 3) for kind in REQUIRED]
BAD = [*GOOD, Check("guest", "sort", "hybrid", 7, failure="pc is 0x1, under the monitor 0x2", listing=("> 0x1  ADD",))]
Finding = Callable[[list[Check]], list[str]]

TEXT = """\
third-generation, monitor default
  what was run           how many
  witness                1
  wrong instruction      0
  guest                  2
  recursion              1
  isolation              1
  random program         1
  monitors               1
  instructions compared  22
  divergences predicted  0
  1 failures:
  guest sort under hybrid: pc is 0x1, under the monitor 0x2
> 0x1  ADD
"""


@pytest.fixture
def finding(monkeypatch: pytest.MonkeyPatch) -> Finding:
    """Let validation find these checks, without running anything; the monitors for which it was asked."""
    asked: list[str] = []

    def give(checks: list[Check]) -> list[str]:
        def validate(isa: Isa, *, monitor: str, **options: Any) -> Validation:
            asked.append(monitor)
            return counted(isa.name, monitor, checks)

        monkeypatch.setattr(analyzer.api, "validate", validate)
        return asked

    return give


@pytest.mark.parametrize(("checks", "code"), [(GOOD, 0), (BAD, 1), (GOOD[1:], 1), ([], 1)])
def test_exit_codes(finding: Finding, checks: list[Check], code: int) -> None:
    finding(checks)
    assert run(["validate", "third-generation"]) == code


def test_every_monitor_of_every_machine(finding: Finding) -> None:
    asked = finding(GOOD)
    assert run(["validate", PRINTED, THIRD]) == 0
    assert asked == ["default", "printed", "default"]
    asked.clear()
    assert run(["validate", PRINTED, "--monitor", "printed"]) == 0
    assert asked == ["printed"]


def test_text(finding: Finding, capsys: pytest.CaptureFixture[str]) -> None:
    finding(BAD)
    run(["validate", "third-generation"])
    assert capsys.readouterr().out == TEXT


def test_what_was_not_run_is_said(finding: Finding, capsys: pytest.CaptureFixture[str]) -> None:
    finding(GOOD[1:])
    run(["validate", "third-generation"])
    assert "no witness was run" in capsys.readouterr().out


def test_json(finding: Finding, capsys: pytest.CaptureFixture[str]) -> None:
    finding(BAD)
    run(["validate", "third-generation", "--format", "json"])
    shown = json.loads(capsys.readouterr().out)
    jsonschema.validate(shown, schema.schema())
    (result,) = shown["results"]
    assert (result["isa"], result["monitor"], result["counts"]["guest"]) == ("third-generation", "default", 2)
    assert [check["failure"] for check in result["checks"] if "failure" in check] == [BAD[-1].failure]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("third-generation --monitor nobody", "there is default"),
        ("third-generatiom", "did you mean"),
        ("third-generation --jobs 0", "'--jobs'"),
        ("", "Missing argument"),
    ],
)
def test_a_mistake(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", *line.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_small_machine_is_validated(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "third-generation-spsw", "--jobs", "2", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    jsonschema.validate(shown, schema.schema())
    assert all(shown["results"][0]["counts"][kind] for kind in REQUIRED)
    assert "start" not in json.dumps(shown)
