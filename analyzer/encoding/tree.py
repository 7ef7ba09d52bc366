"""A decision tree over bits: finds the few patterns that a word can match, and the pairs that overlap."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from analyzer.encoding.cubes import meet
from analyzer.encoding.pattern import Cube

T = TypeVar("T")
Entry = tuple[Cube, T]
LEAF = 4


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """Patterns that no bit tells apart well."""

    entries: tuple[Entry[T], ...]


@dataclass(frozen=True, slots=True)
class Split(Generic[T]):
    """Patterns told apart by bit `bit` of the word, counted from the first."""

    bit: int
    zero: Tree[T]
    one: Tree[T]


Tree = Leaf[T] | Split[T]


def build(entries: Sequence[Entry[T]]) -> Tree[T]:
    """The tree of some patterns; one that leaves a bit open stands on both sides of it."""
    bit = _best_bit(entries) if len(entries) > LEAF else None
    if bit is None:
        return Leaf(tuple(entries))
    zero = [entry for entry in entries if _bit(entry[0], bit) != 1]
    one = [entry for entry in entries if _bit(entry[0], bit) != 0]
    return Split(bit, build(zero), build(one))


def _bit(cube: Cube, bit: int) -> int | None:
    """The value that a cube gives a bit, if it does."""
    length, mask, value = cube
    shift = length - 1 - bit
    return (value >> shift) & 1 if shift >= 0 and (mask >> shift) & 1 else None


def _best_bit(entries: Sequence[Entry[T]]) -> int | None:
    """The bit whose larger side is smallest; none unless it takes a quarter of the patterns off both sides."""
    longest = max(cube[0] for cube, _ in entries)
    ones, zeros = [0] * longest, [0] * longest
    for (length, mask, value), _ in entries:
        for bit in range(length):
            if mask >> (length - 1 - bit) & 1:
                if value >> (length - 1 - bit) & 1:
                    ones[bit] += 1
                else:
                    zeros[bit] += 1
    best = max(range(longest), key=lambda bit: (min(ones[bit], zeros[bit]), -bit))
    return best if min(ones[best], zeros[best]) > 0 and ones[best] + zeros[best] >= len(entries) / 2 else None


def overlaps(tree: Tree[T]) -> Iterator[tuple[T, T, Cube]]:
    """Pairs of patterns with words in common, and those words; a pair may come several times."""
    if isinstance(tree, Split):
        yield from overlaps(tree.zero)
        yield from overlaps(tree.one)
        return
    for (cube_a, a), (cube_b, b) in itertools.combinations(tree.entries, 2):
        common = meet(cube_a, cube_b)
        if common is not None:
            yield a, b, common


def matches(tree: Tree[T], word: int, length: int) -> Iterator[T]:
    """What the first bits of a word of `length` bits match."""
    while isinstance(tree, Split):
        shift = length - 1 - tree.bit
        tree = tree.one if shift >= 0 and word >> shift & 1 else tree.zero
    for (size, mask, value), item in tree.entries:
        if size <= length and (word >> (length - size)) & mask == value:
            yield item
