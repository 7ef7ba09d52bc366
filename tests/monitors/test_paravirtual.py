"""The law of paravirtualization: a ported guest does under the monitor what the guest does on the bare machine."""

from __future__ import annotations

import pytest

from analyzer.monitors.host import nested
from analyzer.monitors.paravirtual import Paravirtual, Unpatched
from analyzer.monitors.virtual import TrapAndEmulate
from analyzer.remedies.patch import Carrier, Site
from analyzer.simulator.boot import boot
from analyzer.simulator.engine import Trap
from analyzer.simulator.machine import Stop
from analyzer.simulator.memory import Memory
from analyzer.validation.guests import read
from analyzer.validation.lockstep import Difference, Lockstep
from tests.remedies.ported import compared, guest_of, judged_as, ported
from tests.simulator.guests import KA10, X86, engine, loaded, machine, psw

SPSW = "third-generation-spsw"
MACHINES = (
    "third-generation", SPSW, *(f"third-generation-{name}" for name in (
        "inverted", "jrst1", "load-user", "lra", "mfpi", "open-field", "open-load", "permit", "read-mode", "real-store",
        "silent-load", "switches")),
    KA10, X86,
)  # fmt: skip
HALTED = Stop("halted")


def programs(name: str, pattern: str) -> list[tuple[str, str]]:
    return [(name, str(path.relative_to(folder).with_suffix(""))) for folder in [machine(name).folder / "programs"]
            for path in sorted(folder.glob(pattern))]  # fmt: skip


ORDINARY = [each for name in MACHINES for each in programs(name, "*.s")]
WRONG = [each for name in MACHINES for each in programs(name, "wrong/*.s")]
SAMPLED = [each if n % 4 == 0 else pytest.param(*each, marks=pytest.mark.nightly) for n, each in enumerate(WRONG)]


def text_of(name: str, program: str) -> str:
    return read(machine(name).folder / "programs" / f"{program}.s")


# -- the law ---------------------------------------------------------------------------------------------------------


def test_there_are_guests() -> None:
    assert len(ORDINARY) >= 35
    assert len(WRONG) >= 55


@pytest.mark.parametrize(("name", "program"), ORDINARY)
def test_an_ordinary_guest_runs_as_on_the_bare_machine(name: str, program: str) -> None:
    text = text_of(name, program)
    found = ported(name, text)
    assert found.unfit == ()
    comparison, _ = compared(name, text, found)
    assert (comparison.divergence, comparison.stop) == (None, HALTED)


@pytest.mark.parametrize(("name", "program"), SAMPLED)
def test_a_guest_that_goes_wrong_otherwise_runs_right_once_it_is_ported(name: str, program: str) -> None:
    text = text_of(name, program)
    unported, _ = compared(name, text, ported(name, text, keep=range(1 << 30)))
    assert unported.divergence is not None
    comparison, guest = compared(name, text, ported(name, text))
    assert (comparison.divergence, comparison.stop) == (None, HALTED)
    assert isinstance(guest, Paravirtual)
    assert guest.hypercalls.keys() & judged_as(name, "wrong")


def test_the_operating_system_needs_its_hypercalls() -> None:
    text = text_of(KA10, "os")
    assert compared(KA10, text, ported(KA10, text, keep=range(1 << 18)))[0].divergence is not None


def test_code_that_a_guest_copies_or_reads_has_to_be_kept() -> None:
    """Each program that keeps anything goes wrong without."""
    texts = [(name, text) for name, program in ORDINARY if ".keep" in (text := text_of(name, program))]
    assert len(texts) == 2
    for name, text in texts:
        assert compared(name, text, ported(name, text, keep=()))[0].divergence is not None


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("name", [KA10, X86])
def test_at_full_speed_and_nested_it_ends_as_on_the_bare_machine(name: str, depth: int) -> None:
    isa, text = machine(name), text_of(name, "os")
    bare, found = loaded(isa, text), ported(name, text)
    guest = nested(isa, isa.monitors["default"], Paravirtual, isa.simulation.storage, depth, engine(isa))[1][-1]
    assert isinstance(guest, Paravirtual)
    guest.port(found)
    boot(guest, found.program)
    assert guest.run(1_000_000) == bare.run(1_000_000) == HALTED
    assert (guest.time, guest.output, guest.counts.traps) == (bare.time, bare.output, bare.counts.traps)
    assert (guest.state.registers, guest.state.storage.copy()) == (bare.state.registers, bare.memory.listed())
    assert sum(guest.hypercalls.values()) > 100


def test_an_instruction_that_works_in_steps_is_replaced_as_well() -> None:
    """Not a wrong one: any may be."""
    text = text_of(X86, "strings")
    found = ported(X86, text, names=("OUTSB", "STOSB", "MOVSD"))
    assert {site.name for site in found.sites.values()} == {"OUTSB", "STOSB", "MOVSD"}
    comparison, guest = compared(X86, text, found)
    assert comparison.divergence is None
    assert isinstance(guest, Paravirtual)
    assert guest.hypercalls["STOSB"] > sum(site.name == "STOSB" for site in found.sites.values())


# -- mutants ---------------------------------------------------------------------------------------------------------


class ContinuesBehindTheHypercall(Paravirtual):
    """Goes on at the end of what stands there."""

    def interpret(self, stop: frozenset[str]) -> tuple[Trap | None, bool]:
        site, here = self._site(), self.state.registers[self.engine.pc]
        out = super().interpret(stop)
        if site is not None and self.state.registers[self.engine.pc] == here + len(site.original):
            self.state.registers[self.engine.pc] = here + len(site.patched)
        return out


