"""The law of binary translation: a translated guest does what it does on the bare machine; what its units are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from analyzer.monitors.host import Host, nested
from analyzer.monitors.session import GuestRun, Session
from analyzer.monitors.translation_cache import KINDS, LONGEST, Kind, TranslationCounts
from analyzer.monitors.translator import Translator, translator
from analyzer.remedies.translation import Translation
from analyzer.report import run as report
from analyzer.report.json import plain
from analyzer.report.text import render
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import boot
from analyzer.simulator.engine import Trap
from analyzer.simulator.machine import NOTHING, Stop
from analyzer.spec.model import Isa
from analyzer.validation.guests import read
from analyzer.validation.lockstep import Lockstep
from tests.remedies.translations import guest_of, row, shipped, shipped_variant, toy, translation
from tests.simulator.guests import BUSY, KA10, THIRD, X86, engine, machine, psw, register, whole
from tests.simulator.guests import program as assembled

SPSW, JRST1 = "third-generation-spsw", "third-generation-jrst1"
SMALL = (THIRD, SPSW, JRST1, *(f"third-generation-{name}" for name in (
    "inverted", "load-user", "lra", "mfpi", "open-field", "open-load", "permit", "read-mode", "real-store",
    "silent-load", "switches")))  # fmt: skip
SAMPLE = ("interrupts", "os", "rings", "selfmod", "traps", "wrong/iretd", "wrong/popfd", "wrong/push-cs", "wrong/sgdt")
STEPS, LIMIT = 3000, 1_000_000  # compared one by one, and in all
HALTED = Stop("halted")


def programs(name: str, pattern: str = "**/*.s") -> list[tuple[str, str]]:
    folder = machine(name).folder / "programs"
    return [(name, str(path.relative_to(folder).with_suffix(""))) for path in sorted(folder.glob(pattern))]


ORDINARY = [each for name in (*SMALL, KA10) for each in programs(name)]
PENTIUM = [
    each if each[1] in SAMPLE else pytest.param(*each, marks=pytest.mark.nightly) for each in programs(X86)
]  # fmt: skip


def text_of(name: str, program: str) -> str:
    return read(machine(name).folder / "programs" / f"{program}.s")


def both(name: str, text: str, kind: type[Translator] | None = None) -> tuple[Bare, Translator]:
    """The bare machine and a guest of the translator with a program for a shipped machine."""
    return guest_of(shipped_variant(name), shipped(name), text, kind)


def same(bare: Bare, guest: Translator) -> bool:
    """Whether all is equal that a program, or who looks at it, can see."""
    alike = (guest.time, guest.output, guest.counts.traps) == (bare.time, bare.output, bare.counts.traps)
    return alike and guest.counts.interrupts == bare.counts.interrupts and whole(guest) == whole(bare)


def ended(name: str, text: str, kind: type[Translator] | None = None) -> Translator:
    """A guest that has run to its end at full speed, as the bare machine does."""
    bare, guest = both(name, text, kind)
    assert guest.run(LIMIT) == bare.run(LIMIT) == HALTED
    assert same(bare, guest)
    lawful(guest)
    return guest


def diverges(name: str, text: str, kind: type[Translator], limit: int = 1000) -> bool:
    """Whether the guest ends otherwise than on the bare machine, after so many instructions at the latest."""
    bare, guest = both(name, text, kind)
    return guest.run(limit) != bare.run(limit) or not same(bare, guest)


def lawful(guest: Translator) -> None:
    """The statistics add up."""
    counts, executed = guest.translations, sum(guest.translations.executed.values())
    exits, called = guest.counts.exits, guest.counts.exits.get(guest.translation.called, 0)
    assert counts.units == counts.misses == sum(counts.sizes.values())
    assert counts.translated == sum(size * number for size, number in counts.sizes.items())
    assert max(counts.sizes, default=0) <= LONGEST
    assert counts.void <= counts.units
    assert counts.units <= counts.dispatched <= executed
    assert sum(counts.callouts.values()) == called <= counts.executed["callout"] + counts.executed["control"]
    trapped, direct = sum(counts.trapped.values()), guest.counts.direct
    assert (trapped <= sum(exits.values()), executed - trapped <= direct) == (True, True)
    if all(guest.isa.modes[real].kind == "monitor" for real in guest.monitor.modes.values()):
        assert (trapped, executed - trapped) == (sum(exits.values()), direct)  # all code is translated
    assert guest.counts.instructions == guest.counts.direct + guest.counts.interpreted + guest.counts.trapped


# -- the law ---------------------------------------------------------------------------------------------------------


def test_there_are_guests() -> None:
    assert len(ORDINARY) >= 50
    assert len(PENTIUM) >= 45
    assert {each[1] for each in programs(X86)} >= set(SAMPLE)


@pytest.mark.parametrize(("name", "program"), [*ORDINARY, *PENTIUM])
def test_a_translated_guest_runs_as_on_the_bare_machine(name: str, program: str) -> None:
    """Step by step at first, where each unit has one instruction; then at full speed to the end."""
    text = text_of(name, program)
    (comparison,) = Lockstep(*both(name, text)).run(STEPS)
    assert comparison.divergence is None
    ended(name, text)


@pytest.mark.parametrize(("name", "program"), [(THIRD, "os"), (THIRD, "selfmod"), (KA10, "interrupts"), (X86, "os")])
@pytest.mark.parametrize("slice_", [5, 17])
def test_it_can_be_looked_at_between_any_two_instructions(name: str, program: str, slice_: int) -> None:
    """Whole units run here, and are left in their middle."""
    bare, guest = both(name, text_of(name, program))
    for _ in range(300):
        assert guest.run(slice_) == bare.run(slice_)
        assert same(bare, guest)
    assert any(size > 1 for size in guest.translations.sizes)


@pytest.mark.parametrize("name", BUSY)
def test_timers_interrupts_traps_and_faults_come_when_they_come_on_the_bare_machine(name: str) -> None:
    bare, guest = both(*BUSY[name])
    for limit in (1234, 3000):
        assert guest.run(limit) == bare.run(limit)
        assert same(bare, guest)


@pytest.mark.parametrize(("name", "program"), [(SPSW, "wrong/spsw"), (THIRD, "traps"), (KA10, "jen")])
@pytest.mark.parametrize("depth", [2, 3])
def test_nested_the_monitor_below_interprets_the_units(name: str, program: str, depth: int) -> None:
    isa, text, kind = shipped_variant(name), text_of(name, program), translator(shipped(name))
    size = min(isa.simulation.storage, 1 << isa.machine.storage.address - 2)
    guest = nested(isa, next(iter(isa.monitors.values())), kind, size, depth, engine(isa))[1][-1]
    bare = Bare(isa, size, engine(isa))
    for each in (bare, guest):
        boot(each, assembled(isa, text))
    assert guest.run(LIMIT) == bare.run(LIMIT) == HALTED
    assert isinstance(guest, Translator)
    assert same(bare, guest)
    assert guest.bare is None
    assert guest.translations.units == 0


def test_guests_do_not_disturb_each_other() -> None:
    isa, texts = shipped_variant(THIRD), [text_of(THIRD, each) for each in ("os", "selfmod", "traps")]
    host = Host(isa, isa.monitors["default"], translator(shipped(THIRD)), [256] * 3, engine(isa))
    for guest, text in zip(host.guests, texts, strict=True):
        boot(guest, assembled(isa, text))
    stops = host.run(LIMIT, quantum=97)
    for guest, text, stop in zip(host.guests, texts, stops, strict=True):
        bare = both(THIRD, text)[0]
        assert stop == bare.run(LIMIT)
        assert isinstance(guest, Translator)
        assert same(bare, guest)
        lawful(guest)


# -- units -----------------------------------------------------------------------------------------------------------

LOOP = """
        .org 16
        LI r1, 100
