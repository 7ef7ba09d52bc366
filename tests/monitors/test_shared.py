"""Shared components that stand in others: guest code reads and writes them directly, and others change them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from analyzer import load
from analyzer.encoding.codec import encode
from analyzer.monitors.host import Host
from analyzer.monitors.virtual import MONITORS, VirtualMachine
from analyzer.simulator.bare import Bare
from analyzer.simulator.machine import Machine
from analyzer.spec.load import varied
from analyzer.spec.model import Isa
from tests.simulator.guests import engine, register, registers, whole

HELD = Path(__file__).parents[1] / "twins" / "exact-held"
KINDS = pytest.mark.parametrize("kind", MONITORS.values(), ids=MONITORS)
READS, SETS = "direct-direct-reads-device", "direct-direct-sets-device"
HEAD = "isa: variant\ntitle: A variant\ndescription: It differs a little.\nextends: exact-held\n"
SIZE = 16

TIMER = "simulation: {timer: {every: 2, sets: {device: 7}}}\n"
INTERRUPT = """
functions: |
  def interrupts():
      if device == 5 and flag == 1:
          device = 7
          acc[0] += 1
"""  # which instructions that set the device ask for
FILE = """
components:
  lamps: {width: 16, count: 2, role: control}
  panel: {width: 16, count: 2, role: control}
monitors:
  default:
    relation: "real.shadow == virtual.device and real.panel[0] == virtual.lamps[0]
      and virtual.lamps[1] == real.panel[1]"
    shared: {lamps: panel}
amend:
  direct-direct-reads-device: |
    acc[r] = panel[y[0]] if guest == 1 else lamps[y[0]]
  direct-direct-sets-device: |
    if guest == 1:
        panel[y[0]] = acc[r]
    else:
        lamps[y[0]] = acc[r]
simulation: {timer: {every: 2, sets: {"lamps[1]": 7}}}
"""  # a register file that stands in another one
FILE_INTERRUPT = (
    FILE.partition("simulation:")[0]
    + """functions: |
  def interrupts():
      if lamps[1] == 5:
          lamps[1] = 7
"""
)  # on which alone it depends whether an interrupt is due
CHANGED = pytest.mark.parametrize(
    "text", [TIMER, INTERRUPT, FILE, FILE_INTERRUPT], ids=["timer", "interrupt", "file", "file-interrupt"]
)


@cache
def machine(text: str) -> Isa:
    """The machine whose device stands in another component, and what a text adds."""
    return varied(load(HELD), HEAD + text)


def started(target: Machine, *instructions: tuple[str, int]) -> Machine:
    """A machine in user mode with a program: instructions and the register that each names."""
    units = [unit for name, r in instructions for unit in encode(target.isa, name, {"r": r, "y": 1})]
    target.memory.load(0, units)
    target.state.registers.update(bound=SIZE, device=7, user=1, flag=1)
    target.state.files["acc"].update({1: 5, 2: 5, 3: 5})
    if "lamps" in target.state.files:
        target.state.files["lamps"][1] = 7
    target.touched()
    return target


def pair(kind: type[VirtualMachine], text: str, *instructions: tuple[str, int]) -> tuple[Bare, VirtualMachine]:
    """The bare machine and a guest with one program."""
    isa = machine(text)
    (guest,) = Host(isa, isa.monitors["default"], kind, [SIZE], engine(isa)).guests
    bare = Bare(isa, SIZE, engine(isa))
    started(bare, *instructions)
    started(guest, *instructions)
    return bare, guest


def both_step(bare: Bare, guest: VirtualMachine, steps: int) -> None:
    """Run both, and compare them after each step."""
    for _ in range(steps):
        assert guest.step() == bare.step()
        assert whole(guest) == whole(bare)
        assert (guest.time, guest.counts.interrupts) == (bare.time, bare.counts.interrupts)


@KINDS
def test_guest_code_reads_and_writes_the_holder(kind: type[VirtualMachine]) -> None:
    """Its own value stands there; the real component of the same name and the guest's own holder are left alone."""
    bare, guest = pair(kind, "", (READS, 3), (SETS, 2), (READS, 1))
    guest.state.registers["shadow"] = bare.state.registers["shadow"] = 3
    guest.touched()
    both_step(bare, guest, 3)
    assert [register(guest, "acc", n) for n in (3, 1)] == [7, 5]
    assert registers(guest, "device", "shadow", "guest") == (5, 3, 0)
    assert registers(guest.under, "shadow", "guest", "device") == (5, 1, 0)
    assert (guest.counts.direct, guest.counts.interpreted) == (3, 0)


@KINDS
@CHANGED
def test_what_changes_meanwhile_is_loaded_again(text: str, kind: type[VirtualMachine]) -> None:
    """Also where it is what was loaded before guest code changed the holder."""
    bare, guest = pair(kind, text, (READS, 1), (SETS, 2), (READS, 3), ("NOP", 0), (READS, 3))
    both_step(bare, guest, 5)
    assert (register(guest, "acc", 3), guest.counts.direct) == (7, 5)


@KINDS
@CHANGED
def test_long_runs_end_as_on_the_bare_machine(text: str, kind: type[VirtualMachine]) -> None:
    """Not stopped after each instruction."""
    bare, guest = pair(kind, text, (SETS, 2), (READS, 1), (SETS, 1), (READS, 3), (SETS, 2), (READS, 2))
    assert guest.run(6) == bare.run(6)
    assert whole(guest) == whole(bare)


@KINDS
def test_guests_in_turn_have_their_own_values(kind: type[VirtualMachine]) -> None:
    isa = machine("")
    host = Host(isa, isa.monitors["default"], kind, [SIZE, SIZE], engine(isa))
    for number, guest in enumerate(host.guests):
        started(guest, (READS, 3), (SETS, number), (READS, 3), (READS, 3))
    for _ in range(4):
        for guest in host.guests:
            guest.run(1)
    assert [registers(guest, "device") for guest in host.guests] == [(0,), (5,)]
    assert [register(guest, "acc", 3) for guest in host.guests] == [0, 5]
