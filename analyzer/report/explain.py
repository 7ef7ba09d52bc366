"""The report of `explain`: each witness once, the guest's run beside the real one, the place where they part marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from analyzer.report import narrative, words
from analyzer.report.check import title
from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table
from analyzer.report.escape import short
from analyzer.report.model import KINDS, Report, Row
from analyzer.verdict import Witness

QUESTIONS: Mapping[str, str] = {
    "privileged": "not privileged",
    "behavior_sensitive": "behavior-sensitive",
    "user_behavior_sensitive": "behavior-sensitive with the guest in a user mode",
    "user_control_sensitive": "control-sensitive in a user mode",
    **{field: f"{word}-sensitive" for field, word in KINDS.items()},
    "critical": "critical",
    "user_sensitive": "user-sensitive",
    "user_critical": "user-sensitive where it is not privileged",
    "supervisor_sensitive": "supervisor-sensitive",
    "trap_and_emulate": "wrong under a trap-and-emulate monitor",
    "hybrid": "wrong under a hybrid monitor",
}
# By the machine that a parting names (`virtual.user`), if any; one run alone can only change something.
MARKS = {"virtual": "<- changed in the guest's machine", "real": "<- changed in the real machine", "": "<- they part"}
CHANGED = "<- changed"


def document(report: Report) -> Iterator[Block]:
    """The blocks: each instruction that was looked at, with what was decided and why."""
    yield Heading(title(report.analysis), level=1)
    for row in report.rows:
        yield Heading(f"{row.name}: {row.summary}".rstrip(": "))
        yield Paragraph(", ".join(filter(None, (f"specified in {row.place}", row.source))))
        yield Table(("", ""), tuple(verdicts(row)))
        yield Paragraph(narrative.meaning(row))
        found = tuple(witnesses(row))
        if any(len(witness.runs) > 1 for _, witness in found):
            yield Paragraph(narrative.TWO_RUNS)
        for shown, witness in found:
            yield Heading(sentence("; ".join(shown)), level=3)
            yield Paragraph(short(narrative.told(row.name, witness)))
            yield grid(witness)
            yield Bullets(tuple(facts(witness)))
        undecided = tuple(row.undecided())
        if undecided:
            yield Heading("Not decided", level=3)
            yield Bullets(undecided)


def witnesses(row: Row) -> Iterator[tuple[tuple[str, ...], Witness]]:
    """The different witnesses of the instruction, each with everything that it shows."""
    found: list[tuple[dict[str, list[str]], Witness]] = []
    for layer, question, witness in _all(row):
        bare = replace(witness, question="")
        shown = next((shown for shown, other in found if other == bare), None)
        if shown is None:
            shown = {}
            found.append((shown, bare))
        shown.setdefault(layer, []).append(QUESTIONS.get(question, question))
    for shown, witness in found:
        yield tuple(_shown(layers, questions) for questions, layers in _grouped(shown)), witness


def _all(row: Row) -> Iterator[tuple[str, str, Witness]]:
    for model, result in row.models.items():
        for question, witness in result.witnesses.items():
            yield model, question, witness
    for construction, witness in row.exact.witnesses.items():
        yield "", construction, witness


def _grouped(shown: Mapping[str, list[str]]) -> Iterator[tuple[list[str], list[str]]]:
    """The lists of questions, each with the layers that ask just these."""
    for questions in dict.fromkeys(map(tuple, shown.values())):
        yield list(questions), [layer for layer, asked in shown.items() if tuple(asked) == questions]


def _shown(layers: list[str], questions: list[str]) -> str:
    where = f" ({', '.join(layers)})" if any(layers) else ""
    return ", ".join(questions) + where


def verdicts(row: Row) -> Iterator[tuple[str, str]]:
    """What the instruction is under each component model, and under each monitor construction."""
    for model, result in row.models.items():
        yield model, narrative.classified(result)
    for construction, subject in words.CONSTRUCTIONS:
        yield subject, getattr(row.exact, construction)


def grid(witness: Witness) -> Table:
    """The runs side by side, before and after; one line for each component, and the last cell marks the parting."""
    single = len(witness.runs) == 1
    machines = ("",) if single else ("guest ", "real ")
    header = ("", *(f"{machine}{time}" for machine in machines for time in ("before", "after")), "")
    marks = {name: CHANGED if single else mark for name, mark in map(_mark, witness.parting)}
    names = dict.fromkeys(name for run in witness.runs for name in (*run.before, *run.after))
    modes = (cell for run in witness.runs for cell in (run.mode, ""))
    outcomes = (cell for run in witness.runs for cell in ("", words.outcome(run)))
    return Table(
        header,
        (
            ("mode", *modes, ""),
            *((name, *_values(witness, name), _marked(witness, name, marks)) for name in names),
            ("outcome", *outcomes, marks.get("outcome", "")),
        ),
    )


def _marked(witness: Witness, name: str, marks: Mapping[str, str]) -> str:
    """The mark of a component, or of a register or word in which a file or a space parts."""
    if name in marks:
        return marks[name]
    compared = [run.after.get(name) for run in witness.runs]
    compared += [witness.runs[0].before.get(name)] if len(compared) == 1 else []
    return marks.get(name.partition("[")[0], "") if len(set(compared)) > 1 else ""


def _mark(parting: str) -> tuple[str, str]:
    machine, _, name = parting.rpartition(".")
    return name, MARKS[machine]


def _values(witness: Witness, name: str) -> Iterator[str]:
    for run in witness.runs:
        yield words.number(run.before.get(name))
        yield words.value(run, name)


def facts(witness: Witness) -> Iterator[str]:
    """What else belongs to a witness: the instruction's bits, where the guest lies."""
    fields = ", ".join(f"{name} = {words.number(value)}" for name, value in witness.fields.items())
    yield f"The instruction is {witness.encoding}" + (f", with {fields}." if fields else ".")
    if witness.placement:
        base, size, real = map(words.number, witness.placement.values())
        yield f"The guest's storage, of size {size}, lies at {base} of the real storage, of size {real}."


def sentence(text: str) -> str:
    """`text` with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}".removesuffix(".") + "."
