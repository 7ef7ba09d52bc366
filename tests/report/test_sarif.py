"""SARIF: it keeps the official schema, and points at the line where the instruction is defined."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from analyzer import analyze, load
from analyzer.report import sarif
from analyzer.report.model import Report, build
from analyzer.verdict import Answer, ExactResult
from tests.report import fakes
from tests.report.test_formats import HOSTILE, hostile_report

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
MACHINE = """\
isa: peek
extends: third-generation
title: With a window
description: One more instruction.
instructions:

  - name: PEEK
    encoding: "1000 0000 r:3 -------------------------"
    semantics: gpr[r] = zext(user, 36)
"""


def run_of(*reports: Report) -> Any:
    log = json.loads(sarif.render(reports))
    jsonschema.validate(log, SCHEMA)
    (run,) = log["runs"]
    return run


def levels(report: Report) -> list[tuple[str, str]]:
    return [(result["ruleId"], result["level"]) for result in run_of(report)["results"]]


def test_the_schema_refuses_what_is_no_sarif() -> None:
    log = json.loads(sarif.render([fakes.report()]))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, SCHEMA)


def test_what_goes_wrong_is_an_error_what_is_only_critical_a_warning_what_is_open_a_note() -> None:
    report = fakes.report()
    assert levels(report) == [("wrong", "error"), ("wrong", "error")]
    mild = [ExactResult(row.exact.name, "direct", "direct") for row in report.rows]
    rows = tuple(replace(row, exact=exact) for row, exact in zip(report.rows, mild, strict=True))
    assert levels(replace(report, rows=rows)) == [("critical", "warning")] * 2
    rows = tuple(replace(row, exact=replace(row.exact, hybrid="wrong", trap_and_emulate="traps")) for row in rows)
    assert levels(replace(report, rows=rows)) == [("wrong-hybrid", "error")] * 3
    open_ = build(fakes.isa(), fakes.analysis_of(fakes.isa(), Answer.UNKNOWN))
    assert levels(open_) == [("undecided", "note")] * 3


def test_a_result_names_its_rule_by_number() -> None:
    run = run_of(fakes.report())
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_it_points_at_the_line_in_the_repository_that_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "machines" / "peek").mkdir(parents=True)
    (tmp_path / "machines" / "peek" / "machine.yaml").write_text(MACHINE)
    monkeypatch.chdir(tmp_path)
    isa = load("./machines/peek")
    (result,) = run_of(build(isa, analyze(isa)))["results"]
    assert result["message"]["text"].startswith("PEEK is critical (mode): ")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "machines/peek/machine.yaml"
    assert MACHINE.splitlines()[place["region"]["startLine"] - 1] == "  - name: PEEK"


def test_instructions_of_the_machine_that_is_extended_are_in_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a shipped machine, wherever one is."""
    monkeypatch.chdir("/")
    isa = load("third-generation-jrst1")
    report = build(isa, analyze(isa, only=("JRST 1", "LD")))
    assert sarif.located(report, report.rows[0].place.split(":")[0]) == (
        "isa_specs/third-generation/instructions/data.yaml"
    )
    assert sarif.located(report, "machine.yaml") == "isa_specs/third-generation-jrst1/machine.yaml"


@pytest.mark.parametrize("evil", HOSTILE, ids=lambda evil: ascii(evil[:12]))
def test_hostile_texts_keep_the_schema(evil: str) -> None:
    run = run_of(hostile_report(evil))
    assert run["results"]
    assert all(result["message"]["text"].isprintable() for result in run["results"])
