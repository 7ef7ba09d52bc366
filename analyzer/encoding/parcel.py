"""Parcels: instructions that are drawn as words, and stand in storage as several units, the least significant first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.encoding.parse import Bitfield, Bits, PatternError, Token

BROKEN = "a pattern of parcels of {} bits has {}"


def stored(tokens: Sequence[Token], unit: int, parcel: int) -> tuple[Token, ...]:
    """The tokens in the order of storage: in each parcel of `parcel` units of `unit` bits the last unit comes first.

    Raises `PatternError` unless there are bits and fields only, in whole parcels.
    """
    if parcel == 1:
        return tuple(tokens)
    bits = [bit for token in tokens for bit in _bits(token, unit * parcel)]
    if len(bits) % (unit * parcel):
        message = BROKEN.format(unit * parcel, f"{len(bits)} bits")
        raise PatternError("bad-length", message, "whole parcels", 0, 1 << 16)
    parcels = [bits[at : at + unit * parcel] for at in range(0, len(bits), unit * parcel)]
    units = [part[at : at + unit] for part in parcels for at in reversed(range(0, len(part), unit))]
    return tuple(_joined([bit for part in units for bit in part]))


def _bits(token: Token, width: int) -> Iterator[Bits | Bitfield]:
    """A token bit by bit."""
    match token:
        case Bits():
            for at in reversed(range(token.width)):
                yield Bits(1, token.mask >> at & 1, token.value >> at & 1)
        case Bitfield():
            for at in range(token.high, token.low - 1, -1):
                yield Bitfield(token.name, at, at, token.offset)
        case _:
            raise PatternError("bad-pattern", BROKEN.format(width, "an operand"), "bits and fields only", 0, 1 << 16)


def _joined(bits: Sequence[Bits | Bitfield]) -> Iterator[Bits | Bitfield]:
    """Neighbors as one token."""
    last: Bits | Bitfield | None = None
    for bit in bits:
        match last, bit:
            case Bits(), Bits():
                last = Bits(last.width + 1, last.mask << 1 | bit.mask, last.value << 1 | bit.value)
            case Bitfield(), Bitfield() if bit.name == last.name and bit.high == last.low - 1:
                last = Bitfield(last.name, last.high, bit.low, last.offset)
            case _:
                if last is not None:
                    yield last
                last = bit
    if last is not None:
        yield last
