"""What a page says about the code is taken from the code: between `<!-- generated: KIND ARGUMENT -->` and
`<!-- end -->` stands what the function for KIND gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from analyzer.cli import cli
from analyzer.language.operators import OPERATORS, Shape
from analyzer.spec.load import shipped

ROOT = Path(__file__).parents[2]
SECTION = re.compile(r"(<!-- generated: (\w+) ?(\S*) -->\n).*?(<!-- end -->)", re.DOTALL)
WIDTHS: Mapping[Shape, str] = {
    "same": "n, n -> n",
    "compare": "n, n -> 1",
    "shift": "n, any -> n",
    "widen": "any -> n",
    "slice": "any -> h - l + 1",
    "concat": "any, any -> their sum",
    "unary": "n -> n",
    "bit": "any -> 1",
}


def operators(_: str) -> str:
    """The table of operators."""
    rows = [f"| {_code(op.written)} | {WIDTHS[op.shape]} | {op.summary} |" for op in OPERATORS.values()]
    return "\n".join(["| written | bits | what it gives |", "|---|---|---|", *rows])


def _code(text: str) -> str:
    """As code in a table's cell, which a bar would end."""
    return f"`{text}`" if "|" not in text else f"<code>{text.replace('|', '&#124;')}</code>"


def commands(_: str) -> str:
    """The help of every command."""
    root = click.Context(cli, info_name="vmmcheck", terminal_width=96)
    parts = [f"```text\n{cli.get_help(root)}\n```"]
    for name, command in sorted(cli.commands.items()):
        context = click.Context(command, info_name=name, parent=root, terminal_width=96)
        parts.append(f"## {name}\n\n```text\n{command.get_help(context)}\n```")
    return "\n\n".join(parts)


def code(place: str) -> str:
    """The source of a function: `analyzer/properties/behavior.py:claims`."""
    file, _, name = place.partition(":")
    text = (ROOT / file).read_text(encoding="utf-8")
    (found,) = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and node.name == name]
    lines = text.splitlines()[found.lineno - 1 : found.end_lineno]
    source = "\n".join(line[found.col_offset :] for line in lines)
    return f"`{file}`:\n\n```python\n{source}\n```"


def machines(_: str) -> str:
    """The shipped machines; a variant of a family is told in the README of the family's first."""
    rows = ["| machine | what it is |", "|---|---|"]
    for name, title in shipped():
        readme = f"../isa_specs/{name}/README.md"
        shown = f"[{name}]({readme})" if (ROOT / "docs" / readme).exists() else f"`{name}`"
        rows.append(f"| {shown} | {title} |")
    return "\n".join(rows)


KINDS: Mapping[str, Callable[[str], str]] = {f.__name__: f for f in (operators, commands, code, machines)}


def refreshed(text: str) -> str:
    """The text of a page with its generated sections as they are now."""
    return SECTION.sub(lambda found: f"{found[1]}{KINDS[found[2]](found[3])}\n{found[4]}", text)
