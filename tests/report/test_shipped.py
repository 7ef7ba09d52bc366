"""`reports/` holds what the analyzer says of the shipped machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from analyzer.api import analyze
from analyzer.report import check, markdown, schema
from analyzer.report.json import render, without_cost
from analyzer.report.model import build
from analyzer.spec.load import load, shipped
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis, Answer
from tests.simulator.guests import LARGE

FOLDER = Path(__file__).parents[2] / "reports"
MACHINES = [name for name, _ in shipped()]
SLOW = LARGE  # minutes each: make nightly
LONG = (*SLOW, "third-generation-load-user")  # whose verdicts are tested in tests/machines
CASES = [pytest.param(name, marks=pytest.mark.nightly) if name in LONG else name for name in MACHINES]
REPORTED = sorted(path.name for path in FOLDER.iterdir())
PRINTED = ("third-generation-printed", "printed")  # the map of 1974, which lets a store escape
ACCEPT = "run `make reports` to accept the change"

Analyze = Callable[[str], tuple[Isa, tuple[Analysis, ...]]]


@pytest.mark.parametrize("name", CASES)
def test_the_reports_are_up_to_date(name: str, analyze_shipped: Analyze, accept: bool) -> None:
    isa, analyses = analyze_shipped(name)
    reports = [without_cost(build(isa, analysis)) for analysis in analyses]
    now = {
        "report.md": "\n".join(markdown.render(check.document(report, every_row=True)) for report in reports),
        "report.json": render("check", reports),
    }
    for file, content in now.items():
        path = FOLDER / name / file
        if accept:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        assert path.is_file(), ACCEPT
    for file, content in now.items():
        assert (FOLDER / name / file).read_text(encoding="utf-8") == content, ACCEPT


@pytest.mark.parametrize("name", SLOW)
def test_a_part_of_a_slow_machines_report_is_up_to_date(name: str) -> None:
    isa = load(name)
    some = [instruction.name for instruction in isa.instructions][:: len(isa.instructions) // 12]
    analysis = analyze(isa, only=some)
    (now,) = json.loads(render("check", [without_cost(build(isa, analysis))]))["results"]
    committed = json.loads((FOLDER / name / "report.json").read_text(encoding="utf-8"))["results"][0]
    for model, result in now["models"].items():
        rows = {row["name"]: row for row in committed["models"][model]["instructions"]}
        assert result["instructions"] == [rows[row["name"]] for row in result["instructions"]], ACCEPT
    rows = {row["name"]: row for row in committed["exact"]["instructions"]}
    assert now["exact"]["instructions"] == [rows[row["name"]] for row in now["exact"]["instructions"]], ACCEPT


def test_there_is_a_report_for_each_machine_and_no_other() -> None:
    assert len(MACHINES) >= 5
    assert set(REPORTED) == set(MACHINES)


@pytest.mark.parametrize("name", REPORTED)
def test_the_reports_keep_the_schema(name: str) -> None:
    jsonschema.validate(json.loads((FOLDER / name / "report.json").read_text(encoding="utf-8")), schema.schema())


@pytest.mark.parametrize("name", CASES)
def test_no_verdict_of_a_shipped_machine_is_unknown(name: str, analyze_shipped: Analyze) -> None:
    isa, analyses = analyze_shipped(name)
    decidable = [analysis for analysis in analyses if (name, analysis.monitor) != PRINTED]
    assert decidable
    assert [line for analysis in decidable for line in build(isa, analysis).undecided()] == []


def test_the_map_as_printed_decides_nothing(analyze_shipped: Analyze) -> None:
    analyses = {(analysis.isa, analysis.monitor): analysis for analysis in analyze_shipped(PRINTED[0])[1]}
    assert analyses[PRINTED].relation_check.total is Answer.NO
    assert analyses[PRINTED].extended.theorems.vmm.holds is Answer.UNKNOWN
