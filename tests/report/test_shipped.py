"""`reports/` holds what the analyzer says of the shipped machines."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import jsonschema
import pytest

from analyzer.api import analyze, fix
from analyzer.report import files, schema
from analyzer.report.html.index import index
from analyzer.report.json import render
from analyzer.report.model import build, without_cost
from analyzer.spec.load import load, shipped
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis
from tests.report.test_sarif import SCHEMA as SARIF
from tests.simulator.guests import LARGE

FOLDER = Path(__file__).parents[2] / "reports"
MACHINES = [name for name, _ in shipped()]
SLOW = LARGE  # minutes each: make nightly
LONG = (*SLOW, "third-generation-load-user")  # whose verdicts are tested in tests/machines
CASES = [pytest.param(name, marks=pytest.mark.nightly) if name in LONG else name for name in MACHINES]
REPORTED = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
REMEDIED = ("third-generation-jrst1", "third-generation-spsw")  # the others take minutes
OURS, OFFICIAL = (jsonschema.Draft202012Validator(each) for each in (schema.schema(), SARIF))
VALIDATORS = {**dict.fromkeys(files.DATA, OURS), "report.sarif": OFFICIAL}
ACCEPT = "run `make reports` to accept the change"

Analyze = Callable[[str], tuple[Isa, tuple[Analysis, ...]]]


def hold(path: Path, content: str, accept: bool) -> None:
    """Compare a file with what it should be, or write it."""
    if accept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert path.is_file(), ACCEPT
    assert path.read_text(encoding="utf-8") == content, ACCEPT


@pytest.mark.parametrize("name", CASES)
def test_the_answers_are_up_to_date(name: str, analyze_shipped: Analyze, accept: bool) -> None:
    """Whichever version of the solver gives them."""
    isa, analyses = analyze_shipped(name)
    path = FOLDER / name / files.CHECKED
    if not accept:
        committed = {each.monitor: each.versions for each in files.stored(path.parent).analyses}
        analyses = tuple(replace(each, versions=committed[each.monitor]) for each in analyses)
    hold(path, files.DATA[files.CHECKED]([build(isa, analysis) for analysis in analyses]), accept)


@pytest.mark.parametrize(
    "name", [name if name in REMEDIED else pytest.param(name, marks=pytest.mark.nightly) for name in MACHINES]
)
def test_the_remedies_are_up_to_date(name: str, analyze_shipped: Analyze, accept: bool) -> None:
    isa, analyses = analyze_shipped(name)
    reports = [build(isa, analysis, fix=fix(isa, analysis=analysis, jobs=2)) for analysis in analyses]
    hold(FOLDER / name / files.FIXED, files.DATA[files.FIXED](reports), accept)


@pytest.mark.parametrize("name", MACHINES)
def test_every_format_is_rendered_from_the_data(name: str, accept: bool) -> None:
    data, isa = files.stored(FOLDER / name), load(name)
    fixes = {found.monitor: found for found in data.fixes}
    reports = [build(isa, analysis, fix=fixes.get(analysis.monitor)) for analysis in data.analyses]
    for file, rendered in files.RENDERED.items():
        hold(FOLDER / name / file, rendered(reports), accept)


def test_the_index_is_over_all_machines(accept: bool) -> None:
    if accept:
        files.write_index(FOLDER)
    data = [files.stored(FOLDER / name) for name in sorted(REPORTED)]
    assert [machine.analyses[0].isa for machine in data] == sorted(MACHINES)
    assert (FOLDER / files.INDEX).read_text(encoding="utf-8") == index(data), ACCEPT


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.*")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_report_names_a_place_or_a_time(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert str(FOLDER.parent) not in text
    assert not re.search(r"file://|site-packages", text)
    assert not any(f"{place}/" in text for place in (gettempdir(), sys.prefix, sys.base_prefix))
    assert str(date.today()) not in text
    if path.suffix == ".html":
        assert len(text.encode()) < 2_000_000


@pytest.mark.parametrize("name", SLOW)
def test_a_part_of_a_slow_machines_verdicts_is_up_to_date(name: str) -> None:
    """Witnesses, and reasons in their words, may be others where fewer instructions lend them."""
    isa = load(name)
    some = [instruction.name for instruction in isa.instructions][:: len(isa.instructions) // 12]
    analysis = analyze(isa, only=some)
    (now,) = json.loads(render("check", [without_cost(build(isa, analysis))]))["results"]
    committed = json.loads((FOLDER / name / "report.json").read_text(encoding="utf-8"))["results"][0]
    for model, result in now["models"].items():
        rows = committed["models"][model]["instructions"]
        assert verdicts(result["instructions"]) == verdicts(row for row in rows if row["name"] in some), ACCEPT
    rows = committed["exact"]["instructions"]
    assert verdicts(now["exact"]["instructions"]) == verdicts(row for row in rows if row["name"] in some), ACCEPT


def verdicts(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a report without witnesses and what is said of them; that there are some is part of the verdict."""
    return [{**row, "witnesses": bool(row.get("witnesses")), "reasons": len(row.get("reasons", ()))} for row in rows]


def test_there_is_a_report_for_each_machine_and_no_other() -> None:
    assert len(MACHINES) >= 5
    assert set(REPORTED) == set(MACHINES)


@pytest.mark.parametrize("name", REPORTED)
def test_the_reports_keep_their_schemas(name: str) -> None:
    for file, validator in VALIDATORS.items():
        validator.validate(json.loads((FOLDER / name / file).read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", CASES)
def test_no_verdict_of_a_shipped_machine_is_unknown(name: str, analyze_shipped: Analyze) -> None:
    isa, analyses = analyze_shipped(name)
    assert analyses
    assert [line for analysis in analyses for line in build(isa, analysis).undecided()] == []
