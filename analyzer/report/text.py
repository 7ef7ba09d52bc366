"""Documents as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import assert_never

from rich import table as rich_table
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from analyzer.report.document import Bullets, Document, Heading, Paragraph, Table, Verbatim
from analyzer.report.escape import visible

WIDTH = 100  # columns, where there is no terminal to ask
NARROW = 30  # columns up to this width are not wrapped, where there is room
HEADER = "dim"  # how titles of columns look
INDENT, GAP = 2, 2  # blanks before a block, and between the columns of a table
STYLES = {
    "yes": "green", "no": "red", "unknown": "yellow", "vacuous": "yellow",
    "critical": "red", "wrong": "red", "undecided": "yellow",
}  # fmt: skip


def render(document: Document, *, width: int = WIDTH, color: bool = False) -> str:
    """The document as plain text, or with colors, at most `width` columns wide; no line ends in blanks."""
    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, no_color=not color, color_system="standard" if color else None,
        highlight=False, markup=False, emoji=False,
    )  # fmt: skip
    for block in document:
        if isinstance(block, Verbatim):
            out.writelines(f"{visible(line)}\n" for line in block.lines)
        else:
            console.print(_block(block, width))
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines()).lstrip("\n")


def _block(block: Heading | Paragraph | Bullets | Table, width: int) -> RenderableType:
    match block:
        case Heading():
            return Text("\n" + visible(block.text), style="bold")
        case Paragraph():
            return _indented(_text(block.text))
        case Bullets():
            return _indented(Text("\n").join(_text(item) for item in block.items))
        case Table():
            return _indented(_table(block, width - INDENT))
    assert_never(block)


def _table(block: Table, width: int) -> RenderableType:
    titles = [Text(visible(title), style=HEADER) for title in block.header]
    rows = [[_text(cell) for cell in row] for row in block.rows]
    widest = [max((row[index].cell_len for row in rows), default=0) for index in range(len(titles))]
    columns = list(zip((title.cell_len for title in titles), widest, strict=True))
    if _needed(columns, width) <= width:
        return _aligned([titles, *rows] if any(block.header) else rows, [max(column) for column in columns])
    limit = next((limit for limit in range(NARROW, 0, -1) if _needed(columns, limit) <= width), 0)
    header = any(block.header)
    grid = rich_table.Table(box=None, show_header=header, pad_edge=False, padding=(0, GAP, 0, 0), header_style=HEADER)
    for title, (needed, cells) in zip(block.header, columns, strict=True):
        kept = cells <= limit
        grid.add_column(title, overflow="fold", no_wrap=kept, width=max(needed, cells) if kept else None)
    for row in rows:
        grid.add_row(*row)
    return grid


def _needed(columns: Sequence[tuple[int, int]], limit: int) -> int:
    """How wide a table is, of columns with their title's and their cells' widths, where cells wider than `limit` are
    wrapped."""
    return sum(max(title, min(cells, limit)) + GAP for title, cells in columns) - GAP


def _aligned(rows: Sequence[Sequence[Text]], widths: Sequence[int]) -> Text:
    """A table in which nothing needs to be wrapped."""
    lines = []
    for row in rows:
        line = Text()
        for cell, width in zip(row, widths, strict=True):
            line.append_text(cell).append(" " * (width - cell.cell_len + GAP))
        line.rstrip()
        lines.append(line)
    out = Text("\n", no_wrap=True).join(lines)
    out.no_wrap = True
    return out


def _text(text: str) -> Text:
    return Text(visible(text), style=STYLES.get(text.partition(":")[0], ""))


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, INDENT))
