"""What notebooks show of results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import analyzer.api  # noqa: F401  (gives results what notebooks ask for)
from analyzer.verdict import Answer
from tests.report import fakes
from tests.report.test_formats import HOSTILE, hostile_report
from tests.report.test_html import MARKUP, Page


def shown(result: Any) -> str:
    return str(result._repr_html_())


def test_an_analysis_shows_verdicts_and_critical_instructions() -> None:
    text = shown(fakes.analysis())
    assert "the sufficient condition fails because of 2 instructions: RDM, JRST 1" in text
    assert "critical: mode" in text
    assert "About 3 instructions" in text


def test_a_witness_shows_both_runs_and_where_they_part() -> None:
    text = shown(fakes.READS_MODE)
    assert "guest after" in text
    assert "they part" in text
    assert "system" in text


def test_of_many_critical_instructions_the_rest_is_counted() -> None:
    rows = tuple(replace(fakes.RDM, name=f"I{number}") for number in range(30))
    model = replace(fakes.analysis().extended, instructions=rows)
    text = shown(replace(fakes.analysis(), models={"extended": model}))
    assert text.count('<th scope="row">I') == 20
    assert "and 10 more" in text


@pytest.mark.parametrize("evil", (*HOSTILE, *MARKUP), ids=lambda evil: ascii(evil[:12]))
def test_texts_are_shown_and_never_markup(evil: str) -> None:
    for get in (lambda text: hostile_report(text).analysis, lambda text: replace(fakes.READS_MODE, why=text)):
        page, tame = Page(shown(get(evil))), Page(shown(get("tame")))
        assert [tag for tag, _ in page.tags] == [tag for tag, _ in tame.tags]
        assert all(char.isprintable() or char == "\n" for text in page.texts for char in text)


def test_what_is_unknown_is_told() -> None:
    assert "unknown" in shown(fakes.analysis_of(fakes.isa(), Answer.UNKNOWN))
