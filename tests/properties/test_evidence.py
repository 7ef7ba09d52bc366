"""In which order a question is put: with tables before a proof if that is cheap; what was given up again, and last."""

from __future__ import annotations

from typing import Any

import pytest

from analyzer.language.declarations import Role
from analyzer.properties import behavior, evidence
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

    def part(self: evidence._Inquiry, question: Question, number: int, effort: int | None = None) -> object:
        if question.level == "uniform":
            tried.append(number)
        return usual(self, question, number, effort)

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


UNIFORM: tuple[Level, int] = ("uniform", 7)


@pytest.mark.parametrize(
    ("name", "role", "early", "given_up", "levels"),
    [
        ("IRET", "control", 4, set(), ["uniform", "exact"]),
        ("IRET", "control", 10**9, set(), ["uniform", "exact", "abstract"]),
        ("IRET", "control", 4, {UNIFORM}, ["uniform", "abstract", "exact"]),  # what is found there is smaller
        ("LLDT r/m16", "control", 4, set(), ["uniform", "exact", "abstract"]),
        ("LLDT r/m16", "relocation", 4, set(), ["uniform", "abstract"]),  # the states lie in two places
    ],
)
def test_a_cheap_witness_with_tables_comes_before_a_proof(
    name: str, role: Role, early: int, given_up: set[tuple[Level, int]], levels: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(evidence, "EARLY", early)
    built: list[str] = []
    usual = behavior.behavior_question

    def question(*args: Any, **named: Any) -> Question:
        found = usual(*args, **named)
        built.append(found.level)
        return found

    monkeypatch.setattr(behavior, "behavior_question", question)
    asked = subject(name)
    asked.given_up |= given_up
    existence = behavior_sensitive(asked, EXTENDED, EVERY, differ=(role,))
    assert existence.answer is (Answer.YES if name == "IRET" else Answer.NO)
    assert sorted(set(built), key=built.index) == levels
