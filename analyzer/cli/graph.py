"""`vmmcheck graph`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from analyzer.cli.options import example, file_option, isa_argument
from analyzer.cli.work import load_all, show, working
from analyzer.report.choices import GRAPH_FORMATS


@click.command("graph", epilog=example("vmmcheck graph third-generation-spsw --only SPSW"))
@isa_argument
@click.option("--only", metavar="INSTR", multiple=True, help="This instruction, or this mnemonic, and why it matters.")
@click.option("--format", "style", type=click.Choice(GRAPH_FORMATS), default="text", show_default=True)
@file_option
def command(isa: str, only: Sequence[str], **asked: Any) -> int:
    """What each instruction may read and write, by name, and why it may be sensitive; nothing is proved."""
    from analyzer.api import select
    from analyzer.remedies.dependencies import dependencies, restricted
    from analyzer.report import graph as report
    from analyzer.report.write import write

    (machine,) = load_all((isa,))
    with working(machine.name):
        names = select(machine, only)
        found = dependencies(machine)
    found = restricted(found, names) if names else found
    exports = {"dot": report.as_graphviz, "graphml": report.as_graphml}
    if asked["style"] in exports:
        write(exports[asked["style"]](found), asked["output"])
    else:
        show(
            asked,
            results=[report.result(machine.name, found, names)],
            documents=[report.document(machine.name, found, names)],
        )
    return 0