loop:   ADDI r1, r1, -1
        BNE r1, r0, loop
        HLT
"""
SUBROUTINE = """
        .org 40
        MOVEI 1,5
        JSR there
        HALT .
there:  .word 0
        MOVEI 2,7
        JRST @there
        .start 40
"""
ENTERS = f"""
        .org 1
        .word {psw(0, 40, 0, 256)}
        .org 16
        LI r1, 3
        LPSW enter
enter:  .word {psw(1, 4, 60, 10)}
        .org 64
        LI r2, 5
        ADDI r2, r2, 1
        SVC
        .org 40
        LI r3, 1
        HLT
        .start 16
"""
SIZES = [
    ("at twelve instructions", THIRD, ".org 16\n" + "ADDI r1, r1, 1\n" * 30 + "HLT", {12: 2, 7: 1}),
    ("at a branch", THIRD, ".org 16\nLI r1, 1\nLI r2, 2\nB next\nnext: LI r3, 3\nHLT", {3: 1, 2: 1}),
    ("at a branch that is not taken", THIRD, ".org 16\nLI r1, 1\nBNE r1, r1, 16\nHLT", {2: 1, 1: 1}),
    ("not at a replacement", THIRD, ".org 16\nLI r1, 1\nSPSW 200\nLI r2, 2\nHLT", {4: 1}),
    ("at a replacement that branches", KA10, SUBROUTINE, {2: 2, 1: 1}),
    ("at a callout; user code has none", JRST1, ENTERS, {2: 2}),
    ("at a call of the supervisor", SPSW, ENTERS, {2: 2, 3: 1}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "name", "text", "sizes"), SIZES)
def test_where_units_end(what: str, name: str, text: str, sizes: dict[int, int]) -> None:
    assert ended(name, text).translations.sizes == sizes, what


def test_a_loop_is_chained() -> None:
    """The first round ends a unit that began before it; the second is translated, the third found, 97 are chained."""
    counts = ended(THIRD, LOOP).translations
    assert (counts.misses, counts.hits, counts.chained) == (3, 1, 97)
    assert counts.sizes == {3: 1, 2: 1, 1: 1}


def test_an_exit_to_several_places_is_chained_to_each() -> None:
    text = ".org 16\nLI r2, 2\nagain: JAL r7, sub\nJAL r7, sub\nADDI r2, r2, -1\nBNE r2, r0, again\nHLT\nsub: B 0(r7)"
    counts = ended(THIRD, text).translations
    assert (counts.misses, counts.hits) == (6, 2)  # from both calls into sub and back, and around
    assert counts.dispatched == counts.misses + counts.hits + counts.chained


def test_kinds_are_what_the_replacements_are() -> None:
    text = ".org 16\nLI r1, 1\nSPSW 200\nB next\nnext: LBAR there\nHLT\nthere: .word 256"
    counts = ended(THIRD, text).translations
    expected = {"identical": 1, "control": 1, "inline": 2, "callout": 1}
    assert (counts.kinds, counts.executed) == (expected, expected)
    assert counts.callouts == {"LBAR": 1}


def test_an_instruction_that_another_one_executes_may_call_out() -> None:
    text = ".org 100\nXCT there\nHALT .\nthere: JRST 1,next\nnext: MUUO 40,0\n.org 41\nHALT .\n.start 100"
    _, guest = both(KA10, text)
    guest.run(1)
    assert guest.translations.callouts == {"JRST 1": 1}
    assert guest.translations.executed == dict(zip(KINDS, (0, 1, 0, 0), strict=True))


# -- code that changes -----------------------------------------------------------------------------------------------

OWN_UNIT = ".org 16\nLD r1, new\nST r1, here\nhere: LI r2, 1\nHLT\nnew: LI r2, 5"
OTHER_UNIT = """
        .org 16
        LI r3, 2
