"""What changed between two machines: instructions that came and went, verdicts that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.report.check import title
from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table
from analyzer.report.escape import short
from analyzer.report.model import Report
from analyzer.report.words import CONSTRUCTIONS, THEOREMS


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that differs. `question` begins with the component model where the answer depends on it."""

    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class InstructionChange:
    """What differs for an instruction that both machines have."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences from one machine to another, each under one monitor."""

    before: str
    after: str
    removed: tuple[str, ...]
    added: tuple[str, ...]
    verdicts: tuple[Change, ...]
    instructions: tuple[InstructionChange, ...]


def compare(before: Report, after: Report) -> Comparison:
    """The differences between two reports on the same component models."""
    old, new = ({row.exact.name: row for row in report.rows} for report in (before, after))
    questions = (*before.analysis.models, *(field for field, _ in CONSTRUCTIONS))
    both = ((name, _changes(questions, old[name].classes, new[name].classes)) for name in old if name in new)
    machine = _verdicts(after)
    return Comparison(
        before=before.isa.name,
        after=after.isa.name,
        removed=tuple(name for name in old if name not in new),
        added=tuple(name for name in new if name not in old),
        verdicts=_changes(tuple(machine), tuple(_verdicts(before).values()), tuple(machine.values())),
        instructions=tuple(InstructionChange(name, changes) for name, changes in both if changes),
    )


def document(before: Report, after: Report) -> Iterator[Block]:
    """The blocks of the comparison."""
    found = compare(before, after)
    yield Heading(f"From {title(before.analysis)} to {title(after.analysis)}", level=1)
    if not (found.removed or found.added or found.verdicts or found.instructions):
        yield Paragraph("No verdict differs.")
    if found.verdicts:
        yield Heading("Verdicts on the machine")
        yield _table("question", ((change.question, change) for change in found.verdicts))
    for names, text in ((found.removed, "Instructions removed"), (found.added, "Instructions added")):
        if names:
            yield Heading(f"{text}: {len(names)}")
            yield Bullets(tuple(map(short, names)))
    if found.instructions:
        yield Heading(f"Instructions whose verdicts differ: {len(found.instructions)}")
        lines = ((f"{short(i.name)}, {change.question}", change) for i in found.instructions for change in i.changes)
        yield _table("instruction", lines)


def _verdicts(report: Report) -> Mapping[str, str]:
    theorems = {
        f"{name}.{field}": getattr(model.theorems, field).holds.value
        for name, model in report.analysis.models.items()
        for field, *_ in THEOREMS
    }
    exact = {field: getattr(report.analysis.exact, field).sound.value for field, _ in CONSTRUCTIONS}
    return theorems | exact


def _changes(questions: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...]) -> tuple[Change, ...]:
    changes = map(Change, questions, before, after)
    return tuple(change for change in changes if change.before != change.after)


def _table(subject: str, lines: Iterator[tuple[str, Change]]) -> Table:
    return Table((subject, "before", "after"), tuple((text, change.before, change.after) for text, change in lines))
