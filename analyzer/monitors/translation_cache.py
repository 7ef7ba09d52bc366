"""Translated code: units of guest instructions, kept by where they begin, chained, and void once they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from analyzer.simulator.engine import Decoded, Engine, Live
from analyzer.simulator.memory import GRANULE, Memory
from analyzer.simulator.runtime import Trapped

Kind = Literal["identical", "control", "inline", "callout"]
KINDS: tuple[Kind, ...] = ("identical", "control", "inline", "callout")
LONGEST = 12  # instructions of a unit
MOST = 1 << 14  # units kept


class Rule(NamedTuple):
    """How an instruction is translated, and whether a unit ends behind it."""

    kind: Kind
    ends: bool


@dataclass(slots=True)
class Unit:
    """Translated guest instructions from `head` on, by address; addresses are the guest's, and constants of the
    translated code. `exits`: the units that were executed next, by address. `valid` until its code is written."""

    head: int
    instructions: dict[int, Decoded] = field(default_factory=dict)
    kinds: dict[int, Kind] = field(default_factory=dict)
    exits: dict[int, Unit] = field(default_factory=dict)
    valid: bool = True

    def find(self, here: int) -> Decoded | None:
        """The instruction at an address, if it belongs to the unit."""
        return self.instructions.get(here)

    def keep(self, here: int, decoded: Decoded, places: list[int]) -> Decoded:
        """What had to be fetched anew is not kept."""
        return decoded


@dataclass(slots=True)
class TranslationCounts:
    """What a translator did. `units` translated, with how many instructions (`sizes`: size to how many units), of which
    `kinds`; units dispatched by `chained` exits, by a look into the cache (`hits`), or translated first (`misses`);
    units `void` because their code was written, or room was made; instructions of units `executed`, by kind, of which
    `trapped`; `callouts` by the name of the instruction that called."""

    units: int = 0
    sizes: dict[int, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    chained: int = 0
    hits: int = 0
    misses: int = 0
    void: int = 0
    executed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    trapped: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    callouts: dict[str, int] = field(default_factory=dict)

    @property
    def translated(self) -> int:
        """Instructions that were translated."""
        return sum(self.kinds.values())

    @property
    def identical(self) -> float:
        """The share of identical ones in what was translated, 0 to 1."""
        return self.kinds["identical"] / self.translated if self.units else 0.0

    @property
    def average(self) -> float:
        """Instructions of a unit, on average."""
        return self.translated / self.units if self.units else 0.0

    @property
    def dispatched(self) -> int:
        """Units that were begun."""
        return self.chained + self.hits + self.misses

    @property
    def callouts_per_thousand(self) -> float:
        """Callouts per thousand instructions of units executed."""
        total = sum(self.executed.values())
        return 1000 * sum(self.callouts.values()) / total if total else 0.0


class TranslationCache:
    """The units of one machine, translated when they are about to run. `rule` says how an instruction is translated, by
    its name, in the present state; `context` are components that this depends on. Where the translation of addresses
    reads storage, nobody tells when code lies elsewhere: units have one instruction there, and are not kept."""

    def __init__(
        self, engine: Engine, memory: Memory, rule: Callable[[str], Rule], context: Iterable[str],
        counts: TranslationCounts,
    ) -> None:  # fmt: skip
        self.engine, self.memory, self.rule, self.counts = engine, memory, rule, counts
        self.context = sorted(engine.placing.union(context))
        self.longest = LONGEST if engine.cacheable else 1
        self.contexts: dict[tuple[object, ...], dict[int, Unit]] = {}
        self.owners: dict[int, set[int]] = {}
        self.by_number: dict[int, tuple[Unit, dict[int, Unit], frozenset[int]]] = {}
        memory.listeners.append(self.forget)

    def units(self, live: Live) -> dict[int, Unit]:
        """The units for where code lies, and how it is translated, in the state of `live`."""
        registers, files = live.registers, live.state.files
        key = tuple(tuple(sorted(files[name].items())) if name in files else registers[name] for name in self.context)
        return self.contexts.setdefault(key, {})

    def next(self, live: Live, units: dict[int, Unit], before: Unit | None) -> Unit:
        """The unit at the program counter; the exit of the one `before` is chained to it, if it is kept."""
        here = live.registers[self.engine.pc]
        if before is not None and before.valid:
            chained = before.exits.get(here)
            if chained is not None and chained.valid:
                self.counts.chained += 1
                return chained
        unit = units.get(here)
        if unit is None:
            self.counts.misses += 1
            unit = self.translated(live, units, here)
        else:
            self.counts.hits += 1
        if before is not None and here in units:
            before.exits[here] = unit
        return unit

    def translated(self, live: Live, units: dict[int, Unit], head: int) -> Unit:
        """A new unit. It is empty, and not kept, where the first instruction cannot be fetched."""
        unit, places, here = Unit(head), set[int](), head
        while len(unit.kinds) < self.longest and here not in unit.kinds:
            try:
                decoded, fetched = self.engine.fetch(live, here)
            except (Trapped, IndexError):
                break
            unit.instructions[here] = decoded
            unit.kinds[here], ends = self.rule(decoded.name)
            places.update(fetched)
            if ends:
                break
            here = here + decoded.length & self.engine.pc_mask
        if not unit.kinds:
            unit.kinds[head] = "identical"  # what is at its address, it finds out when it is executed
        elif self.engine.cacheable:
            self.keep(units, unit, places)
        self.count(unit)
        return unit

    def keep(self, units: dict[int, Unit], unit: Unit, places: set[int]) -> None:
        """Keep a unit until its code is written."""
        if len(self.by_number) >= MOST:
            self.clear()
        units[unit.head] = unit
        own = frozenset(place + self.memory.base for place in places)
        self.by_number[id(unit)] = unit, units, own
        for granule in self.memory.watch(sorted(places)):
            self.owners.setdefault(granule, set()).add(id(unit))

    def count(self, unit: Unit) -> None:
        """Count a unit and what is in it."""
        counts, size = self.counts, len(unit.kinds)
        counts.units += 1
        counts.sizes[size] = counts.sizes.get(size, 0) + 1
        for kind in unit.kinds.values():
            counts.kinds[kind] += 1

    def forget(self, place: int) -> None:
        """Void the units with code at a place, numbered in the whole storage."""
        granule = place >> GRANULE
        owners = self.owners.get(granule)
        if owners is None:
            return
        for number in [each for each in owners if place in self.by_number[each][2]]:
            self.drop(number)
        if self.owners.get(granule):
            self.memory.code[granule] = 1

    def drop(self, number: int) -> None:
        """Void one unit."""
        unit, units, places = self.by_number.pop(number)
        unit.valid = False
        units.pop(unit.head, None)
        self.counts.void += 1
        for granule in {place >> GRANULE for place in places}:
            self.owners[granule].discard(number)

    def clear(self) -> None:
        """Void all units."""
        for number in tuple(self.by_number):
            self.drop(number)
        self.contexts.clear()
