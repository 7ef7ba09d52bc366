"""Templates: every text is escaped, and what is invisible in it is shown; styles and the script stand in the page.

The page's own policy forbids everything else: nothing is loaded, and no script runs but the one whose hash it names.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analyzer.report.escape import short, visible

NAMED = 60  # names in the title of a cell; the rest is counted
LISTED, FEW = 24, 12  # names in a cell of a table; so many of more
FOLDER = Path(__file__).with_name("templates")


def render(template: str, **context: Any) -> str:
    """A template of the folder with its context."""
    return _environment().get_template(template).render(**context)


def macro(name: str, *arguments: Any) -> str:
    """What a macro gives."""
    return str(getattr(_environment().get_template("macros.html").module, name)(*arguments))


def named(names: Sequence[str]) -> str:
    """Names for a title: the first ones, and how many more."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(short, names[:NAMED])) + more


def listed(names: Sequence[str]) -> tuple[str, str]:
    """Names for a cell: all, or, of very many, the first ones and how many more; then the others."""
    if len(names) <= LISTED:
        return ", ".join(map(short, names)), ""
    few, others = names[:FEW], names[FEW:]
    return f"{', '.join(map(short, few))} and {len(others)} more", ", ".join(map(short, others))


def grouped(rows: Sequence[Sequence[str]]) -> list[list[Sequence[str]]]:
    """Rows that follow each other and begin alike, together: they share their first cell."""
    groups: list[list[Sequence[str]]] = []
    for row in rows:
        if groups and row[0] and row[0] == groups[-1][0][0]:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def embedded(data: object) -> Markup:
    """`data` as JSON inside a script element, which nothing in it can end."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def lines(text: str) -> str:
    """A text of several lines, in which nothing but the line ends is invisible."""
    return "\n".join(map(visible, text.splitlines()))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, finalize=_shown,
    )  # fmt: skip
    environment.filters |= {
        "short": short, "named": named, "listed": listed, "grouped": grouped,
        "line": lambda text: " ".join(text.split()),
    }  # fmt: skip
    environment.globals |= {"policy": _policy(), "style": _part("style.css"), "script": _part("script.js")}
    return environment


def _shown(value: Any) -> Any:
    """What an expression gives: of a plain text, what is invisible as escapes."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _part(name: str) -> Markup:
    return Markup((FOLDER / name).read_text(encoding="utf-8"))


def _policy() -> Markup:
    """Which style and which script may be used: those whose hashes these are."""
    style, script = (_hash(name) for name in ("style.css", "script.js"))
    return Markup(f"default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'")


def _hash(name: str) -> str:
    digest = hashlib.sha256(_part(name).encode()).digest()
    return f"'sha256-{b64encode(digest).decode()}'"
