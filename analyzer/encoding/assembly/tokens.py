"""Lines of a program as tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from analyzer.diagnostics import Span

Kind = Literal["name", "number", "string", "character", "mark", "end"]

MAX_DIGITS = 400
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
ESCAPED = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
RADIXES = {2: "binary", 8: "octal", 10: "decimal", 16: "hexadecimal"}
PREFIXES = {2: "0b", 8: "0o", 16: "0x"}


class Token(NamedTuple):
    """A part of a line. `column` counts from 0; `value` is a number, or the characters of a string."""

    kind: Kind
    text: str
    column: int
    value: int | str = 0


class Problem(Exception):
    """Something wrong in a program: code, place, message and hint."""

    def __init__(self, code: str, message: str, hint: str, span: Span) -> None:
        super().__init__(message)
        self.code, self.hint, self.span = code, hint, span


class Consequence(Problem):
    """A problem that follows from one that was reported."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How tokens are spelled: the radix of numbers and what begins a comment."""

    radix: int
    comment: str


@lru_cache(maxsize=16)
def _pattern(comment: str) -> re.Pattern[str]:
    return re.compile(
        rf"""(?P<space>[ \t]+|{re.escape(comment)}.*)
           | (?P<name>\.?[A-Za-z_$][\w$]*)
           | (?P<number>\d\w*(?:\.(?!\w))?)
           | (?P<string>"(?:[^"\\]|\\.)*")
           | (?P<character>'(?:[^'\\]|\\.)[^']*')
           | (?P<mark><<|>>|,,|[!-/:-@\[-`{{-~])""",
        re.VERBOSE | re.ASCII,
    )


def tokens_of(text: str, spelling: Spelling, file: str, line: int) -> list[Token]:
    """The tokens of a line, the last one of kind `end`. Raises `Problem`."""
    out: list[Token] = []
    at, scan = 0, _pattern(spelling.comment).match
    while at < len(text):
        match = scan(text, at)
        if match is None:
            hint = "programs are ASCII text; other characters stand in comments"
            raise Problem("bad-character", f"'{text[at]}' is no part of a program", hint, Span(file, line, at + 1))
        kind, found = match.lastgroup, match[0]
        if kind != "space":
            out.append(_token(kind or "", found, at, spelling, Span(file, line, at + 1, len(found))))
        at = match.end()
    out.append(Token("end", "", out[-1].column + len(out[-1].text) if out else 0))
    return out


def _token(kind: str, text: str, at: int, spelling: Spelling, span: Span) -> Token:
    match kind:
        case "name":
            return Token("name", text, at)
        case "number":
            return Token("number", text, at, _number(text, spelling.radix, span))
        case "string":
            return Token("string", text, at, _unescaped(text, span))
        case "character":
            value = _unescaped(text, span)
            if len(value) != 1:
                raise Problem("syntax", "not one character", "'A', or '\\n'; a text stands in \"...\"", span)
            return Token("character", text, at, ord(value))
        case _:
            if text in ("'", '"'):
                raise Problem("unterminated-string", f"{text} is not closed", f"add {text}", span)
            return Token("mark", text, at)


def _number(text: str, radix: int, span: Span) -> int:
    digits = text
    if text.endswith("."):
        digits, radix = text[:-1], 10
    for other, prefix in PREFIXES.items():
        if text[:2].lower() == prefix:
            digits, radix = text[2:], other
    try:
        if len(digits) > MAX_DIGITS or "_" in digits:
            raise ValueError
        return int(digits, radix)
    except ValueError:
        hint = "0x1F, 0o17, 0b101" + (f"; 19. is decimal, other numbers {RADIXES[radix]}" if radix == 8 else "")
        raise Problem("bad-number", f"'{text[:40]}' is no {RADIXES[radix]} number", hint, span) from None


def _unescaped(text: str, span: Span) -> str:
    def character(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] in ESCAPES or match[2] in "\\'\"":
            return ESCAPES.get(match[2], match[2])
        raise Problem("syntax", f"'\\{match[2]}' is no character", "\\n \\t \\r \\0 \\\\ \\' \\\" \\x41", span)

    if not text.isascii():
        raise Problem("bad-character", "only ASCII characters stand in strings", "\\xE9 for others", span)
    return ESCAPED.sub(character, text[1:-1])
