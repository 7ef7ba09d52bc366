"""One setting for many instructions: the search for it against all settings, one after the other."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.remedies import configuration
from analyzer.remedies.configuration import combine
from analyzer.remedies.demands import Demand
from analyzer.remedies.settings import Pin, cost
from analyzer.verdict import Answer

PINS = [Pin(name, 1, value, value == 0) for name in "abc" for value in (None, 0, 1)]
SETTINGS = st.lists(st.sampled_from(PINS), min_size=1, max_size=3, unique_by=lambda pin: pin.component).map(tuple)
DEMANDS = st.lists(st.lists(SETTINGS, max_size=3).map(tuple), max_size=6)
CONSISTENT = [s for n in range(4) for s in combinations(PINS, n) if len({pin.component for pin in s}) == n]


@given(DEMANDS)
def test_no_setting_meets_more_demands_nor_as_many_for_less(wanted: list[tuple[tuple[Pin, ...], ...]]) -> None:
    all_demands = [Demand(str(i), Answer.YES if each else Answer.NO, each) for i, each in enumerate(wanted)]
    chosen, finished = combine(all_demands)
    price = min((-sum(d.met(s) for d in all_demands), *cost(s)) for s in CONSISTENT)
    assert finished
    assert (-sum(d.met(tuple(chosen)) for d in all_demands), *cost(chosen)) == price


def test_a_search_that_is_given_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    demand = Demand("one", Answer.YES, ((PINS[1],),))
    monkeypatch.setattr(configuration, "MAX_STEPS", 1)
    assert combine([demand]) == (frozenset(), False)
    monkeypatch.setattr(configuration, "MAX_STEPS", 3)
    assert combine([demand]) == (frozenset((PINS[1],)), True)
