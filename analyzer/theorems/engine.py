"""The analysis of a machine: every instruction in a process pool, then the theorems over all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from analyzer.pool import CAN_FORK, beside, streams
from analyzer.progress import Progress, watched
from analyzer.properties.classify import analyze_instruction
from analyzer.properties.installation import check_installation
from analyzer.properties.kindred import Kindred, kind
from analyzer.properties.openness import noninterfering
from analyzer.properties.privileged import Privilege, privileged
from analyzer.properties.question import Facts, Tools
from analyzer.properties.subject import Subject
from analyzer.spec.model import Instruction, Isa, Monitor
from analyzer.symbolic.solver import DEFAULT_RLIMIT, Counters, SolverOptions
from analyzer.theorems.theorems import sound, theorems
from analyzer.theorems.withheld import refuted, unsquared, withheld
from analyzer.verdict import (
    Analysis,
    Answer,
    Exact,
    ExactResult,
    InstructionResult,
    Interrupted,
    ModelResult,
    RelationCheck,
    Statistics,
)

UNDEFINED = "undefined instruction"
LANES = 12  # so many processes share the instructions that lend one another witnesses
INTERRUPTED = "interrupted"  # why an answer is not known
STANDING_ASSUMPTIONS = (
    "single instructions: time, DMA and interrupts are outside the question",
    "instructions are fetched as they stand in storage: none changes itself between fetch and execution",
    "state that spans instructions (load-linked/store-conditional) is not tracked",
)


@dataclass(frozen=True)
class Options:
    """What is asked of a machine; see `analyzer.api.analyze`. `brief`: layer 2, and whether the others
    are critical, without reasons; layer 1 without witnesses, those of layer 2 as they are found, which may be large."""

    monitor: str
    models: tuple[str, ...] = ("pg1974", "extended")
    reading: str = "standard"
    only: tuple[str, ...] = ()
    jobs: int = 1
    rlimit: int = DEFAULT_RLIMIT
    dump: Path | None = None
    confirm: str | None = None
    brief: bool = False
    progress: Progress | None = None


@dataclass(frozen=True)
class Row:
    """What one worker found out about one instruction."""

    layer1: dict[str, InstructionResult]
    exact: ExactResult
    counters: Counters
    seconds: float


def analyze(isa: Isa, options: Options) -> Analysis:
    """Analyze a machine under one of its monitors. Raises as `analyze_all`."""
    return analyze_all(isa, (options,))[0]


def analyze_all(isa: Isa, asked: Sequence[Options]) -> list[Analysis]:
    """Analyze a machine under some of its monitors: options that differ in monitor and dump alone. The instructions are
    looked at under one monitor after the other, which share what does not depend on it, and lend one another witnesses.
    Raises `InternalError` where a witness does not replay, and `Interrupted` where the user interrupts."""
    start = time.perf_counter()
    instructions = [row for row in instructions_of(isa) if not asked[0].only or row.name in asked[0].only]
    found = [_Found() for _ in asked]
    stopped = False
    try:
        _find(isa, asked, instructions, found)
    except KeyboardInterrupt:
        stopped = True
    known = [_analysis(isa, options, each, start) for options, each in zip(asked, found, strict=True)]
    if stopped:
        first, *others = (
            each if part.complete(len(instructions)) else refuted(each) for each, part in zip(known, found, strict=True)
        )
        raise Interrupted(first, len(instructions), tuple(others))
    return known


def _analysis(isa: Isa, options: Options, found: _Found, start: float) -> Analysis:
    relation, rows = found.relation, [found.rows[number] for number in sorted(found.rows)]
    total = relation.total is Answer.YES
    if not total:
        rows = [
            replace(row, layer1={m: withheld(r) for m, r in row.layer1.items()}, exact=unsquared(row.exact))
            for row in rows
        ]
    models = {
        model: ModelResult(
            theorems([row.layer1[model] for row in rows], total), tuple(row.layer1[model] for row in rows)
        )
        for model in options.models
    }
    exact = [row.exact for row in rows]
    return Analysis(
        isa=isa.name, title=isa.title, monitor=options.monitor, reading=options.reading,
        relation=isa.monitors[options.monitor].relation_text, assumptions=(*isa.invariants_text, *STANDING_ASSUMPTIONS),
        relation_check=relation, models=models,
        exact=Exact(sound(exact, "trap_and_emulate", total), sound(exact, "hybrid", total), tuple(exact)),
        statistics=_statistics(rows, time.perf_counter() - start),
    )  # fmt: skip


def instructions_of(isa: Isa) -> tuple[Instruction, ...]:
    """All instructions, and the word that is none, if the specification says what it does."""
    if "undefined_instruction" not in isa.machine.functions:
        return isa.instructions
    function = isa.machine.functions["undefined_instruction"]
    word = Instruction(
        UNDEFINED, UNDEFINED, (), isa.machine.no_instruction(), "A word that is no instruction.", "", (),
        _within(isa, function.span.file), function.span, "undefined_instruction()",
    )  # fmt: skip
    return (*isa.instructions, word)


def _within(isa: Isa, file: str) -> str:
    """A file as instructions name it: relative to the machine's folder."""
    return next((row.file for row in isa.instructions if file.endswith(row.file)), file.rsplit("/", 1)[-1])


