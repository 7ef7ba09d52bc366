"""`vmmcheck compare`."""

from __future__ import annotations

from typing import Any

import click

from analyzer.cli.options import analysis_options, example, output_options
from analyzer.cli.work import analyzed, load_all, show


@click.command("compare", epilog=example("vmmcheck compare third-generation third-generation-jrst1"))
@click.argument("before")
@click.argument("after")
@analysis_options
@output_options
def command(before: str, after: str, **asked: Any) -> int:
    """Show what changed between two machines: instructions that came and went, verdicts that differ."""
    from analyzer.report import compare as report
    from analyzer.report.status import status

    old, new = (analyzed(isa, asked, [asked["monitor"]])[0] for isa in load_all((before, after)))
    show(asked, results=map(report.compare, [old], [new]), documents=map(report.document, [old], [new]))
    return status((old, new))
