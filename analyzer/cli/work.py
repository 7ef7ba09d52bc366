"""What several commands do: load machines, analyze them with a bar on the terminal, show what was found."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.diagnostics import Diagnostic, Diagnostics
from analyzer.report.choices import MODELS

if TYPE_CHECKING:
    from analyzer.progress import Progress
    from analyzer.report.document import Document
    from analyzer.report.model import Report
    from analyzer.spec.model import Isa


def load_all(isas: Sequence[str]) -> list[Isa]:
    """All machines before any analysis begins: a wrong argument costs no waiting."""
    from analyzer.spec.load import load_kept

    return [load_kept(isa) for isa in isas]


@contextmanager
def reading(isa: str, only: Collection[str], jobs: int | None) -> Iterator[Callable[[], Isa]]:
    """A machine for what is done with some of its instructions, by name or mnemonic: what is given waits for it. Where
    there may be processes, another one reads these, and then, giving way, the machine with all of them. The end of the
    block raises what is wrong with it, in place of what the block raises."""
    from analyzer.pool import CAN_FORK, beside
    from analyzer.spec.load import load_kept, part_and_whole

    if processes(jobs) == 1 or not CAN_FORK:
        from analyzer.spec.kept import recall

        yield lambda: recall(isa, only) or load_kept(isa)
        return
    with beside(partial(part_and_whole, isa, only), urgent=1) as result:
        part, whole = cache(result), cache(lambda: (part(), result())[1])  # in this order, whoever asks first

        def read() -> Isa:
            machine, found = part()
            _raise_errors(*found)
            assert machine is not None
            return machine

        try:
            yield read
        except Exception:  # raised again, unless its cause may be what is wrong where the machine was not read
            _raise_errors(*whole()[1])
            raise
        _raise_errors(*whole()[1])


def _raise_errors(found: Iterable[Diagnostic], texts: dict[str, str]) -> None:
    Diagnostics(list(found)).raise_errors(texts)


def processes(asked: int | None) -> int:
    """How many: as `--jobs` says, otherwise one for each core."""
    return asked or os.cpu_count() or 1


def analyzed(isa: Isa, asked: dict[str, Any], monitors: Iterable[str | None]) -> list[Report]:
    """The reports on one machine under some of its monitors, of which `None` is the first. Raises `Interrupted`."""
    from analyzer.api import analyze_all
    from analyzer.report.model import build

    if asked.get("confirm") and find_spec(asked["confirm"]) is None:
        raise click.UsageError(f"{asked['confirm']} is not installed; vmmcheck's extra `confirm` brings it.")
    with working(isa.name) as progress:
        found = analyze_all(
            isa,
            monitors=[next(iter(isa.monitors)) if monitor is None else monitor for monitor in monitors],
            models=MODELS if asked["model"] == "both" else (asked["model"],),
            reading=asked["reading"],
            only=asked.get("only", ()),
            jobs=processes(asked["jobs"]),
            rlimit=asked["rlimit"],
            dump=Path(asked["dump"]) / isa.name if asked.get("dump") else None,
            confirm=asked.get("confirm"),
            progress=progress,
        )
    return [build(isa, analysis) for analysis in found]


@contextmanager
def working(title: str) -> Iterator[Progress | None]:
    """A bar on the terminal while the body works, which is given what moves it; what the API refuses is wrong input."""
    from analyzer.api import InputError

    try:
        with _bar(title) as progress:
            yield progress
    except InputError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _bar(title: str) -> Iterator[Progress | None]:
    """Gone when the work is done; nothing where standard error is no terminal, or one that cannot go back in a line."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    from analyzer.report.escape import visible

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn())
    now = TextColumn(
        "{task.fields[now]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
    )
    with Bar(*columns, now, console=Console(stderr=True), transient=True, expand=True) as bar:
        task = bar.add_task(title, total=None, now="")
        yield lambda done, total, now: bar.update(task, completed=done, total=total, now=visible(now))


def show(asked: dict[str, Any], results: Iterable[object], documents: Iterable[Document]) -> None:
    """Write the result of the command that runs in the format and to the place asked for."""
    put(asked, as_asked(asked, results, documents))


def as_asked(asked: dict[str, Any], results: Iterable[object], documents: Iterable[Document]) -> str:
    """The result of the command that runs in the format asked for."""
    from analyzer.report.write import rendered

    name = click.get_current_context().info_name or ""
    return rendered(name, asked["style"], asked.get("output"), results, documents)


def put(asked: dict[str, Any], text: str) -> None:
    """Write a text to the place asked for."""
    from analyzer.report.write import write

    write(text, asked.get("output"))