again:  B other
back:   LD r1, new
        ST r1, other
        ADDI r3, r3, -1
        BNE r3, r0, again
        HLT
other:  ADDI r2, r2, 1
        B back
new:    ADDI r2, r2, 16
"""
BY_A_TRAP = f"""
        .org 0
        ADDI r2, r2, 16   ; the old status word comes here; the new one is no instruction
        .word {psw(0, 40, 0, 256)}
        .org 16
        B 0
        .org 40
        ADDI r2, r2, 1
        LPSW again
again:  .word {psw(0, 0, 0, 256)}
        .start 16
"""


class Stale(Translator):
    """Keeps units whose code was written."""

    def run_guest(self, limit: int, stop: frozenset[str] = NOTHING) -> tuple[int, Trap | None]:
        listeners = self.under.memory.listeners
        listeners[:] = [each for each in listeners if each != self.units.forget]
        return super().run_guest(limit, stop)


@pytest.mark.parametrize(("text", "value", "void"), [(OWN_UNIT, 5, 1), (OTHER_UNIT, 17, 2)])
def test_a_store_voids_units(text: str, value: int, void: int) -> None:
    guest = ended(THIRD, text)
    assert register(guest, "gpr", 2) == value
    assert guest.translations.void == void
    assert diverges(THIRD, text, Stale)


def test_a_store_elsewhere_voids_nothing() -> None:
    assert ended(THIRD, OWN_UNIT.replace("ST r1, here", "ST r1, 200")).translations.void == 0


def test_the_monitor_voids_units_too() -> None:
    """It delivers a trap, and writes where code was executed."""
    bare, guest = both(THIRD, BY_A_TRAP)
    assert guest.run(20) == bare.run(20)
    assert same(bare, guest)
    assert guest.translations.void >= 1
    assert diverges(THIRD, BY_A_TRAP, Stale)


# -- where code lies -------------------------------------------------------------------------------------------------

SPACES = f"""
        .org 16
        LBAR 200(r4)      ; to the other space first, then to where it is
        HLT
        HLT
        B 16
        .org 117
        LI r4, 1
        LBAR 30
        .org 130
        .word 256
        .org 200
        .word {100 << 11 | 156}
        .word 256
        .start 16
