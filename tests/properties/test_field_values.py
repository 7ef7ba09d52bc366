"""What kindred instructions lend to the question whether one is privileged at some field value."""

from __future__ import annotations

import pytest

from analyzer.properties.field_values import privileged_at_some_field
from analyzer.properties.kindred import KEPT, Kindred, keep
from analyzer.properties.question import Facts
from analyzer.properties.subject import Subject
from analyzer.spec.load import load
from analyzer.symbolic.solver import SolverOptions
from analyzer.verdict import Answer

PENTIUM = load("x86-pentium")
FAR_LOADS = ("LES r32, m16:32", "LDS r32, m16:32")


def subject(name: str, kindred: Kindred | None = None) -> Subject:
    monitor = next(iter(PENTIUM.monitors.values()))
    return Subject(PENTIUM, monitor, PENTIUM.instruction(name), SolverOptions(), Facts(), kindred=kindred)


def test_lent_states_and_field_values_spare_the_solver() -> None:
    kindred = Kindred()
    first, lent, alone = subject(FAR_LOADS[0], kindred), subject(FAR_LOADS[1], kindred), subject(FAR_LOADS[1])
    assert [privileged_at_some_field(each)[0] for each in (first, lent, alone)] == [Answer.NO] * 3
    assert kindred.refuting
    assert lent.counters.queries < alone.counters.queries


@pytest.mark.parametrize(("name", "answer"), [("INSB", Answer.YES), ("POP ES", Answer.NO)])
def test_what_is_lent_and_does_not_fit_answers_nothing(name: str, answer: Answer) -> None:
    kindred = Kindred()
    assert privileged_at_some_field(subject("MOV r/m16, Sreg", kindred))[0] is Answer.NO
    kindred.refuting += [
        ("a question of another monitor", {"cpl.real": 3}),
        ("a", {"gpr": 5, "seg_limit.real": {0: 7}}),
    ]
    kindred.barren += [{"lock": 0}, {}]
    assert privileged_at_some_field(subject(name, kindred))[0] is answer


def test_the_latest_are_kept() -> None:
    latest: list[int] = []
    for number in range(KEPT + 2):
        keep(latest, number)
    assert latest == list(range(KEPT + 1, 1, -1))
