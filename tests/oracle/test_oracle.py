"""Samples of the comparison with emulators; and the oracle finds what it should find.

The whole comparison is `make oracle`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import pytest

from analyzer.spec.load import load, varied
from analyzer.spec.model import Isa
from tests.oracle.drivers import DRIVERS, driver_of
from tests.oracle.emulator import ABORTS, Case, Emulator
from tests.oracle.forms import Form, forms
from tests.oracle.fragile import Fragile
from tests.oracle.lists import Lists, lists_of
from tests.oracle.run import AGREES, DEVIATES, DRAWN, NOT_COMPARED, Comparison, Tally
from tests.oracle.simulated import INTERPRETATIONS, Simulated

SAMPLE = {"m68000": 7, "rv64": 7, "x86-pentium": 61, "pdp10-ka10": 11}  # every so manieth form
MUTANT_STATES = 50
MUTANT = """
isa: {isa}-mutant
extends: {isa}
title: A mutant
description: Instructions that do something else.
amend:
"""
WRONG = {
    "rv64": {"XOR": "set_x(rd, x(rs1) | x(rs2))", "SRET": "pc = sepc", "CSR sepc": "set_x(rd, sepc)"},
    "x86-pentium": {
        "CMC": "cf = 1",
        "HLT": "halted = 1",
        "DIV r/m8": "quotient, remainder = idiv8(accumulator8(), load8(m))\n"
        "    set_accumulator8(cat(remainder, quotient))",
    },
    "m68000": {
        "NOP": "cf = 0",
        "SWAP Dn": "d[r] = logical32(cat(d[r][15:0], d[r][31:16]))\n    xf = 0",
        "MULS <ea>,Dn": "value = read16(m)\n    d[r] = logical32(sext(d[r][15:0], 32) * zext(value, 32))",
    },
    "pdp10-ka10": {"ANDI": "ac[a] = ac[a] | zext(effective_address(i, x, y), 36)"},
}
ODD = """
  ADD: |
    if ac[a] == 0 and user == 1:
        ac[a] = 1
        return
    original()
"""
LISTED = (
    "deviations: [{forms: [ADD], modes: [user], when: 'ac[a] == 0', fields: {a: 4}, values: ['ac[*]'], evidence: x}]"
)
EXCLUDED = "not_comparable: [{forms: [ADD], when: 'zext(ac[a][35], 2) == 0', fields: {a: 4}, reason: x}]"


simh = pytest.mark.skipif(shutil.which("pdp10") is None, reason="Debian's package simh is not installed")
MACHINES = [pytest.param(name, marks=simh) if name.startswith("pdp10") else name for name in DRIVERS]


@pytest.fixture(scope="module", params=MACHINES)
def comparison(request: pytest.FixtureRequest) -> Iterator[Comparison]:
    """The comparison of a machine."""
    isa = load(request.param)
    made = Comparison(isa, driver_of(isa.name), lists_of(isa))
    yield made
    made.close()


def again(comparison: Comparison, count: int, wanted: Callable[[Form], bool]) -> Tally:
    """Compare anew."""
    comparison.tally = Tally()
    return comparison.all_forms(count, wanted)


def mutant_of(isa: Isa) -> Isa:
    amended = "".join(f'  "{name}": |\n    {text}\n' for name, text in WRONG[isa.name].items())
    return varied(isa, MUTANT.format(isa=isa.name) + amended)


def test_a_sample_of_the_forms_agrees(comparison: Comparison) -> None:
    isa = comparison.isa
    sample = {form.name for form in list(forms(isa))[:: SAMPLE[isa.name]]}
    tally = again(comparison, 12, lambda form: form.name in sample)
    assert not tally.disagreements
    assert not tally.fewer
    assert tally.cases[AGREES] >= 500
    assert len(tally.sides) * 4 >= len(tally.possible)


def test_marks_of_conditions_change_nothing(comparison: Comparison) -> None:
    """What is compared is the specification, not only its marked copy."""
    plain, marked = Simulated(comparison.isa, comparison.driver, comparison.image), comparison.simulated
    some = list(forms(comparison.isa))[:: 3 * SAMPLE[comparison.isa.name]]
    for form in some:
        for drawn in islice(comparison.states.of(form, comparison.driver.modes[0]), 4):
            for value in INTERPRETATIONS:
                ended = [each.step(drawn.case, drawn.units, value) for each in (plain, marked)]
                assert replace(ended[0], sides=set()) == replace(ended[1], sides=set())


def test_mutants_are_found(comparison: Comparison) -> None:
    """Each differs from the specification, which agrees, in one word."""
    isa, wrong = comparison.isa, WRONG[comparison.isa.name]
    tally = again(comparison, MUTANT_STATES, lambda form: form.row.name in wrong)
    assert not tally.disagreements
    mutant = Comparison(mutant_of(isa), driver_of(isa.name), comparison.lists)
    tally = mutant.all_forms(MUTANT_STATES, lambda form: form.row.name in wrong)
    mutant.close()
    assert {each.form.split(" [")[0] for each in tally.disagreements} == set(wrong)


@pytest.fixture(scope="module")
def odd() -> Iterator[Callable[[str], tuple[Comparison, Tally]]]:
    """The comparison of a PDP-10 whose ADD is wrong in user mode, with lists of this text."""
    isa = load("pdp10-ka10")
    comparison = Comparison(varied(isa, MUTANT.format(isa=isa.name) + ODD), driver_of(isa.name), Lists(isa, ""))

    def compared(text: str) -> tuple[Comparison, Tally]:
        comparison.lists = Lists(isa, text)
        return comparison, again(comparison, 60, lambda form: form.name == "ADD")

    yield compared
    comparison.close()


@simh
def test_a_deviation_explains_what_it_names_and_nothing_else(odd: Callable[[str], tuple[Comparison, Tally]]) -> None:
    """Form, mode, condition and what differs all count; one that no state needs is reported."""
    edits = [("ADD", "SUB"), ("user", "executive"), ("==", "!="), ("'ac[*]'", "storage")]
    for text in (LISTED, *(LISTED.replace(*edit) for edit in edits)):
        comparison, tally = odd(text)
        assert bool(tally.cases[DEVIATES]) == (text == LISTED)
        assert bool(list(comparison.stale())) == (text != LISTED)


@simh
def test_states_that_cannot_be_compared_are_counted_and_replaced(
    odd: Callable[[str], tuple[Comparison, Tally]],
) -> None:
    """One word apart: half of the states cannot be compared, or none can, and that is told."""
    _, tally = odd(EXCLUDED)
    assert tally.cases[NOT_COMPARED] > 0
    assert (tally.cases.total() - tally.cases[NOT_COMPARED], tally.fewer) == (120, {})
    _, tally = odd(EXCLUDED.replace("== 0", "< 2"))
    assert tally.cases == {NOT_COMPARED: 2 * 60 * DRAWN}
    assert tally.fewer == {"ADD in executive": 0, "ADD in user": 0}


def test_an_emulator_that_aborts_is_started_again() -> None:
    emulator = Emulator(Fragile, [0] * 16)
    cases = [Case("user", {"pc": pc}, {}, {}, 0) for pc in (1, 7, 2)]
    assert [result.outcome for result in emulator.run(cases)] == ["1", ABORTS, "2"]
    assert [result.outcome for result in emulator.run(cases[:1])] == ["1"]
    assert emulator.aborted == 1
    emulator.close()
