"""Real storage: parts share its units, sparse and dense storage behave alike, writes are told."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.simulator.memory import DENSE, GRANULE, Memory

SIZE = 40
DENSE_UNIT, SPARSE_UNIT = 36, 72  # wider than a memoryview's elements
WRITES = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, 2**36 - 1)), max_size=20)


@pytest.mark.parametrize("unit", [1, 8, 9, 16, 32, 36, 64, SPARSE_UNIT])
def test_a_unit_holds_its_largest_value(unit: int) -> None:
    memory = Memory(unit, 3)
    memory[1] = 2**unit - 1
    assert [memory[place] for place in range(3)] == [0, 2**unit - 1, 0]


@pytest.mark.parametrize("unit", [DENSE_UNIT, SPARSE_UNIT])
def test_a_part_shares_its_units(unit: int) -> None:
    memory = Memory(unit, SIZE)
    part = memory.part(10, 20).part(5, 10)
    part[0], memory[24] = 7, 8
    assert (memory[15], part[9], len(part), part.base) == (7, 8, 10, 15)
    assert part.listed() == {0: 7, 9: 8}


@pytest.mark.parametrize("unit", [DENSE_UNIT, SPARSE_UNIT])
def test_nothing_is_past_the_end(unit: int) -> None:
    part = Memory(unit, SIZE).part(10, 20)
    with pytest.raises(IndexError):
        part[20]
    with pytest.raises(IndexError):
        part[20] = 1
    with pytest.raises(IndexError):
        part.get(20)
    with pytest.raises(IndexError):
        part.load(19, [1, 2])
    for base, size in ((0, 21), (20, 1), (-1, 5)):
        with pytest.raises(IndexError):
            part.part(base, size)
    assert part.listed() == {}


@given(whole=WRITES, start=st.integers(0, SIZE), length=st.integers(0, SIZE), inside=WRITES)
def test_sparse_and_dense_behave_alike(
    whole: list[tuple[int, int]], start: int, length: int, inside: list[tuple[int, int]]
) -> None:
    """Both as a list of numbers does."""
    length = min(length, SIZE - start)
    expected = [0] * SIZE
    memories = [Memory(DENSE_UNIT, SIZE), Memory(SPARSE_UNIT, SIZE)]
    for place, value in whole:
        expected[place] = value
        for memory in memories:
            memory[place] = value
    for place, value in inside:
        if place < length:
            expected[start + place] = value
            for memory in memories:
                memory.part(start, length)[place] = value
    for memory in memories:
        assert [memory[place] for place in range(SIZE)] == expected
        assert memory.listed() == nonzero(expected) == memory.copy()
        assert memory.part(start, length).listed() == nonzero(expected[start : start + length])


def nonzero(values: list[int]) -> Mapping[int, int]:
    return {place: value for place, value in enumerate(values) if value}


def test_large_storage_keeps_only_what_was_written() -> None:
    memory = Memory(8, DENSE + 100)
    memory[DENSE + 99] = 5
    memory.watch([DENSE + 99])
    assert memory.listed() == {DENSE + 99: 5}
    with pytest.raises(IndexError):
        memory[DENSE + 100] = 1


def test_records_are_numbered_in_the_whole_storage() -> None:
    memory = Memory(8, SIZE)
    record: set[int] = set()
    memory.part(10, 20).records.append(record)
    memory[3] = 1
    memory.part(20, 10)[4] = 1
    memory.load(0, [1, 1])
    assert record == {3, 24, 0, 1}


def test_who_watches_code_is_told_once() -> None:
    memory, told = Memory(8, 1000), list[int]()
    memory.listeners.append(told.append)
    part = memory.part(1 << GRANULE, 500)
    assert part.watch([0, 1, (1 << GRANULE) + 3]) == {1, 2}
    memory[0] = part[2 << GRANULE] = 1  # in other granules
    assert told == []
    memory[(1 << GRANULE) + 5] = 1
    part[6] = 1  # nobody marked the granule again
    assert told == [(1 << GRANULE) + 5]
    part[1 << GRANULE] = 1
    assert told == [(1 << GRANULE) + 5, 2 << GRANULE]
