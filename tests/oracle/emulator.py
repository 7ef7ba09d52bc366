"""What a driver of an emulator implements, and the process that a driver runs in: some inputs end it."""

from __future__ import annotations

import multiprocessing
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from analyzer.language.evaluate import State
from analyzer.simulator.engine import Trap
from analyzer.spec.model import Isa

COMPLETES = "completes"
ABORTS = "aborts"  # the emulator's process ended
PATIENCE = 300  # seconds for one batch


@dataclass(slots=True)
class Case:
    """One instruction in one state of the mode `mode`: all that a driver needs to run it.

    `registers`: component to value; `files`: register file to index to value, 0 where nothing is listed. `storage`:
    real address to unit, the units that differ from the driver's image; the instruction is among them. `next`: the
    program counter of the following instruction. `read`: real addresses whose units are to be read back in any case.
    """

    mode: str
    registers: dict[str, int]
    files: dict[str, dict[int, int]]
    storage: dict[int, int]
    next: int
    read: tuple[int, ...] = ()


@dataclass(slots=True)
class Result:
    """What an emulator did.

    `outcome`: `completes`, or the driver's word for how the instruction ended. `values`: place (`cf`, `gpr[3]`) to the
    value afterwards, for those in `Driver.seen` that mean something then. `storage`: real address to unit afterwards,
    where the emulator wrote and at `Case.read`.
    """

    outcome: str
    values: dict[str, int] = field(default_factory=dict)
    storage: dict[int, int] = field(default_factory=dict)


class Driver(ABC):
    """Drives one emulator as one machine. What is set here as a class variable is all that the oracle must know.

    `isa`: the machine's name. `emulator`: its name and version. `modes`: the machine's modes that it can be in. `size`:
    units of real storage it has, from address 0 on. `behind`: units that stand after every instruction. `seen`: the
    places it reads back, `cf` or `gpr[3]`; what is not among them is not compared. `hints`: width to values of it that
    reach more than random ones. `area`: the real addresses where arbitrary units stand, and to which states prefer to
    refer; all of storage unless given.
    """

    isa: str
    emulator: str
    modes: tuple[str, ...]
    size: int
    seen: tuple[str, ...]
    behind: tuple[int, ...] = ()
    hints: Mapping[int, tuple[int, ...]] = {}
    area: range | None = None

    # -- in the process that compares ------------------------------------------------------------------------

    def tables(self) -> Mapping[int, int]:
        """The units of the image that are not arbitrary: what stands in storage before every case."""
        return {}

    @abstractmethod
    def settle(self, state: State, mode: str) -> None:
        """Change a state of `mode` into the nearest one that the emulator can be in, program counter included.

        Where it does not matter nothing changes; the state stays in its mode. `state.storage` holds only the units that
        differ from the image, and may be changed.
        """

    @abstractmethod
    def outcome(self, trap: Trap | None, state: State) -> str:
        """The emulator's word for how the machine's instruction ended: `completes` or the same as in `Result`."""

    # -- in the emulator's process ---------------------------------------------------------------------------

    def start(self, image: Sequence[int]) -> None:  # noqa: B027 - nothing to do for most
        """Prepare the emulator; its storage holds `image`."""

    @abstractmethod
    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """Run each case from its own state, whatever happened before."""


def image(driver: Driver, isa: Isa) -> list[int]:
    """What stands in storage before every case: arbitrary units in its area, its tables over them."""
    rng, full = random.Random(driver.isa), (1 << isa.machine.storage.unit) - 1
    units = [0] * driver.size
    for place in driver.area or range(driver.size):
        units[place] = rng.choice((0, full, full >> 1, 1)) if rng.random() < 0.3 else rng.randint(0, full)
    for place, unit in driver.tables().items():
        units[place] = unit
    return units


class Emulator:
    """A driver in a process of its own, started again where a case ends it; `aborted` counts these."""

    def __init__(self, make: Callable[[], Driver], units: Sequence[int]) -> None:
        self.make, self.units = make, list(units)
        self.aborted = 0
        self.pending: list[Case] = []
        self._open()

    def submit(self, cases: list[Case]) -> None:
        """Let cases be run; `collect` waits for them."""
        self.pending = cases
        self.connection.send(cases)

    def collect(self) -> list[Result]:
        """The results of the cases submitted last, in their order."""
        cases, self.pending = self.pending, []
        results = self._received()
        if results is None:
            self._open()
            results = [self._alone(case) for case in cases]
        return results

    def run(self, cases: list[Case]) -> list[Result]:
        """Run cases now."""
        self.submit(cases)
        return self.collect()

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()

    def _alone(self, case: Case) -> Result:
        """Run one case of a batch in which the process ended."""
        self.connection.send([case])
        results = self._received()
        if results is None:
            self.aborted += 1
            self._open()
            return Result(ABORTS)
        return results[0]

    def _received(self) -> list[Result] | None:
        """The results of a batch; `None` where the process ended or does not answer."""
        try:
            if self.connection.poll(PATIENCE):
                received: list[Result] = self.connection.recv()
                return received
        except (EOFError, ConnectionError):
            pass
        self.process.kill()
        self.process.join()
        return None

    def _open(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(self.make, self.units, other), daemon=True)
        self.process.start()
        other.close()


def _serve(make: Callable[[], Driver], units: list[int], connection: Connection) -> None:
    """Run batches until the other side closes the connection."""
    driver = make()
    driver.start(units)
    while True:
        try:
            cases: list[Case] = connection.recv()
        except (EOFError, ConnectionError):
            return
        connection.send(list(driver.run(cases)))


def runs(units: Mapping[int, int]) -> Iterator[tuple[int, list[int]]]:
    """Units at consecutive addresses together: the first address, and the units."""
    start, run = 0, list[int]()
    for place in sorted(units):
        if place != start + len(run):
            if run:
                yield start, run
            start, run = place, []
        run.append(units[place])
    if run:
        yield start, run
