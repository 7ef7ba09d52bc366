"""The regions of one machine: found by where they begin, made when they are hot, forgotten when their code changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from analyzer.language.evaluate import State
from analyzer.simulator.memory import GRANULE, Memory
from analyzer.simulator.regions.build import LONGEST_PATH
from analyzer.simulator.regions.context import LARGEST_FILE, Context
from analyzer.simulator.regions.fetch import Fetcher
from analyzer.simulator.regions.region import Compiler, Generated, Region
from analyzer.simulator.regions.setting import Setting
from analyzer.spec.model import Isa

HOT = 500  # times that an address is seen before a region is made there: making one takes as long as 6000 slow steps
SHORT = 6  # instructions on the paths of short regions
MOST_REGIONS = 2000
MOST_TABLES = 64  # contexts
MOST_COUNTED = 1 << 16
MOST_CHANGES = 6  # of a unit, after which no region is made from it
MOST_DOUBLED = 12  # a region that was void so often is made again after 2**12 times as many


@dataclass(slots=True, eq=False)
class Table:
    """What is known in one context: regions and their functions by address, the loops among them, and how often other
    addresses were seen. `longest`: the most instructions on a path; `short`: regions with shorter ones, for the last
    instructions of a budget."""

    setting: Setting
    longest: int
    short: Table | None = None
    regions: dict[int, Region] = field(default_factory=dict)
    functions: dict[int, Generated] = field(default_factory=dict)
    loops: dict[int, Region] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)


class Regions:
    """Executes instructions of one machine by compiled regions.

    `memory` is the machine's storage. `watched` components are devices': instructions that touch them are left to the
    slow path. `hot`: how often an address is seen before a region is made there. `longest`: of the paths of a region.
    `fetcher`: shared by the regions of several machines with one description, as it takes long to make.
    """

    def __init__(
        self,
        isa: Isa,
        memory: Memory,
        watched: frozenset[str] = frozenset(),
        hot: int = HOT,
        longest: int = LONGEST_PATH,
        fetcher: Fetcher | None = None,
    ) -> None:
        self.machine = isa.machine
        self.pc = isa.machine.pc.name
        self.memory = memory
        self.watched = watched
        self.hot = hot
        self.longest = longest
        self.context = Context(isa.machine)
        self.compiler = Compiler(fetcher or Fetcher(isa), memory, self.touched)
        self.tables: dict[tuple[tuple[int, ...], frozenset[str]], Table] = {}
        self.owners: dict[int, set[tuple[Table, int]]] = {}
        self.changes: dict[int, int] = {}  # place to how often code there was void
        self.voided: dict[int, int] = {}  # head to how often its region was
        self.count = self.dropped = 0
        self.table: Table | None = None
        self.stop: frozenset[str] | None = None
        self.state: State | None = None
        memory.listeners.append(self.forget)

    def run(self, state: State, budget: int, stop: frozenset[str] = frozenset()) -> int:
        """Execute at most `budget` instructions from the program counter on; how many were executed.

        0: the next instruction is for the slow path. Instructions that may write components in `stop` are, too.
        `state.storage` is the memory; while it has records, nothing is executed. When anything else wrote components,
        `context_changed` must have been called.
        """
        if self.memory.records:
            return 0
        table = self.table
        if table is None or state is not self.state or (stop is not self.stop and stop != self.stop):
            table = self.chosen(state, stop)
            if table is None:
                return 0
        registers, files, pc = state.registers, state.files, self.pc
        functions, done = table.functions, 0
        while done < budget:
            here = registers[pc]
            function = functions.get(here) or self.missing(table, here)
            if function is None:
                break
            try:
                count = function(registers, files, budget - done)
            except KeyError:  # a register that is not listed, found out before anything was done
                self.complete(files)
                count = function(registers, files, budget - done)
            done += count
            if not count:
                region = table.regions[here]
                if table.short is None or region.longest <= budget - done:
                    break
                table = table.short
                functions = table.functions
        return done

    def context_changed(self) -> None:
        """Something else may have written components."""
        self.table = None

    # -- contexts --------------------------------------------------------------------------------------------

    def chosen(self, state: State, stop: frozenset[str]) -> Table | None:
        """The table for the context that the state is in; `None` where there can be no regions."""
        if not self.context.possible or state.storage_size != self.memory.size:
            return None
        values = self.context.of(state)
        table = self.tables.get((values, stop))
        if table is None:
            if len(self.tables) >= MOST_TABLES:
                self.clear()
            known = dict(zip(self.context.keys, values, strict=True))
            setting = Setting(self.machine, known, self.memory.size, self.watched, stop)
            short = Table(setting, SHORT) if self.longest > SHORT else None
            table = self.tables[values, stop] = Table(setting, self.longest, short)
        self.table, self.state, self.stop = table, state, stop
        return table

    def complete(self, files: dict[str, dict[int, int]]) -> None:
        """List every register of the small files."""
        for component in self.machine.components.values():
            if component.count is not None and component.count <= LARGEST_FILE:
                for index in range(component.count):
                    files[component.name].setdefault(index, 0)

    def clear(self) -> None:
        """Forget everything."""
        self.tables.clear()
        self.owners.clear()
        self.changes.clear()
        self.voided.clear()
        self.compiler.volatile.clear()
        self.table, self.count = None, 0
        self.dropped += 1

    # -- regions ---------------------------------------------------------------------------------------------

    def missing(self, table: Table, here: int) -> Generated | None:
        """The function of the region that begins here, made now if it is hot."""
        seen = table.seen.get(here, 0) + 1
        if seen <= self.hot << min(MOST_DOUBLED, self.voided.get(here, 0)):
            if len(table.seen) >= MOST_COUNTED:
                table.seen.clear()
            table.seen[here] = seen
            return None
        table.seen.pop(here, None)
        if self.count >= MOST_REGIONS:
            self.clear()
            return None
        return self.made(table, here).function

    def made(self, table: Table, here: int) -> Region:
        """The region that begins here, which may be one that executes nothing."""
        region = self.compiler.compiled(table.setting, table.loops, here, table.longest)
        self.count += 1
        table.regions[here], table.functions[here] = region, region.function
        if region.loops:
            table.loops[here] = region
        for granule in self.memory.watch(region.places):
            self.owners.setdefault(granule, set()).add((table, here))
        return region

    # -- code that is written --------------------------------------------------------------------------------

    def touched(self, place: int, units: int) -> bool:
        """A region wrote units in a granule with code: whether any region is void now."""
        before = self.dropped
        for written in range(place, place + units):
            self.memory.written(written)
        return self.dropped != before

    def forget(self, place: int) -> None:
        """Drop the regions with code at a place, numbered in the whole storage."""
        granule = place >> GRANULE
        owners = self.owners.get(granule)
        if owners is None:
            return
        own = place - self.memory.base
        void = [(table, head) for table, head in owners if own in table.regions[head].places]
        for table, head in void:
            self.drop(table, table.regions[head])
        if void:
            self.changes[own] = self.changes.get(own, 0) + 1
            if self.changes[own] >= MOST_CHANGES:
                self.compiler.volatile.add(own)
        if self.owners.get(granule):
            self.memory.code[granule] = 1

    def drop(self, table: Table, region: Region) -> None:
        """Drop one region."""
        del table.regions[region.head], table.functions[region.head]
        table.loops.pop(region.head, None)
        for granule in {place + self.memory.base >> GRANULE for place in region.places}:
            self.owners[granule].discard((table, region.head))
            if not self.owners[granule]:
                del self.owners[granule]
        self.voided[region.head] = self.voided.get(region.head, 0) + 1
        self.count -= 1
        self.dropped += 1