"""  # the other space begins at 100; both have instructions at 17 and 18


class OneSpace(Translator):
    """Looks for all units in one place."""

    def run_units(self, bare: Bare, limit: int, stop: frozenset[str]) -> tuple[int, Trap | None]:
        self.units.context = []
        return super().run_units(bare, limit, stop)


class ChainsAcross(Translator):
    """Follows chained exits from one space to the other."""

    def run_units(self, bare: Bare, limit: int, stop: frozenset[str]) -> tuple[int, Trap | None]:
        self.context = self.units.units(bare.live)
        return super().run_units(bare, limit, stop)


def test_two_address_spaces_with_the_same_addresses() -> None:
    guest = ended(THIRD, SPACES)
    assert register(guest, "gpr", 4) == 1
    assert [len(units) for units in guest.units.contexts.values()] == [3, 1]
    assert diverges(THIRD, SPACES, ChainsAcross)
    assert diverges(THIRD, SPACES, OneSpace)


def test_the_operating_system_of_the_pdp10_has_them() -> None:
    assert diverges(KA10, text_of(KA10, "os"), ChainsAcross, 25_000)


SEGMENT = """
components:
  segment: {width: 10, role: visible}
functions: |
  def code(place: 10) -> 10:
      return place + segment
instructions:
"""
SEGMENTS = row("SEG", "segment = gpr[r][9:0]")


def toys(isa: Isa, text: str, kind: type[Translator] | None = None) -> tuple[Bare, Translator]:
    """A program for a small machine, bare and translated, at its end."""
    found: Translation = translation(isa, ["HLT", "SPSW", "LPSW", "LBAR"])
    bare, guest = guest_of(found.variant.load(isa), found, text, kind)
    bare.run(1000)
    guest.run(1000)
    return bare, guest


class Kept(Translator):
    """Units are long though nobody tells when code lies elsewhere."""

    def run_units(self, bare: Bare, limit: int, stop: frozenset[str]) -> tuple[int, Trap | None]:
        self.units.longest = LONGEST
        return super().run_units(bare, limit, stop)


def test_where_nobody_tells_where_code_lies_a_unit_is_one_instruction(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with tables in storage that say it."""
    monkeypatch.setattr(engine(shipped_variant(THIRD)), "cacheable", False)
    assert ended(THIRD, OWN_UNIT).translations.sizes == {1: 4}
    assert ended(THIRD, LOOP).translations.dispatched == 202
    assert diverges(THIRD, OWN_UNIT, Kept)


