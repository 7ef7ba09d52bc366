"""`vmmcheck list`."""

from __future__ import annotations

from typing import Any

import click

from analyzer.cli.options import example, output_options
from analyzer.cli.work import show


@click.command("list", epilog=example("vmmcheck list --names"))
@click.option("--names", is_flag=True, help="The names alone, one in a line.")
@output_options
def command(names: bool, **asked: Any) -> int:
    """The shipped machines."""
    from analyzer.report.document import Table
    from analyzer.report.results import Shipped
    from analyzer.report.write import write
    from analyzer.spec.load import shipped

    machines = tuple(shipped())
    if names:
        write("".join(f"{name}\n" for name, _ in machines), asked["output"])
        return 0
    table = Table(("machine", "title"), machines)
    show(asked, results=(Shipped(*each) for each in machines), documents=[[table]])
    return 0
