"""Semantics text that knows where it stands in the specification file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analyzer.diagnostics import Span


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text and its place. `locate(line, column, length)` gives the span of a place in the text, all from 1."""

    text: str
    locate: Callable[[int, int, int], Span]
    context: str = ""

    @staticmethod
    def plain(text: str, file: str = "<text>") -> SourceText:
        """A text that is its own file."""
        return SourceText(text, lambda line, column, length: Span(file, line, column, length))
