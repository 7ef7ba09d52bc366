"""What the solver gives up with uniform storage: asked again with more effort, and last by the next question."""

from __future__ import annotations

import pytest

from analyzer.properties import evidence
from analyzer.properties.behavior import EXTENDED, behavior_sensitive
from analyzer.properties.classify import EVERY
from analyzer.properties.question import Facts, Level, Question
from analyzer.properties.subject import Subject
from analyzer.spec.load import load
from analyzer.symbolic.solver import SolverOptions
from analyzer.verdict import Answer

PENTIUM = load("x86-pentium")


def subject(name: str) -> Subject:
    monitor = next(iter(PENTIUM.monitors.values()))
    return Subject(PENTIUM, monitor, PENTIUM.instruction(name), SolverOptions(), Facts())


@pytest.mark.parametrize(("more", "level"), [(10**9, "uniform"), (1, "exact")])
def test_what_was_given_up_is_asked_again(more: int, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "EFFORT", {"uniform": 10**9})  # of the resources of a proof: too little for anything
    monkeypatch.setattr(evidence, "MORE", more)
    asked = subject("SMSW r/m16")
    existence = behavior_sensitive(asked, EXTENDED, EVERY, differ=("control",))
    assert existence.answer is Answer.YES
    assert existence.found is not None
    assert existence.found.level == level
    assert ("uniform", 0) in asked.given_up


def test_a_part_that_was_given_up_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    usual = evidence._Inquiry.part

    def part(self: evidence._Inquiry, question: Question, number: int, more: int = 1) -> object:
        if question.level == "uniform":
            tried.append(number)
        return usual(self, question, number, more)

    monkeypatch.setattr(evidence._Inquiry, "part", part)
    first = []
    given_up: set[tuple[Level, int]] = {("uniform", 0)}
    for before in (set(), given_up):
        asked = subject("SMSW r/m16")
        asked.given_up |= before
        tried.clear()
        behavior_sensitive(asked, EXTENDED, EVERY, differ=("control",))
        first.append(tried[0])
    assert first == [0, 1]
