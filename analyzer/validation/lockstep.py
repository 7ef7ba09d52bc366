"""A guest on the bare machine and under a monitor, step by step, the whole virtual state compared after each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.encoding.assembly.disassembler import Disassembler
from analyzer.monitors.virtual import VirtualMachine
from analyzer.simulator.bare import Bare
from analyzer.simulator.machine import Machine, Stop

AROUND = 4  # instructions shown before the one that diverges


@dataclass(frozen=True, slots=True)
class Difference:
    """A component, register (`ac[3]`) or unit of storage (`real[17]`) and its values, bare and under the monitor."""

    what: str
    bare: int
    monitored: int


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a guest under a monitor first differs from the bare machine: after `time` instructions, the last of them at
    `pc`. `executed` names it and those that it executed, nothing for a word that is no instruction. `message` says what
    else happened; `listing` are the instructions before and after it, disassembled, that one marked."""

    time: int
    pc: int
    executed: tuple[str, ...]
    differences: tuple[Difference, ...]
    message: str = ""
    listing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`steps` compared, and how it ended: with a divergence, or as the guest does."""

    steps: int
    stop: Stop
    divergence: Divergence | None = None


class Lockstep:
    """Compares a bare machine with a virtual machine into which the same program was loaded."""

    def __init__(self, bare: Bare, virtual: VirtualMachine) -> None:
        self.bare = bare
        self.virtual = virtual
        self.base = virtual.memory.base
        self.real = underneath(virtual).memory
        own = range(self.base, self.base + virtual.memory.size)
        self.outside = {place: unit for place, unit in self.real.listed().items() if place not in own}
        self.own: set[int] = set()
        self.theirs: set[int] = set()

    def run(self, limit: int) -> Comparison:
        """Up to `limit` steps."""
        bare, virtual = self.bare, self.virtual
        bare.memory.records.append(self.own)
        virtual.memory.records.append(self.theirs)
        pc, before = bare.engine.pc, deque[int](maxlen=AROUND)
        try:
            for steps in range(1, limit + 1):
                here = bare.state.registers[pc]
                bare.live.executed.clear()
                first, second = bare.step(), virtual.step()
                differences = tuple(self.differences())
                if differences or first != second:
                    message = "" if first == second else f"bare: {ended(first)}; under the monitor: {ended(second)}"
                    listing = tuple(listed(bare, before, here))
                    divergence = Divergence(bare.time, here, tuple(bare.live.executed), differences, message, listing)
                    return Comparison(steps, Stop("limit"), divergence)
                if first is not None:
                    return Comparison(steps, first)
                before.append(here)
        finally:
            bare.memory.records.remove(self.own)
            virtual.memory.records.remove(self.theirs)
        return Comparison(limit, Stop("limit"))

    def differences(self) -> Iterator[Difference]:
        """What differs now; storage is compared where either wrote since the last time."""
        yield from registers(self.bare, self.virtual)
        if self.bare.output != self.virtual.output:
            yield Difference("console output", len(self.bare.output), len(self.virtual.output))
        yield from strayed(self.virtual)
        size, own, theirs = self.bare.memory.size, self.bare.memory, self.virtual.memory
        for place in sorted(self.own | {place - self.base for place in self.theirs}):
            if not 0 <= place < size:
                yield from self.escaped(place + self.base)
            elif own[place] != theirs[place]:
                yield Difference(f"real[{place}]", own[place], theirs[place])
        self.own.clear()
        self.theirs.clear()

    def escaped(self, place: int) -> Iterator[Difference]:
        """Whether a unit of real storage that is not the guest's has another value than before."""
        before, after = self.outside.get(place, 0), self.real[place]
        self.outside[place] = after
        if before != after:
            yield Difference(f"real[{place}], outside the guest's storage", before, after)


def underneath(virtual: VirtualMachine) -> Machine:
    """The bare machine on which monitors run under each other."""
    under: Machine = virtual
    while isinstance(under, VirtualMachine):
        under = under.under
    return under


def strayed(virtual: VirtualMachine) -> Iterator[Difference]:
    """The hidden state of the underlying machine that guest code changed: it will go wrong later."""
    for place, before, after in virtual.strayed():
        yield Difference(f"{place} of the underlying machine", before, after)


def registers(bare: Machine, virtual: Machine) -> Iterator[Difference]:
    """The components that differ, of all roles."""
    first, second = bare.state, virtual.state
    if first.registers != second.registers:
        for name, value in first.registers.items():
            if second.registers[name] != value:
                yield Difference(name, value, second.registers[name])
    for name, values in first.files.items():
        others = second.files[name]
        if values != others:
            for index in sorted(values.keys() | others.keys()):
                if values.get(index, 0) != others.get(index, 0):
                    yield Difference(f"{name}[{index}]", values.get(index, 0), others.get(index, 0))


def listed(machine: Machine, before: Iterable[int], here: int) -> Iterator[str]:
    """The instructions executed before the one at `here`, that one, and what the machine would execute next."""
    disassembler = Disassembler(machine.isa)
    following = machine.state.registers[machine.engine.pc]
    for mark, place in (*((" ", place) for place in before), (">", here), (" ", following)):
        units = machine.engine.units_at(machine.live, place)
        text = disassembler.disassemble(units, place)[0] if units else "cannot be fetched"
        yield f"{mark} {place:#8x}  {text}"


def ended(stop: Stop | None) -> str:
    """How a step ended, in words."""
    if stop is None:
        return "goes on"
    return f"{stop.reason}: {stop.message}" if stop.message else stop.reason
