"""The page about one machine, or several: the sections that the template fills in, for each monitor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from analyzer.report import words
from analyzer.report.document import Block
from analyzer.report.escape import short, visible
from analyzer.report.fix import document as fix_document
from analyzer.report.html.charts import Chart, charts
from analyzer.report.html.details import Details
from analyzer.report.html.environment import embedded, render
from analyzer.report.html.euler import Euler, euler
from analyzer.report.html.matrix import Matrix, matrix
from analyzer.report.model import Report, Row, described
from analyzer.spec.model import Isa
from analyzer.verdict import Answer

MODELS = {"pg1974": "hidden are mode and relocation", "extended": "hidden are mode, relocation and control state"}
LONG = 100  # characters of a name that is a link
# What the table can be filtered by: the field of an instruction's result, and the word.
PROPERTIES = (
    ("privileged", "privileged"), ("sensitive", "sensitive"), ("critical", "critical"),
    ("user_sensitive", "user-sensitive"), ("control_sensitive", "control"), ("mode_sensitive", "mode"),
    ("location_sensitive", "location"), ("configuration_sensitive", "configuration"),
)  # fmt: skip
EXACTLY = (("trap_and_emulate", "wrong under trap-and-emulate"), ("hybrid", "wrong under hybrid"))
UNDECIDED = ("undecided", "not decided")


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer to a question about the machine, and what it means; `models`: under which component models."""

    models: str
    answer: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Card:
    """A question about the machine; under all component models the same verdict, or several."""

    subject: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    """The Euler diagram of some component models, which agree."""

    models: tuple[str, ...]
    euler: Euler


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: `anchor`, to which links lead; `has`: by component model, the properties that it has."""

    row: Row
    anchor: str
    classes: tuple[str, ...]
    has: tuple[tuple[str, str], ...]
    flagged: bool


@dataclass(frozen=True, slots=True)
class Section:
    """What the page says of a machine under one monitor; `key` begins the anchors of the section."""

    report: Report
    key: str
    title: str
    verdicts: tuple[tuple[str, tuple[Card, ...]], ...]
    undecided: tuple[str, ...]
    diagrams: tuple[Diagram, ...]
    lines: tuple[Line, ...]
    properties: tuple[tuple[str, str], ...]
    remedies: tuple[Block, ...]
    charts: tuple[Chart, ...]

    @property
    def concerned(self) -> tuple[Line, ...]:
        """The instructions that are critical or go wrong."""
        return tuple(line for line in self.lines if line.flagged)


def page(reports: Sequence[Report]) -> str:
    """The page as HTML."""
    details = Details()
    for report in reports:
        details.add(report)
    machines = {report.isa.name: report.isa for report in reports}
    matrices = [(isa, _matrix(isa, reports)) for isa in machines.values()]
    sections = [section(report, alone=len(machines) == 1) for report in reports]
    return render(
        "page.html", sections=sections, machines=list(machines.values()), matrices=matrices, words=words,
        models=MODELS, data=embedded(details.data),
    )  # fmt: skip


def section(report: Report, alone: bool = True) -> Section:
    """One section. `alone`: whether the page is about one machine, so that its monitors tell the sections apart."""
    key = _anchor(report.analysis.monitor, 0)
    key = key if alone else f"{_anchor(report.isa.name, 0)},{key}"
    lines = tuple(_line(row, number, key) for number, row in enumerate(report.rows))
    present = {name for line in lines for _, has in line.has for name in has.split()}
    return Section(
        report,
        key,
        short(report.analysis.monitor if alone else f"{report.isa.name}, {report.analysis.monitor}"),
        () if report.partial else tuple(_verdicts(report)),
        tuple(_undecided(report)),
        tuple(_diagrams(report)),
        lines,
        tuple(each for each in (*PROPERTIES, *EXACTLY, UNDECIDED) if each[0] in present),
        tuple(fix_document(report.fix))[1:] if report.fix is not None else (),
        tuple(charts(report.fix.workloads)) if report.fix is not None else (),
    )


def _verdicts(report: Report) -> Iterator[tuple[str, tuple[Card, ...]]]:
    """The theorems and the exact criterion."""
    found: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(dict)
    for name, model in report.analysis.models.items():
        for subject, answer, meaning in words.theorems(model.theorems):
            found[subject].setdefault((str(answer), meaning), []).append(name)
    yield (
        "Theorems of 1974",
        tuple(
            Card(subject, tuple(Verdict(" and ".join(names), *said) for said, names in verdicts.items()))
            for subject, verdicts in found.items()
        ),
    )
    exact = words.soundness(report.analysis.exact)
    yield "Exact criterion", tuple(Card(subject, (Verdict("", str(answer), text),)) for subject, answer, text in exact)


def _undecided(report: Report) -> Iterator[str]:
    """What is not decided: a line for all instructions of which the same is not, for the same reason."""
    same: dict[str, list[str]] = defaultdict(list)
    for row in report.rows:
        for line in row.undecided():
            same[line.removeprefix(row.name)].append(row.name)
    every = tuple(report.undecided())
    yield from every[: len(every) - sum(map(len, same.values()))]
    for what, names in same.items():
        yield f"{words.names(names) if len(names) > 1 else names[0]}{what}"


def _diagrams(report: Report) -> Iterator[Diagram]:
    found: dict[Euler, list[str]] = {}
    for name, model in report.analysis.models.items():
        found.setdefault(euler(model.instructions), []).append(name)
    for diagram, names in found.items():
        yield Diagram(tuple(names), diagram)


def _line(row: Row, number: int, key: str) -> Line:
    exact = [name for name, _ in EXACTLY if getattr(row.exact, name) == "wrong"]
    exact += [UNDECIDED[0]] if any(row.undecided()) else []
    has = (
        (model, " ".join([name for name, _ in PROPERTIES if getattr(result, name) is Answer.YES] + exact))
        for model, result in row.models.items()
    )
    classes = (*map(described, row.models.values()), row.exact.trap_and_emulate, row.exact.hybrid)
    return Line(row, f"{key}/{_anchor(row.exact.name, number)}", classes, tuple(has), bool(row.critical) or row.wrong)


def _anchor(name: str, number: int) -> str:
    """An instruction's name as the end of a link; of a very long one the beginning, and its number."""
    text = visible(name)
    return quote(text if len(text) <= LONG else f"{text[:LONG]}~{number}", safe="")


def _matrix(isa: Isa, reports: Sequence[Report]) -> Matrix:
    rows = (row.exact.name for report in reports if report.isa is isa for row in report.rows)
    return matrix(isa, dict.fromkeys(rows))
