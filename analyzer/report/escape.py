"""Text from a specification is data from strangers: what must not reach a terminal or a browser is shown escaped."""

from __future__ import annotations

import html

LIMIT = 300  # characters of one text that are shown
MARKDOWN_SPECIAL = "\\`*_[]|~#"


def short(text: str, limit: int = LIMIT) -> str:
    """`text` as one line, at most `limit` characters long, with an ellipsis at the cut."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"


def visible(text: str) -> str:
    """`text` on one line, control and invisible characters written as escapes."""
    return "".join(char if char.isprintable() else _code(char) for char in text)


def markdown(text: str) -> str:
    """`text` as Markdown that shows it literally: no markup, no HTML, safe in a table cell."""
    escaped = html.escape(visible(text), quote=False)
    escaped = "".join("\\" + char if char in MARKDOWN_SPECIAL else char for char in escaped)
    # Links need no markup at all where addresses are recognized: these references show the same.
    return escaped.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")


def _code(char: str) -> str:
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{{{number:x}}}"
