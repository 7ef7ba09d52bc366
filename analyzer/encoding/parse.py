"""Encoding patterns and restrictions as they are written, docs/language.md section 2."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

MAX_FIELD = 128
MAX_EXCLUDED = 16  # a field restricted by exclusion is at most this wide: the values that remain are listed

TOKEN = re.compile(
    r"""(?P<close>\))
      | (?P<name>[A-Za-z_]\w*)=(?P<operand>[A-Za-z_]\w*)(?P<open>\()
      | (?: (?P<bits>[01-]+)
          | (?P<hole>@)
          | (?P<extended>[A-Za-z_]\w*)\.extension
          | (?P<field>[A-Za-z_]\w*) (?: :(?P<width>\d+)(?P<little>le)? | \[(?P<high>\d+)(?::(?P<low>\d+))?\] )?
        ) (?=[\s)]|$)""",
    re.VERBOSE,
)


class PatternError(Exception):
    """Something wrong in a pattern or restriction: what, at which characters of the text, and what to do."""

    def __init__(self, code: str, message: str, hint: str, offset: int = 0, length: int = 1) -> None:
        super().__init__(message)
        self.code, self.hint, self.offset, self.length = code, hint, offset, length


class Bits(NamedTuple):
    """`width` fixed or ignored bits: those in `mask` are fixed to `value`."""

    width: int
    mask: int
    value: int


class Bitfield(NamedTuple):
    """Bits `high` to `low` of a field."""

    name: str
    high: int
    low: int
    offset: int


class Operand(NamedTuple):
    """An operand of class `operand_class`; `filling` fills the hole of its pattern."""

    name: str
    operand_class: str
    filling: tuple[Token, ...]
    offset: int


class Extension(NamedTuple):
    """Where the extension of operand `name` stands."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Hole:
    """Where an instruction's own bits stand in the pattern of an operand case."""


Token = Bits | Bitfield | Operand | Extension | Hole


@lru_cache(maxsize=1024)
def parse_pattern(text: str) -> tuple[Token, ...]:
    """The tokens of a pattern. Raises `PatternError`."""
    tokens, end = _tokens(text, 0, None)
    assert end == len(text)
    return tokens


def _tokens(text: str, at: int, opened: int | None) -> tuple[tuple[Token, ...], int]:
    """Tokens from `at` on to the end, or to the parenthesis that closes the one at `opened`; and where they end."""
    out: list[Token] = []
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            if opened is not None:
                raise PatternError("bad-pattern", "a parenthesis is not closed", "add ')'", opened)
            return tuple(out), at
        match = TOKEN.match(text, at)
        if match is None:
            word = re.split(r"\s", text[at:], maxsplit=1)[0]
            hint = "bits like 01-, a field like x:4 or imm[11:5], an operand like m=class(...)"
            raise PatternError("bad-pattern", f"'{word}' is no part of a pattern", hint, at, len(word))
        at = match.end()
        if match["close"]:
            if opened is None:
                raise PatternError("bad-pattern", "a parenthesis too many", "remove it", match.start())
            return tuple(out), at
        if match["open"]:
            if opened is not None:
                hint = "m=class(reg:3)"
                raise PatternError("bad-pattern", "only bits and fields fill a hole", hint, match.start())
            filling, at = _tokens(text, match.end(), match.start())
            out.append(Operand(match["name"], match["operand"], filling, match.start()))
        else:
            out.extend(_simple(match))


def _simple(match: re.Match[str]) -> Iterator[Token]:
    name, offset = match["field"], match.start()
    if match["bits"]:
        bits = match["bits"]
        mask = int(bits.replace("0", "1").replace("-", "0"), 2)
        yield Bits(len(bits), mask, int(bits.replace("-", "0"), 2))
    elif match["hole"]:
        yield Hole()
    elif match["extended"]:
        yield Extension(match["extended"], offset)
    elif match["high"]:
        high, low = int(match["high"]), int(match["low"] or match["high"])
        if not low <= high < MAX_FIELD:
            hint = f"[high:low], bit 0 the least significant, less than {MAX_FIELD}"
            raise PatternError("bad-pattern", f"'{match[0]}' is no piece of a field", hint, offset, len(match[0]))
        yield Bitfield(name, high, low, offset)
    else:
        yield from _whole_field(name, int(match["width"] or 1), bool(match["little"]), match)


