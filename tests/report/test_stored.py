"""What is written as JSON is read back as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyzer.report.json import render
from analyzer.report.model import without_cost
from analyzer.report.stored import NotStored, analyses, fixes
from analyzer.verdict import Answer, RelationCheck
from tests.report import fakes
from tests.report.test_json import FIXED, RAN

ODD = replace(
    fakes.report(),
    analysis=replace(
        fakes.analysis(), relation_check=RelationCheck(Answer.UNKNOWN, "limit", {"user": 1}), versions={"Z3": "1"}
    ),
)


@pytest.mark.parametrize("report", [fakes.report(), without_cost(fakes.report()), ODD])
def test_an_analysis_is_read_as_it_was_written(report: Any) -> None:
    (read,) = analyses(render("check", [report]))
    assert read == report.analysis
    assert read.models["extended"].theorems.vmm.holds is Answer.NO


def test_remedies_are_read_without_what_is_not_in_the_contract() -> None:
    bare = replace(FIXED, setting=None, program="", patches=(), unfit=())
    assert fixes(render("fix", [FIXED, bare])) == (FIXED, bare)
    assert fixes(render("fix", [replace(bare, ran=(RAN,), hypercalls="text", specifications={"a": "b"})])) == (bare,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "text: Invalid JSON"),
        ("{}", "schema: "),
        (render("list", []), "it is no output of `vmmcheck check`$"),
        (render("check", [fakes.report()]).replace('"critical": "yes"', '"critical": "maybe"', 1), "critical: "),
    ],
)
def test_anything_else_is_refused_with_the_place(text: str, why: str) -> None:
    with pytest.raises(NotStored, match=why):
        analyses(text)
