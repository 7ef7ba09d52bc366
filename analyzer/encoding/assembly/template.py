"""Templates: literal text with fields in braces.

`{y}` is a field as a number, `{r:gpr}` a field or operand in a notation, `{}` and `{:gpr}` what a notation is about,
`{x=4}` a field that is not written and has this value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PART = re.compile(r"\{(?P<field>[A-Za-z_]\w*)?(?::(?P<notation>\w+)|=(?P<value>\d+))?\}|[{}]", re.ASCII)


class TemplateError(Exception):
    """Something wrong in a template: what, in which one, at which characters, and what to do."""

    def __init__(self, code: str, message: str, hint: str, text: str = "", part: Part | None = None) -> None:
        super().__init__(message)
        self.code, self.hint, self.text = code, hint, text
        self.offset, self.length = (part.offset, part.length) if part is not None else (0, 1 << 16)


@dataclass(frozen=True, slots=True)
class Literal:
    """Text."""

    text: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A field, operand or, if empty, what the notation is about; and the name of a notation, if one is given."""

    field: str
    notation: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """A field that has this value and is not written."""

    field: str
    value: int
    offset: int
    length: int


Part = Literal | Slot | Fixed


def parse_template(text: str) -> tuple[Part, ...]:
    """The parts of a template. Raises `TemplateError`."""
    out: list[Part] = []
    at = 0
    for match in PART.finditer(text):
        if match.start() > at:
            out.append(Literal(text[at : match.start()], at, match.start() - at))
        at = match.end()
        where = (match.start(), len(match[0]))
        name, notation, value = match["field"] or "", match["notation"] or "", match["value"]
        if len(match[0]) == 1 or (value is not None and not name):
            hint = "{y}, {r:gpr} or {x=4}, with a name of a field and a name of a notation"
            raise TemplateError("bad-template", f"'{match[0]}' is no field", hint, text, Literal(match[0], *where))
        out.append(Slot(name, notation, *where) if value is None else Fixed(name, int(value[:40]), *where))
    if at < len(text):
        out.append(Literal(text[at:], at, len(text) - at))
    return tuple(out)


def fields_of(parts: tuple[Part, ...]) -> list[str]:
    """The fields that the parts determine."""
    return [part.field for part in parts if not isinstance(part, Literal)]
