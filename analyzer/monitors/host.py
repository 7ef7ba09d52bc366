"""A real machine with a monitor and its guests, which run in turn."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.monitors.allocator import Region
from analyzer.monitors.virtual import VirtualMachine
from analyzer.simulator.bare import Bare
from analyzer.simulator.engine import Engine
from analyzer.simulator.machine import Machine, Stop
from analyzer.spec.model import Isa, Monitor

QUANTUM = 1000  # instructions that a guest executes before it is the next one's turn


class NoRoom(ValueError):
    """The guests do not fit the real machine's storage."""


def regions(isa: Isa, monitor: Monitor, sizes: Sequence[int]) -> tuple[list[Region], int]:
    """Where guests of these sizes lie, and how much storage that takes. Raises `NoRoom`."""
    end, align, out = monitor.resident, monitor.align, []
    for size in sizes:
        base = (end + align - 1) // align * align
        out.append(Region(base, size))
        end = base + size
    if end > 1 << isa.machine.storage.address:
        raise NoRoom(f"{len(out)} guests need {end:#x} units of storage; {isa.name} addresses fewer")
    return out, end


def install(machine: Machine, monitor: Monitor) -> None:
    """Put the monitor's own tables into the machine that it runs on."""
    for place, unit in monitor.tables.items():
        machine.memory[place] = unit
    machine.timer = None


class Host:
    """`guests` of these sizes under monitors of one kind on one bare machine, which has up to `spare` units of storage
    behind them."""

    def __init__(
        self, isa: Isa, monitor: Monitor, kind: type[VirtualMachine], sizes: Sequence[int],
        engine: Engine | None = None, spare: int = 0,
    ) -> None:  # fmt: skip
        placed, end = regions(isa, monitor, sizes)
        self.real = Bare(isa, min(end + spare, 1 << isa.machine.storage.address), engine)
        install(self.real, monitor)
        self.regions = placed
        self.guests = [kind(self.real, monitor, region) for region in placed]

    def run(self, limit: int, quantum: int = QUANTUM) -> list[Stop]:
        """Let each guest execute up to `limit` instructions, in turns; how each ended. A guest that ends, even by a
        fault, does not disturb the others."""
        ended: dict[int, Stop] = {}
        while len(ended) < len(self.guests):
            for number, guest in enumerate(self.guests):
                if number in ended:
                    continue
                stop = guest.run(min(quantum, limit - guest.time))
                if stop.reason != "limit" or guest.time >= limit:
                    ended[number] = stop
        return [ended[number] for number in range(len(self.guests))]


def nested(
    isa: Isa, monitor: Monitor, kind: type[VirtualMachine], size: int, depth: int, engine: Engine | None = None
) -> tuple[Bare, list[VirtualMachine]]:
    """A bare machine, and on it `depth` monitors one under the other, the last with a guest of `size` units; the
    virtual machines, outermost first. Raises `NoRoom`."""
    sizes = [size]
    for _ in range(depth):
        sizes.append(regions(isa, monitor, sizes[-1:])[1])
    real = Bare(isa, sizes.pop(), engine)
    under: Machine = real
    out: list[VirtualMachine] = []
    while sizes:
        install(under, monitor)
        region = regions(isa, monitor, [sizes.pop()])[0][0]
        out.append(kind(under, monitor, region))
        under = out[-1]
    return real, out
