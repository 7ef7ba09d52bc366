"""Sets of bit strings as cubes; which of them meet."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from analyzer.encoding.pattern import Cube, Form, Piece

MAX_CUBES = 4096


def cubes_of(form: Form) -> Iterator[Cube]:
    """Disjoint cubes that together are the words of a form; none when a restriction leaves no value.

    Raises `OverflowError` when there are more than `MAX_CUBES`.
    """
    cubes: list[Cube] = [(form.length, form.mask, form.value)]
    for field, values in form.allowed.items():
        pieces = [piece for piece in form.pieces if piece.field == field]
        width = max((piece.high for piece in pieces), default=0) + 1
        parts = [place(pieces, form.length, mask, value) for mask, value in cover(values, width)]
        if len(parts) * len(cubes) > MAX_CUBES:
            raise OverflowError
        cubes = [(form.length, mask | m, value | v) for _, mask, value in cubes for m, v in parts]
    yield from cubes


@lru_cache(maxsize=64)
def cover(values: frozenset[int], width: int) -> tuple[tuple[int, int], ...]:
    """Disjoint (mask, value) pairs of `width` bits that together are `values`."""
    return tuple(_cover(values, width))


def _cover(values: Collection[int], width: int) -> list[tuple[int, int]]:
    if not values:
        return []
    if len(values) == 1 << width:
        return [(0, 0)]
    top = 1 << (width - 1)
    low = _cover([v for v in values if not v & top], width - 1)
    high = _cover([v ^ top for v in values if v & top], width - 1)
    return [(top | m, v) for m, v in low] + [(top | m, top | v) for m, v in high]


def place(pieces: Collection[Piece], length: int, mask: int, value: int) -> tuple[int, int]:
    """Mask and value of a field, moved to where its pieces stand in a form of `length` bits."""
    out_mask = out_value = 0
    for piece in pieces:
        ones = (1 << (piece.high - piece.low + 1)) - 1
        shift = length - piece.position - (piece.high - piece.low + 1)
        out_mask |= ((mask >> piece.low) & ones) << shift
        out_value |= ((value >> piece.low) & ones) << shift
    return out_mask, out_value


def meet(a: Cube, b: Cube) -> Cube | None:
    """The bit strings in both; the shorter cube says nothing about the bits after its end."""
    length = max(a[0], b[0])
    mask_a, value_a = a[1] << (length - a[0]), a[2] << (length - a[0])
    mask_b, value_b = b[1] << (length - b[0]), b[2] << (length - b[0])
    if (value_a ^ value_b) & mask_a & mask_b:
        return None
    return length, mask_a | mask_b, value_a | value_b
