"""The page over several machines: how each does, in one table, and where its report is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from analyzer.report import words
from analyzer.report.html.environment import render
from analyzer.validation.fixed import AND, Fix
from analyzer.verdict import Analysis, Answer, InstructionResult

COUNTED = ("privileged", "sensitive", "critical", "user_sensitive")


@dataclass(frozen=True, slots=True)
class Machine:
    """The reports on one machine, in the folder `folder`."""

    folder: str
    analyses: tuple[Analysis, ...]
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A machine under one monitor. `counts`: all instructions, those of `COUNTED` under the last component model, those
    that go wrong when run directly; `answers`: by theorem and component model, then exactly."""

    link: str
    analysis: Analysis
    counts: tuple[int, ...]
    answers: tuple[tuple[str, ...], ...]
    cheapest: str


def index(machines: Sequence[Machine]) -> str:
    """The page as HTML."""
    entries = [entry for machine in machines for entry in _entries(machine)]
    models = tuple(dict.fromkeys(name for entry in entries for name in entry.analysis.models))
    theorems = tuple(_brief(subject) for _, subject, *_ in words.THEOREMS)
    groups = [("instructions", ("all", *(name.replace("_", "-") for name in COUNTED), "wrong"))]
    groups += [(f"theorems, {model}", theorems) for model in models]
    groups += [("exact criterion", tuple(_brief(subject) for _, subject in words.CONSTRUCTIONS))]
    return render("index.html", entries=entries, groups=groups)


def _brief(subject: str) -> str:
    """The subject as the head of a narrow column: what all of them are about goes without saying."""
    return subject.removesuffix(" monitor").removesuffix(" virtualization")


def _entries(machine: Machine) -> Iterator[Entry]:
    fixes = {fix.monitor: fix for fix in machine.fixes}
    for analysis in machine.analyses:
        last = list(analysis.models.values())[-1].instructions
        found = fixes.get(analysis.monitor)
        yield Entry(
            f"{quote(machine.folder)}/report.html#{quote(analysis.monitor, safe='')}:monitor",
            analysis,
            (len(last), *(_counted(last, name) for name in COUNTED), len(analysis.exact.trap_and_emulate.wrong)),
            tuple(_answers(analysis)),
            found.cheapest.replace(AND, f" {AND} ") if found is not None else "",
        )


def _counted(results: Iterable[InstructionResult], question: str) -> int:
    return sum(getattr(result, question) is Answer.YES for result in results)


def _answers(analysis: Analysis) -> Iterator[tuple[str, ...]]:
    for model in analysis.models.values():
        yield tuple(str(getattr(model.theorems, field).holds) for field, *_ in words.THEOREMS)
    yield tuple(str(getattr(analysis.exact, field).sound) for field, _ in words.CONSTRUCTIONS)
