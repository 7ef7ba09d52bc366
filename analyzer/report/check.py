"""The report of `check`: verdicts first, then the critical instructions with reasons, then every instruction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from analyzer.report import words
from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table
from analyzer.report.escape import short
from analyzer.report.model import MODEL_NAMES, Report
from analyzer.verdict import Analysis, Statistics

SHOWN = 20  # lines about what is not decided; the rest is counted
CRITICAL = ("instruction", "sensitive", "why")


def document(report: Report, *, every_row: bool = False, statistics: bool = False) -> Iterator[Block]:
    """The blocks. `every_row`: a row for each instruction, instead of one for each class. `statistics`: the cost."""
    yield from _heading(report)
    yield from _verdicts(report)
    yield from _critical(report)
    yield from _rows(report) if every_row else _classes(report)
    yield from _notes(report)
    if statistics and report.analysis.statistics is not None:
        yield Heading("Cost")
        yield _cost(report.analysis.statistics)


def title(analysis: Analysis) -> str:
    """The machine and the question asked of it, in one line."""
    literal = ", literal reading" if analysis.reading == "literal" else ""
    return short(f"{analysis.title} ({analysis.isa}), monitor {analysis.monitor}{literal}")


def _heading(report: Report) -> Iterator[Block]:
    yield Heading(title(report.analysis), level=1)
    yield Paragraph(
        f"{short(report.question)} Relation kept by the monitor: {short(report.analysis.relation)}".lstrip()
    )


def _verdicts(report: Report) -> Iterator[Block]:
    if report.partial:
        yield Paragraph(
            f"Only {len(report.rows)} of {len(report.isa.instructions)} instructions were looked at: "
            "nothing is decided about the whole machine."
        )
        return
    for name, model in report.analysis.models.items():
        yield Heading(f"Theorems of 1974, model {name}: {MODEL_NAMES[name]}")
        yield Table(("", "", ""), tuple(words.theorems(model.theorems)))
    yield Heading("Exact criterion: every guest state beside the real state in which its code runs")
    yield Table(("", "", ""), tuple(words.soundness(report.analysis.exact)))


def _critical(report: Report) -> Iterator[Block]:
    rows = [row for row in report.rows if row.critical or row.wrong]
    if rows:
        yield Heading("Critical instructions")
        yield Table(CRITICAL, tuple((row.name, words.sensitivity(row), words.reason(row)) for row in rows))


def _header(report: Report) -> tuple[str, ...]:
    return (*report.analysis.models, *(title for _, title in words.CONSTRUCTIONS))


def _classes(report: Report) -> Iterator[Block]:
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in report.rows:
        groups[row.classes].append(row.name)
    yield Heading(f"All {len(report.rows)} instructions")
    rows = ((*classes, f"{len(found)}: {', '.join(found)}") for classes, found in sorted(groups.items()))
    yield Table((*_header(report), "instructions"), tuple(rows))


def _rows(report: Report) -> Iterator[Block]:
    yield Heading(f"All {len(report.rows)} instructions")
    rows = ((row.name, short(row.instruction.summary), *row.classes, row.place) for row in report.rows)
    yield Table(("instruction", "summary", *_header(report), "specified in"), tuple(rows))


def _notes(report: Report) -> Iterator[Block]:
    undecided = tuple(report.undecided())
    if undecided:
        yield Heading("Not decided")
        more = (f"and {len(undecided) - SHOWN} more",) if len(undecided) > SHOWN else ()
        yield Bullets((*undecided[:SHOWN], *more))
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
