"""The Euler diagram of privileged, sensitive, user-sensitive and critical instructions, with true areas.

It is a mosaic: a column for each combination of privileged, sensitive and critical, as wide as it has instructions, in
an order in which each of the three is one rectangle; at the bottom of a column, as high as it has user-sensitive ones,
their part. Every area is proportional to the number of instructions in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.verdict import Answer, InstructionResult

WIDTH, HEIGHT = 480.0, 130.0
LABELED = (22.0, 12.0)  # a cell of at least this size has its number in it
QUESTIONS = ("privileged", "sensitive", "critical", "user_sensitive")
# Whether privileged, sensitive, critical; and what to call it.
COLUMNS = (
    ((False, False, False), "neither privileged nor sensitive"),
    ((True, False, False), "privileged, not sensitive"),
    ((True, True, False), "privileged and sensitive"),
    ((True, True, True), "privileged, but critical"),
    ((False, True, True), "critical"),
    ((False, True, False), "sensitive, privileged where it is"),
)
SETS = ("privileged", "sensitive", "critical")


@dataclass(frozen=True, slots=True)
class Cell:
    """A rectangle and the instructions that it stands for. `kind` is the column's number."""

    kind: int
    title: str
    user: bool
    names: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float

    @property
    def labeled(self) -> bool:
        """Whether there is room for a number in it."""
        return self.width >= LABELED[0] and self.height >= LABELED[1]

    @property
    def label(self) -> str:
        """What it stands for, with the number."""
        return f"{self.title}{', user-sensitive' if self.user else ''}: {len(self.names)}"


@dataclass(frozen=True, slots=True)
class Span:
    """The part of the width that a set takes, and how many instructions it has."""

    name: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Euler:
    """The diagram. `undecided`: instructions that are not in it, since a question about them is open; `vacuous`: those
    for which it is vacuous whether they are privileged; they count as not privileged."""

    cells: tuple[Cell, ...]
    spans: tuple[Span, ...]
    total: int
    undecided: tuple[str, ...]
    vacuous: tuple[str, ...]


def euler(results: Sequence[InstructionResult]) -> Euler:
    """The diagram of the instructions under one component model."""
    decided = [result for result in results if all(_decided(result, question) for question in QUESTIONS)]
    groups = [[result for result in decided if _place(result) == key] for key, _ in COLUMNS]
    cells, spans = tuple(_cells(groups, len(decided))), dict.fromkeys(SETS, (0, 0.0, 0.0))
    for index, (key, _) in enumerate(COLUMNS):
        for name in (name for name, inside in zip(SETS, key, strict=True) if inside):
            count, x, width = spans[name]
            start, extent = _extent(groups, index, len(decided))
            spans[name] = (count + len(groups[index]), x if count else start, width + extent)
    return Euler(
        cells,
        (*(Span(name, *span) for name, span in spans.items()), _user(cells)),
        len(decided),
        tuple(result.name for result in results if result not in decided),
        tuple(result.name for result in decided if result.privileged is Answer.VACUOUS),
    )


def _decided(result: InstructionResult, question: str) -> bool:
    answer: Answer = getattr(result, question)
    return answer.decided or (question == "privileged" and answer is Answer.VACUOUS)


def _place(result: InstructionResult) -> tuple[bool, ...]:
    return tuple(getattr(result, name) is Answer.YES for name in SETS)


def _extent(groups: Sequence[Sequence[object]], index: int, total: int) -> tuple[float, float]:
    """Where a column begins, and how wide it is."""
    before = sum(map(len, groups[:index]))
    return WIDTH * before / (total or 1), WIDTH * len(groups[index]) / (total or 1)


def _cells(groups: Sequence[Sequence[InstructionResult]], total: int) -> Iterator[Cell]:
    for kind, (_, title) in enumerate(COLUMNS):
        x, width = _extent(groups, kind, total)
        y = 0.0
        for user in (False, True):
            names = _names(result for result in groups[kind] if (result.user_sensitive is Answer.YES) is user)
            height = HEIGHT * len(names) / (len(groups[kind]) or 1)
            if names:
                yield Cell(kind, title, user, names, x, y, width, height)
            y += height


def _names(results: Iterable[InstructionResult]) -> tuple[str, ...]:
    return tuple(result.name for result in results)


def _user(cells: Sequence[Cell]) -> Span:
    """The width over which user-sensitive instructions reach."""
    band = [cell for cell in cells if cell.user]
    start, end = min((c.x for c in band), default=0.0), max((c.x + c.width for c in band), default=0.0)
    return Span("user-sensitive", sum(len(cell.names) for cell in band), start, end - start)
