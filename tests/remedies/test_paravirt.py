"""Hypercalls: which instructions carry them, where they go in a program, and what a porter is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from analyzer.encoding.codec import Decoder
from analyzer.remedies.paravirt import Abi, Hypercall, abi, abi_text
from analyzer.remedies.patch import Patcher, always_trapping, carrier_for, carriers, numbers
from analyzer.spec.model import Isa
from tests.remedies.ported import judged_as, ported, shipped_carriers
from tests.report import fakes
from tests.simulator.guests import KA10, X86, machine, program, variant

SPSW = "third-generation-spsw"
ROW = "instructions:\n  - {{name: TRY, encoding: '1001 0000 {}', semantics: {}}}\n"
BITS = "-" * 28
FIELD = "n:4 " + "-" * 24


def with_row(rest: str, semantics: str = "trap(svc)") -> Isa:
    """The machine with one more instruction."""
    return variant(ROW.format(rest, json.dumps(semantics)))


# -- carriers --------------------------------------------------------------------------------------------------------


def test_what_always_traps_is_read_from_the_analysis() -> None:
    found = fakes.analysis_of(machine(SPSW))
    first, second, *others = found.exact.instructions
    rows = (
        replace(first, trap_and_emulate="traps"),
        replace(second, trap_and_emulate="wrong", hybrid="traps"),
        *others,
    )
    judged = always_trapping(replace(found, exact=replace(found.exact, instructions=rows)))
    assert first.name in judged
    assert second.name not in judged


@pytest.mark.parametrize("name", [SPSW, KA10, X86])
def test_every_carrier_is_the_instruction_that_it_names_for_every_number(name: str) -> None:
    isa = machine(name)
    decoder = Decoder(isa)
    for carrier in shipped_carriers(name):
        for number in {0, 1, carrier.room - 1} - {-1}:
            found = decoder.decode(carrier.units(isa, number))
            assert found is not None
            assert (found[0], found[2]) == (carrier.name, carrier.length)
            assert carrier.room == 0 or found[1][carrier.number] == number


@pytest.mark.parametrize(("semantics", "fits"), [("trap(svc)", True), ("gpr[1] = 1\ncommit()\ntrap(svc)", False)])
def test_what_leaves_the_state_changed_when_it_traps_carries_nothing(semantics: str, fits: bool) -> None:
    assert bool(carriers(with_row(BITS, semantics), ("TRY",))) is fits


@pytest.mark.parametrize(("restartable", "fits"), [("true", True), ("false", False)])
def test_nor_what_cannot_be_restarted(restartable: str, fits: bool) -> None:
    kind = f"traps:\n  odd: {{class: call, restartable: {restartable}}}\n"
    assert bool(carriers(variant(kind + ROW.format(BITS, "trap(odd)")), ("TRY",))) is fits


@pytest.mark.parametrize(("rest", "chosen"), [(FIELD, "TRY"), (BITS, "SVC")])
def test_a_call_that_tells_the_number_is_preferred(rest: str, chosen: str) -> None:
    isa = with_row(rest)
    found = carriers(isa, ("LPSW", "SVC", "TRY", "HLT"))
    carrier = carrier_for(found, 1, 7)
    assert carrier is not None
    assert carrier.name == chosen
    assert carrier_for(found, 0, 7) is None


@pytest.mark.parametrize(("number", "chosen"), [(15, "TRY"), (16, "SVC")])
def test_only_if_it_can_hold_it(number: int, chosen: str) -> None:
    carrier = carrier_for(carriers(with_row(FIELD), ("SVC", "TRY")), 1, number)
    assert carrier is not None
    assert carrier.name == chosen


def test_the_shortest_otherwise() -> None:
    """One unit: a call that tells nothing; two: one that tells the number."""
    lengths = [carrier_for(shipped_carriers(X86), length, 5) for length in (1, 2, 7)]
    assert [carrier and (carrier.name, carrier.length) for carrier in lengths] == [
        ("INT3", 1), ("INT imm8", 2), ("INT imm8", 2),
    ]  # fmt: skip


def test_numbers_follow_the_specification() -> None:
    rows = [row.name for row in machine(KA10).instructions]
    found = numbers(machine(KA10), judged_as(KA10, "wrong"))
    assert list(found.values()) == list(range(1, len(found) + 1))
    assert sorted(found, key=rows.index) == list(found)


# -- sites -----------------------------------------------------------------------------------------------------------

STORES = ".org 16\nLI r1, 1\nthere: SPSW 200\nHLT\n"


def test_an_instruction_is_replaced_and_data_is_not() -> None:
    word = program(machine(SPSW), STORES).units[17]
    found = ported(SPSW, f"{STORES}.word {word}")
    assert list(found.sites) == [17]
    assert (found.sites[17].name, found.sites[17].original) == ("SPSW", (word,))
    assert (found.program.units[17], found.program.units[19]) == (found.sites[17].patched[0], word)
    assert ported(SPSW, f"{STORES}SPSW 200").program.units[19] == found.program.units[17]


def test_nothing_else_changes() -> None:
    text = STORES + ".expect halted\n.state gpr[3] = 9"
    before, found = program(machine(SPSW), text), ported(SPSW, text).program
    assert {place for place in before.units if before.units[place] != found.units[place]} == {17}
    assert (found.start, found.state, found.expect) == (before.start, before.state, before.expect)


def test_what_remains_of_a_longer_instruction_stays() -> None:
    text = ".org 0x1000\nSGDT [0x2000]\nHLT"
    before, found = program(machine(X86), text), ported(X86, text)
    site = found.sites[0x1000]
    assert (len(site.original), len(site.patched)) == (7, 2)
    assert [place for place in before.units if before.units[place] != found.program.units[place]] == [0x1000, 0x1001]


@pytest.mark.parametrize(("longest", "places"), [(1, []), (2, [0x1000])])
def test_what_does_not_fit_is_told(longest: int, places: list[int]) -> None:
    """PUSHF of one unit, where the hypercalls have one or two."""
    shortest = tuple(carrier for carrier in shipped_carriers(X86) if carrier.length >= longest)
    found = ported(X86, ".org 0x1000\nPUSHFD\nHLT", hypercalls=shortest)
    assert [unfit.address for unfit in found.unfit] == places
    assert [str(unfit).split(";")[0] for unfit in found.unfit] == [
        "PUSHFD at 0x1000 does not fit: it has 1 unit, and every instruction that always traps has more"
    ] * len(places)
    assert (0x1000 in found.sites) is not bool(places)


@pytest.mark.parametrize(("address", "sites"), [(17, []), (16, [17])])
def test_what_the_program_keeps_stays(address: int, sites: list[int]) -> None:
    found = ported(SPSW, f"{STORES}.keep {address}, {address}")
    assert list(found.sites) == sites
    assert bool(sites) is (found.program.units != program(machine(SPSW), STORES).units)


@pytest.mark.parametrize(("more", "distinct"), [("SVC", False), ("HLT", True)])
def test_the_units_of_a_hypercall_are_distinct_unless_the_program_has_them(more: str, distinct: bool) -> None:
    assert bool(ported(SPSW, STORES + more).distinct) is distinct


# -- the interface ---------------------------------------------------------------------------------------------------


def interface(name: str) -> Abi:
    return abi(machine(name), judged_as(name, "wrong"), shipped_carriers(name))


def call_of(name: str, instruction: str) -> Hypercall:
    (found,) = (call for call in interface(name).calls if call.name == instruction)
    return found


def test_the_interface_says_what_is_read_and_written() -> None:
    call = call_of(SPSW, "SPSW")
    assert call.number == 1
    assert call.forms == ((1, "SVC"),)
    assert call.operands == (("x", 3), ("y", 10))
    assert (call.arguments, call.results) == (("pc", "gpr"), ())
    assert (call.loads, call.stores) == ((), ("mem",))
    assert (call.virtual_reads, call.virtual_writes) == (("user", "base", "bound"), ())
    assert call.traps == (("memorytrap", "memory"),)


def test_a_hypercall_that_changes_the_virtual_cpu_says_so() -> None:
    assert "user" in call_of(KA10, "JRST 1").virtual_writes
    assert call_of(KA10, "JSR").virtual_writes == ()
    assert "iopl" in call_of(X86, "POPFD").virtual_writes


def test_a_form_for_each_length() -> None:
    assert [length for length, _ in call_of(X86, "POPFD").forms] == [1, 2]
    assert [length for length, _ in call_of(X86, "SGDT m").forms] == [3]


def test_the_text_has_every_hypercall_and_rule() -> None:
    for name in (SPSW, KA10, X86):
        found = interface(name)
        text = abi_text(found)
        assert [line for line in text.splitlines() if line.startswith("## ")] == [
            f"## {call.number}: {call.name}" for call in found.calls
        ]
        assert all(rule in text for rule in found.rules)
        assert text.count("| traps into the guest |") == len(found.calls) > 0


def test_a_machine_that_needs_none_says_so() -> None:
    assert "No instruction needs a hypercall." in abi_text(abi(machine(SPSW), (), ()))
    assert "nothing fits" in abi_text(abi(machine(SPSW), ("SPSW",), ()))


def test_a_patcher_without_carriers_leaves_everything() -> None:
    isa = machine(SPSW)
    found = Patcher(isa, ("SPSW",), ()).patched(program(isa, STORES))
    assert (found.sites, [unfit.address for unfit in found.unfit]) == ({}, [17])
    assert found.program == program(isa, STORES)
