"""Virtual machines: the same end as on the bare machine, under each monitor, and what it costs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from analyzer import load
from analyzer.encoding.codec import encode
from analyzer.monitors.host import Host, nested
from analyzer.monitors.virtual import MONITORS, Hybrid, TrapAndEmulate, VirtualMachine
from analyzer.simulator.boot import boot
from analyzer.simulator.machine import Stop
from analyzer.spec.model import Isa
from tests.simulator.guests import BUSY, THIRD, engine, loaded, machine, program, psw, register, registers, whole

TWINS = Path(__file__).parents[1] / "twins"
KINDS = pytest.mark.parametrize("kind", MONITORS.values(), ids=MONITORS)
HALTED = Stop("halted")
SMALL = f"""
        .org 1
        .word {psw(0, 40, 0, 256)}
        .org 16
        LI r1, 3
loop:   ADDI r1, r1, -1
        BNE r1, r0, loop
        ST r1, 200
        LPSW enter
enter:  .word {psw(1, 4, 60, 10)}
        .org 64
        LI r2, 5
        SVC
        .org 40
        HLT
        .start 16
"""  # 3 * 2 + 2 instructions, LPSW; in user mode one and a call; the handler halts


def hosted(kind: type[VirtualMachine], isa: Isa, *texts: str, size: int | None = None) -> Host:
    """Guests under a monitor, with their programs."""
    monitor = next(iter(isa.monitors.values()))
    host = Host(isa, monitor, kind, [size or isa.simulation.storage] * len(texts), engine(isa))
    for guest, text in zip(host.guests, texts, strict=True):
        boot(guest, program(isa, text))
    return host


def guest_of(kind: type[VirtualMachine], isa: Isa, text: str, depth: int = 1) -> VirtualMachine:
    """A guest under so many monitors."""
    if depth == 1:
        return hosted(kind, isa, text).guests[0]
    monitor = next(iter(isa.monitors.values()))
    guest = nested(isa, monitor, kind, isa.simulation.storage, depth, engine(isa))[1][-1]
    boot(guest, program(isa, text))
    return guest


# -- the same end ----------------------------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("name", BUSY)
def test_a_guest_ends_as_on_the_bare_machine(name: str, depth: int, kind: type[VirtualMachine]) -> None:
    """State, time, output, traps and interrupts, at the guest's own times."""
    isa = machine(BUSY[name][0])
    bare, guest = loaded(isa, BUSY[name][1]), guest_of(kind, isa, BUSY[name][1], depth)
    for limit in (1234, 3000):
        assert guest.run(limit) == bare.run(limit)
        assert whole(guest) == whole(bare)
        assert (guest.time, guest.output, guest.counts.traps) == (bare.time, bare.output, bare.counts.traps)
        assert guest.counts.interrupts == bare.counts.interrupts
        assert guest.counts.direct + guest.counts.interpreted == bare.counts.direct


@KINDS
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_each_level_sees_its_own_hidden_state(depth: int, kind: type[VirtualMachine]) -> None:
    """In user mode; 64 words of each storage are the monitor's, so level n lies 64 words further."""
    isa = machine(THIRD)
    monitor = isa.monitors["default"]
    real, guests = nested(isa, monitor, kind, 256, depth, engine(isa))
    boot(guests[-1], program(isa, SMALL))
    guests[-1].run(10)  # up to the first instruction in user mode
    assert [guest.memory.size for guest in guests] == [256 + 64 * n for n in range(depth - 1, -1, -1)]
    assert guests[-1].memory.base == 64 * depth
    assert registers(guests[-1], "user", "base", "bound") == (1, 60, 10)
    assert registers(real, "user", "base", "bound") == (1, 60 + 64 * depth, 10)


# -- costs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "direct", "interpreted", "exits"),
    [(TrapAndEmulate, 9, 2, {"refused": 2, "svc": 1}), (Hybrid, 1, 10, {"svc": 1})],
)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_what_runs_directly(
    kind: type[VirtualMachine], direct: int, interpreted: int, exits: dict[str, int], depth: int
) -> None:
    guest = guest_of(kind, machine(THIRD), SMALL, depth)
    assert guest.run(100) == HALTED
    counts = guest.counts
    assert (counts.direct, counts.interpreted, counts.exits, counts.traps) == (direct, interpreted, exits, {"svc": 1})
    assert guest.time == 12


