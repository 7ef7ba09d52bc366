"""What documents are made of: one analysis beside the machine it is about, row by row.

The class of an instruction under one component model is one of

innocuous    not sensitive (`innocuous, privileged`: it traps in user mode for no reason the theorems need)
privileged   sensitive, and privileged wherever it is
critical     sensitive where it is not privileged
undecided    the solver could not say which
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from analyzer.report.escape import short
from analyzer.spec.model import Instruction, Isa
from analyzer.theorems.engine import instructions_of
from analyzer.verdict import Analysis, Answer, ExactResult, InstructionResult

if TYPE_CHECKING:
    from analyzer.validation.fixed import Fix

KINDS: Mapping[str, str] = {
    "control_sensitive": "control",
    "mode_sensitive": "mode",
    "location_sensitive": "location",
    "configuration_sensitive": "configuration",
}
MODEL_NAMES: Mapping[str, str] = {
    "pg1974": "hidden are mode and relocation",
    "extended": "and control state",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One instruction: what the specification says of it, and what was decided, by component model and exactly.

    `summary` and `source` as written, `place` in the machine's folder; long texts are cut. `text`: the semantics as
    written.
    """

    name: str
    summary: str
    source: str
    place: str
    models: Mapping[str, InstructionResult]
    exact: ExactResult
    text: str = ""

    @property
    def critical(self) -> tuple[str, ...]:
        """The component models under which it is critical."""
        return tuple(name for name, result in self.models.items() if result.critical is Answer.YES)

    @property
    def wrong(self) -> bool:
        """Whether a monitor that runs it directly goes wrong."""
        return "wrong" in (self.exact.trap_and_emulate, self.exact.hybrid)

    @property
    def classes(self) -> tuple[str, ...]:
        """What it is under each model, and exactly under each monitor construction."""
        return (*map(described, self.models.values()), self.exact.trap_and_emulate, self.exact.hybrid)

    def undecided(self) -> Iterator[str]:
        """The questions about it whose answer is unknown, with the reasons, by component model and monitor."""
        for model, result in self.models.items():
            answers = {field.name: getattr(result, field.name) for field in fields(result)}
            unknown = [name for name, answer in answers.items() if answer is Answer.UNKNOWN]
            yield from _unknown(f"{self.name} ({model})", unknown, result.unknown_reasons)
        constructions = [name for name in ("trap_and_emulate", "hybrid") if getattr(self.exact, name) == "unknown"]
        yield from _unknown(self.name, constructions, self.exact.unknown_reasons)


@dataclass(frozen=True, slots=True)
class Report:
    """One analysis and its rows. `interrupted`: of how many, where the user interrupted; otherwise 0. `fix`: the
    remedies, if they were looked for."""

    isa: Isa
    analysis: Analysis
    rows: tuple[Row, ...]
    interrupted: int = 0
    fix: Fix | None = None

    @property
    def partial(self) -> bool:
        """Whether instructions are missing, so that nothing is decided about the whole machine."""
        return bool(self.interrupted) or len(self.rows) < self.isa.size

    @property
    def question(self) -> str:
        """The monitor's question, in the specification's words."""
        return self.isa.monitors[self.analysis.monitor].question

    def undecided(self) -> Iterator[str]:
        """Everything about the machine whose answer is unknown, with the reasons."""
        check = self.analysis.relation_check
        if check.total is not Answer.YES:
            state = ", ".join(f"{name} = {value:#x}" for name, value in check.witness.items())
            yield short(
                f"whether what the monitor installs always keeps its relation: {check.total}"
                + (f", {check.reason}" if check.reason else "")
                + (f"; for example where {state}" if state else "")
            )
        for row in self.rows:
            yield from row.undecided()


def build(isa: Isa, analysis: Analysis, interrupted: int = 0, fix: Fix | None = None) -> Report:
    """Join the analysis with the machine's instructions, in the order of the specification, and with its remedies."""
    specified = {row.name: row for row in instructions_of(isa)}
    models = {name: {result.name: result for result in model.instructions} for name, model in analysis.models.items()}
    rows = (_row(exact, specified[exact.name], models) for exact in analysis.exact.instructions)
    return Report(isa, analysis, tuple(rows), interrupted, fix)


def _row(exact: ExactResult, specified: Instruction, models: Mapping[str, Mapping[str, InstructionResult]]) -> Row:
    """The row of an instruction."""
    results = {name: model[exact.name] for name, model in models.items()}
    source = next(iter(results.values())).source
    return Row(
        name=short(exact.name),
        summary=short(specified.summary),
        source=short(specified.source),
        place=short(f"{source.file}:{source.line}"),
        models=results,
        exact=exact,
        text=specified.text,
    )


def described(result: InstructionResult) -> str:
    """The class of an instruction under one model, with its kinds of sensitivity."""
    found = kinds(result)
    return f"{_class(result)}: {', '.join(found)}" if found else _class(result)


def _class(result: InstructionResult) -> str:
    if result.critical is Answer.YES:
        return "critical"
    if not result.critical.decided or not result.sensitive.decided:
        return "undecided"
    if result.sensitive is Answer.YES:
        return "privileged"
    return "innocuous, privileged" if result.privileged is Answer.YES else "innocuous"


def kinds(result: InstructionResult) -> tuple[str, ...]:
    """The kinds of sensitivity; `joint` where the runs part only if several hidden components differ at once."""
    answers = {word: getattr(result, field) for field, word in KINDS.items()}
    found = tuple(word for word, answer in answers.items() if answer is Answer.YES)
    if result.behavior_sensitive is not Answer.YES or found not in ((), ("control",)):
        return found
    joint = all(answer is Answer.NO for word, answer in answers.items() if word != "control")
    return (*found, "joint" if joint else "behavior")


def _unknown(subject: str, questions: list[str], reasons: Mapping[str, str]) -> Iterator[str]:
    if questions:
        because = "; ".join(dict.fromkeys(short(reasons[name]) for name in questions if name in reasons))
        yield f"{subject}: {', '.join(questions)}" + (f": {because}" if because else "")


def without_cost(report: Report) -> Report:
    """The report without times, which differ from run to run."""
    return replace(report, analysis=replace(report.analysis, statistics=None))
