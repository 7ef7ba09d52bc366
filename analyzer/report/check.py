"""The report of `check`: verdicts first, then the critical instructions with reasons, then every instruction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from analyzer.report import words
from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table
from analyzer.report.escape import short
from analyzer.report.model import MODEL_NAMES, Report
from analyzer.verdict import Analysis, Statistics

SHOWN = 20  # lines about what is not decided; the rest is counted
CONSTRUCTION_NAMES = ("trap-and-emulate", "hybrid")
CRITICAL = ("instruction", "sensitive", "why")

Rows = tuple[tuple[str, ...], ...]


def document(report: Report, *, every_row: bool = False, statistics: bool = False) -> Iterator[Block]:
    """The blocks. `every_row`: a row for each instruction, instead of one for each class. `statistics`: the cost."""
    yield from _heading(report)
    yield from _verdicts(report)
    yield from _undecided(report)
    yield from _critical(report)
    yield from _rows(report) if every_row else _classes(report)
    yield from _assumptions(report)
    if statistics and report.analysis.statistics is not None:
        yield Heading("Cost")
        yield _cost(report.analysis.statistics)


def title(analysis: Analysis) -> str:
    """The machine and the question asked of it, in one line."""
    literal = ", literal reading" if analysis.reading == "literal" else ""
    return short(f"{analysis.title} ({analysis.isa}), monitor {analysis.monitor}{literal}")


def _heading(report: Report) -> Iterator[Block]:
    yield Heading(title(report.analysis), level=1)
    yield Paragraph(short(report.question))
    yield Paragraph(f"Relation kept by the monitor: {short(report.analysis.relation)}")


def _verdicts(report: Report) -> Iterator[Block]:
    if report.interrupted:
        yield Paragraph(
            f"Interrupted: {len(report.rows)} of {report.interrupted} instructions were decided. What follows is a "
            "part of the analysis: of the whole machine only what these instructions refute."
        )
    elif report.partial:
        yield Paragraph(
            f"Only {len(report.rows)} of {report.isa.size} instructions were looked at: "
            "nothing is decided about the whole machine."
        )
        return
    answers: dict[Rows, list[str]] = defaultdict(list)
    for name, model in report.analysis.models.items():
        answers[tuple(words.theorems(model.theorems))].append(f"{name}: {MODEL_NAMES[name]}")
    for rows, models in answers.items():
        yield Heading(f"Theorems of 1974 ({'; '.join(models)})")
        yield Table(("", "", ""), rows)
    yield Heading("Exact criterion (every guest state beside the real state in which its code runs)")
    yield Table(("", "", ""), tuple(words.soundness(report.analysis.exact)))


def _critical(report: Report) -> Iterator[Block]:
    rows = [row for row in report.rows if row.critical or row.wrong]
    if rows:
        yield Heading("Critical instructions")
        yield Table(CRITICAL, tuple((row.name, words.sensitivity(row), words.reason(row)) for row in rows))


def _classes(report: Report) -> Iterator[Block]:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in report.rows:
        models, exact = row.classes[:-2], row.classes[-2:]
        groups[_joined(models, report.analysis.models), _joined(exact, CONSTRUCTION_NAMES)].append(row.name)
    yield _counted(report)
    rows = ((*group, f"{len(found)}: {', '.join(found)}") for group, found in sorted(groups.items()))
    yield Table(("class", "run directly", "instructions"), tuple(rows))


def _counted(report: Report) -> Heading:
    return Heading(f"{'' if report.partial else 'All '}{words.count(len(report.rows))}")


def _joined(answers: Sequence[str], names: Iterable[str]) -> str:
    """The answers, each with its name, or the answer alone where they are all the same."""
    if len(set(answers)) == 1:
        return answers[0]
    return "; ".join(f"{answer} ({name})" for answer, name in zip(answers, names, strict=True))


def _rows(report: Report) -> Iterator[Block]:
    yield _counted(report)
    rows = ((row.name, row.summary, *row.classes, row.place) for row in report.rows)
    yield Table(("instruction", "summary", *report.analysis.models, *CONSTRUCTION_NAMES, "specified in"), tuple(rows))


def _undecided(report: Report) -> Iterator[Block]:
    undecided = tuple(report.undecided())
    if undecided:
        more = (f"and {len(undecided) - SHOWN} more",) if len(undecided) > SHOWN else ()
        yield Heading("Not decided")
        yield Bullets((*undecided[:SHOWN], *more))


def _assumptions(report: Report) -> Iterator[Block]:
    if report.analysis.assumptions:
        yield Heading("Assumed")
        yield Bullets(tuple(map(short, report.analysis.assumptions)))


def _cost(cost: Statistics) -> Table:
    rows = [
        ("queries", str(cost.queries)),
        ("decided by syntax", str(cost.syntactic)),
        ("seconds in the solver", f"{cost.solver_seconds:.2f}"),
        ("seconds in all", f"{cost.wall_seconds:.2f}"),
    ]
    return Table(("", ""), (*rows, *((f"slowest: {name}", f"{time:.2f}") for name, time in cost.slowest)))