def solver_options(options: Options) -> SolverOptions:
    """The options of the solver."""
    from analyzer.symbolic.confirm import confirmer

    return SolverOptions(options.rlimit, options.dump, confirmer(options.confirm))


def _relation_check(isa: Isa, options: Options) -> RelationCheck:
    if not isa.instructions:
        return RelationCheck(Answer.YES)
    monitor = isa.monitors[options.monitor]
    subject = Subject(isa, monitor, isa.instructions[0], solver_options(options), Facts(), brief=options.brief)
    subject.solver.name = "monitor"
    return check_installation(subject)


def _statistics(rows: list[Row], wall: float) -> Statistics:
    slowest = sorted(rows, key=lambda row: row.seconds, reverse=True)[:5]
    counters = [row.counters for row in rows]
    return Statistics(
        sum(c.queries for c in counters),
        sum(c.syntactic for c in counters),
        sum(c.seconds for c in counters),
        wall,
        tuple((row.exact.name, row.seconds) for row in slowest),
    )


# -- processes -----------------------------------------------------------------------------------------------


Event = tuple[int, RelationCheck] | tuple[int, tuple[int, Row | None]]


@dataclass
class _Worker:
    """What every process of the pool knows. `asked` and `facts`: for each monitor."""

    isa: Isa
    asked: Sequence[Options]
    instructions: list[Instruction]
    facts: Sequence[Facts]

    def lanes(self) -> list[tuple[int, ...]]:
        """The numbers of the instructions, each lane for one process: those of one kind follow one another, the largest
        kinds in the first lanes. Those that need no witness stand alone."""
        kinds: dict[Hashable, list[int]] = {}
        alone: list[tuple[int, ...]] = []
        for number in range(len(self.instructions)):
            subject = self.subject(number)
            if noninterfering(subject):
                alone.append((number,))
            else:
                kinds.setdefault(kind(self.isa.machine, subject.effects), []).append(number)
        lanes: list[list[int]] = [[] for _ in range(LANES)]
        for numbers in sorted(kinds.values(), key=len, reverse=True):
            min(lanes, key=len).extend(numbers)
        return [*(tuple(lane) for lane in lanes if lane), *alone]

    def work(self, lane: tuple[int, ...]) -> Iterator[Event]:
        """Analyze the instructions of these numbers, which lend one another their witnesses: each, under the monitor of
        each number, with nothing when it is begun, with its row when it is known. Without any, check the monitors."""
        if not lane:
            yield from enumerate(_relation_check(self.isa, options) for options in self.asked)
        kindred = Kindred()
        for number in lane:
            subject = self.subject(number, kindred)
            for which in range(len(self.asked)):
                yield which, (number, None)
                start = time.perf_counter()
                if which:
                    subject = subject.under(*self.question(which))
                yield which, (number, self.row(subject, start))

    def aside(self) -> Iterator[Privilege | tuple[RelationCheck, Counters]]:
        """What is asked apart where there is only one instruction: under each monitor whether it is privileged, then
        the check of the monitor, with what the former cost."""
        subject = self.subject(0)
        subject.solver.name += " privileged"
        for which, options in enumerate(self.asked):
            if which:
                subject = subject.under(*self.question(which))
            yield privileged(subject)
            yield _relation_check(self.isa, options), subject.counters

    def rest(self, aside: Callable[[], Any]) -> Iterator[tuple[RelationCheck, Row]]:
        """The check of each monitor, and the row of the only instruction under it. `aside` gives, one after the other,
        what is asked apart."""
        subject = self.subject(0)
        for which in range(len(self.asked)):
            start = time.perf_counter()
            if which:
                subject = subject.under(*self.question(which))
            row = self.row(subject, start, aside)
            relation, counters = aside()
            yield relation, replace(row, counters=row.counters + counters)

    def row(self, subject: Subject, start: float, privilege: Callable[[], Privilege] | None = None) -> Row:
        """Analyze an instruction."""
        layer1, exact = analyze_instruction(subject, self.asked[0].models, self.asked[0].reading, privilege)
        return Row(layer1, exact, subject.counters, time.perf_counter() - start)

    def subject(self, number: int, kindred: Kindred | None = None) -> Subject:
        """An instruction, to be asked about under the first monitor."""
        monitor, options, facts = self.question(0)
        instruction, brief = self.instructions[number], self.asked[0].brief
        return Subject(self.isa, monitor, instruction, options, facts, brief=brief, kindred=kindred)

    def question(self, which: int) -> tuple[Monitor, SolverOptions, Facts]:
        """What depends on the monitor of a number."""
        options = self.asked[which]
        return self.isa.monitors[options.monitor], solver_options(options), self.facts[which]


