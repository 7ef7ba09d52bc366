"""The Euler diagram: areas as drawn are the numbers of instructions, and each set is in one piece."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.report.html.environment import macro
from analyzer.report.html.euler import COLUMNS, HEIGHT, SETS, WIDTH, Euler, euler
from analyzer.verdict import Answer, InstructionResult
from tests.report import fakes

Class = tuple[bool, bool, bool, bool]
YES, NO, UNKNOWN, VACUOUS = Answer.YES, Answer.NO, Answer.UNKNOWN, Answer.VACUOUS
RECT = re.compile(
    r'<rect class="kind(\d)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" data-count="(\d+)">'
)
# What can be: a critical instruction is sensitive, and so is a user-sensitive one.
CLASSES = [
    (privileged, sensitive, critical, user)
    for privileged, sensitive, critical, user in product((False, True), repeat=4)
    if sensitive or not (critical or user)
]
MACHINES = st.lists(st.sampled_from(CLASSES), min_size=1, max_size=60)


def result(number: int, which: Class) -> InstructionResult:
    answers = [YES if each else NO for each in which]
    return replace(
        fakes.innocuous(f"I{number}"), privileged=answers[0], sensitive=answers[1], critical=answers[2],
        user_sensitive=answers[3],
    )  # fmt: skip


def drawn(*results: InstructionResult) -> tuple[Euler, list[tuple[int, float, float, float, float, int]]]:
    """The diagram, and its rectangles as they stand in the page: kind, x, y, width, height, count."""
    found = euler(results)
    rects = RECT.findall(macro("diagram", found, "id"))
    return found, [(int(k), float(x), float(y), float(w), float(h), int(n)) for k, x, y, w, h, n in rects]


@given(MACHINES)
def test_areas_are_numbers_of_instructions(classes: list[Class]) -> None:
    found, rects = drawn(*(result(number, which) for number, which in enumerate(classes)))
    unit = WIDTH * HEIGHT / len(classes)
    assert sum(count for *_, count in rects) == len(classes) == found.total
    for _, _, _, width, height, count in rects:
        assert width * height == pytest.approx(count * unit, rel=1e-3)
    expected = Counter((which[:3], which[3]) for which in classes)
    assert {(COLUMNS[cell.kind][0], cell.user): len(cell.names) for cell in found.cells} == expected


@given(MACHINES)
def test_each_set_is_one_rectangle_as_large_as_it_has_instructions(
    classes: list[tuple[bool, bool, bool, bool]],
) -> None:
    found, rects = drawn(*(result(number, which) for number, which in enumerate(classes)))
    for position, name in enumerate(SETS):
        inside = [rect for rect in rects if COLUMNS[rect[0]][0][position]]
        span = next(span for span in found.spans if span.name == name)
        number = sum(which[position] for which in classes)
        assert span.count == number
        assert span.width * HEIGHT == pytest.approx(number * WIDTH * HEIGHT / len(classes))
        for _, x, _, width, _, _ in inside:
            assert span.x - 1e-3 <= x
            assert x + width <= span.x + span.width + 1e-3
        covered = sum(width * height for _, _, _, width, height, _ in inside)
        assert covered == pytest.approx(span.width * HEIGHT, rel=1e-3)


def test_user_sensitive_instructions_are_at_the_bottom() -> None:
    _, rects = drawn(result(0, (False, True, True, True)), result(1, (False, True, True, False)))
    assert [(y, height) for _, _, y, _, height, _ in rects] == [(0, HEIGHT / 2), (HEIGHT / 2, HEIGHT / 2)]


def test_what_is_not_decided_is_told_and_not_drawn() -> None:
    decided = result(0, (True, True, False, False))
    found, rects = drawn(decided, replace(decided, name="I1", critical=UNKNOWN))
    assert found.undecided == ("I1",)
    assert [count for *_, count in rects] == [1]
    found, _ = drawn(decided, replace(decided, name="I1", privileged=VACUOUS, sensitive=NO))
    assert (found.undecided, found.vacuous, found.total) == ((), ("I1",), 2)


def test_without_instructions_there_is_nothing_to_draw() -> None:
    assert euler(()).cells == ()
