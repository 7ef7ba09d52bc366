"""`vmmcheck explain`."""

from __future__ import annotations

from typing import Any

import click

from analyzer.cli.options import analysis_options, example, isa_argument, output_options
from analyzer.cli.work import analyzed, as_asked, put, reading


@click.command("explain", epilog=example("vmmcheck explain third-generation-jrst1 'JRST 1'"))
@isa_argument
@click.argument("instruction", metavar="INSTR")
@analysis_options
@output_options
def command(isa: str, instruction: str, **asked: Any) -> int:
    """Show the witness for each property of one instruction: two runs side by side, and where they part."""
    with reading(isa, (instruction,), asked["jobs"]) as read:
        from analyzer.report import explain as report  # while the other process reads
        from analyzer.report.model import without_cost
        from analyzer.report.status import status

        reports = analyzed(read(), asked | {"only": (instruction,)}, [asked["monitor"]])
        text = as_asked(asked, results=map(without_cost, reports), documents=map(report.document, reports))
    put(asked, text)
    return status(reports)
