"""Witnesses that instructions of one kind lend one another."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.encoding.codec import encode_row, nearest
from analyzer.language.declarations import Role
from analyzer.properties.behavior import EXTENDED, asked, behavior_sensitive
from analyzer.properties.classify import REST, USER, find
from analyzer.properties.found import Existence, Uniform
from analyzer.properties.kindred import KEPT, Kindred, kind
from analyzer.properties.privileged import privileged
from analyzer.properties.question import Facts, Level
from analyzer.properties.shrink import shrink
from analyzer.properties.square import wrong
from analyzer.properties.subject import Subject
from analyzer.spec.load import load
from analyzer.spec.model import Instruction, Isa
from analyzer.symbolic.solver import SolverOptions
from analyzer.verdict import Answer

MACHINE = load("third-generation-spsw")
PENTIUM = load("x86-pentium")
EVERY = ("supervisor", "other", "user")
ROWS = st.sampled_from([row for row in PENTIUM.instructions if row.encodings])


def subject(isa: Isa, name: str, kindred: Kindred | None = None) -> Subject:
    monitor = next(iter(isa.monitors.values()))
    return Subject(isa, monitor, isa.instruction(name), SolverOptions(), Facts(), kindred=kindred)


def sensitive(of: Subject) -> Existence:
    return behavior_sensitive(of, EXTENDED, EVERY)


def mode_sensitive(of: Subject) -> Existence:
    return behavior_sensitive(of, EXTENDED, EVERY, differ=("mode",))


def kind_of(name: str) -> Hashable:
    return kind(PENTIUM.machine, subject(PENTIUM, name).effects)


@given(
    ROWS, st.dictionaries(st.sampled_from(["m.case", "m.rm", "m.x", "r", "imm", "opsize", "lock"]), st.integers(0, 15))
)
def test_the_nearest_fields_are_those_of_a_word(row: Instruction, fields: dict[str, int]) -> None:
    word = nearest(row, fields)
    assert encode_row(row, word, PENTIUM.machine.program.unit)
    assert nearest(row, word) == word


def test_operands_apart_instructions_are_of_one_kind() -> None:
    assert kind_of("LFS r32, m16:32") == kind_of("LGS r32, m16:32")
    assert kind_of("PUSHF") != kind_of("POPF")


def test_what_was_refuted_for_a_kindred_instruction_is_refuted_first_and_asked_all_the_same() -> None:
    known = Kindred()
    early, late = subject(PENTIUM, "VERW r/m16", known), subject(PENTIUM, "VERW r/m16")
    assert sensitive(early).answer is Answer.YES
    assert not known.refuted
    late.kindred.refuted.update(known.known)
    assert sensitive(late).answer is Answer.YES
    assert late.counters.queries > early.counters.queries


def test_what_is_refuted_is_refuted_first_for_the_next() -> None:
    kindred = Kindred()
    first, lent, alone = (subject(PENTIUM, *each) for each in (("INSB", kindred), ("INSW", kindred), ("INSW",)))
    assert [wrong(each, ("user",)).answer for each in (first, lent, alone)] == [Answer.NO] * 3
    assert lent.counters.queries < alone.counters.queries


def test_a_lent_witness_spares_the_solver() -> None:
    kindred = Kindred()
    first, again = (subject(MACHINE, "SPSW", kindred) for _ in range(2))
    assert sensitive(first).answer is sensitive(again).answer is Answer.YES
    assert first.counters.queries > again.counters.queries == 0


@pytest.mark.parametrize("name", ["LD", "ST"])
def test_a_lent_witness_that_does_not_show_what_is_asked_answers_nothing(name: str) -> None:
    kindred = Kindred()
    assert sensitive(subject(MACHINE, "SPSW", kindred)).answer is Answer.YES
    (known,) = kindred.known.values()
    assert known
    assert sensitive(subject(MACHINE, name, kindred)).answer is Answer.NO


def test_the_latest_witnesses_are_kept_the_smaller_before_the_larger() -> None:
    first = sensitive(subject(MACHINE, "SPSW")).found
    assert first is not None
    kindred, question = Kindred(), ("asked",)
    many = [replace(first) for _ in range(KEPT + 1)]
    for found in many:
        kindred.remember(question, found)
    assert kindred.witnesses(question) == tuple(reversed(many[1:]))
    smaller = replace(first)
    kindred.prefer(smaller, many[2])
    assert kindred.witnesses(question)[0] is smaller
    kindred.prefer(replace(first), many[0])
    assert kindred.witnesses(question)[0] is smaller
    best, good = replace(first), replace(first)
    kindred.prefer(best, good, smaller)
    assert kindred.witnesses(question)[:3] == (best, good, smaller)


@pytest.mark.parametrize(("level", "further"), [("exact", 0), ("uniform", 0), ("uniform", 99)])
def test_the_search_begins_where_a_kindred_instruction_has_its_witness(level: Level, further: int) -> None:
    first, again = subject(MACHINE, "SPSW"), subject(MACHINE, "SPSW")
    assert mode_sensitive(first).answer is Answer.YES
    ((question, (_, part)),) = first.kindred.places.items()
    again.kindred.places[question] = level, part + further
    found = mode_sensitive(again)
    assert found.answer is Answer.YES
    assert found.found is not None
    assert found.found.level == level


@pytest.mark.parametrize(("name", "answer"), [("ESC DC, load 64", Answer.NO), ("SIDT m", Answer.YES)])
def test_what_was_refuted_with_all_roles_is_asked_with_all_roles_first(name: str, answer: Answer) -> None:
    def answers(of: Subject) -> tuple[dict[Role, Answer], list[Answer]]:
        found = find(of, "extended", partial(privileged, of), literal=False)
        return {role: e.answer for role, e in found.kinds.items()}, [e.answer for e in found.behavior.values()]

    alone, lent = subject(PENTIUM, name), subject(PENTIUM, name)
    lent.kindred.refuted.update(asked(EXTENDED, kinds) for kinds in (REST, USER))
    expected = answers(alone)
    assert answers(lent) == expected
    assert max(expected[0].values(), key=(Answer.NO, Answer.YES).index) is answer
    if answer is Answer.NO:
        assert lent.counters.queries < alone.counters.queries


def test_what_is_small_while_storage_is_uniform_is_lent_too() -> None:
    lender = subject(PENTIUM, "LFS r16, m16:16")
    small = shrink(lender, sensitive(lender)).found
    (known,) = lender.kindred.known.values()
    assert known[0] is small
    assert [isinstance(found.executions[0].before.storage, Uniform) for found in known] == [False, True, True]
    assert [found.small for found in known] == [True, True, False]
