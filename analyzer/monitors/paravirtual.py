"""The monitor of guests that were ported to it: it executes what hypercalls stand for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import cast

from analyzer.encoding.codec import split
from analyzer.monitors.allocator import Region
from analyzer.monitors.virtual import TrapAndEmulate, VirtualMachine
from analyzer.remedies.patch import Ported, Site, Units
from analyzer.simulator.engine import Live, MachineFault, Trap
from analyzer.simulator.machine import Machine, count
from analyzer.simulator.memory import Memory
from analyzer.spec.model import Monitor

NAME = "paravirtual"


class Unpatched:
    """A guest's storage as it would be without hypercalls: where a unit of one still stands, the original is read.

    Whoever writes the original there, as a trap that undoes a store, leaves the hypercall.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.replaced: dict[int, tuple[int, int]] = {}  # place to what stands there, and the original

    def hide(self, site: Site) -> None:
        """Read the original at a site from now on."""
        for offset, units in enumerate(zip(site.patched, site.original, strict=False)):
            self.replaced[site.address + offset] = units

    def __getitem__(self, place: int) -> int:
        unit = self.memory[place]
        stands, original = self.replaced.get(place, (unit, unit))
        return original if stands == unit else unit

    def get(self, place: int, default: int = 0) -> int:
        """A unit; `default` is there because a dictionary's `get` has it. Raises `IndexError` past the end."""
        return self[place]

    def __setitem__(self, place: int, value: int) -> None:
        stands, original = self.replaced.get(place, (value, value))
        self.memory[place] = stands if value == original else value

    def copy(self) -> dict[int, int]:
        """The units that are not 0."""
        listed = self.memory.listed()
        return {place: unit for place in listed.keys() | self.replaced.keys() if (unit := self[place])}


class Paravirtual(TrapAndEmulate):
    """A monitor with hypercalls, trap-and-emulate unless `paravirtual` makes it another one.

    What it interprets, it reads from storage as it was before the patch: the instruction at a site, and one that
    another instruction or a trap sequence executes. `hypercalls` counts those at sites by the replaced instruction,
    `called` those by which the guest entered the monitor: one that interprets already finds others.
    """

    name = NAME

    def __init__(self, under: Machine, monitor: Monitor, region: Region) -> None:
        super().__init__(under, monitor, region)
        self.unpatched = Unpatched(self.memory)
        self.state.storage = cast(dict[int, int], self.unpatched)
        self.live = Live(self.state)
        self.sites: dict[int, Site] = {}
        self.distinct: frozenset[Units] = frozenset()
        self.hypercalls: dict[str, int] = {}
        self.called = 0

    def port(self, ported: Ported) -> None:
        """Take over the sites of a program that was or will be loaded."""
        self.sites.update(ported.sites)
        self.distinct |= ported.distinct
        for site in ported.sites.values():
            self.unpatched.hide(site)
        self.touched()

    def run_directly(self, limit: int, stop: frozenset[str]) -> tuple[int, Trap | None]:
        """Let guest code run: see `VirtualMachine.run_directly`."""
        ran, trap = super().run_directly(limit, stop)
        if trap is not None and not trap.after:
            self.called += self._stands(self._places()) is not None
        return ran, trap

    def interpret(self, stop: frozenset[str]) -> tuple[Trap | None, bool]:
        """Execute one instruction, at a site the original, on the virtual state: see `VirtualMachine.interpret`.

        Raises `MachineFault` where a hypercall stands that was not put there: it cannot be told what it stood for.
        """
        site = self._site()
        trap, stopped = super().interpret(stop)
        if site is not None:
            count(self.hypercalls, site.name)
        if len(self.live.executed) > 1:
            self._known(tuple(split(self.live.bits, self.live.width, self.engine.unit)))
        return trap, stopped

    def _places(self) -> Sequence[int]:
        """Where the instruction at the program counter stands."""
        return self.engine.places_at(self.live, self.state.registers[self.engine.pc])

    def _site(self) -> Site | None:
        """The site at the program counter, if its first unit still stands."""
        places = self._places()
        if not places or places[0] not in self.sites:
            self._known(tuple(self.memory[place] for place in places))
        return self._stands(places)

    def _stands(self, places: Sequence[int]) -> Site | None:
        """The site at a place, if its first unit still stands."""
        site = self.sites.get(places[0]) if places else None
        return site if site is not None and self.memory[places[0]] == site.patched[0] else None

    def _known(self, units: Units) -> None:
        """Raise `MachineFault` where units begin with those of a hypercall and are not at a site."""
        for patched in self.distinct:
            if units[: len(patched)] == patched:
                shown = " ".join(f"{unit:#x}" for unit in patched)
                raise MachineFault(f"a hypercall ({shown}) was copied; code that is copied or read cannot be patched")


@cache
def paravirtual(kind: type[VirtualMachine]) -> type[Paravirtual]:
    """The monitor of a kind with hypercalls: it runs the same code directly."""
    if kind is TrapAndEmulate:
        return Paravirtual
    return type(f"Paravirtual{kind.__name__}", (Paravirtual,), {"directly": kind.directly})
