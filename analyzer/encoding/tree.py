"""A decision tree over bits: finds the few patterns that a word can match, and the pairs that overlap."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from analyzer.encoding.pattern import Cube

T = TypeVar("T")
LEAF = 12
SAMPLE = 48
MAX_PAIRS = 5_000_000


class Entry(NamedTuple, Generic[T]):
    """A pattern: mask and value, filled with open bits to the length of the longest; its own length; whose it is."""

    mask: int
    value: int
    length: int
    owner: T


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """Patterns told apart by the bits in `mask`, which all of them fix."""

    mask: int
    nodes: Mapping[int, Node[T]]


@dataclass(frozen=True, slots=True)
class Split(Generic[T]):
    """Patterns told apart by the bit `1 << shift`; one that leaves it open stands on both sides."""

    shift: int
    zero: Node[T]
    one: Node[T]


Node = Table[T] | Split[T] | tuple[Entry[T], ...]


@dataclass(frozen=True, slots=True)
class Tree(Generic[T]):
    """The tree of some patterns, and the length of the longest in bits."""

    root: Node[T]
    length: int


def build(patterns: Iterable[tuple[Cube, T]]) -> Tree[T]:
    """The tree of some patterns and their owners."""
    listed = list(patterns)
    longest = max((cube[0] for cube, _ in listed), default=0)
    entries = [
        Entry(mask << (longest - length), value << (longest - length), length, owner)
        for (length, mask, value), owner in listed
    ]
    return Tree(_node(entries, longest), longest)


def _node(entries: Sequence[Entry[T]], longest: int) -> Node[T]:
    if len(entries) <= LEAF:
        return tuple(entries)
    common, ones, zeros = -1, 0, 0
    for entry in entries:
        common &= entry.mask
        ones |= entry.value
        zeros |= ~entry.value
    if mask := common & ones & zeros:
        groups: dict[int, list[Entry[T]]] = {}
        for entry in entries:
            groups.setdefault(entry.value & mask, []).append(entry)
        return Table(mask, {value: _node(group, longest) for value, group in groups.items()})
    shift = _best_shift(entries, longest)
    if shift is None:
        return tuple(entries)
    zero = [entry for entry in entries if not entry.value >> shift & 1]
    one = [entry for entry in entries if entry.value >> shift & 1 or not entry.mask >> shift & 1]
    return Split(shift, _node(zero, longest), _node(one, longest))


def _best_shift(entries: Sequence[Entry[T]], longest: int) -> int | None:
    """The bit that tells most of a sample apart, if it is fixed in half of it; the first of several."""
    sample = entries[:: len(entries) // SAMPLE + 1]
    best, shift = 0, None
    for candidate in range(longest - 1, -1, -1):
        fixed = sum(entry.mask >> candidate & 1 for entry in sample)
        if 2 * fixed < len(sample) or fixed // 2 <= best:
            continue
        ones = sum(entry.value >> candidate & 1 for entry in sample)
        if min(ones, fixed - ones) > best:
            best, shift = min(ones, fixed - ones), candidate
    return shift


def overlaps(tree: Tree[T]) -> Iterator[tuple[T, T, Cube]]:
    """Pairs of patterns with words in common, and those words; a pair may come several times.

    Raises `OverflowError` when more than `MAX_PAIRS` pairs would have to be compared.
    """
    compared = 0
    for leaf in _leaves(tree.root):
        compared += len(leaf) * (len(leaf) - 1) // 2
        if compared > MAX_PAIRS:
            raise OverflowError
        for a, b in itertools.combinations(leaf, 2):
            if not (a.value ^ b.value) & a.mask & b.mask:
                length = max(a.length, b.length)
                unused = tree.length - length
                yield a.owner, b.owner, (length, (a.mask | b.mask) >> unused, (a.value | b.value) >> unused)


def _leaves(node: Node[T]) -> Iterator[tuple[Entry[T], ...]]:
    match node:
        case Table(nodes=nodes):
            for inner in nodes.values():
                yield from _leaves(inner)
        case Split(zero=zero, one=one):
            yield from _leaves(zero)
            yield from _leaves(one)
        case _:
            yield node


def matches(tree: Tree[T], word: int, length: int) -> Iterator[T]:
    """The owners of the patterns that the first bits of a word of `length` bits match."""
    word = word << (tree.length - length) if length <= tree.length else word >> (length - tree.length)
    node = tree.root
    while not isinstance(node, tuple):
        if isinstance(node, Split):
            node = node.one if word >> node.shift & 1 else node.zero
        else:
            node = node.nodes.get(word & node.mask, ())
    for entry in node:
        if entry.length <= length and word & entry.mask == entry.value:
            yield entry.owner
