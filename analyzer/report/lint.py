"""The report of `lint`: each message with its place, the source line and a hint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from analyzer.diagnostics import render
from analyzer.report.document import Block, Heading, Paragraph, Verbatim
from analyzer.report.results import Lint


def document(found: Iterable[Lint], sources: Mapping[str, str]) -> Iterator[Block]:
    """The blocks, machine by machine. `sources`: the texts of the files, by their names in the messages."""
    for each in found:
        yield Heading(each.isa)
        if each.diagnostics:
            yield Verbatim(tuple(render(each.diagnostics, dict(sources)).split("\n")))
        else:
            yield Paragraph("Nothing is wrong.")
