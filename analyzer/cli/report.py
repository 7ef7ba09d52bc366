"""`vmmcheck report`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.options import analysis_options, example, isas_argument
from analyzer.cli.work import analyzed, load_all, processes, working

if TYPE_CHECKING:
    from analyzer.report.model import Report
    from analyzer.spec.model import Isa


@click.command("report", epilog=example("vmmcheck report third-generation-jrst1 -o reports"))
@isas_argument
@click.option("-o", "--output", "folder", metavar="DIR", required=True, help="Write below DIR, a folder each machine.")
@click.option("--no-remedies", is_flag=True, help="Leave out the remedies, which take the most time.")
@analysis_options
def command(isas: Sequence[str], folder: str, no_remedies: bool, **asked: Any) -> int:
    """The full report in every format: HTML, Markdown, JSON, SARIF and LaTeX, and an index over the machines in DIR."""
    from analyzer.pool import interruptible
    from analyzer.report.files import write_index
    from analyzer.report.status import status
    from analyzer.report.stored import NotStored

    machines = {isa.name: isa for isa in load_all(isas)}
    if len(machines) < len(isas):
        raise click.UsageError("two of the machines have the same name, and would be written to the same folder.")
    done: dict[str, list[Report]] = {}
    try:
        with interruptible():
            for isa in machines.values():
                done[isa.name] = _written(isa, Path(folder), no_remedies, asked)
    except KeyboardInterrupt:
        click.echo(_said(done, machines), err=True)
        try:
            if done:
                click.echo(write_index(Path(folder)))
        except NotStored as error:
            click.echo(str(error), err=True)
        raise
    try:
        click.echo(write_index(Path(folder)))
    except NotStored as error:
        raise click.ClickException(str(error)) from error
    return status(report for reports in done.values() for report in reports)


def _written(isa: Isa, folder: Path, no_remedies: bool, asked: dict[str, Any]) -> list[Report]:
    """The reports on one machine, in their files."""
    from analyzer.report.files import write_reports

    monitors = [asked["monitor"]] if asked["monitor"] else isa.monitors
    reports = analyzed(isa, asked, monitors)
    reports = reports if no_remedies else [_fixed(report, asked) for report in reports]
    for file in write_reports(reports, folder):
        click.echo(file)
    return reports


def _said(done: Collection[str], machines: Collection[str]) -> str:
    """Which reports are written, when the user interrupts."""
    missing = [name for name in machines if name not in done]
    parts = [f"written: {', '.join(done)}"] if done else []
    return "; ".join([*parts, f"not written: {', '.join(missing)}"] if missing else parts)


def _fixed(report: Report, asked: dict[str, Any]) -> Report:
    """The report with the remedies of its machine."""
    from analyzer.api import fix

    with working(f"{report.isa.name}, remedies") as progress:
        found = fix(report.isa, analysis=report.analysis, jobs=processes(asked["jobs"]), rlimit=asked["rlimit"],
                    progress=progress)  # fmt: skip
    return replace(report, fix=found)
