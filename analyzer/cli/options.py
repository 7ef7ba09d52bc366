"""What several commands have in common on the command line: options, types of parameters, the end of the help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from analyzer.report.choices import FORMATS, MODELS, READINGS

Command = Callable[..., Any]


class Number(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic in newer versions of click
    """A number, with Python's prefixes for other bases."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; at least 1."""
        try:
            number = int(value, 0)
        except ValueError:
            self.fail(f"{value!r} is not a number: 4096, 0x1000 or 0o10000.", param, ctx)
        if number < 1:
            self.fail("at least 1", param, ctx)
        return number


NUMBER = Number()


def example(text: str) -> str:
    """The last lines of a command's help."""
    return f"\b\nExample:\n  {text}"


def options(*added: Command) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order given."""

    def decorate(command: Command) -> Command:
        for option in reversed(added):
            command = option(command)
        return command

    return decorate


isa_argument = click.argument("isa")
isas_argument = click.argument("isas", metavar="ISA...", nargs=-1, required=True)
monitor_option = click.option("--monitor", metavar="NAME", help="One of the machine's monitors.")
jobs_option = click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes; all cores unless given.")
rlimit_option = click.option(
    "--rlimit", type=click.IntRange(min=1), metavar="N", help="The solver's resource limit, per query."
)


def format_of(formats: Sequence[str]) -> Callable[[Command], Command]:
    """The option that chooses one of the formats."""
    return click.option("--format", "style", type=click.Choice(formats), default="text", show_default=True)


format_option = format_of(FORMATS)
file_option = click.option("-o", "--output", metavar="FILE", help="Write to FILE, all or nothing.")
output_options = options(format_option, file_option)
analysis_options = options(
    click.option("--model", type=click.Choice((*MODELS, "both")), default="both", show_default=True,
                 help="What counts as hidden state: pg1974 mode and relocation, extended control state too."),
    click.option("--reading", type=click.Choice(READINGS), default="standard", show_default=True,
                 help="Of the definitions; literal gives the clauses as printed in 1974."),
    monitor_option,
    jobs_option,
    rlimit_option,
)  # fmt: skip
