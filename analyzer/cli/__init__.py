"""The command line: parsing, output and exit codes; everything heavy is imported by the command that needs it.

A command is one module with a `command`, and its place in `COMMANDS`.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NoReturn, TextIO

import click

from analyzer import __version__
from analyzer.cli import check, compare, explain, fix, graph, lint, list_, new, report, run_, validate
from analyzer.cli.codes import INTERNAL, INTERRUPTED, WRONG_INPUT
from analyzer.diagnostics import SpecError
from analyzer.garbage import collect_rarely

COMMANDS = (check, compare, explain, fix, graph, lint, list_, new, report, run_, validate)


@click.group(
    epilog="Exit codes: 0 done, 1 a requirement failed, 2 wrong input, 3 an answer is unknown, 4 internal error."
)
@click.version_option(__version__, prog_name="vmmcheck")
def cli() -> None:
    """Decide from a machine description whether an instruction set is virtualizable, and show why.

    ISA is the name of a shipped machine, or the path of a machine.yaml or of its folder.
    """


for module in COMMANDS:
    cli.add_command(module.command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code; a traceback is shown for a defect of the analyzer only."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return int(cli.main(arguments, prog_name="vmmcheck", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return WRONG_INPUT
    except click.Abort:
        return _fail(INTERRUPTED, "interrupted")
    except SpecError as error:
        return _fail(WRONG_INPUT, str(error))
    except OSError as error:
        return _fail(WRONG_INPUT, f"error: {error.filename or 'output'}: {error.strerror or error}")
    except Exception as error:  # the last resort: whatever it is, it is a defect of ours, and exit code 4 says so
        return _fail(INTERNAL, "".join(traceback.format_exception(error)) + "This is a defect of vmmcheck.")


def _fail(code: int, message: str) -> int:
    from analyzer.report.escape import visible

    click.echo("\n".join(map(visible, message.split("\n"))), err=True)
    return code


def main() -> None:
    """The command `vmmcheck`. Once it was interrupted another interrupt ends it silently, wherever it comes."""
    collect_rarely()
    sys.stdout, sys.stderr = sys.stdout or nowhere(), sys.stderr or nowhere()
    code = run()
    if code == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    end(code)


def nowhere() -> TextIO:
    """What stands for a stream that was closed before the process began: what is printed there is not seen."""
    return open(os.devnull, "w")


def end(code: int) -> NoReturn:
    """End the process at once: taking down all that is loaded, piece by piece, costs a twentieth of a second. What
    is registered with `atexit` does not run. Raises `SystemExit` where what was printed cannot be written, so that
    Python says so as it does."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(code)
    os._exit(code)