def test_an_outer_monitor_emulates_for_the_inner_one() -> None:
    """Each exit of the inner guest goes through both; a trap for the inner monitor is the outer guest's own."""
    isa = machine(THIRD)
    _, (outer, inner) = nested(isa, isa.monitors["default"], TrapAndEmulate, 256, 2, engine(isa))
    boot(inner, program(isa, SMALL))
    inner.run(100)
    assert (outer.counts.direct, outer.counts.interpreted, outer.counts.exits) == (9, 0, {"refused": 2, "svc": 1})


def test_a_hybrid_monitor_runs_no_supervisor_code_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    guest = guest_of(Hybrid, machine(THIRD), SMALL)
    modes, run = [], guest.run_directly

    def noted(limit: int, stop: frozenset[str]) -> object:
        modes.append(guest.state.registers["user"])
        return run(limit, stop)

    monkeypatch.setattr(guest, "run_directly", noted)
    guest.run(100)
    assert modes == [1]


# -- traps -----------------------------------------------------------------------------------------------------------


@KINDS
def test_a_trap_goes_through_the_guests_own_vectors(kind: type[VirtualMachine]) -> None:
    guest = guest_of(kind, machine(THIRD), SMALL)
    before = dict(guest.under.memory.listed())
    guest.run(11)
    assert guest.memory[0] == psw(1, 5, 60, 10)  # what the guest believes, not where it lies
    assert registers(guest, "user", "pc", "base", "bound") == (0, 40, 0, 256)
    assert {place for place, _ in before.items() ^ guest.under.memory.listed().items()} == {64}


@KINDS
def test_code_that_the_interpreter_changes_is_decoded_anew(kind: type[VirtualMachine]) -> None:
    """SPSW is interpreted, and stores over an instruction that ran directly before."""
    text = f"""
        .org 1
        .word {psw(0, 24, 0, 256)}
        .org 16
again:  LI r1, 1
        SPSW again
        B again
        .org 24
        HLT
        .start 16
    """
    bare, guest = loaded(THIRD, text), guest_of(kind, machine(THIRD), text)
    assert guest.run(20) == bare.run(20) == HALTED
    assert guest.memory[0] == psw(0, 16, 0, 256)  # a status word is no instruction
    assert whole(guest) == whole(bare)


# -- shared components -----------------------------------------------------------------------------------------------


@cache
def shared_device() -> Isa:
    """The toy machine whose device is shared."""
    return load(TWINS / "exact-shared")


def toy(kind: type[VirtualMachine], *instructions: str) -> VirtualMachine:
    """A guest with 8 words on the toy machine whose device is shared; each instruction has r = 1."""
    isa = shared_device()
    guest = Host(isa, isa.monitors["default"], kind, [8], engine(isa)).guests[0]
    guest.memory.load(0, [unit for name in instructions for unit in encode(isa, name, {"r": 1, "y": 0})])
    guest.state.registers.update(bound=8, device=7, user=1)
    guest.state.files["acc"][1] = 5
    guest.touched()
    return guest


@KINDS
def test_a_shared_component_has_the_guests_value(kind: type[VirtualMachine]) -> None:
    guest = toy(kind, "direct-direct-reads-device")
    guest.run(1)
    assert (register(guest, "acc", 1), guest.counts.direct) == (7, 1)


@KINDS
def test_a_shared_component_is_read_back(kind: type[VirtualMachine]) -> None:
    guest = toy(kind, "direct-direct-sets-device")
    guest.run(1)
    assert (registers(guest, "device"), guest.counts.direct) == ((5,), 1)


@KINDS
def test_another_guests_shared_component_does_not_matter(kind: type[VirtualMachine]) -> None:
    isa = shared_device()
    host = Host(isa, isa.monitors["default"], kind, [8, 8], engine(isa))
    for number, guest in enumerate(host.guests):
        units = encode(isa, "NOP", {}) + encode(isa, "direct-direct-reads-device", {"r": 1, "y": 0})
        guest.memory.load(0, units)
        guest.state.registers.update(bound=8, device=7 + number, user=1)
        guest.touched()
    for _ in range(2):
        for guest in host.guests:
            guest.run(1)
    assert [register(guest, "acc", 1) for guest in host.guests] == [7, 8]
