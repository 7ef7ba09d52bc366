"""Source positions and error messages: every error has a code, a place, the line with a caret, and a hint.

Lines and columns are counted from 1, as editors do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A place in a specification file: `file` as the user named it, line and column from 1, `length` in characters."""

    file: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def printable(text: str, kept: str = "\n\r\t") -> str:
    """`text` with characters that a terminal may act on, except those `kept`, replaced by one character each."""
    if text.translate(dict.fromkeys(map(ord, kept))).isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else "\N{REPLACEMENT CHARACTER}" for c in text)


def did_you_mean(name: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """A hint that names the closest candidate."""
    import difflib  # imported where a hint is needed: starting shall be quick

    close = difflib.get_close_matches(name, list(candidates), n=1)
    return f"did you mean '{close[0]}'?" if close else otherwise


NOWHERE = Span("<built-in>", 1, 1)  # of what no file says; messages show no place then


@dataclass(frozen=True, order=True, slots=True)
class Diagnostic:
    """One thing wrong in a specification.

    `code` is stable and lower-case with hyphens (`unknown-name`, `width-mismatch`, ...); `hint` says what to do;
    `context` names the family expansion or function in which a shared text was wrong.
    """

    span: Span
    code: str
    message: str
    hint: str = ""
    context: str = ""
    severity: Severity = "error"


class SpecError(Exception):
    """A specification that cannot be used, with everything that is wrong in it."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...], sources: dict[str, str] | None = None) -> None:
        self.diagnostics = tuple(sorted(diagnostics))
        self.sources = sources or {}
        super().__init__(render(self.diagnostics, self.sources))


class InternalError(Exception):
    """A defect of the analyzer itself: a witness that does not replay, a proof that contradicts another."""


@dataclass(slots=True)
class Diagnostics:
    """Collects what is wrong while a specification is read, so that one run reports all of it."""

    items: list[Diagnostic] = field(default_factory=list)
    known: set[tuple[Span, str, str]] = field(default_factory=set)

    def error(self, span: Span, code: str, message: str, hint: str = "", context: str = "") -> None:
        """Record an error; the same error at the same place is recorded once."""
        self.add(Diagnostic(span, code, message, hint, context))

    def warning(self, span: Span, code: str, message: str, hint: str = "", context: str = "") -> None:
        """Record something suspicious that does not prevent the analysis."""
        self.add(Diagnostic(span, code, message, hint, context, "warning"))

    def add(self, item: Diagnostic) -> None:
        """Record `item` unless the same place already has the same complaint."""
        if not self.knows(item):
            self.known.add((item.span, item.code, item.message))
            self.items.append(item)

    def knows(self, item: Diagnostic) -> bool:
        """Whether the same place already has the same complaint."""
        return (item.span, item.code, item.message) in self.known

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The errors so far, without the warnings."""
        return tuple(item for item in self.items if item.severity == "error")

    def raise_errors(self, sources: dict[str, str]) -> None:
        """Raise `SpecError` with all errors, if there are any. `sources`: file name to text, for the carets."""
        if self.errors:
            raise SpecError(self.errors, sources)


def render_one(item: Diagnostic, sources: dict[str, str]) -> str:
    """The message as text: position, code, the source line with a caret, the hint."""
    place = "" if item.span == NOWHERE else f"{item.span}: "
    out = [f"{place}{item.severity}[{item.code}]: {item.message}"]
    lines = sources.get(item.span.file, "").splitlines()
    if item.span.line <= len(lines):
        text = lines[item.span.line - 1].replace("\t", " ")[:200]
        caret = min(item.span.column, len(text) + 1)
        width = max(1, min(item.span.length, len(text) - caret + 1))
        gutter = f"{item.span.line:>5} | "
        out.append(gutter + text)
        out.append(" " * (len(gutter) - 2) + "| " + " " * (caret - 1) + "^" * width)
    if item.context:
        out.append(f"      = in {item.context}")
    if item.hint:
        out.append(f"      = hint: {item.hint}")
    return "\n".join(printable(line, kept="") for line in out)


def render(items: tuple[Diagnostic, ...], sources: dict[str, str]) -> str:
    """All messages, in the order of their places, and a count."""
    text = "\n\n".join(render_one(item, sources) for item in items)
    errors = sum(item.severity == "error" for item in items)
    warnings = len(items) - errors
    counts = [f"{n} {word}{'s' if n != 1 else ''}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return f"{text}\n\n{', '.join(counts)}" if items else ""
