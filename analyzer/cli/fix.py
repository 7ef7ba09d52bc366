"""`vmmcheck fix`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from analyzer.cli.codes import FAILED, UNDECIDED
from analyzer.cli.known import show_known, under_way
from analyzer.cli.options import example, format_option, isa_argument, jobs_option, monitor_option, rlimit_option
from analyzer.cli.work import load_all, processes, show, working
from analyzer.monitors import REMEDIES


@click.command("fix", epilog=example("vmmcheck fix third-generation-spsw --by trap --by translate"))
@isa_argument
@click.option("--by", multiple=True, type=click.Choice(REMEDIES), help="This remedy; all unless given.")
@click.option("--program", metavar="P.s", help="A guest program to port: --by paravirt shows it patched.")
@click.option("--workload", metavar="P.s", multiple=True, help="Guest programs to run; those of the ISA unless given.")
@click.option("--conditions", is_flag=True, help="Find the weakest condition of each hardware trap.")
@click.option("--costs", metavar="FILE", help="Cycles of each event, as YAML, instead of the shipped ones.")
@click.option("-o", "--output", "folder", metavar="DIR", help="Write the repaired machines and the hypercalls there.")
@monitor_option
@jobs_option
@rlimit_option
@format_option
def command(isa: str, by: Sequence[str], folder: str | None, costs: str | None, jobs: int | None, style: str,
            **asked: Any) -> int:  # fmt: skip
    """Remedies for the instructions that may not run directly: proved, run with guests, and what they cost."""
    from analyzer.api import FixInterrupted, fix
    from analyzer.report import fix as report

    (machine,) = load_all((isa,))
    if folder and (reason := report.unwritable(machine, Path(folder))):
        raise click.UsageError(reason)
    try:
        with working(machine.name) as progress:
            found = fix(
                machine,
                by=by or REMEDIES,
                jobs=processes(jobs),
                costs=Path(costs) if costs else None,
                progress=progress,
                **asked,
            )
    except KeyboardInterrupt as stop:
        known = [stop.fix] if isinstance(stop, FixInterrupted) else []
        show_known({"style": style}, known, map(report.document, known), under_way(machine, stop))
        raise
    if folder:
        report.write_files(found, Path(folder))
    show({"style": style}, results=[found], documents=[report.document(found)])
    if found.passed:
        return 0
    return FAILED if found.failed else UNDECIDED