@dataclass
class _Found:
    """What is known so far: whether the monitor keeps its relation, and rows, by the numbers of their instructions."""

    relation: RelationCheck = RelationCheck(Answer.UNKNOWN, INTERRUPTED)
    rows: dict[int, Row] = field(default_factory=dict)

    def complete(self, instructions: int) -> bool:
        """Whether nothing is missing of so many instructions."""
        return len(self.rows) == instructions and self.relation.reason != INTERRUPTED


@contextmanager
def _alone(worker: _Worker, jobs: int) -> Iterator[Iterator[tuple[RelationCheck, Row]]]:
    """The check of each monitor, and the row of the only instruction under it. Whether that is privileged is asked
    apart from the rest, together with the checks: in another process if there may be several."""
    if jobs <= 1 or not CAN_FORK:
        with streams(worker.rest, [partial(next, worker.aside())], 1) as waited:
            yield waited
        return
    with beside(worker.aside) as aside, beside(partial(worker.rest, aside)) as rest:
        yield (rest() for _ in worker.asked)


def _find(isa: Isa, asked: Sequence[Options], instructions: list[Instruction], found: Sequence[_Found]) -> None:
    """The check of each monitor, and the rows under each, the same ones whatever the number of processes."""
    tools, progress, total = Tools(), asked[0].progress, len(instructions) * len(asked)
    asked = [replace(options, progress=None) for options in asked]
    worker = _Worker(isa, asked, instructions, [Facts(tools=tools) for _ in asked])
    if len(instructions) == 1 and asked[0].models and not asked[0].brief:
        with _alone(worker, asked[0].jobs) as ones:
            names = [instructions[0].name] * total
            for part, (check, only) in zip(found, watched(ones, names, progress), strict=True):
                part.relation, part.rows[0] = check, only
        return
    tasks = ((), *worker.lanes())
    with streams(worker.work, tasks, min(asked[0].jobs, len(tasks)), spawn=True) as waited:
        begun = ""
        for which, each in waited:
            if isinstance(each, RelationCheck):
                found[which].relation = each
                continue
            number, row = each
            if row is None:
                begun = instructions[number].name
            else:
                found[which].rows[number] = row
            known = sum(len(part.rows) for part in found)
            if progress is not None and known < total:
                progress(known, total, begun)
