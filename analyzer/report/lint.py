"""The report of `lint`: each message with its place; the table is for Markdown, terminals get the source line too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.report.document import Block, Heading, Paragraph, Table
from analyzer.report.escape import short
from analyzer.report.json import Lint

HEADER = ("where", "", "code", "message", "hint")


def document(found: Iterable[Lint]) -> Iterator[Block]:
    """The blocks: for each machine, a row for each message."""
    for each in found:
        yield Heading(each.isa)
        if not each.diagnostics:
            yield Paragraph("Nothing to say.")
            continue
        rows = ((str(i.span), i.severity, i.code, short(i.message), short(i.hint)) for i in each.diagnostics)
        yield Table(HEADER, tuple(rows))
