"""Results as SARIF 2.1.0: every instruction that stands in the way, at the line where it is defined.

Definite failures are errors: run directly, an instruction goes wrong. Failures of the sufficient condition alone are
warnings, open questions notes.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from analyzer.report import words
from analyzer.report.escape import visible
from analyzer.report.model import Report, Row
from analyzer.spec.files import shipped_folder

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SHIPPED = "isa_specs"  # where shipped machines lie in the source tree


@dataclass(frozen=True, slots=True)
class Rule:
    """What is reported: its name in SARIF, the level, and what it means."""

    id: str
    level: str
    title: str
    text: str


WRONG_HERE = "Run directly under a trap-and-emulate monitor, the instruction does what the guest's machine would not."
RULES = (
    Rule("wrong", "error", "Goes wrong when run directly", WRONG_HERE),
    Rule(
        "wrong-hybrid",
        "error",
        "Goes wrong under a hybrid monitor",
        "Run directly in a user mode of the guest, the instruction does what the guest's machine would not.",
    ),
    Rule(
        "critical",
        "warning",
        "Critical instruction",
        "The instruction is sensitive where it is not privileged: the theorems' sufficient conditions fail.",
    ),
    Rule("undecided", "note", "Not decided", "The solver could not answer a question about the instruction."),
)
INDEX = {rule.id: index for index, rule in enumerate(RULES)}


def render(reports: Sequence[Report]) -> str:
    """One run with the results of all reports, as JSON text."""
    versions = {report.analysis.versions["vmmcheck"] for report in reports if report.analysis.versions}
    driver = {"name": "vmmcheck", "rules": [_rule(rule) for rule in RULES]}
    run = {
        "tool": {"driver": driver | ({"version": versions.pop()} if len(versions) == 1 else {})},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, row, rule, text) for report in reports for row, rule, text in _found(report)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(part.title() for part in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.text},
        "defaultConfiguration": {"level": rule.level},
    }


def _found(report: Report) -> Iterator[tuple[Row, Rule, str]]:
    """What is said of each instruction: the most severe rule that applies, and what is open."""
    for row in report.rows:
        rule = next(filter(None, _severest(row)), None)
        if rule is not None:
            yield row, RULES[INDEX[rule]], _sentence(row)
        if undecided := tuple(row.undecided()):
            yield row, RULES[INDEX["undecided"]], "; ".join(undecided)


def _severest(row: Row) -> Iterator[str]:
    yield "wrong" if row.exact.trap_and_emulate == "wrong" else ""
    yield "wrong-hybrid" if row.exact.hybrid == "wrong" else ""
    yield "critical" if row.critical else ""


def _sentence(row: Row) -> str:
    what = f"critical ({words.sensitivity(row)})" if row.critical else "not critical, but wrong when run directly"
    why = words.reason(row)
    return f"{row.name} is {what}" + (f": {why}" if why else "")


def _result(report: Report, row: Row, rule: Rule, text: str) -> dict[str, Any]:
    analysis, source = report.analysis, _source(row)
    uri, line = located(report, source[0]), source[1]
    return {
        "ruleId": rule.id,
        "ruleIndex": INDEX[rule.id],
        "level": rule.level,
        "message": {"text": visible(f"{text} ({analysis.isa}, monitor {analysis.monitor})")},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}}],
        "partialFingerprints": {"instruction/v1": visible("/".join((analysis.isa, analysis.monitor, row.name)))},
    }


def _source(row: Row) -> tuple[str, int]:
    source = next(iter(row.models.values())).source
    return source.file, source.line


def located(report: Report, file: str) -> str:
    """The reference to a file of a machine: from the current folder where it lies in it, as in a repository that is
    checked; for a shipped machine, from the root of this project's."""
    folder = report.isa.folder
    if folder.resolve().parent == shipped_folder().resolve():
        return quote(posixpath.normpath(PurePosixPath(SHIPPED, report.isa.name, file).as_posix()))
    path = (folder / file).resolve()
    here = Path.cwd().resolve()
    return quote(path.relative_to(here).as_posix()) if path.is_relative_to(here) else path.as_uri()
