"""The page over several machines: how each does, in one table, and where its report is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from analyzer.report import words
from analyzer.report.fix import WORDS
from analyzer.report.html.environment import render
from analyzer.validation.fixed import Fix
from analyzer.verdict import Analysis, Answer

COUNTED = ("privileged", "sensitive", "critical", "user_sensitive")


@dataclass(frozen=True, slots=True)
class Machine:
    """The reports on one machine, in the folder `folder`."""

    folder: str
    analyses: tuple[Analysis, ...]
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A machine under one monitor. `answers`: by theorem and component model, then exactly; `counts`: of `COUNTED`
    under the last model."""

    link: str
    analysis: Analysis
    instructions: int
    counts: tuple[int, ...]
    answers: tuple[str, ...]
    wrong: int
    cheapest: str


def index(machines: Sequence[Machine]) -> str:
    """The page as HTML."""
    entries = [entry for machine in machines for entry in _entries(machine)]
    models = tuple(dict.fromkeys(name for entry in entries for name in entry.analysis.models))
    titles = [f"{subject} ({model})" for model in models for _, subject, *_ in words.THEOREMS]
    titles += [f"exact: {subject}" for _, subject in words.CONSTRUCTIONS]
    return render("index.html", entries=entries, titles=titles, counted=[name.replace("_", "-") for name in COUNTED])


def _entries(machine: Machine) -> Iterator[Entry]:
    fixes = {fix.monitor: fix for fix in machine.fixes}
    for analysis in machine.analyses:
        last = list(analysis.models.values())[-1].instructions
        found = fixes.get(analysis.monitor)
        yield Entry(
            f"{quote(machine.folder)}/report.html#{quote(analysis.monitor, safe='')}:monitor",
            analysis,
            len(last),
            tuple(sum(getattr(row, name) is Answer.YES for row in last) for name in COUNTED),
            tuple(_answers(analysis)),
            len(analysis.exact.trap_and_emulate.wrong),
            WORDS.get(found.cheapest, "") if found is not None else "",
        )


def _answers(analysis: Analysis) -> Iterator[str]:
    for model in analysis.models.values():
        yield from (str(getattr(model.theorems, field).holds) for field, *_ in words.THEOREMS)
    yield from (str(getattr(analysis.exact, field).sound) for field, _ in words.CONSTRUCTIONS)