STORES = ".org 16\nLI r1, 1\nSPSW 200\nLI r3, 3\nHLT\n.expect halted"
LONG = ".org 0x1000\nSGDT [0x2000]\nINC EAX\nHLT"


def diverges(name: str, text: str, kind: type[TrapAndEmulate], hypercalls: tuple[Carrier, ...] | None = None) -> bool:
    return compared(name, text, ported(name, text, hypercalls=hypercalls), kind)[0].divergence is not None


def test_storage_is_compared_as_the_monitor_reads_it() -> None:
    bare, found = loaded(machine(SPSW), STORES), ported(SPSW, STORES)
    guest = guest_of(machine(SPSW), Paravirtual, found)
    (follower,) = Lockstep(bare, guest).followers
    assert guest.memory[17] != bare.memory[17]
    assert list(follower.storage({17})) == []
    guest.memory[17] = 5
    assert list(follower.storage({17})) == [Difference("real[17]", bare.memory[17], 5)]


@pytest.mark.parametrize(("name", "text"), [(SPSW, STORES), (X86, LONG)])
def test_a_monitor_that_executes_what_stands_there_is_refuted(name: str, text: str) -> None:
    assert not diverges(name, text, Paravirtual)
    assert diverges(name, text, TrapAndEmulate)


def test_a_monitor_that_continues_behind_the_hypercall_is_refuted() -> None:
    assert not diverges(X86, LONG, Paravirtual)
    assert diverges(X86, LONG, ContinuesBehindTheHypercall)


@pytest.mark.parametrize(("carrier", "refuted"), [("SVC", False), ("HLT", False), ("ADD", True)])
def test_a_hypercall_that_does_not_trap_is_refuted(carrier: str, refuted: bool) -> None:
    fields = dict.fromkeys(machine(SPSW).instruction(carrier).body.fields, 0)
    assert diverges(SPSW, STORES, Paravirtual, (Carrier(carrier, fields, 1, False),)) is refuted


# -- what the monitor reads, and what it does not know ---------------------------------------------------------------


CALLS = f"""
        .org 0
        .word 0, {psw(0, 9, 0, 256)}
        .org 9
        HLT
        .org 16
        SPSW 200
        SVC
"""  # the word of the hypercall is that of SVC


def test_a_guest_may_make_calls_of_its_own_that_look_like_hypercalls() -> None:
    found = ported(SPSW, CALLS + ".start 16")
    assert found.program.units[16] == found.program.units[17]
    comparison, guest = compared(SPSW, CALLS + ".start 16", found)
    assert (comparison.divergence, comparison.stop) == (None, HALTED)
    assert isinstance(guest, Paravirtual)
    assert guest.hypercalls == {"SPSW": 1}
    assert guest.counts.traps == {"svc": 1}


EXECUTED = """
        .org 100
        XCT {}
        MOVEI 2,1
        HALT .
there:  JRST 2,@word
word:   .word 10000,,next
next:   HALT .
        .org 40
        .word 0
        HALT .
        .start 100
"""


def test_another_instruction_may_execute_a_hypercall() -> None:
    text = EXECUTED.format("there")
    assert compared(KA10, text, ported(KA10, text))[0].divergence is None
    assert compared(KA10, text, ported(KA10, text, keep=range(0o1000)))[0].divergence is not None


COPIES = ".org 16\nLD r1, there\nST r1, here\nhere: .word 0\nLI r2, 1\nHLT\nthere: SPSW 200"


def test_a_hypercall_that_was_copied_ends_the_guest() -> None:
    isa = machine(SPSW)
    stop = guest_of(isa, Paravirtual, ported(SPSW, COPIES)).run(100)
    assert stop.reason == "fault"
    assert stop.message.startswith("a hypercall (0x400000000) was copied")
    assert guest_of(isa, Paravirtual, ported(SPSW, COPIES, keep=range(99))).run(100) == HALTED


def test_a_hypercall_that_was_copied_and_is_executed_by_another_instruction_ends_the_guest() -> None:
    text = EXECUTED.format("1").replace("        XCT", "        MOVE 1,there\n        XCT")
    assert guest_of(machine(KA10), Paravirtual, ported(KA10, text)).run(10000).reason == "fault"
    assert guest_of(machine(KA10), Paravirtual, ported(KA10, text, keep=range(0o1000))).run(10000) == HALTED


REPLACES = ".org 16\nLD r1, new\nST r1, site\nsite: SPSW 200\nHLT\nnew: LI r2, 5"


def test_a_site_that_the_guest_overwrites_is_none_any_more() -> None:
    comparison, guest = compared(SPSW, REPLACES, ported(SPSW, REPLACES))
    assert (comparison.divergence, comparison.stop) == (None, HALTED)
    assert isinstance(guest, Paravirtual)
    assert guest.hypercalls == {}
    elsewhere = REPLACES.replace("ST r1, site", "ST r1, 201")
    _, other = compared(SPSW, elsewhere, ported(SPSW, elsewhere))
    assert isinstance(other, Paravirtual)
    assert other.hypercalls == {"SPSW": 1}


def test_a_store_that_a_trap_takes_back_leaves_the_hypercall() -> None:
    memory = Memory(8, 16)
    memory.load(4, [0xCC, 0x10])
    storage = Unpatched(memory)
    storage.hide(Site(4, "x", 1, (0x9C, 0x10), (0xCC,)))
    before = storage[4]
    assert (before, storage[5], storage.copy()) == (0x9C, 0x10, {4: 0x9C, 5: 0x10})
    storage[4] = 0x77
    assert (storage[4], memory[4]) == (0x77, 0x77)
    storage[4] = before
    assert (storage[4], memory[4]) == (0x9C, 0xCC)
