"""`vmmcheck validate`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.known import show_known, under_way
from analyzer.cli.options import example, isas_argument, jobs_option, output_options
from analyzer.cli.work import load_all, processes, show, working
from analyzer.monitors import RUNNING

if TYPE_CHECKING:
    from analyzer.spec.model import Isa
    from analyzer.validation.results import Validation


@click.command("validate", epilog=example("vmmcheck validate third-generation-jrst1"))
@isas_argument
@click.option("--monitor", metavar="NAME", help="One of the machine's monitors; all unless given.")
@click.option("--with", "remedies", multiple=True, type=click.Choice(RUNNING), help="Instead, with this remedy.")
@jobs_option
@output_options
def command(isas: Sequence[str], monitor: str | None, remedies: Sequence[str], jobs: int | None, **asked: Any) -> int:
    """Hold the verdicts against executions: witnesses, guests under every monitor, random programs."""
    from analyzer.api import ValidationInterrupted
    from analyzer.pool import interruptible
    from analyzer.report import validation as report

    found: list[Validation] = []
    for isa in load_all(isas):
        try:
            with interruptible():
                for name in [monitor] if monitor else isa.monitors:
                    for each in _validated(isa, name, remedies, processes(jobs)):
                        found.append(each)
        except KeyboardInterrupt as stop:
            found += [stop.validation] if isinstance(stop, ValidationInterrupted) else []
            show_known(asked, found, map(report.document, found), under_way(isa, stop))
            raise
    show(asked, results=found, documents=map(report.document, found))
    return int(not all(each.passed for each in found))


def _validated(isa: Isa, monitor: str, remedies: Sequence[str], jobs: int) -> Iterator[Validation]:
    """The machine under one monitor, or with each of the remedies."""
    from analyzer.api import analyze, validate, validate_with

    with working(isa.name) as progress:
        if not remedies:
            yield validate(isa, monitor=monitor, jobs=jobs, progress=progress)
            return
        known = analyze(isa, monitor=monitor, models=("extended",), jobs=jobs, brief=True, progress=progress)
        for remedy in remedies:
            yield validate_with(isa, remedy, analysis=known, jobs=jobs, progress=progress)
