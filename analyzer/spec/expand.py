"""Families: one entry with tables stands for many, one for each combination of their keys."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from analyzer.diagnostics import Diagnostics, Span, did_you_mean
from analyzer.spec.schema import FamilyEntry
from analyzer.spec.text import Text

MAX_ROWS = 10_000
MAX_EXPANDED = 4 * 1024 * 1024  # characters, of all rows together
PART = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")

E = TypeVar("E", bound=FamilyEntry)
Values = Mapping[str, Text]
Piece = tuple[str, Text, int]  # what is written, the text that it comes from, and the offset there


class TemplateError(Exception):
    """A placeholder that cannot be replaced: what, its offset and length in the template, and a hint."""

    def __init__(self, message: str, offset: int, length: int, hint: str) -> None:
        super().__init__(message)
        self.offset, self.length, self.hint = offset, length, hint


@dataclass(slots=True)
class Expander:
    """Expands families, counting what all of them amount to."""

    diagnostics: Diagnostics
    rows: int = 0
    characters: int = 0
    exceeded: bool = False

    def expand(self, entry: E) -> Iterator[tuple[E, str]]:
        """The entries that `entry` stands for, each with the combination in words; itself if it is no family."""
        if entry.tables is None:
            yield entry, ""
            return
        skipped = {tuple(text.split()): text for text in entry.skip}
        for keys in itertools.product(*entry.tables.values()):
            combination = tuple(word for key in keys for word in key.split())
            if combination in skipped:
                del skipped[combination]
                continue
            if not self._within_limits(entry):
                return
            context = "expansion " + " ".join(f"{n}={k}" for n, k in zip(entry.tables, keys, strict=True))
            expanded = self._substituted(entry, dict(self._values(entry, keys)), context)
            if expanded is None:
                return
            yield expanded, context
        for text in skipped.values():
            hint = "keys of one of each table, joined by blanks, in the order of the tables"
            self.diagnostics.error(text.span, "unknown-combination", f"'{text}' is no combination of the tables", hint)

    def _values(self, entry: FamilyEntry, keys: tuple[Text, ...]) -> Iterator[tuple[str, Text]]:
        for (name, table), key in zip((entry.tables or {}).items(), keys, strict=True):
            yield name, key
            for attribute, value in table[key].items():
                yield f"{name}.{attribute}", value

    def _substituted(self, entry: E, values: Values, context: str) -> E | None:
        """`entry` with every text filled in; `None` after reporting a bad placeholder, once for the family."""
        update: dict[str, Any] = {"tables": None, "skip": []}
        good = True
        for name in type(entry).model_fields:
            if name in update:
                continue
            try:
                update[name] = self._filled(getattr(entry, name), values)
            except _Located as error:
                self.diagnostics.error(error.template.place(error.cause.offset, error.cause.length),
                                       "bad-placeholder", str(error.cause), error.cause.hint, context)  # fmt: skip
                good = False
        return type(entry).model_construct(**update) if good else None

    def _filled(self, value: Any, values: Values) -> Any:
        if isinstance(value, Text):
            try:
                text = substitute(value, values)
            except TemplateError as error:
                raise _Located(value, error) from None
            self.characters += len(text)
            return text
        if isinstance(value, list):
            return [self._filled(item, values) for item in value]
        if isinstance(value, dict):
            return {key: self._filled(item, values) for key, item in value.items()}
        return value

    def _within_limits(self, entry: FamilyEntry) -> bool:
        self.rows += 1
        if self.rows <= MAX_ROWS and self.characters <= MAX_EXPANDED:
            return True
        self.exceeded = True
        span = next(key for key in entry.tables or {}).span
        self.diagnostics.error(span, "too-many-rows", f"families stand for more than {MAX_ROWS:,} rows"
                               f" or {MAX_EXPANDED >> 20} MiB of text", "use fewer or smaller tables")  # fmt: skip
        return False


class _Located(Exception):
    def __init__(self, template: Text, cause: TemplateError) -> None:
        self.template, self.cause = template, cause


@lru_cache(maxsize=4096)
def _parts(template: str) -> tuple[tuple[int, str, str | None], ...]:
    """(offset, literal text, None) or (offset, indentation if alone on its line, placeholder), in order."""
    out: list[tuple[int, str, str | None]] = []
    at = 0
    for match in PART.finditer(template):
        if match.start() > at:
            out.append((at, template[at : match.start()], None))
        at = match.end()
        if match[0] in ("{{", "}}"):
            out.append((match.start() + 1, match[0][0], None))
        elif match[1] is None:
            raise TemplateError(f"a lone '{match[0]}'", match.start(), 1, f"write '{match[0] * 2}' for a brace")
        else:
            out.append((match.start(), _indentation(template, match), match[1]))
    if at < len(template):
        out.append((at, template[at:], None))
    return tuple(out)


def _indentation(template: str, match: re.Match[str]) -> str:
    """The blanks before a placeholder that stands alone on its line; `-` for any other."""
    line = template.rfind("\n", 0, match.start()) + 1
    end = template.find("\n", match.end())
    before = template[line : match.start()]
    after = template[match.end() : end if end >= 0 else len(template)]
    return before if not before.strip() and not after.strip() else "-"


@dataclass(frozen=True, slots=True)
class Filled:
    """The origin of a filled template: each character comes from the template or from a value, piece by piece."""

    template: Text
    pieces: tuple[Piece, ...]

    def place(self, value: str, offset: int, length: int) -> Span:
        """The place in the template or value that gave the character."""
        part, inner = self.template, 0
        for written, origin, start in self.pieces:
            part, inner = origin, start + offset
            if offset < len(written):
                break
            offset -= len(written)
        return part.place(inner, length)

    def whole(self, value: str) -> Span:
        """The place of the template."""
        return self.template.span


def _pieces(template: Text, values: Values) -> Iterator[Piece]:
    """What is written, piece by piece."""
    for offset, literal, name in _parts(str(template)):
        if name is None:
            yield literal, template, offset
            continue
        if name not in values:
            known = f"write {{{{ and }}}} for braces; placeholders here: {', '.join(values)}"
            raise TemplateError(f"nothing is called '{name}'", offset, len(name) + 2, did_you_mean(name, values, known))
        value = values[name]
        lines = value.rstrip("\n").split("\n")
        if len(lines) > 1 and literal == "-":
            raise TemplateError(f"'{name}' has several lines", offset, len(name) + 2, "let it stand alone on a line")
        inner = 0
        for number, line in enumerate(lines):
            if number:
                yield "\n" + literal, template, offset
            yield line, value, inner
            inner += len(line) + 1


def substitute(template: Text, values: Values) -> Text:
    """`template` with every `{name}` replaced by its value, each character keeping its place.

    Raises `TemplateError` for a placeholder without a value, and for one of several lines that is not alone.
    """
    if "{" not in template and "}" not in template:
        return template
    pieces = tuple(_pieces(template, values))
    return Text("".join(written for written, _, _ in pieces), Filled(template, pieces))