class Unplaced(Translator):
    """Goes on in a unit when code lies elsewhere."""

    def run_guest(self, limit: int, stop: frozenset[str] = NOTHING) -> tuple[int, Trap | None]:
        assert self.bare is not None
        return self.run_units(self.bare, limit, stop)


def test_a_program_that_decides_itself_where_its_code_lies() -> None:
    isa = toy(SEGMENT + SEGMENTS)
    text = ".org 16\nLI r1, 100\nSEG r1\nLI r2, 1\nHLT\n.org 118\nLI r2, 2\nHLT\n.start 16"
    bare, guest = toys(isa, text)
    assert same(bare, guest)
    assert register(guest, "gpr", 2) == 2
    assert not same(*toys(isa, text, Unplaced))


# -- traps -----------------------------------------------------------------------------------------------------------

FAULTS = f"""
        .org 1
        .word {psw(0, 40, 0, 256)}
        .org 16
        LI r1, 1
        LI r2, 2
        {{}}
        .org 40
        HLT
        .start 16
"""


@pytest.mark.parametrize(
    ("instruction", "pc", "kind"),
    [("LD r3, 300", 18, "memorytrap"), ("ST r3, 300", 18, "memorytrap"), ("B 300", 300, "memorytrap"),
     ("SPSW 300", 18, "memorytrap"), ("LPSW 300", 18, "memorytrap"), ("SVC", 18, "svc"),
     (".word 0", 18, "no_instruction")],
)  # fmt: skip
def test_a_trap_in_translated_code_is_at_the_guests_address(instruction: str, pc: int, kind: str) -> None:
    """The trap sequence stores it in word 0; the last one cannot even be fetched."""
    guest = ended(THIRD, FAULTS.format(instruction))
    assert guest.counts.traps == {kind: 1}
    assert guest.memory[0] >> 21 & 0x3FF == pc


def test_what_cannot_be_fetched_is_no_unit() -> None:
    """It is not kept: what stands there later is found."""
    guest = ended(THIRD, FAULTS.format("B 300"))
    assert guest.translations.sizes == {3: 1, 1: 2}
    assert not any(300 in units for units in guest.units.contexts.values())


# -- code that is not translated -------------------------------------------------------------------------------------


def test_user_code_runs_directly() -> None:
    """On a machine where it may: into it by LPSW, and back by a call of the supervisor."""
    direct, translated = ended(JRST1, ENTERS), ended(SPSW, ENTERS)
    assert direct.counts.instructions == translated.counts.instructions == 7
    assert sum(direct.translations.executed.values()) == 4  # without the three in user mode
    assert sum(translated.translations.executed.values()) == 7
    assert register(direct, "gpr", 2) == 6


