"""`vmmcheck new`."""

from __future__ import annotations

from pathlib import Path

import click

from analyzer.cli.options import example


@click.command("new", epilog=example("vmmcheck new my-machine"))
@click.argument("name")
@click.option("-o", "--output", "parent", metavar="DIR", default=".", help="Write the folder NAME into DIR.")
def command(name: str, parent: str) -> int:
    """Write a small machine to begin with: the folder NAME, with a complete and commented specification."""
    from analyzer.report.write import write
    from analyzer.spec.skeleton import Refused, write_skeleton

    try:
        files = write_skeleton(name, Path(parent))
    except Refused as error:
        raise click.ClickException(str(error)) from error
    write("".join(f"{path}\n" for path in files), None)
    return 0
