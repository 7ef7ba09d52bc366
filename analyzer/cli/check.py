"""`vmmcheck check`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.known import STYLES, under_way
from analyzer.cli.options import analysis_options, example, file_option, format_of, isas_argument
from analyzer.cli.work import analyzed, load_all, show
from analyzer.report.choices import CHECK_FORMATS, CONFIRMERS, REPORT_FORMATS, REQUIREMENTS

if TYPE_CHECKING:
    from analyzer.report.model import Report


@click.command("check", epilog=example("vmmcheck check third-generation --require vmm"))
@isas_argument
@analysis_options
@click.option("--require", "required", type=click.Choice(REQUIREMENTS), multiple=True, help="Exit 1 unless it holds.")
@click.option("--only", metavar="INSTR", multiple=True, help="Look at this instruction, or this mnemonic, only.")
@click.option("--stats", is_flag=True, help="Show the number of queries and the time.")
@click.option("--dump", metavar="DIR", help="Write every query below DIR as SMT-LIB 2.")
@click.option("--confirm", type=click.Choice(CONFIRMERS), help="Ask a second solver too.")
@format_of(CHECK_FORMATS)
@file_option
def command(isas: Sequence[str], required: Sequence[str], stats: bool, **asked: Any) -> int:
    """The verdicts: theorems, exact criterion, critical instructions with reasons, every instruction."""
    from analyzer.report.status import status

    if required and asked["only"]:
        raise click.UsageError("--require is about the whole machine: it cannot be combined with --only.")
    reports = _reports(isas, asked, stats)
    _show(asked, reports, stats)
    return status(reports, required)


def _reports(isas: Sequence[str], asked: dict[str, Any], stats: bool) -> list[Report]:
    """The machines under each of the monitors asked for. Where the user interrupts, what is known is shown."""
    known: list[Report] = []
    for isa in load_all(isas):
        try:
            known += analyzed(isa, asked, [asked["monitor"]] if asked["monitor"] else isa.monitors)
        except KeyboardInterrupt as stop:
            known += under_way(isa, stop)
            if known and asked["style"] in STYLES and asked["output"] is None:
                _show(asked, known, stats)
            raise
    return known


def _show(asked: dict[str, Any], reports: Sequence[Report], stats: bool) -> None:
    from analyzer.report import check as report
    from analyzer.report.model import without_cost
    from analyzer.report.write import render, write

    if asked["style"] in REPORT_FORMATS:
        write(render(asked["style"], reports), asked["output"])
        return
    every_row = asked["style"] == "markdown"
    show(
        asked,
        results=reports if stats else map(without_cost, reports),
        documents=(report.document(each, every_row=every_row, statistics=stats) for each in reports),
    )
