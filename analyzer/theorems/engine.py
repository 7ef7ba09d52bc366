"""The analysis of a machine: every instruction in a process pool, then the theorems over all of them."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer.properties.classify import analyze_instruction
from analyzer.properties.installation import check_installation
from analyzer.properties.question import Facts
from analyzer.properties.subject import Subject
from analyzer.spec.model import Instruction, Isa
from analyzer.symbolic.solver import DEFAULT_RLIMIT, Counters, SolverOptions
from analyzer.theorems.theorems import sound, theorems
from analyzer.verdict import (
    Analysis,
    Answer,
    Exact,
    ExactResult,
    InstructionResult,
    ModelResult,
    RelationCheck,
    Statistics,
)

UNDEFINED = "undefined instruction"
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
    progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True)
class Row:
    """What one worker found out about one instruction."""

    layer1: dict[str, InstructionResult]
    exact: ExactResult
    counters: Counters
    seconds: float


def analyze(isa: Isa, options: Options) -> Analysis:
    """Analyze a machine under one of its monitors. Raises `InternalError` where a witness does not replay."""
    start = time.perf_counter()
    instructions = [row for row in instructions_of(isa) if not options.only or row.name in options.only]
    relation, rows = _results(isa, options, instructions)
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
        statistics=_statistics(instructions, rows, time.perf_counter() - start),
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


def _subject(isa: Isa, options: Options, instruction: Instruction, facts: Facts) -> Subject:
    monitor = isa.monitors[options.monitor]
    return Subject(isa, monitor, instruction, solver_options(options), facts, brief=options.brief)


def _relation_check(isa: Isa, options: Options) -> RelationCheck:
    if not isa.instructions:
        return RelationCheck(Answer.YES)
    subject = _subject(isa, options, isa.instructions[0], Facts())
    subject.solver.name = "monitor"
    return check_installation(subject)


def _statistics(instructions: list[Instruction], rows: list[Row], wall: float) -> Statistics:
    times = sorted(((row.seconds, i) for i, row in enumerate(rows)), reverse=True)
    slowest = tuple((instructions[i].name, seconds) for seconds, i in times[:5])
    counters = [row.counters for row in rows]
    return Statistics(
        sum(c.queries for c in counters),
        sum(c.syntactic for c in counters),
        sum(c.seconds for c in counters),
        wall,
        slowest,
    )


# -- a relation that some guest state cannot satisfy ----------------------------------------------------------

NOT_TOTAL = "relation not total: some virtual state has no real state under this monitor"


def withheld(row: InstructionResult) -> InstructionResult:
    """The row without its answers about pairs; what single states show stands."""
    unknown = Answer.UNKNOWN
    sensitive = Answer.YES if row.control_sensitive is Answer.YES else unknown
    reasons = dict.fromkeys(("privileged", "behavior_sensitive", "critical"), NOT_TOTAL)
    return replace(
        row, privileged=unknown, behavior_sensitive=unknown, mode_sensitive=unknown, location_sensitive=unknown,
        configuration_sensitive=unknown, sensitive=sensitive, critical=unknown, user_sensitive=unknown,
        supervisor_sensitive=unknown, user_critical=unknown, reasons=(), unknown_reasons=reasons,
        witnesses={name: witness for name, witness in row.witnesses.items() if len(witness.runs) == 1},
    )  # fmt: skip


def unsquared(row: ExactResult) -> ExactResult:
    """The row without an answer."""
    reasons = {"trap_and_emulate": NOT_TOTAL, "hybrid": NOT_TOTAL}
    return ExactResult(row.name, "unknown", "unknown", unknown_reasons=reasons)


# -- processes -----------------------------------------------------------------------------------------------


@dataclass
class _Worker:
    """What every process of the pool knows; set before it starts."""

    isa: Isa
    options: Options
    instructions: list[Instruction]
    facts: Facts

    def row(self, number: int) -> Row:
        """Analyze one instruction."""
        start = time.perf_counter()
        subject = _subject(self.isa, self.options, self.instructions[number], self.facts)
        layer1, exact = analyze_instruction(subject, self.options.models, self.options.reading)
        return Row(layer1, exact, subject.counters, time.perf_counter() - start)


_workers: list[_Worker] = []


def begin_process() -> None:
    """What every process of a pool does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends the pool
    gc.set_threshold(50_000, 20, 50)
    gc.freeze()  # the machine stays; looking through it again and again for garbage costs a tenth of the time


def _start(worker: _Worker) -> None:
    begin_process()
    _workers[:] = [worker]


def _run(number: int) -> Row:
    return _workers[0].row(number)


def _relation(_: int) -> RelationCheck:
    return _relation_check(_workers[0].isa, _workers[0].options)


def _results(isa: Isa, options: Options, instructions: list[Instruction]) -> tuple[RelationCheck, list[Row]]:
    """The check of the monitor, and the rows in the order of the instructions, whatever the number of processes."""
    worker = _Worker(isa, replace(options, progress=None), instructions, Facts())
    count = len(instructions)
    jobs = min(options.jobs, max(1, count // 4))
    rows: Iterable[Row]
    with _interruptible() as interrupted:
        if jobs <= 1:
            relation = _relation_check(isa, options)
            rows = map(worker.row, range(count))
            return relation, list(_reporting(rows, count, options.progress, interrupted))
        context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
        # leaving the block ends the processes at once, also when the user interrupts
        with context.Pool(jobs, initializer=_start, initargs=(worker,)) as pool:
            relation_result = pool.map_async(_relation, (0,))
            rows = pool.imap(_run, range(count), chunksize=2)
            return relation_result.get()[0], list(_reporting(rows, count, options.progress, interrupted))


def _reporting(
    results: Iterable[Row], count: int, progress: Callable[[int, int], None] | None, interrupted: list[int]
) -> Iterator[Row]:
    for done, row in enumerate(results, 1):
        if progress is not None:
            progress(done, count)
        if interrupted:
            raise KeyboardInterrupt
        yield row


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """The interrupts that came: they are heeded between two rows, or at once from the second on. One that raised an
    exception wherever it came might be lost in a finalizer, and the solver's objects have many."""
    came: list[int] = []

    def handle(number: int, _: object) -> None:
        came.append(number)
        if len(came) > 1:
            raise KeyboardInterrupt

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield came
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
