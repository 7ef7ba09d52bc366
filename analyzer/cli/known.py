"""What a command shows when the user interrupts it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from analyzer.cli.work import show

if TYPE_CHECKING:
    from analyzer.report.document import Document
    from analyzer.report.model import Report
    from analyzer.spec.model import Isa

STYLES = ("text", "markdown", "json")  # the others are of whole machines


def under_way(isa: Isa, stop: KeyboardInterrupt) -> Report | None:
    """The report on the analysis that was interrupted, if that is what was, and something of it is known."""
    from analyzer.api import Interrupted
    from analyzer.report.model import build

    if type(stop) is not Interrupted:
        return None
    found = build(isa, stop.analysis, stop.total)
    return found if found.rows else None


def show_known(
    asked: dict[str, Any], results: Iterable[object], documents: Iterable[Document], analysis: Report | None = None
) -> None:
    """Show the command's results that are known, and the analysis under way, on standard output: a file is written
    whole or not at all. As JSON the analysis is shown if it is all that is known, and as `check` does."""
    from analyzer.report import check
    from analyzer.report.json import without_cost
    from analyzer.report.write import show as show_as

    known, shown = [*results], [*documents]
    if asked["style"] not in STYLES or asked.get("output") is not None or not (known or analysis):
        return
    if analysis is None:
        show(asked, known, shown)
    elif asked["style"] == "json" and not known:
        show_as("check", "json", None, [without_cost(analysis)], ())
    else:
        show(asked, known, [*shown, check.document(analysis)])
