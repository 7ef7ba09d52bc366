"""The public API: load a machine, analyze it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer import __version__
from analyzer.diagnostics import InternalError, SpecError, did_you_mean
from analyzer.monitors import PARAVIRT, REMEDIED, REMEDIES, RUNNING, TRAP, WAYS
from analyzer.progress import Progress
from analyzer.report.choices import CONFIRMERS, MODELS, READINGS
from analyzer.report.notebook import attach
from analyzer.spec.load import load, shipped
from analyzer.spec.model import Isa, meant
from analyzer.validation.fixed import Fix, FixInterrupted
from analyzer.validation.results import Validation, ValidationInterrupted
from analyzer.verdict import Analysis, Answer, Interrupted

if TYPE_CHECKING:
    from analyzer.monitors.session import GuestRun
    from analyzer.validation.ways import Way

__all__ = ["Analysis", "Answer", "InputError", "InternalError", "Interrupted", "Isa", "SpecError"]
__all__ += ["analyze", "analyze_all", "fix", "load", "run_programs", "select", "shipped", "validate"]
__all__ += ["validate_with", "FixInterrupted", "ValidationInterrupted"]


attach()


class InputError(ValueError):
    """A request that cannot be met: a word it does not know, or an instruction that the machine does not have."""


def analyze(
    isa: Isa,
    *,
    monitor: str | None = None,
    models: Sequence[str] = MODELS,
    reading: str = "standard",
    only: Sequence[str] = (),
    jobs: int = 1,
    rlimit: int | None = None,
    dump: Path | None = None,
    confirm: str | None = None,
    brief: bool = False,
    progress: Progress | None = None,
) -> Analysis:
    """Decide the properties of every instruction, the theorems and the exact criterion.

    `monitor`: one of `isa.monitors`, the first unless given. `models`: component models, of `MODELS`.
    `reading`: `standard` or `literal`. `only`: names or mnemonics of the instructions to look at, all unless given.
    `jobs`: processes. `rlimit`: the solver's resource limit for each query. `dump`: a folder for the queries as
    SMT-LIB 2, below it one for the monitor. `confirm`: a second solver, of `CONFIRMERS`. `brief`: layer 2, and whether
    the others are critical, which is all that remedies need; without reasons, and with witnesses of layer 2 only, as
    they are found. `progress(done, total, name)` is called before the result on each instruction is waited for.

    Raises `InputError` where one of these is none of the values given here, `InternalError` for a defect of the
    analyzer: a witness that does not replay, or a second solver that disagrees; `Interrupted`, with what is known then,
    where the user interrupts.
    """
    (found,) = analyze_all(
        isa, monitors=[next(iter(isa.monitors)) if monitor is None else monitor], models=models, reading=reading,
        only=only, jobs=jobs, rlimit=rlimit, dump=dump, confirm=confirm, brief=brief, progress=progress,
    )  # fmt: skip
    return found


def analyze_all(
    isa: Isa,
    *,
    monitors: Sequence[str] | None = None,
    models: Sequence[str] = MODELS,
    reading: str = "standard",
    only: Sequence[str] = (),
    jobs: int = 1,
    rlimit: int | None = None,
    dump: Path | None = None,
    confirm: str | None = None,
    brief: bool = False,
    progress: Progress | None = None,
) -> tuple[Analysis, ...]:
    """`analyze` under some of the machine's monitors, all unless given, which is faster than under one after the other:
    what does not depend on the monitor is worked out once, and what shows an instruction sensitive under one is tried
    under the next. `progress` counts an instruction under each monitor apart, and the seconds of the statistics are
    those of all monitors together."""
    monitors = tuple(isa.monitors) if monitors is None else tuple(monitors)
    if not monitors:
        return ()
    _known(f"monitor of {isa.name}", isa.monitors, *monitors)
    _known("component model", MODELS, *models)
    _known("reading", READINGS, reading)
    _known("second solver", CONFIRMERS, *filter(None, [confirm]))

    from analyzer.symbolic.solver import DEFAULT_RLIMIT, VERSION
    from analyzer.theorems.engine import Options
    from analyzer.theorems.engine import analyze_all as run

    options = [
        Options(
            monitor=monitor,
            models=tuple(models),
            reading=reading,
            only=select(isa, only),
            jobs=jobs,
            rlimit=DEFAULT_RLIMIT if rlimit is None else rlimit,
            dump=dump / monitor if dump else None,
            confirm=confirm,
            brief=brief,
            progress=progress,
        )
        for monitor in monitors
    ]
    versions = {"vmmcheck": __version__, "Z3": VERSION}
    return tuple(replace(found, versions=versions) for found in run(isa, options))


def validate(
    isa: Isa, *, monitor: str | None = None, jobs: int = 1, analysis: Analysis | None = None,
    randoms: int | None = None, progress: Progress | None = None,
) -> Validation:  # fmt: skip
    """Hold what the analysis says against executions: witnesses run again, guests of the machine's folder in lockstep
    on the bare machine and under each monitor, monitors under themselves, guests together, random programs.

    `analysis`: that of the whole machine under `monitor` if it is known already; with `randoms`, so many random
    programs under each monitor. Raises `InputError` and `InternalError` as `analyze`, `SpecError` where a guest program
    cannot be assembled; where the user interrupts, `Interrupted` as `analyze`, then `ValidationInterrupted`.
    """
    from analyzer.pool import interruptible
    from analyzer.validation.validate import RANDOM_PROGRAMS
    from analyzer.validation.validate import validate as run

    with interruptible():
        known = analysis or analyze(isa, monitor=monitor, jobs=jobs, progress=progress)
        return run(isa, known, jobs=jobs, randoms=RANDOM_PROGRAMS if randoms is None else randoms, progress=progress)


def validate_with(
    isa: Isa, remedy: str, *, monitor: str | None = None, jobs: int = 1, analysis: Analysis | None = None,
    randoms: int | None = None, progress: Progress | None = None,
) -> Validation:  # fmt: skip
    """`validate` for the machine with a remedy of `REMEDIED` or the remedy `trap`: its guests, ported where that is the
    remedy, in lockstep, under monitors under themselves, together, and random programs."""
    from analyzer.pool import interruptible
    from analyzer.validation.remedied import validate_with as run
    from analyzer.validation.validate import RANDOM_PROGRAMS

    _known("remedy to validate", RUNNING, remedy)
    with interruptible():
        known = analysis or _answers(isa, monitor, jobs, None, progress)
        way = _way(isa, known, remedy, jobs, progress)
        return run(way, known, jobs=jobs, randoms=RANDOM_PROGRAMS if randoms is None else randoms, progress=progress)


def fix(
    isa: Isa, *, by: Sequence[str] = REMEDIES, monitor: str | None = None, jobs: int = 1,
    analysis: Analysis | None = None, costs: Path | None = None, rlimit: int | None = None,
    program: Path | str | None = None, workload: Sequence[Path | str] = (), conditions: bool = False,
    progress: Progress | None = None,
) -> Fix:  # fmt: skip
    """The remedies `by` for every instruction that may not run directly, and sets of them: proposed, proved, run with
    guests in lockstep with the bare machine, and what they cost.

    `analysis`: that of the whole machine under `monitor` if it is known already. `costs`: a file with the cycles of
    each event instead of the shipped ones. `program`: one to port to the paravirtual monitor. `workload`: the guest
    programs to run, those of the machine's folder if it is empty. `conditions`: find the weakest condition of each
    hardware trap. Raises `InputError` and `InternalError` as `analyze`, and `InputError` for
    guests that do not fit; `SpecError` where a guest program cannot be assembled or the file of costs not be read;
    where the user interrupts, `Interrupted` as `analyze`, then `FixInterrupted`.
    """
    _known("remedy", REMEDIES, *by)
    if program is not None and PARAVIRT not in by:
        raise InputError("a program is ported by the remedy paravirt, which is not asked for")
    if conditions and TRAP not in by:
        raise InputError("conditions are those of the remedy trap, which is not asked for")
    from analyzer.monitors.host import NoRoom
    from analyzer.pool import interruptible
    from analyzer.simulator.boot import DoesNotFit
    from analyzer.validation.costs import BadCosts, read_costs
    from analyzer.validation.fix import fix as run
    from analyzer.validation.guests import Guest, assembled

    try:
        cycles = read_costs(costs)
    except BadCosts as error:
        raise InputError(str(error)) from error
    port = assembled(isa, program) if program is not None else None
    guests = [Guest(assembled(isa, each), wrong=False) for each in workload] or None
    try:
        with interruptible():
            known = analysis or _answers(isa, monitor, jobs, rlimit, progress)
            return run(isa, known, by=by, jobs=jobs, costs=cycles, rlimit=rlimit, programs=guests, port=port,
                       conditions=conditions, progress=progress)  # fmt: skip
    except (DoesNotFit, NoRoom) as error:
        raise InputError(str(error)) from error


def run_programs(
    isa: Isa, programs: Sequence[Path | str], *, under: str = "bare", monitor: str | None = None, depth: int = 1,
    storage: int | None = None, limit: int = 10_000_000, trace: Callable[[str], None] | None = None, jobs: int = 1,
    progress: Progress | None = None,
) -> list[GuestRun]:  # fmt: skip
    """Assemble guest programs and run them, on the bare machine one after the other, under a monitor together.

    `programs`: paths, or the names of programs in the machine's folder, such as `sort` or `wrong/popf`.

    `under`: `bare`, a kind of monitor, or a remedy of `REMEDIED`, for which the machine is analyzed first. `depth`:
    so many monitors under each other. `storage`: units of each guest's storage. `limit`: instructions of each.
    `trace` is given a line for each instruction. Raises `SpecError` for what cannot be assembled, `InputError` for
    programs that do not fit or cannot be ported, and for what is unknown.
    """
    from analyzer.encoding.assembly.assembler import Assembler
    from analyzer.monitors.host import NoRoom
    from analyzer.monitors.session import Session
    from analyzer.simulator.boot import DoesNotFit
    from analyzer.validation.guests import located

    monitor = next(iter(isa.monitors)) if monitor is None else monitor
    _known(f"monitor of {isa.name}", isa.monitors, monitor)
    _known("way to run a program", (*WAYS, *REMEDIED), under)
    assembler = Assembler(isa)
    assembled = [assembler.assemble(located(isa, each).read_bytes(), str(each)) for each in programs]
    try:
        if under in WAYS:
            return Session(isa, isa.monitors[monitor], under, depth, storage, limit, trace).run(assembled)
        known = _answers(isa, monitor, jobs, None, progress)
        way = _way(isa, known, under, jobs, progress)
        for each in assembled:
            if unfit := way.unfit(each):
                raise InputError(f"{each.name} cannot be ported: {'; '.join(map(str, unfit[:3]))}")
        session = Session(
            way.isa, way.isa.monitors[monitor], under, depth, storage, limit, trace, kind=way.kind, load=way.load
        )
        return session.run(assembled)
    except (DoesNotFit, NoRoom) as error:
        raise InputError(str(error)) from error


def _way(isa: Isa, analysis: Analysis, remedy: str, jobs: int, progress: Progress | None) -> Way:
    """How guests run with a remedy. Raises `Interrupted` where the user does while it is proved."""
    from analyzer.remedies.needs import needs
    from analyzer.validation.ways import BY, Subject

    way = BY[remedy](Subject(isa, analysis, needs(analysis), jobs, progress=progress))
    if way.interrupted:
        raise Interrupted(analysis, len(analysis.exact.instructions))
    return way


def _answers(isa: Isa, monitor: str | None, jobs: int, rlimit: int | None, progress: Progress | None) -> Analysis:
    """What remedies need to know."""
    return analyze(isa, monitor=monitor, models=("extended",), jobs=jobs, rlimit=rlimit, brief=True, progress=progress)


def select(isa: Isa, wanted: Iterable[str]) -> tuple[str, ...]:
    """The names of the instructions that `wanted` names, or has as mnemonics, ignoring case, in their order.

    Raises `InputError` for one that `isa` does not have.
    """
    found: set[str] = set()
    known = [(row.name, row.mnemonic) for row in isa.instructions]
    for text in wanted:
        names = meant(text, known)
        if not names:
            hint = did_you_mean(text.upper(), (*isa.unread, *(name for name, _ in known)), "see `vmmcheck check`")
            raise InputError(f"{isa.name} has no instruction {text!r}; {hint}")
        found.update(names)
    return tuple(row.name for row in isa.instructions if row.name in found)


def _known(what: str, known: Collection[str], *given: str) -> None:
    for word in given:
        if word not in known:
            raise InputError(f"{word!r} is no {what}; there is {', '.join(known)}")
