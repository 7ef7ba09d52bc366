"""Documents as Markdown (CommonMark with tables)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import assert_never

from analyzer.report.document import Block, Bullets, Document, Heading, Paragraph, Table, Verbatim
from analyzer.report.escape import markdown, visible


def render(document: Document) -> str:
    """The document, ending in one newline."""
    return "\n\n".join(_block(block) for block in document) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {markdown(block.text)}"
        case Paragraph():
            return _start(markdown(block.text))
        case Bullets():
            return "\n".join(f"- {_start(markdown(item))}" for item in block.items)
        case Table():
            return "\n".join(map(_row, (block.header, ("---",) * len(block.header)))) + _rows(block)
        case Verbatim():
            return "\n".join(f"    {visible(line)}" for line in block.lines)
    assert_never(block)


def _rows(block: Table) -> str:
    return "".join("\n" + _row(tuple(markdown(cell) for cell in row)) for row in block.rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _start(text: str) -> str:
    """`text` at the start of a block, where some characters would begin a list, a heading or code."""
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", text.lstrip())
