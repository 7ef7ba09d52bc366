"""From tokens to forms: every operand in one of its cases, every field at its place."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from analyzer.encoding.parse import Bitfield, Bits, Extension, Hole, Operand, PatternError, Token
from analyzer.encoding.pattern import Form, Piece

MAX_FORMS = 4096
MAX_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class CasePattern:
    """The bits of an operand case: its head with a hole, its extension, and the values left to its fields."""

    head: tuple[Token, ...]
    extension: tuple[Token, ...] = ()
    allowed: Mapping[str, frozenset[int]] = field(default_factory=dict)


class _Layout(NamedTuple):
    """Bits laid down one after the other, as in `Form`."""

    length: int
    mask: int
    value: int
    pieces: tuple[Piece, ...]


def widths_of(tokens: Sequence[Token]) -> dict[str, int]:
    """The fields of a pattern (without those of operand cases) and their widths.

    Raises `PatternError` unless every bit of every field stands exactly once.
    """
    pieces: dict[str, list[Bitfield]] = {}
    for token in flatten(tokens):
        if isinstance(token, Bitfield):
            pieces.setdefault(token.name, []).append(token)
    out = {}
    for name, parts in pieces.items():
        bits = sorted(bit for part in parts for bit in range(part.low, part.high + 1))
        if bits != list(range(len(bits))):
            problem = "stands twice" if len(set(bits)) < len(bits) else "is incomplete"
            last = parts[-1]
            raise PatternError("bad-field", f"field '{name}' {problem}", "each bit of a field once, from bit 0 on",
                               last.offset, len(name))  # fmt: skip
        out[name] = len(bits)
    return out


def operands_of(tokens: Sequence[Token]) -> dict[str, str]:
    """The operands of a pattern and their classes."""
    return {token.name: token.operand_class for token in tokens if isinstance(token, Operand)}


def flatten(tokens: Sequence[Token]) -> Iterator[Token]:
    """All tokens, also those that fill holes."""
    for token in tokens:
        yield token
        if isinstance(token, Operand):
            yield from token.filling


def forms_of(
    tokens: Sequence[Token],
    classes: Mapping[str, Sequence[CasePattern]],
    allowed: Mapping[str, frozenset[int]],
    unit: int,
) -> tuple[Form, ...]:
    """The forms of a pattern, one for each combination of cases of its operands.

    `classes`: operand class to its cases. `allowed`: values left to the pattern's fields, and to the pseudo-fields
    `m.case`. Raises `PatternError`.
    """
    operands = [token for token in tokens if isinstance(token, Operand)]
    _check_operands(tokens, operands, classes)
    numbers = [_cases(operand, len(classes[operand.operand_class]), allowed) for operand in operands]
    allowed = {name: values for name, values in allowed.items() if "." not in name}
    if math.prod(map(len, numbers)) > MAX_FORMS:
        raise PatternError("too-many-forms", f"more than {MAX_FORMS} forms", "use fewer operands or cases")
    out: list[Form] = []
    for chosen in itertools.product(*numbers):
        cases = {op.name: classes[op.operand_class][n] for op, n in zip(operands, chosen, strict=True)}
        out.append(_form(tokens, cases, dict(zip(cases, chosen, strict=True)), allowed, unit))
    return tuple(out)


def _cases(operand: Operand, count: int, allowed: Mapping[str, frozenset[int]]) -> list[int]:
    """The numbers of the cases in which an operand may be, of `count`."""
    return [n for n in range(count) if n in allowed.get(f"{operand.name}.case", range(count))]


def _check_operands(
    tokens: Sequence[Token], operands: Sequence[Operand], classes: Mapping[str, Sequence[CasePattern]]
) -> None:
    seen: set[str] = set()
    for operand in operands:
        if operand.operand_class not in classes:
            known = f"the operand classes are {', '.join(classes)}" if classes else "there are no operand classes"
            raise PatternError("unknown-operand-class", f"no operand class '{operand.operand_class}'", known,
                               operand.offset, len(operand.name) + 1 + len(operand.operand_class))  # fmt: skip
        if operand.name in seen:
            raise PatternError("bad-field", f"operand '{operand.name}' stands twice", "give it another name",
                               operand.offset, len(operand.name))  # fmt: skip
        if any(not isinstance(token, Bits | Bitfield) for token in operand.filling):
            raise PatternError("bad-pattern", "only bits and fields fill a hole", "m=class(reg:3)", operand.offset)
        seen.add(operand.name)
    placed: set[str] = set()
    for token in tokens:
        if isinstance(token, Extension):
            if token.name not in seen or token.name in placed:
                problem = "stands twice" if token.name in placed else "belongs to no operand before it"
                raise PatternError("bad-pattern", f"'{token.name}.extension' {problem}", "m=class(...) ... m.extension",
                                   token.offset, len(token.name) + len(".extension"))  # fmt: skip
            placed.add(token.name)
        elif isinstance(token, Hole):
            raise PatternError("bad-pattern", "'@' belongs to operand cases", "m=class(...) fills the hole")


def _form(
    tokens: Sequence[Token],
    cases: Mapping[str, CasePattern],
    chosen: Mapping[str, int],
    allowed: Mapping[str, frozenset[int]],
    unit: int,
) -> Form:
    layout = _joined(_parts(tokens, cases))
    if layout.length % unit or not 0 < layout.length <= MAX_LENGTH:
        hint = f"the sum is a multiple of the unit of the program space, {unit} bits, and at most {MAX_LENGTH}"
        raise PatternError("bad-length", f"the pattern has {layout.length} bits", hint, 0, 1 << 16)
    restricted = dict(allowed)
    for name, case in cases.items():
        restricted |= {f"{name}.{inner}": values for inner, values in case.allowed.items()}
    numbers = {f"{name}.case": number for name, number in chosen.items()}
    return Form(layout.length, layout.mask, layout.value, layout.pieces, numbers, restricted)


def _parts(tokens: Sequence[Token], cases: Mapping[str, CasePattern]) -> Iterator[_Layout]:
    """The tokens laid, operands in their cases; an extension stands behind its operand unless it has a place."""
    placed = {token.name for token in tokens if isinstance(token, Extension)}
    for token in tokens:
        if isinstance(token, Operand):
            yield _laid(cases[token.name].head, f"{token.name}.", token.filling)
        if isinstance(token, Extension) or (isinstance(token, Operand) and token.name not in placed):
            yield _laid(cases[token.name].extension, f"{token.name}.")
        elif not isinstance(token, Operand):
            yield _laid((token,), "")


@lru_cache(maxsize=4096)
def _laid(tokens: tuple[Token, ...], prefix: str, filling: tuple[Token, ...] = ()) -> _Layout:
    """Tokens laid down; the names of their fields have a prefix, those of what fills the hole have none."""
    return _joined(_laid(filling, "") if isinstance(token, Hole) else _single(token, prefix) for token in tokens)


def _single(token: Token, prefix: str) -> _Layout:
    match token:
        case Bits(width, mask, value):
            return _Layout(width, mask, value, ())
        case Bitfield(name, high, low):
            return _Layout(high - low + 1, 0, 0, (Piece(prefix + name, high, low, 0),))
        case _:
            return _Layout(0, 0, 0, ())


def _joined(parts: Iterable[_Layout]) -> _Layout:
    """One behind the other."""
    length = mask = value = 0
    pieces: list[Piece] = []
    for part in parts:
        pieces += [Piece(name, high, low, length + at) for name, high, low, at in part.pieces]
        length += part.length
        mask, value = mask << part.length | part.mask, value << part.length | part.value
    return _Layout(length, mask, value, tuple(pieces))
