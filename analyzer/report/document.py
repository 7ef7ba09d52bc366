"""What is shown, without how: every report is a sequence of blocks, and every format renders blocks.

Texts are plain and may contain anything; renderers escape them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A title; level 1 is the document's."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short texts, one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each as long as the header; the header's texts may be empty."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Lines whose columns matter, such as a source line with a caret below it."""

    lines: tuple[str, ...]


Block = Heading | Paragraph | Bullets | Table | Verbatim
Document = Iterable[Block]
