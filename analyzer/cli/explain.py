"""`vmmcheck explain`."""

from __future__ import annotations

from typing import Any

import click

from analyzer.cli.options import analysis_options, example, isa_argument, output_options
from analyzer.cli.work import analyzed, reading, show


@click.command("explain", epilog=example("vmmcheck explain third-generation-jrst1 'JRST 1'"))
@isa_argument
@click.argument("instruction", metavar="INSTR")
@analysis_options
@output_options
def command(isa: str, instruction: str, **asked: Any) -> int:
    """Show the witness for each property of one instruction: two runs side by side, and where they part."""
    from analyzer.report import explain as report
    from analyzer.report.json import without_cost
    from analyzer.report.status import status

    with reading(isa, (instruction,), asked["jobs"]) as machine:
        reports = analyzed(machine, asked | {"only": (instruction,)}, [asked["monitor"]])
    show(asked, results=map(without_cost, reports), documents=map(report.document, reports))
    return status(reports)
