"""What a command shows when the user interrupts it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from analyzer.cli.work import put, show

if TYPE_CHECKING:
    from analyzer.report.document import Document
    from analyzer.report.model import Report
    from analyzer.spec.model import Isa

STYLES = ("text", "markdown", "json")  # the others are of whole machines


def under_way(isa: Isa, stop: KeyboardInterrupt) -> list[Report]:
    """The reports on the analyses that were interrupted, if that is what was, and something of them is known."""
    from analyzer.api import Answer, Interrupted
    from analyzer.report.model import build

    if type(stop) is not Interrupted:
        return []
    found = []
    for analysis in (stop.analysis, *stop.others):
        whole = len(analysis.exact.instructions) == stop.total and analysis.relation_check.total is not Answer.UNKNOWN
        found.append(build(isa, analysis, 0 if whole else stop.total))
    return [report for report in found if report.rows]


def show_known(
    asked: dict[str, Any], results: Iterable[object], documents: Iterable[Document], analyses: Sequence[Report] = ()
) -> None:
    """Show the command's results that are known, and the analyses under way, on standard output: a file is written
    whole or not at all. As JSON the analyses are shown if they are all that is known, and as `check` does."""
    from analyzer.report import check
    from analyzer.report.model import without_cost
    from analyzer.report.write import rendered

    known, shown = [*results], [*documents]
    if asked["style"] not in STYLES or asked.get("output") is not None or not (known or analyses):
        return
    if asked["style"] == "json" and not known:
        put(asked, rendered("check", "json", None, map(without_cost, analyses), ()))
    else:
        show(asked, known, [*shown, *map(check.document, analyses)])
