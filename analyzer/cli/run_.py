"""`vmmcheck run`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from analyzer.cli.options import NUMBER, example, isa_argument, output_options
from analyzer.cli.work import load_all, processes, show, working
from analyzer.monitors import REMEDIED, WAYS


@click.command("run", epilog=example("vmmcheck run third-generation sort --under trap-and-emulate"))
@isa_argument
@click.argument("programs", metavar="PROGRAM...", nargs=-1, required=True)
@click.option("--under", type=click.Choice((*WAYS, *REMEDIED)), default=WAYS[0], show_default=True,
              help="Bare, under which monitor, or with which remedy.")  # fmt: skip
@click.option("--monitor", metavar="NAME", help="One of the machine's monitors: its relation and what it installs.")
@click.option("--depth", type=click.IntRange(1, 8), default=1, help="So many monitors under each other.")
@click.option("--storage", metavar="N", type=NUMBER, help="Units of a guest's storage.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=10_000_000, help="Instructions of a guest.")
@click.option("--trace", is_flag=True, help="Show each instruction and what it changed, on standard error.")
@output_options
def command(isa: str, programs: Sequence[str], trace: bool, **asked: Any) -> int:
    """Assemble guest programs and run them; several under a monitor run together, in turns.

    PROGRAM is a file, or the name of a program in the machine's folder.
    """
    from analyzer.api import run_programs
    from analyzer.report import run as report

    (machine,) = load_all((isa,))
    if asked["depth"] > 1 and asked["under"] == WAYS[0]:
        raise click.UsageError("--depth is about monitors: say --under which.")
    options = {name: asked[name] for name in ("under", "monitor", "depth", "storage", "limit")}
    with working(machine.name) as progress:
        runs = run_programs(
            machine, programs, trace=_traced if trace else None, jobs=processes(None), progress=progress, **options
        )
    show(asked, results=runs, documents=[report.document(machine.name, runs)])
    return int(not all(each.passed for each in runs))


def _traced(line: str) -> None:
    click.echo(line, err=True)
