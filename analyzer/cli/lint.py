"""`vmmcheck lint`."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence
from typing import Any

import click

from analyzer.cli.codes import FAILED, WRONG_INPUT
from analyzer.cli.options import example, isas_argument, output_options
from analyzer.cli.work import show


@click.command("lint", epilog=example("vmmcheck lint third-generation --strict"))
@isas_argument
@click.option("--strict", is_flag=True, help="Exit 1 on warnings.")
@output_options
def command(isas: Sequence[str], strict: bool, **asked: Any) -> int:
    """What is wrong or suspicious in specifications."""
    from analyzer.report import lint as report
    from analyzer.report.results import Lint
    from analyzer.spec.load import lint_with_sources

    examined = {isa: lint_with_sources(isa) for isa in isas}
    found = [Lint(isa, diagnostics) for isa, (diagnostics, _) in examined.items()]
    sources = ChainMap(*(texts for _, texts in examined.values()))
    show(asked, results=found, documents=[report.document(found, sources)])
    severities = {item.severity for each in found for item in each.diagnostics}
    if "error" in severities:
        return WRONG_INPUT
    return FAILED if strict and severities else 0
