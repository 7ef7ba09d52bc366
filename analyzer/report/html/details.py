"""What a row of the table opens to, as data for the page's script: texts and witnesses that are the same stand once.

Every text is ready to be shown: the script puts it into the page as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analyzer.report import narrative
from analyzer.report.escape import short, visible
from analyzer.report.explain import facts, grid, sentence, verdicts, witnesses
from analyzer.report.fix import shown_row
from analyzer.report.html.environment import lines
from analyzer.report.model import Report, Row
from analyzer.validation.fixed import Applied
from analyzer.verdict import Witness


class Shared:
    """Values that several rows have; each is given a number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.values: list[Any] = []

    def number(self, value: Any) -> int:
        """The number of a value."""
        key = repr(value)
        if key not in self.numbers:
            self.numbers[key] = len(self.values)
            self.values.append(value)
        return self.numbers[key]


class Details:
    """Collects the details of reports; `data` is what the page holds."""

    def __init__(self) -> None:
        self.texts, self.witnesses = Shared(), Shared()
        self.reports: list[list[Any]] = []

    @property
    def data(self) -> dict[str, Any]:
        """All that the script needs; rows in the order of the tables."""
        return {"texts": self.texts.values, "witnesses": self.witnesses.values, "reports": self.reports}

    def add(self, report: Report) -> None:
        """Collect one more report."""
        applied: dict[str, list[Applied]] = {}
        for remedy in report.fix.applied if report.fix is not None else ():
            applied.setdefault(remedy.instruction, []).append(remedy)
        self.reports.append([self._row(row, applied.get(row.exact.name, ())) for row in report.rows])

    def _row(self, row: Row, applied: Sequence[Applied]) -> dict[str, Any]:
        found: Mapping[str, Any] = {
            "text": self.texts.number(lines(row.text)),
            "summary": visible(row.summary),
            "place": visible(row.place),
            "source": visible(row.source),
            "verdicts": [[visible(cell) for cell in pair] for pair in verdicts(row)],
            "meaning": visible(narrative.meaning(row)),
            "reasons": [visible(reason) for reason in _reasons(row)],
            "undecided": [visible(line) for line in row.undecided()],
            "witnesses": [
                [sentence("; ".join(shown)), self.witnesses.number(_witness(row.name, witness))]
                for shown, witness in witnesses(row)
            ],
            "remedies": [[[visible(cell) for cell in shown_row(each)[1:]], self._code(each)] for each in applied],
        }
        return {key: value for key, value in found.items() if value not in ("", [])}

    def _code(self, remedy: Applied) -> int:
        return self.texts.number(lines(remedy.code)) if remedy.code else -1


def _reasons(row: Row) -> Iterator[str]:
    """Why it is sensitive, of every model, each reason once."""
    yield from dict.fromkeys(reason for result in row.models.values() for reason in result.reasons)


def _witness(name: str, witness: Witness) -> dict[str, Any]:
    table = grid(witness)
    return {
        "why": visible(short(narrative.told(name, witness))),
        "header": [visible(cell) for cell in table.header],
        "rows": [[visible(cell) for cell in row] for row in table.rows],
        "facts": [visible(fact) for fact in facts(witness)],
    }
