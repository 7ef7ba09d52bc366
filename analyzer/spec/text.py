"""Strings that know where each of their characters stands in a specification file."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Protocol

from analyzer.diagnostics import Span
from analyzer.language.source import SourceText

WORD = re.compile(r"\S+")


@dataclass(eq=False, slots=True)
class SourceFile:
    """A file of the specification: its name as the user knows it, and its text."""

    name: str
    text: str
    starts: list[int] = field(default_factory=list)
    words: dict[tuple[int, int], tuple[list[str], list[int]]] = field(default_factory=dict)

    def span(self, index: int, length: int = 1) -> Span:
        """The place of the character at `index`, from 0."""
        if not self.starts:
            offset = 0
            for text in self.text.splitlines(keepends=True):
                self.starts.append(offset)
                offset += len(text)
            self.starts = self.starts or [0]
        line = bisect_right(self.starts, index)
        return Span(self.name, line, index - self.starts[line - 1] + 1, max(1, length))

    def words_between(self, start: int, end: int) -> tuple[list[str], list[int]]:
        """The words from `start` to `end`; where they begin, and `end`."""
        if (start, end) not in self.words:
            found = list(WORD.finditer(self.text, start, end))
            self.words[start, end] = [match[0] for match in found], [*(match.start() for match in found), end]
        return self.words[start, end]


class Origin(Protocol):
    """Where the characters of a text come from."""

    def place(self, value: str, offset: int, length: int) -> Span:
        """The place of `length` characters at `offset` of the text `value`."""

    def whole(self, value: str) -> Span:
        """The place of the whole text."""


class Text(str):
    """A string of a specification together with its origin."""

    origin: Origin

    def __new__(cls, value: str, origin: Origin) -> Text:
        """The text `value` that comes from `origin`."""
        text = super().__new__(cls, value)
        text.origin = origin
        return text

    @property
    def span(self) -> Span:
        """The place of the whole text; of its first line, where there are several."""
        return self.origin.whole(self)

    def place(self, offset: int, length: int = 1) -> Span:
        """The place of `length` characters at `offset`, from 0."""
        return self.origin.place(self, offset, length)

    def source(self, context: str = "") -> SourceText:
        """The text for the front end of the language."""
        return SourceText(str(self), self._locate, context)

    def _locate(self, line: int, column: int, length: int) -> Span:
        offset = 0
        for _ in range(line - 1):
            offset = self.find("\n", offset) + 1
        return self.place(offset + column - 1, length)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A YAML scalar: the characters `start` to `end` of `file`, quotes and block indicators included."""

    file: SourceFile
    start: int
    end: int

    def place(self, value: str, offset: int, length: int) -> Span:
        """Follow the value and the file side by side: folding and indentation only change white space."""
        start, raw, before = self._start_of_content(), self.file.text, value[:offset]
        (written, starts), words = self.file.words_between(start, self.end), before.split()
        spaces = len(before) - len(before.rstrip())
        ended = len(words) - (not spaces and bool(words))  # so many words go no further than that
        if words[:ended] != written[:ended] or not raw.startswith("".join(words[ended:]), starts[ended], self.end):
            return self.whole(value)  # there is an escape in a quoted text
        if value[offset : offset + 1].strip() and (spaces or not words):
            at = starts[len(words)]
        else:
            at = (starts[len(words) - 1] + len(words[-1]) if words else start) + spaces
        return self.file.span(min(at, self.end), length)

    def _start_of_content(self) -> int:
        first = self.file.text[self.start : self.start + 1]
        if first in ("|", ">"):
            return self.file.text.find("\n", self.start) + 1
        return self.start + (first in ("'", '"'))

    def whole(self, value: str) -> Span:
        """From the first character on, to the end of that line."""
        raw = self.file.text[self.start : self.end].split("\n", 1)[0].rstrip()
        return self.file.span(self.start, len(raw))
