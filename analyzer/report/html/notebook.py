"""What notebooks show of an analysis and of a witness: fragments that take their looks from the page around them."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.report import words
from analyzer.report.check import title
from analyzer.report.explain import facts, grid, sentence
from analyzer.report.html.environment import render
from analyzer.report.model import described
from analyzer.verdict import Analysis, Answer, Witness

SHOWN = 20  # critical instructions; the rest is counted


def analysis(result: Analysis) -> str:
    """The verdicts in a sentence each, and the critical instructions with reasons."""
    rows = list(_critical(result))
    return render("analysis.html", title=title(result), verdicts=list(_verdicts(result)), rows=rows[:SHOWN],
                  more=max(0, len(rows) - SHOWN), relation=result.relation,
                  count=words.count(len(result.exact.instructions)))  # fmt: skip


def witness(result: Witness) -> str:
    """The runs side by side."""
    return render("witness.html", why=sentence(words.because(result)), table=grid(result), facts=list(facts(result)))


def _verdicts(result: Analysis) -> Iterator[tuple[str, str, str, str]]:
    for name, model in result.models.items():
        for subject, answer, meaning in words.theorems(model.theorems):
            yield name, subject, str(answer), meaning
    for subject, answer, meaning in words.soundness(result.exact):
        yield "exactly", subject, str(answer), meaning


def _critical(result: Analysis) -> Iterator[tuple[str, str, str]]:
    """The critical instructions under the last component model."""
    for row in list(result.models.values())[-1].instructions if result.models else ():
        if row.critical is Answer.YES:
            yield row.name, described(row), words.reason_of(row)
