"""The command line: parsing, output and exit codes; everything heavy is imported by the command that needs it.

Exit codes: 0 done, 1 a requirement failed, 2 the input or the command line is wrong, 3 an answer is unknown,
4 internal error, 130 interrupted, 141 the reader of the output went away. The first of 4, 2, 1, 3 that applies.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer import __version__
from analyzer.diagnostics import SpecError
from analyzer.monitors import REMEDIED, REMEDIES, RUNNING, WAYS
from analyzer.report.choices import CONFIRMERS, FORMATS, GRAPH_FORMATS, MODELS, READINGS, REQUIREMENTS

if TYPE_CHECKING:
    from analyzer.report.document import Document
    from analyzer.report.model import Report
    from analyzer.spec.model import Isa

WRONG_INPUT, UNDECIDED, INTERNAL, INTERRUPTED = 2, 3, 4, 130

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


output_options = options(
    click.option("--format", "style", type=click.Choice(FORMATS), default="text", show_default=True),
    click.option("-o", "--output", metavar="FILE", help="Write to FILE, all or nothing."),
)
analysis_options = options(
    click.option("--model", type=click.Choice((*MODELS, "both")), default="both", show_default=True,
                 help="What counts as hidden state: pg1974 mode and relocation, extended control state too."),
    click.option("--reading", type=click.Choice(READINGS), default="standard", show_default=True,
                 help="Of the definitions; literal gives the clauses as printed in 1974."),
    click.option("--monitor", metavar="NAME", help="One of the machine's monitors."),
    click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes; all cores unless given."),
    click.option("--rlimit", type=click.IntRange(min=1), metavar="N", help="The solver's resource limit, per query."),
)  # fmt: skip


@click.group(
    epilog="Exit codes: 0 done, 1 a requirement failed, 2 wrong input, 3 an answer is unknown, 4 internal error."
)
@click.version_option(__version__, prog_name="vmmcheck")
def cli() -> None:
    """Decide from a machine description whether an instruction set is virtualizable, and show why.

    ISA is the name of a shipped machine, or the path of a machine.yaml or of its folder.
    """


@cli.command(epilog=example("vmmcheck check third-generation --require vmm"))
@click.argument("isas", metavar="ISA...", nargs=-1, required=True)
@analysis_options
@click.option("--require", "required", type=click.Choice(REQUIREMENTS), multiple=True, help="Exit 1 unless it holds.")
@click.option("--only", metavar="INSTR", multiple=True, help="Look at this instruction, or this mnemonic, only.")
@click.option("--stats", is_flag=True, help="Show the number of queries and the time.")
@click.option("--dump", metavar="DIR", help="Write every query below DIR as SMT-LIB 2.")
@click.option("--confirm", type=click.Choice(CONFIRMERS), help="Ask a second solver too.")
@output_options
def check(isas: Sequence[str], required: Sequence[str], stats: bool, **asked: Any) -> int:
    """The verdicts: theorems, exact criterion, critical instructions with reasons, every instruction."""
    from analyzer.report import check as report
    from analyzer.report.json import without_cost
    from analyzer.report.status import status

    if required and asked["only"]:
        raise click.UsageError("--require is about the whole machine: it cannot be combined with --only.")
    reports = [each for isa in _load(isas) for each in _analyze(isa, asked, every_monitor=True)]
    every_row = asked["style"] == "markdown"
    _show(
        asked,
        results=reports if stats else map(without_cost, reports),
        documents=(report.document(each, every_row=every_row, statistics=stats) for each in reports),
    )
    return status(reports, required)


@cli.command(epilog=example("vmmcheck explain third-generation-jrst1 'JRST 1'"))
@click.argument("isa")
@click.argument("instruction", metavar="INSTR")
@analysis_options
@output_options
def explain(isa: str, instruction: str, **asked: Any) -> int:
    """Show the witness for each property of one instruction: two runs side by side, and where they part."""
    from analyzer.report import explain as report
    from analyzer.report.json import without_cost
    from analyzer.report.status import status

    (machine,) = _load((isa,))
    reports = _analyze(machine, asked | {"only": (instruction,)})
    _show(asked, results=map(without_cost, reports), documents=map(report.document, reports))
    return status(reports)


@cli.command(epilog=example("vmmcheck compare third-generation third-generation-jrst1"))
@click.argument("before")
@click.argument("after")
@analysis_options
@output_options
def compare(before: str, after: str, **asked: Any) -> int:
    """Show what changed between two machines: instructions that came and went, verdicts that differ."""
    from analyzer.report import compare as report
    from analyzer.report.status import status

    old, new = (_analyze(isa, asked)[0] for isa in _load((before, after)))
    _show(asked, results=map(report.compare, [old], [new]), documents=map(report.document, [old], [new]))
    return status((old, new))


@cli.command(epilog=example("vmmcheck lint third-generation --strict"))
@click.argument("isas", metavar="ISA...", nargs=-1, required=True)
@click.option("--strict", is_flag=True, help="Exit 1 on warnings.")
@output_options
def lint(isas: Sequence[str], strict: bool, **asked: Any) -> int:
    """What is wrong or suspicious in specifications."""
    from analyzer.report import lint as report
    from analyzer.report.results import Lint
    from analyzer.spec.load import lint_with_sources

    examined = {isa: lint_with_sources(isa) for isa in isas}
    found = [Lint(isa, diagnostics) for isa, (diagnostics, _) in examined.items()]
    sources = ChainMap(*(texts for _, texts in examined.values()))
    _show(asked, results=found, documents=[report.document(found, sources)])
    severities = {item.severity for each in found for item in each.diagnostics}
    return WRONG_INPUT if "error" in severities else int(strict and bool(severities))


@cli.command("run", epilog=example("vmmcheck run third-generation sort --under trap-and-emulate"))
@click.argument("isa")
@click.argument("programs", metavar="PROGRAM...", nargs=-1, required=True)
@click.option("--under", type=click.Choice((*WAYS, *REMEDIED)), default=WAYS[0], show_default=True,
              help="Bare, under which monitor, or with which remedy.")  # fmt: skip
@click.option("--monitor", metavar="NAME", help="One of the machine's monitors: its relation and what it installs.")
@click.option("--depth", type=click.IntRange(1, 8), default=1, help="So many monitors under each other.")
@click.option("--storage", metavar="N", type=NUMBER, help="Units of a guest's storage.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=10_000_000, help="Instructions of a guest.")
@click.option("--trace", is_flag=True, help="Show each instruction and what it changed, on standard error.")
@output_options
def run_(isa: str, programs: Sequence[str], trace: bool, **asked: Any) -> int:
    """Assemble guest programs and run them; several under a monitor run together, in turns.

    PROGRAM is a file, or the name of a program in the machine's folder.
    """
    from analyzer.api import InputError, run_programs
    from analyzer.report import run as report

    (machine,) = _load((isa,))
    if asked["depth"] > 1 and asked["under"] == WAYS[0]:
        raise click.UsageError("--depth is about monitors: say --under which.")
    options = {name: asked[name] for name in ("under", "monitor", "depth", "storage", "limit")}
    with _progress(machine.name) as progress:
        try:
            runs = run_programs(
                machine,
                programs,
                trace=_traced if trace else None,
                jobs=os.cpu_count() or 1,
                progress=progress,
                **options,
            )
        except InputError as error:
            raise click.ClickException(str(error)) from error
    _show(asked, results=runs, documents=[report.document(machine.name, runs)])
    return int(not all(each.passed for each in runs))


def _traced(line: str) -> None:
    click.echo(line, err=True)


@cli.command(epilog=example("vmmcheck validate third-generation"))
@click.argument("isas", metavar="ISA...", nargs=-1, required=True)
@click.option("--monitor", metavar="NAME", help="One of the machine's monitors; all unless given.")
@click.option("--with", "remedies", multiple=True, type=click.Choice(RUNNING), help="Instead, with this remedy.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes; all cores unless given.")
@output_options
def validate(isas: Sequence[str], monitor: str | None, remedies: Sequence[str], jobs: int | None, **asked: Any) -> int:
    """Hold the verdicts against executions: witnesses, guests under every monitor, random programs."""
    from analyzer.api import InputError, analyze, validate_with
    from analyzer.api import validate as run
    from analyzer.report import validation as report

    found = []
    for isa in _load(isas):
        for name in [monitor] if monitor else isa.monitors:
            with _progress(isa.name) as progress:
                cores = jobs or os.cpu_count() or 1
                try:
                    if not remedies:
                        found.append(run(isa, monitor=name, jobs=cores, progress=progress))
                        continue
                    known = analyze(isa, monitor=name, models=("extended",), jobs=cores, brief=True, progress=progress)
                    for remedy in remedies:
                        found.append(validate_with(isa, remedy, analysis=known, jobs=cores, progress=progress))
                except InputError as error:
                    raise click.ClickException(str(error)) from error
    _show(asked, results=found, documents=map(report.document, found))
    return int(not all(each.passed for each in found))


@cli.command(epilog=example("vmmcheck fix third-generation-spsw --by trap --by translate"))
@click.argument("isa")
@click.option("--by", multiple=True, type=click.Choice(REMEDIES), help="This remedy; all unless given.")
@click.option("--program", metavar="P.s", help="A guest program to port: --by paravirt shows it patched.")
@click.option("--conditions", is_flag=True, help="Find the weakest condition of each hardware trap.")
@click.option("--costs", metavar="FILE", help="Cycles of each event, as YAML, instead of the shipped ones.")
@click.option("-o", "--output", "folder", metavar="DIR", help="Write the repaired machines and the hypercalls there.")
@click.option("--monitor", metavar="NAME", help="One of the machine's monitors.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes; all cores unless given.")
@click.option("--rlimit", type=click.IntRange(min=1), metavar="N", help="The solver's resource limit, per query.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="text", show_default=True)
def fix(isa: str, by: Sequence[str], program: str | None, conditions: bool, folder: str | None, **asked: Any) -> int:
    """Remedies for the instructions that may not run directly: proved, run with guests, and what they cost."""
    from analyzer.api import InputError
    from analyzer.api import fix as run
    from analyzer.report import fix as report

    (machine,) = _load((isa,))
    if folder and (reason := report.unwritable(machine, Path(folder))):
        raise click.UsageError(reason)
    costs = Path(asked["costs"]) if asked["costs"] else None
    with _progress(machine.name) as progress:
        try:
            found = run(machine, by=by or REMEDIES, monitor=asked["monitor"], jobs=asked["jobs"] or os.cpu_count() or 1,
                        costs=costs, rlimit=asked["rlimit"], program=program, conditions=conditions,
                        progress=progress)  # fmt: skip
        except InputError as error:
            raise click.ClickException(str(error)) from error
    if folder:
        report.write_files(found, Path(folder))
    _show({"style": asked["style"], "output": None}, results=[found], documents=[report.document(found)])
    return 0 if found.passed else int(found.failed) or UNDECIDED


@cli.command(epilog=example("vmmcheck graph third-generation-spsw --only SPSW"))
@click.argument("isa")
@click.option("--only", metavar="INSTR", multiple=True, help="This instruction, or this mnemonic, and why it matters.")
@click.option("--format", "style", type=click.Choice(GRAPH_FORMATS), default="text", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, all or nothing.")
def graph(isa: str, only: Sequence[str], **asked: Any) -> int:
    """What each instruction may read and write, by name, and why it may be sensitive; nothing is proved."""
    from analyzer.api import InputError, select
    from analyzer.remedies.dependencies import dependencies, restricted
    from analyzer.report import graph as report
    from analyzer.report.write import write

    (machine,) = _load((isa,))
    try:
        names = select(machine, only)
    except InputError as error:
        raise click.ClickException(str(error)) from error
    found = dependencies(machine)
    found = restricted(found, names) if names else found
    exports = {"dot": report.as_graphviz, "graphml": report.as_graphml}
    if asked["style"] in exports:
        write(exports[asked["style"]](found), asked["output"])
    else:
        _show(asked, results=[report.result(machine.name, found, names)],
              documents=[report.document(machine.name, found, names)])  # fmt: skip
    return 0


@cli.command("list", epilog=example("vmmcheck list --names"))
@click.option("--names", is_flag=True, help="The names alone, one in a line.")
@output_options
def list_(names: bool, **asked: Any) -> int:
    """The shipped machines."""
    from analyzer.report.document import Table
    from analyzer.report.results import Shipped
    from analyzer.report.write import write
    from analyzer.spec.load import shipped

    machines = tuple(shipped())
    if names:
        write("".join(f"{name}\n" for name, _ in machines), asked["output"])
    else:
        _show(
            asked,
            results=(Shipped(*each) for each in machines),
            documents=[[Table(("machine", "title"), machines)]],
        )
    return 0


def _load(isas: Sequence[str]) -> list[Isa]:
    """All machines before any analysis begins: a wrong argument costs no waiting."""
    from analyzer.spec.load import load

    return [load(isa) for isa in isas]


def _analyze(isa: Isa, asked: dict[str, Any], every_monitor: bool = False) -> list[Report]:
    """The reports on one machine: under the monitor asked for, or each, or the first."""
    from analyzer.api import InputError, analyze
    from analyzer.report.model import build

    if asked.get("confirm") and find_spec(asked["confirm"]) is None:
        raise click.UsageError(f"{asked['confirm']} is not installed; vmmcheck's extra `confirm` brings it.")
    wanted = [asked["monitor"]] if asked["monitor"] or not every_monitor else list(isa.monitors)
    dump = Path(asked["dump"]) / isa.name if asked.get("dump") else None
    reports = []
    for monitor in wanted:
        with _progress(isa.name) as progress:
            try:
                found = analyze(
                    isa,
                    monitor=monitor,
                    models=MODELS if asked["model"] == "both" else (asked["model"],),
                    reading=asked["reading"],
                    only=asked.get("only", ()),
                    jobs=asked["jobs"] or os.cpu_count() or 1,
                    rlimit=asked["rlimit"],
                    dump=dump / monitor if dump and monitor else dump,
                    confirm=asked.get("confirm"),
                    progress=progress,
                )
            except InputError as error:
                raise click.ClickException(str(error)) from error
        reports.append(build(isa, found))
    return reports


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on the terminal, gone when the work is done; nothing where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(asked: dict[str, Any], results: Iterable[object], documents: Iterable[Document]) -> None:
    from analyzer.report.write import show

    show(click.get_current_context().info_name or "", asked["style"], asked["output"], results, documents)


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
    except Exception as error:
        return _fail(INTERNAL, "".join(traceback.format_exception(error)) + "This is a defect of vmmcheck.")


def _fail(code: int, message: str) -> int:
    from analyzer.report.escape import visible

    click.echo("\n".join(map(visible, message.split("\n"))), err=True)
    return code


def main() -> None:
    """The command `vmmcheck`."""
    sys.exit(run())
