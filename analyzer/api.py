"""The public API: load a machine, analyze it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from analyzer.diagnostics import InternalError, SpecError
from analyzer.language.scope import did_you_mean
from analyzer.report.choices import CONFIRMERS, MODELS, READINGS
from analyzer.spec.load import load, shipped
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis, Answer

__all__ = ["Analysis", "Answer", "InputError", "InternalError", "Isa", "SpecError"]
__all__ += ["analyze", "analyze_all", "load", "select", "shipped"]

Progress = Callable[[int, int], None]


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
    progress: Progress | None = None,
) -> Analysis:
    """Decide the properties of every instruction, the theorems and the exact criterion.

    `monitor`: one of `isa.monitors`, the first unless given. `models`: component models, of `MODELS`.
    `reading`: `standard` or `literal`. `only`: names or mnemonics of the instructions to look at, all unless given.
    `jobs`: processes. `rlimit`: the solver's resource limit for each query. `dump`: a folder for the queries as
    SMT-LIB 2. `confirm`: a second solver, of `CONFIRMERS`. `progress(done, total)` is called from time to time.

    Raises `InputError` where one of these is none of the values given here, `InternalError` for a defect of the
    analyzer: a witness that does not replay, or a second solver that disagrees.
    """
    monitor = next(iter(isa.monitors)) if monitor is None else monitor
    _known(f"monitor of {isa.name}", isa.monitors, monitor)
    _known("component model", MODELS, *models)
    _known("reading", READINGS, reading)
    _known("second solver", CONFIRMERS, *filter(None, [confirm]))
    only = select(isa, only)

    from analyzer.symbolic.solver import DEFAULT_RLIMIT
    from analyzer.theorems.engine import Options
    from analyzer.theorems.engine import analyze as run

    options = Options(
        monitor=monitor,
        models=tuple(models),
        reading=reading,
        only=only,
        jobs=jobs,
        rlimit=DEFAULT_RLIMIT if rlimit is None else rlimit,
        dump=dump,
        confirm=confirm,
        progress=progress,
    )
    return run(isa, options)


def analyze_all(
    isa: Isa, *, models: Sequence[str] = MODELS, reading: str = "standard", jobs: int = 1
) -> tuple[Analysis, ...]:
    """`analyze` under each of the machine's monitors, in the order of the specification."""
    return tuple(analyze(isa, monitor=name, models=models, reading=reading, jobs=jobs) for name in isa.monitors)


def select(isa: Isa, wanted: Iterable[str]) -> tuple[str, ...]:
    """The names of the instructions that `wanted` names, or has as mnemonics, ignoring case, in their order.

    Raises `InputError` for one that `isa` does not have.
    """
    found: set[str] = set()
    for text in wanted:
        key = text.casefold()
        names = [row.name for row in isa.instructions if row.name.casefold() == key]
        names = names or [row.name for row in isa.instructions if row.mnemonic.casefold() == key]
        if not names:
            hint = did_you_mean(text.upper(), (row.name for row in isa.instructions), "see `vmmcheck check`")
            raise InputError(f"{isa.name} has no instruction {text!r}; {hint}")
        found.update(names)
    return tuple(row.name for row in isa.instructions if row.name in found)


def _known(what: str, known: Collection[str], *given: str) -> None:
    for word in given:
        if word not in known:
            raise InputError(f"{word!r} is no {what}; there is {', '.join(known)}")