def _whole_field(name: str, width: int, little: bool, match: re.Match[str]) -> Iterator[Token]:
    if not 1 <= width <= MAX_FIELD or (little and width % 8):
        hint = f"a width from 1 to {MAX_FIELD}; a little-endian field has whole bytes"
        raise PatternError("bad-pattern", f"a field of {width} bits", hint, match.start(), len(match[0]))
    if not little:
        yield Bitfield(name, width - 1, 0, match.start())
        return
    for low in range(0, width, 8):
        yield Bitfield(name, low + 7, low, match.start())


def parse_where(
    text: str,
    widths: Mapping[str, int],
    constants: Mapping[str, int],
    cases: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
) -> dict[str, frozenset[int]]:
    """The values that a restriction leaves to each field that it names.

    `widths`: the fields that may be restricted, with their widths. `cases`: those among them, such as `m.case`, whose
    values have names. Raises `PatternError`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise PatternError("bad-where", "this is no restriction", WHERE_HINT, 0, len(text)) from None
    conjuncts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    allowed: dict[str, frozenset[int]] = {}
    for node in conjuncts:
        name, values = _restriction(node, text, widths, constants, cases)
        allowed[name] = allowed[name] & values if name in allowed else values
    return allowed


WHERE_HINT = "x == 1, x != 1, x in {1, 2} or x not in {1, 2}, joined by 'and'"


def _restriction(
    node: ast.expr,
    text: str,
    widths: Mapping[str, int],
    constants: Mapping[str, int],
    cases: Mapping[str, Mapping[str, int]],
) -> tuple[str, frozenset[int]]:
    offset = text.find(text.strip()) + node.col_offset
    length = (node.end_col_offset or node.col_offset + 1) - node.col_offset
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[right]):
            listed = [right]
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op],
                         comparators=[ast.Set(elts=listed) | ast.Tuple(elts=listed)]):  # fmt: skip
            pass
        case _:
            raise PatternError("bad-where", "this is no restriction", WHERE_HINT, offset, length)
    name = _restricted(left)
    if not name:
        raise PatternError("bad-where", "this is no restriction", WHERE_HINT, offset, length)
    if name not in widths:
        known = f"the fields here are {', '.join(widths)}" if widths else "there are no fields here"
        raise PatternError("unknown-field", f"no field '{name}'", known, offset, len(name))
    values = frozenset(_constant(item, text, widths[name], cases.get(name, constants)) for item in listed)
    if isinstance(op, ast.Eq | ast.In):
        return name, values
    if widths[name] > MAX_EXCLUDED:
        hint = f"list the values with 'in', or exclude from a field of at most {MAX_EXCLUDED} bits"
        raise PatternError("bad-where", f"'{name}' is too wide to exclude values", hint, offset, length)
    return name, frozenset(range(1 << widths[name])) - values


def _restricted(node: ast.expr) -> str:
    """The field, `x`, or the case of an operand, `m.case`; else nothing."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=name), attr="case"):
            return f"{name}.case"
    return ""


def _constant(node: ast.expr, text: str, width: int, constants: Mapping[str, int]) -> int:
    offset = text.find(text.strip()) + node.col_offset
    length = (node.end_col_offset or node.col_offset + 1) - node.col_offset
    match node:
        case ast.Constant(value=int(value)):
            pass
        case ast.Name(id=name) if name in constants:
            value = constants[name]
        case _:
            raise PatternError(
                "bad-where", "this is no constant", "a number, a name of 'constants', or a case", offset, length
            )
    if value >> width:
        hint = f"the largest is {(1 << width) - 1}"
        raise PatternError("literal-too-wide", f"this does not fit {width} bits", hint, offset, length)
    return value
