"""Running guest programs, bare or under a monitor, and what is to be told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analyzer.encoding.assembly.disassembler import Disassembler
from analyzer.encoding.assembly.program import Program
from analyzer.monitors import BARE
from analyzer.monitors.host import Host, NoRoom, nested
from analyzer.monitors.translator import Translator
from analyzer.monitors.virtual import MONITORS, VirtualMachine
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import boot
from analyzer.simulator.machine import Machine, Stop
from analyzer.spec.model import Isa, Monitor, Place


@dataclass(frozen=True, slots=True)
class Translated:
    """What a binary translator did for one program.

    `units` translated, of `average` size, and `sizes`: size to how many; the `instructions` in them by kind, of which
    the share `identical` (0 to 1) stands there as it was; units begun through `chained` exits, found in the cache
    (`hits`), or translated first (`misses`); units `void` because their code was written; `executed`: instructions of
    units by kind; `callouts` by instruction, and per thousand executed.
    """

    units: int
    average: float
    sizes: Mapping[str, int]
    instructions: Mapping[str, int]
    identical: float
    chained: int
    hits: int
    misses: int
    void: int
    executed: Mapping[str, int]
    callouts: Mapping[str, int]
    callouts_per_thousand: float


@dataclass(frozen=True, slots=True)
class GuestRun:
    """What became of one program.

    `ended`: `halted`, `limit` (of instructions) or `fault`, which `message` explains; `instructions` in all, of them
    `direct` and `interpreted`; `interrupts` taken, `traps` that the program's machine took and `exits` through which
    the monitor got control, by kind; `exits_per_thousand` instructions. `output` of the console; `state`: what is not 0
    at the end, registers of files as `ac[3]`. `disappointed`: what the program expected and is not so. `translation`:
    what the monitor did, if it translates.
    """

    program: str
    under: str
    ended: str
    message: str
    instructions: int
    direct: int
    interpreted: int
    interrupts: int
    traps: Mapping[str, int]
    exits: Mapping[str, int]
    exits_per_thousand: float
    output: str
    state: Mapping[str, int]
    disappointed: tuple[str, ...] = ()
    translation: Translated | None = None

    @property
    def passed(self) -> bool:
        """Whether it ended without a fault and as the program expects."""
        return self.ended != "fault" and not self.disappointed


@dataclass(frozen=True, slots=True)
class Session:
    """How programs are run: under which monitor (`bare` for none), how deep it is nested, how much storage a guest has,
    after how many instructions it ends. `trace` is given a line for each instruction.
    `kind`: the kind of monitor, if `under` does not name it; `load` puts a program into a guest."""

    isa: Isa
    monitor: Monitor
    under: str = BARE
    depth: int = 1
    storage: int | None = None
    limit: int = 10_000_000
    trace: Callable[[str], None] | None = field(default=None, compare=False)
    kind: type[VirtualMachine] | None = None
    load: Callable[[Machine, Program], None] = field(default=boot, compare=False)

    def run(self, programs: Sequence[Program]) -> list[GuestRun]:
        """Run the programs, together if under a monitor. Raises `DoesNotFit` and `NoRoom`."""
        size = self.storage or self.isa.simulation.storage
        if size > 1 << self.isa.machine.storage.address:
            raise NoRoom(f"{size:#x} units of storage are more than {self.isa.name} addresses")
        if self.under == BARE:
            return [self._alone(Bare(self.isa, size), program) for program in programs]
        kind = self.kind or MONITORS[self.under]
        if self.depth > 1:
            return [self._alone(nested(self.isa, self.monitor, kind, size, self.depth)[1][-1], p) for p in programs]
        host = Host(self.isa, self.monitor, kind, [size] * len(programs))
        for guest, program in zip(host.guests, programs, strict=True):
            self.load(guest, program)
        if self.trace is not None:
            stops = [self._traced(guest, program) for guest, program in zip(host.guests, programs, strict=True)]
        else:
            stops = host.run(self.limit)
        return [self._told(*each) for each in zip(host.guests, programs, stops, strict=True)]

    def _alone(self, machine: Machine, program: Program) -> GuestRun:
        self.load(machine, program)
        stop = machine.run(self.limit) if self.trace is None else self._traced(machine, program)
        return self._told(machine, program, stop)

    def _traced(self, machine: Machine, program: Program) -> Stop:
        """Run step by step, with a line for each."""
        assert self.trace is not None
        tracer = Tracer(machine, program.symbols)
        for _ in range(self.limit):
            executed = machine.counts.instructions
            stop, line = tracer.step()
            if machine.counts.instructions != executed:
                self.trace(line)  # not while the machine waits
            if stop is not None:
                return stop
        return Stop("limit")

    def _told(self, machine: Machine, program: Program, stop: Stop) -> GuestRun:
        counts = machine.counts
        exits, instructions = sum(counts.exits.values()), counts.instructions
        return GuestRun(
            program=program.name,
            under=self.under,
            ended=stop.reason,
            message=stop.message,
            instructions=instructions,
            direct=counts.direct,
            interpreted=counts.interpreted,
            interrupts=counts.interrupts,
            traps=dict(sorted(counts.traps.items())),
            exits=dict(sorted(counts.exits.items())),
            exits_per_thousand=round(1000 * exits / instructions, 3) if instructions else 0.0,
            output=machine.output,
            state=flat(machine),
            disappointed=tuple(disappointed(machine, program, stop)),
            translation=translated(machine),
        )


def translated(machine: Machine) -> Translated | None:
    """What a translator counted, with the numbers that follow from it; nothing if the machine is under none, or under
    one whose units another monitor interprets."""
    if not isinstance(machine, Translator) or machine.bare is None:
        return None
    counts = machine.translations
    return Translated(
        units=counts.units,
        average=round(counts.average, 3),
        sizes={str(size): number for size, number in sorted(counts.sizes.items())},
        instructions=dict(counts.kinds),
        identical=round(counts.identical, 3),
        chained=counts.chained,
        hits=counts.hits,
        misses=counts.misses,
        void=counts.void,
        executed=dict(counts.executed),
        callouts=dict(sorted(counts.callouts.items())),
        callouts_per_thousand=round(counts.callouts_per_thousand, 3),
    )


class Tracer:
    """Steps a machine and says what each step did."""

    def __init__(self, machine: Machine, symbols: Mapping[str, int]) -> None:
        self.machine = machine
        self.symbols = symbols
        self.disassembler = machine.engine.disassembler
        self.written: set[int] = set()
        machine.memory.records.append(self.written)

    def step(self) -> tuple[Stop | None, str]:
        """Execute one instruction; why the machine stopped, if it did, and the line."""
        machine = self.machine
        self.written.clear()
        here, before = machine.state.registers[machine.engine.pc], flat(machine)
        traps = dict(machine.counts.traps)
        text = listed(machine, self.disassembler, here, self.symbols)
        stop = machine.step()
        taken = [kind for kind, number in machine.counts.traps.items() if number != traps.get(kind)]
        changed = [f"{name}={value:#x}" for name, value in self._changes(before)]
        what = [f"traps ({kind})" for kind in taken] + changed + ([f"{stop.reason} {stop.message}"] if stop else [])
        return stop, f"{machine.time:8} {here:#8x}  {text:32} {' '.join(what)}".rstrip()

    def _changes(self, before: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        after, pc = flat(self.machine), self.machine.engine.pc
        for name in sorted(before.keys() | after.keys()):
            if name != pc and before.get(name, 0) != after.get(name, 0):
                yield name, after.get(name, 0)
        for place in sorted(self.written):
            own = place - self.machine.memory.base
            if 0 <= own < self.machine.memory.size:
                yield f"real[{own:#x}]", self.machine.memory[own]


def listed(machine: Machine, disassembler: Disassembler, here: int, symbols: Mapping[str, int]) -> str:
    """The text of the instruction at an address."""
    decoded = machine.engine.units_at(machine.live, here)
    return disassembler.disassemble(decoded, here, symbols)[0] if decoded else "?"


def flat(machine: Machine) -> dict[str, int]:
    """The components that are not 0, registers of files as `ac[3]`."""
    out = {name: value for name, value in machine.state.registers.items() if value}
    for name, values in machine.state.files.items():
        out |= {f"{name}[{index}]": value for index, value in sorted(values.items()) if value}
    return out


def disappointed(machine: Machine, program: Program, stop: Stop) -> Iterator[str]:
    """What the program expects of its end that is not so."""
    for kind, name, index, value in program.expect:
        match kind:
            case "halted":
                if stop.reason != "halted":
                    yield f"expected to halt, but: {stop.message or stop.reason}"
            case "output":
                if machine.output != value:
                    yield f"expected the output {value!r}, found {machine.output!r}"
            case "component":
                place = Place(str(name), index)
                if machine.read(place) != value:
                    yield f"expected {value} in {place}, found {machine.read(place)}"
            case "storage":
                if (index or 0) >= machine.memory.size:
                    yield f"expected {value} in storage at {index:#x}, where there is none"
                elif machine.memory[index or 0] != value:
                    yield f"expected {value} in storage at {index:#x}, found {machine.memory[index or 0]}"
