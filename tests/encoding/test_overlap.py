"""Overlap and cubes against enumeration of all words."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from analyzer.encoding.cubes import cover, cubes_of, meet
from analyzer.encoding.overlap import overlapping, word_text
from analyzer.encoding.pattern import Cube, Encoding, Form, Piece
from analyzer.encoding.tree import build, matches, overlaps


@st.composite
def cubes(draw: st.DrawFn) -> Cube:
    length = draw(st.integers(1, 7))
    mask = draw(st.integers(0, (1 << length) - 1))
    return length, mask, draw(st.integers(0, (1 << length) - 1)) & mask


def words(cube: Cube, width: int) -> set[int]:
    """All words of `width` bits that begin with a bit string of the cube."""
    length, mask, value = cube
    return {word for word in range(1 << width) if (word >> (width - length)) & mask == value}


@given(cubes(), cubes())
def test_meet_is_intersection(a: Cube, b: Cube) -> None:
    common = meet(a, b)
    assert (words(common, 7) if common else set()) == words(a, 7) & words(b, 7)


@given(st.lists(cubes(), max_size=40))
def test_tree_finds_all_overlaps_and_matches(patterns: list[Cube]) -> None:
    tree = build(list(zip(patterns, itertools.count())))
    found = {frozenset((a, b)): common for a, b, common in overlaps(tree)}
    pairs = itertools.combinations(range(len(patterns)), 2)
    assert set(found) == {frozenset(p) for p in pairs if words(patterns[p[0]], 7) & words(patterns[p[1]], 7)}
    for (a, b), common in ((tuple(pair), common) for pair, common in found.items()):
        assert words(common, 7) <= words(patterns[a], 7) & words(patterns[b], 7)
    for word in range(1 << 7):
        assert sorted(matches(tree, word, 7)) == [n for n, cube in enumerate(patterns) if word in words(cube, 7)]


@given(st.frozensets(st.integers(0, 31)))
def test_cover_is_exact_and_disjoint(values: frozenset[int]) -> None:
    parts = [{v for v in range(32) if v & mask == value} for mask, value in cover(values, 5)]
    assert set().union(*parts) == values
    assert sum(map(len, parts)) == len(values)


def test_cubes_of_a_scattered_field() -> None:
    pieces = (Piece("x", 2, 1, 0), Piece("x", 0, 0, 3))
    form = Form(4, 0b0010, 0b0010, pieces, {}, {"x": frozenset((0b101, 0b100))})
    assert set().union(*(words(cube, 4) for cube in cubes_of(form))) == {0b1011, 0b1010}


def form(bits: str) -> Form:
    mask = int(bits.replace("0", "1").replace("-", "0"), 2)
    return Form(len(bits), mask, int(bits.replace("-", "0"), 2), (), {}, {})


def overlapping_names(**encodings: Encoding) -> list[tuple[str, str, str]]:
    return [(a, b, word_text(common, 4)) for a, b, common in overlapping(encodings.items())]


def test_a_shorter_pattern_overlaps_what_begins_with_it() -> None:
    long, short, other = (Encoding((form(bits),), {}) for bits in ("00101111", "00-0", "0100"))
    assert overlapping_names(long=long, short=short, other=other) == [("long", "short", "0010 1111")]


def test_prefixes_tell_patterns_apart() -> None:
    plain, prefixed, either = (
        Encoding((form("0010"),), {"size": frozenset(values)}) for values in ((0,), (1,), (0, 1))
    )
    assert overlapping_names(plain=plain, prefixed=prefixed) == []
    assert overlapping_names(plain=plain, either=either) == [("plain", "either", "0010")]
