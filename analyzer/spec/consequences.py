"""Errors that only follow from another one are not shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from analyzer.diagnostics import Diagnostic

WORD = re.compile(r"\w+")
ALWAYS_SHOWN = ("unknown-machine", "unknown-key")


def without_consequences(
    items: Iterable[Diagnostic], broken: set[str], incomplete: bool, texts: Mapping[str, str]
) -> list[Diagnostic]:
    """`items` without those that say that something is unknown whose declaration is wrong, or may be in an unread file.

    `broken`: names whose declaration is wrong. `incomplete`: a file or a part of one could not be read.
    """
    lines = {file: text.splitlines() for file, text in texts.items()} if broken else {}

    def follows(item: Diagnostic) -> bool:
        if item.code in ALWAYS_SHOWN or not item.code.startswith(("unknown-", "missing-")):
            return False
        if incomplete:
            return True
        line = lines.get(item.span.file, [])[item.span.line - 1 : item.span.line]
        words = {word for text in (item.message, *line) for word in WORD.findall(text)}
        return item.code.startswith("unknown-") and not broken.isdisjoint(words)

    return [item for item in items if not follows(item)]
