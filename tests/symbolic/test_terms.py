"""Arrays that hold one value, and ranges of addresses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.symbolic.solver import Counters, Solver, SolverOptions
from analyzer.symbolic.terms import Terms, postorder

WIDTH = 5
ADDRESSES = st.integers(0, (1 << WIDTH) - 1)
LENGTHS = st.integers(1, 8)


@given(ADDRESSES, LENGTHS, ADDRESSES, LENGTHS)
def test_ranges_are_disjoint_when_they_have_no_address_in_common(a: int, count: int, b: int, length: int) -> None:
    t = Terms()
    first, second = ({(start + i) % (1 << WIDTH) for i in range(size)} for start, size in ((a, count), (b, length)))
    apart = t.disjoint((t.const(a, WIDTH), count), (t.const(b, WIDTH), length))
    assert apart is (t.false if first & second else t.true)


@given(st.lists(st.tuples(st.booleans(), ADDRESSES), min_size=1))
def test_ranges_cover_the_addresses_and_nothing_else(offsets: list[tuple[bool, int]]) -> None:
    t = Terms()
    x = t.var("x", WIDTH)
    addresses = [t.apply("add", x, t.const(n, WIDTH)) if moved else t.const(n, WIDTH) for moved, n in offsets]
    covered = [t.apply("add", first, t.const(i, WIDTH)) for first, length in t.ranges(addresses) for i in range(length)]
    assert {term.key for term in covered} == {term.key for term in addresses}
    assert len(covered) == len({term.key for term in addresses})


@given(ADDRESSES, ADDRESSES, st.integers(0, 255))
def test_a_filled_array_holds_its_value_but_where_something_was_stored(at: int, index: int, value: int) -> None:
    t = Terms()
    filled = t.store(t.fill(t.const(7, 8), WIDTH), t.const(at, WIDTH), t.const(value, 8))
    assert t.select(filled, t.const(index, WIDTH)).value == (value if index == at else 7)


@given(st.dictionaries(ADDRESSES, st.integers(0, 3), min_size=1))
def test_an_array_of_elements_holds_them(elements: dict[int, int]) -> None:
    t = Terms()
    array = t.elements({index: t.const(value, 8) for index, value in elements.items()}, WIDTH)
    assert {index: t.select(array, t.const(index, WIDTH)).value for index in elements} == elements


def test_the_solver_knows_filled_arrays() -> None:
    t = Terms()
    value, index = t.var("value", 8), t.var("index", WIDTH)
    stored = t.store(t.fill(value, WIDTH), t.var("at", WIDTH), t.const(1, 8))
    solver = Solver(SolverOptions(), Counters())
    differs = t.ne(t.select(stored, index), value)
    elsewhere = t.ne(index, t.var("at", WIDTH))
    assert solver.check((differs,), "stored")[0] == "sat"
    assert solver.check((differs, elsewhere), "not stored")[0] == "unsat"


def test_a_core_is_enough_to_contradict() -> None:
    t = Terms()
    x, y = t.var("x", 8), t.var("y", 8)
    session = Solver(SolverOptions(), Counters()).session((t.apply("ult", x, t.const(5, 8)),), "core")
    assumptions = {"large": t.apply("ult", t.const(9, 8), x), "other": t.eq(y, t.const(1, 8))}
    assert session.core(assumptions) == {"large"}
    assert session.core({"other": assumptions["other"]}) is None


@given(st.permutations(range(8)), st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_of_an_array_of_which_every_element_is_stored_nothing_else_is_left(order: list[int], values: list[int]) -> None:
    t = Terms()
    before = t.array("before", 3, 8)
    stored = before
    for place in order:
        stored = t.store(stored, t.const(place, 3), t.const(values[place], 8))
    assert [t.select(stored, t.const(place, 3)).value for place in range(8)] == values
    if order[-1] in (0, 7):  # where a loop over all of them ends
        assert before not in postorder(stored)


@given(st.integers(0, 6))
def test_one_element_that_is_not_stored_is_left(missing: int) -> None:
    t = Terms()
    stored = before = t.array("before", 3, 8)
    for place in (place for place in range(8) if place != missing):
        stored = t.store(stored, t.const(place, 3), t.const(0, 8))
    assert t.select(stored, t.const(missing, 3)) is t.select(before, t.const(missing, 3))