def test_the_modes_of_one_address_space_have_units_of_their_own() -> None:
    """User mode calls out where supervisor mode is replaced in place; the code lies at the same place."""
    text = f".org 1\n.word {psw(0, 40, 0, 256)}\n.org 40\nHLT\n.start 16\n"
    text += f".org 16\nSPSW 200\nLPSW enter\nSVC\nenter: .word {psw(1, 16, 0, 256)}"
    _, guest = both(SPSW, text)
    guest.run(3)
    assert guest.translations.callouts == {"SPSW": 1, "LPSW": 1}
    assert guest.translations.executed["inline"] == 1
    assert len(guest.units.contexts) == 2


# -- mutants of the statistics ---------------------------------------------------------------------------------------


class TooLong(Translator):
    """Units of one instruction too many."""

    def run_units(self, bare: Bare, limit: int, stop: frozenset[str]) -> tuple[int, Trap | None]:
        self.units.longest = LONGEST + 1
        return super().run_units(bare, limit, stop)


class AllIdentical(Translator):
    """Says of everything that it is translated identically."""

    def kind(self, name: str, code: int) -> Kind | None:
        return "identical"


@pytest.mark.parametrize("kind", [TooLong, AllIdentical])
def test_statistics_that_do_not_add_up_are_found_out(kind: type[Translator]) -> None:
    text = ".org 16\n" + "ADDI r1, r1, 1\n" * 30 + "LBAR there\nHLT\nthere: .word 256"
    bare, guest = both(THIRD, text, kind)
    assert guest.run(LIMIT) == bare.run(LIMIT)
    assert same(bare, guest)  # it runs right nevertheless
    with pytest.raises(AssertionError):
        lawful(guest)


# -- what is told ----------------------------------------------------------------------------------------------------


def test_what_follows_from_the_counts() -> None:
    kinds: dict[str, int] = dict(zip(KINDS, (6, 2, 1, 1), strict=True))
    executed = {**kinds, "identical": 46}
    counts = TranslationCounts(
        4, {1: 2, 4: 2}, kinds, chained=5, hits=3, misses=4, executed=executed, callouts={"A": 1, "B": 3}
    )
    assert (counts.translated, counts.identical, counts.average, counts.dispatched) == (10, 0.6, 2.5, 12)
    assert counts.callouts_per_thousand == 80.0
    nothing = TranslationCounts()
    assert (nothing.identical, nothing.average, nothing.callouts_per_thousand) == (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Asked:
    """How a program is run."""

    under: str
    depth: int = 1


def told(asked: Asked) -> GuestRun:
    isa = shipped_variant(THIRD)
    kind = translator(shipped(THIRD)) if asked.under == "translate" else None
    session = Session(isa, isa.monitors["default"], asked.under, asked.depth, kind=kind)
    (result,) = session.run([assembled(isa, LOOP)])
    return result


def lines(result: GuestRun) -> Iterator[tuple[str, str]]:
    for line in render(report.document("a machine", [result])).splitlines():
        name, _, value = line.strip().partition("  ")
        yield name, value.strip()


def test_the_report_of_a_run_shows_the_translation() -> None:
    result = told(Asked("translate"))
    assert result.translation is not None
    assert plain(result)["translation"]["sizes"] == {"1": 1, "2": 1, "3": 1}
    shown = dict(lines(result))
    assert shown["units entered"] == "97 chained, 1 found, 3 translated first"
    assert shown["instructions translated"] == "3 identical, 2 control, 1 inline, 0 callout"
    assert shown["share of identical ones"] == "50.0%"
    assert shown["callouts per thousand of these instructions"] == "0.0"


@pytest.mark.parametrize("asked", [Asked("bare"), Asked("trap-and-emulate"), Asked("translate", 2)])
def test_where_nothing_is_translated_nothing_is_told(asked: Asked) -> None:
    result = told(asked)
    assert (result.ended, result.translation) == ("halted", None)
    assert "translation" not in plain(result)
    assert "Translation" not in dict(lines(result))


def test_sizes_are_shown_in_order() -> None:
    result = told(Asked("translate"))
    assert result.translation is not None
    assert all(int(a) < int(b) for a, b in pairwise(result.translation.sizes))
