"""Amendments: the semantics that variants have for an instruction, and those that it had before, as one text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyzer.diagnostics import Diagnostics, Span
from analyzer.language.scope import parse
from analyzer.language.source import SourceText
from analyzer.spec.text import Text

ORIGINAL = re.compile(r"^original\(\)(?:\s|#[^\n]*+)*+\Z", re.MULTILINE)  # the last line of an amendment
ELSEWHERE = re.compile(r"^[^#\n]*?\b(original)\s*\(", re.MULTILINE)


def composed(
    semantics: Text, amendments: Sequence[Text], context: str, diagnostics: Diagnostics
) -> SourceText | None:  # fmt: skip
    """What an instruction does: its own `semantics`, or the last of the `amendments`, in which a last line `original()`
    stands for what is there without it. The text knows the places of its parts, which share their locals.

    `None` after reporting an `original()` elsewhere, or an amendment that is no text of its own.
    """
    parts = tuple(_parts(semantics, amendments))
    calls = [(part, found) for part in parts if "original" in part for found in ELSEWHERE.finditer(part)]
    for part, found in calls:
        span = part.place(found.start(1), len("original()"))
        hint = "alone on the last line of a text under 'amend', it stands for the inherited semantics"
        diagnostics.error(span, "misplaced-original", "original() does not end an amendment", hint, context)
    if len(parts) > 1:
        whole = [parse(part.source(context), diagnostics) is not None for part in parts]
        if not all(whole):
            return None
    return None if calls else _joined(parts, context)


def _parts(semantics: Text, amendments: Sequence[Text]) -> Iterator[Text]:
    """The texts in the order in which they run."""
    for amendment in reversed(amendments):
        original = ORIGINAL.search(amendment)
        yield amendment if original is None else Text(amendment[: original.start()], amendment.origin)
        if original is None:
            return
    yield semantics


def _joined(parts: Sequence[Text], context: str) -> SourceText:
    """One text; all parts but the last are empty or end with a line."""

    def locate(line: int, column: int, length: int) -> Span:
        for part in parts[:-1]:
            if line <= part.count("\n"):
                return part.source().locate(line, column, length)
            line -= part.count("\n")
        return parts[-1].source().locate(line, column, length)

    return SourceText("".join(parts), locate, context)
