"""The specification's side: one instruction of a case in the simulator, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analyzer.language.evaluate import State
from analyzer.simulator.bare import Bare
from analyzer.simulator.engine import Decoded, MachineFault, Trap
from analyzer.spec.model import Isa
from tests.oracle.emulator import COMPLETES, Case, Driver
from tests.oracle.sides import PREFIX

FAULT = "no outcome"  # where the specification does not say what happens
# What the specification leaves open, as four interpretations: single bits and the bits of wider values, each 0 or 1. A
# bit of the result that is not the same in all of them is open.
INTERPRETATIONS = (0, -1, 1, -2)
ROUNDS = 1000  # of a loop; one that takes more, as a ring of indirect words, has no outcome here


@dataclass(slots=True)
class Ending:
    """What one instruction left.

    `kind`: `completes`, a trap's kind, or `FAULT`; `outcome`: the driver's word for it. `values` and `storage` as in
    `Result`. `opened`: whether something was used that the specification leaves open. `sides`: sides of conditions that
    were taken, of a marked machine. `reads`: real addresses that were read, in their order.
    """

    kind: str
    outcome: str
    values: dict[str, int]
    storage: dict[int, int]
    opened: bool = False
    sides: set[str] = field(default_factory=set)
    reads: list[int] = field(default_factory=list)


class Known:
    """The instruction of the case. Nothing is kept."""

    decoded: Decoded

    def find(self, here: int) -> Decoded:
        """The instruction of the case."""
        return self.decoded

    def keep(self, here: int, decoded: Decoded, places: list[int]) -> Decoded:
        """Nothing is kept."""
        return decoded


class Simulated:
    """The specification, marked or not, as a machine with the driver's storage."""

    def __init__(self, isa: Isa, driver: Driver, image: Sequence[int]) -> None:
        self.isa, self.driver = isa, driver
        self.machine = Bare(isa, driver.size, fast=False)
        self.engine, self.live, self.state = self.machine.engine, self.machine.live, self.machine.state
        self.cells = self.machine.memory.cells
        for place, unit in enumerate(image):
            self.cells[place] = unit
        self.image = image
        self.seen = Seen(driver.seen)
        self.known = Known()
        self.stood: dict[int, int] = {}
        self.opened, self.value = False, 0
        self.sides: set[str] = set()
        self.reads: list[int] = []
        self.live.open, self.live.function, self.live.get = self._open, self._function, self._get
        self.live.limit = ROUNDS

    def places(self, case: Case, count: int) -> list[int]:
        """The real addresses of so many units from the program counter on; fewer where they cannot be fetched."""
        self._load(case)
        places = self.engine.places_at(self.live, case.registers[self.engine.pc], count)
        self._restore()
        return places

    def step(self, case: Case, units: list[int], value: int = 0) -> Ending:
        """Execute the instruction of a case, which is `units`; what the specification leaves open is `value`, cut to
        its width."""
        self._load(case)
        self.known.decoded = self.engine.decode(units)
        self.opened, self.value, self.sides, self.reads = False, value, set(), []
        try:
            trap = self.engine.step(self.live, self.known)
            return self._ending(trap)
        except MachineFault:
            return Ending(FAULT, FAULT, {}, {}, self.opened, self.sides, self.reads)
        finally:
            self._restore()

    def endings(self, case: Case, units: list[int], first: Ending) -> Iterator[Ending]:
        """What the specification allows: one ending, or one for each interpretation of what it leaves open.

        `units` are those of the instruction, `first` is what `step` gives for it.
        """
        yield first
        if first.opened:
            yield from (self.step(case, units, value) for value in INTERPRETATIONS[1:])

    def _ending(self, trap: Trap | None) -> Ending:
        values, memory = self.seen.values(self.state), self.machine.memory
        written = {place: memory[place] for container, place, _ in self.live.log if container is memory}
        kind = trap.kinds[0] if trap is not None and not trap.after else COMPLETES
        return Ending(kind, self.driver.outcome(trap, self.state), values, written, self.opened, self.sides, self.reads)

    def _load(self, case: Case) -> None:
        self.state.registers.update(case.registers)
        for name, values in self.state.files.items():
            values.clear()
            values.update(case.files.get(name, {}))
        for place, unit in case.storage.items():
            self.cells[place] = unit
        self.stood = case.storage

    def _restore(self) -> None:
        """Storage as the image has it."""
        for container, place, _ in self.live.log:
            if container is self.machine.memory:
                self.cells[place] = self.image[place]
        for place in self.stood:
            self.cells[place] = self.image[place]

    def _open(self, site: str, unpredictable: bool) -> int:
        if site in self.sides:
            return 0
        if site.startswith(PREFIX):
            self.sides.add(site)
            return 0
        self.opened = True
        return self.value

    def _function(self, name: str, args: tuple[int, ...]) -> int:
        self.opened = True
        width = self.engine.machine.uninterpreted[name].result
        return self.value & 1 if width == 1 else -(self.value >> 1 & 1)

    def _get(self, place: int, default: int) -> int:
        self.reads.append(place)
        return self.cells[place]


class Seen:
    """Places by name, `cf` or `gpr[3]`, to be read at once."""

    def __init__(self, names: Sequence[str]) -> None:
        self.registers = tuple(name for name in names if "[" not in name)
        self.files: dict[str, list[tuple[str, int]]] = {}
        for name in names:
            file, bracket, index = name.rstrip("]").partition("[")
            if bracket:
                self.files.setdefault(file, []).append((name, int(index)))

    def values(self, state: State) -> dict[str, int]:
        """Each place's value in a state."""
        out = {name: state.registers[name] for name in self.registers}
        for file, places in self.files.items():
            values = state.files[file]
            for name, index in places:
                out[name] = values.get(index, 0)
        return out
