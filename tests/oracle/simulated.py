"""The specification's side: one instruction of a case in the simulator, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analyzer.language.declarations import ACCESS_KINDS
from analyzer.simulator.bare import Bare
from analyzer.simulator.engine import Decoded, MachineFault, Trap
from analyzer.spec.model import Isa
from tests.oracle.emulator import COMPLETES, Case, Driver
from tests.oracle.sides import PREFIX

FAULT = "no outcome"  # where the specification does not say what happens
# What the specification leaves open, as four interpretations: single bits and the bits of wider values, each 0 or 1. A
# bit of the result that is not the same in all of them is open.
EXECUTE = ACCESS_KINDS["execute"]
INTERPRETATIONS = (0, -1, 1, -2)


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
    """The instruction of the case, if it is `decoded` already; otherwise it is fetched. Nothing is kept."""

    decoded: Decoded | None = None

    def find(self, here: int) -> Decoded | None:
        """The instruction of the case."""
        return self.decoded

    def keep(self, here: int, decoded: Decoded, places: list[int]) -> Decoded:
        """Nothing is kept."""
        return decoded


class Simulated:
    """The specification as a machine with the driver's storage."""

    def __init__(self, isa: Isa, driver: Driver, image: Sequence[int]) -> None:
        self.isa, self.driver = isa, driver
        self.machine = Bare(isa, driver.size, fast=False)
        self.engine, self.live, self.state = self.machine.engine, self.machine.live, self.machine.state
        self.cells = self.machine.memory.cells
        for place, unit in enumerate(image):
            self.cells[place] = unit
        self.image = image
        self.seen = [(name, *_parsed(name)) for name in driver.seen]
        self.known = Known()
        self.stood: dict[int, int] = {}
        self.opened, self.value = False, 0
        self.sides: set[str] = set()
        self.reads: list[int] = []
        self.live.open, self.live.function, self.live.get = self._open, self._function, self._get

    def places(self, case: Case, count: int) -> list[int]:
        """The real addresses of so many units from the program counter on; fewer where they cannot be fetched."""
        self._load(case)
        engine, out = self.engine, list[int]()
        here, code = case.registers[engine.pc], engine.code
        for offset in range(count):
            address = here + offset & engine.pc_mask
            if code is not None:
                (address,) = engine.compiled.call(code, (address,), self.state)
            place = engine.compiled.translated(engine.machine.program.name, address, EXECUTE, self.state)
            if place is None or place >= self.driver.size:
                break
            out.append(place)
        self._restore()
        return out

    def step(self, case: Case, value: int = 0, units: list[int] | None = None) -> Ending:
        """Execute the instruction of a case; what the specification leaves open is `value`, cut to its width.

        With `units`, the instruction that they are is executed, and not fetched.
        """
        self._load(case)
        self.known.decoded = None if units is None else self.engine.decode(units)
        self.opened, self.value, self.sides, self.reads = False, value, set(), []
        try:
            trap = self.engine.step(self.live, self.known)
            return self._ending(trap)
        except MachineFault:
            return Ending(FAULT, FAULT, {}, {}, self.opened, self.sides, self.reads)
        finally:
            self._restore()

    def endings(self, case: Case, units: list[int]) -> Iterator[Ending]:
        """What the specification allows: one ending, or one for each interpretation of what it leaves open.

        `units` are those of the instruction.
        """
        first = self.step(case)
        yield first
        if first.opened:
            yield from (self.step(case, value, units) for value in INTERPRETATIONS[1:])

    def _ending(self, trap: Trap | None) -> Ending:
        registers, files, memory = self.state.registers, self.state.files, self.machine.memory
        values = {
            name: registers[component] if index is None else files[component].get(index, 0)
            for name, component, index in self.seen
        }
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


def _parsed(name: str) -> tuple[str, int | None]:
    component, _, index = name.rstrip("]").partition("[")
    return component, int(index) if index else None
