"""Which instructions have words in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from analyzer.encoding.cubes import cubes_of
from analyzer.encoding.pattern import Cube, Encoding
from analyzer.encoding.tree import build, overlaps

T = TypeVar("T")
MAX_PATTERNS = 200_000


def overlapping(encodings: Iterable[tuple[T, Encoding]]) -> Iterator[tuple[T, T, Cube]]:
    """Pairs of owners whose encodings share words under some prefixes that both accept, each pair once, and such words.

    Two forms of one encoding are not compared: the cases of an operand class are compared where it is declared.
    Raises `OverflowError` when there are too many patterns to decide.
    """
    owners: list[T] = []
    patterns: list[Encoding] = []
    entries: list[tuple[Cube, int]] = []
    for number, (owner, encoding) in enumerate(encodings):
        owners.append(owner)
        patterns.append(encoding)
        entries += [(cube, number) for form in encoding.forms for cube in cubes_of(form)]
        if len(entries) > MAX_PATTERNS:
            raise OverflowError
    if not entries:
        return
    seen: set[tuple[int, int]] = set()
    for a, b, common in overlaps(build(entries)):
        pair = (min(a, b), max(a, b))
        if a != b and pair not in seen and share_prefixes(patterns[a], patterns[b]):
            seen.add(pair)
            yield owners[pair[0]], owners[pair[1]], common


def share_prefixes(a: Encoding, b: Encoding) -> bool:
    """Whether some choice of prefixes is accepted by both."""
    return all(not values.isdisjoint(b.prefixes.get(group, values)) for group, values in a.prefixes.items())


def word_text(cube: Cube, unit: int) -> str:
    """The first word of a cube as bits, unit by unit."""
    length, _, value = cube
    bits = format(value, f"0{length}b")
    return " ".join(bits[at : at + unit] for at in range(0, length, unit))
