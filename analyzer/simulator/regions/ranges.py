"""Sets of numbers as ranges: sorted, disjoint, not adjacent pairs (low, high), both included."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.language.operators import mask

Ranges = tuple[tuple[int, int], ...]


def joined(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """The union of pairs, in normal form."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def union(a: Ranges, b: Ranges) -> Ranges:
    """What is in either."""
    return joined((*a, *b))


def common(a: Ranges, b: Ranges) -> Ranges:
    """What is in both."""
    pairs = ((max(p[0], q[0]), min(p[1], q[1])) for p in a for q in b)
    return joined(pair for pair in pairs if pair[0] <= pair[1])


def without(a: Ranges, b: Ranges) -> Ranges:
    """What is in `a` and not in `b`."""
    if not a:
        return a
    out, low = [], a[0][0]
    for first, last in b:
        if first > low:
            out.append((low, first - 1))
        low = max(low, last + 1)
    if low <= a[-1][1]:
        out.append((low, a[-1][1]))
    return common(a, tuple(out))


def moved(a: Ranges, by: int, width: int) -> Ranges:
    """Every number plus `by`, modulo 2**width."""
    size, out = 1 << width, []
    for low, high in a:
        start = (low + by) % size
        stop = start + high - low
        if stop < size:
            out.append((start, stop))
        else:
            out += [(start, size - 1), (0, stop - size)]
    return joined(out)


def mirrored(a: Ranges, about: int, width: int) -> Ranges:
    """`about` minus every number, modulo 2**width."""
    top = mask(width)
    return moved(joined((top - high, top - low) for low, high in a), about + 1, width)


def signed_below(bound: int, width: int) -> Ranges:
    """The numbers of `width` bits that are less than `bound`, both read as two's complement."""
    half = 1 << width - 1
    shifted = bound ^ half
    return moved(((0, shifted - 1),), half, width) if shifted else ()


def upper_half(width: int) -> Ranges:
    """The numbers whose first bit is 1."""
    return ((1 << width - 1, mask(width)),)
