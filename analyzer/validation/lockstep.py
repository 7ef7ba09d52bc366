"""A guest on the bare machine and under monitors, step by step, the whole virtual state compared after each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.monitors.virtual import VirtualMachine
from analyzer.simulator.bare import Bare
from analyzer.simulator.machine import Machine, Stop

GOES_ON = Stop("limit")
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
    """Compares a bare machine with virtual machines into which the same program was loaded."""

    def __init__(self, bare: Bare, *virtuals: VirtualMachine) -> None:
        self.bare = bare
        self.followers = [Follower(bare, virtual) for virtual in virtuals]
        self.written: set[int] = set()  # places of storage that the bare machine's last step wrote
        self.executed: dict[str, int] = {}  # how often each instruction
        self.steps = 0
        self.before = deque[int](maxlen=AROUND)

    @property
    def goes_on(self) -> bool:
        """Whether some comparison has not ended."""
        return any(follower.comparison is None for follower in self.followers)

    def run(self, limit: int) -> list[Comparison]:
        """Up to `limit` steps in all, those of earlier calls among them; how each comparison ended."""
        bare = self.bare
        recorded = [(bare.memory, self.written), *((one.virtual.memory, one.written) for one in self.followers)]
        for memory, record in recorded:
            memory.records.append(record)
        try:
            self._run(limit)
        finally:
            for memory, record in recorded:
                memory.records.remove(record)
        return [follower.comparison or Comparison(limit, GOES_ON) for follower in self.followers]

    def _run(self, limit: int) -> None:
        bare, pc, before = self.bare, self.bare.engine.pc, self.before
        following, wait = [follower for follower in self.followers if follower.comparison is None], 1
        while self.steps < limit and following:
            here = bare.state.registers[pc]
            bare.live.executed.clear()
            stop = bare.step(wait)
            for name in bare.live.executed:
                self.executed[name] = self.executed.get(name, 0) + 1
            self.steps += wait
            for follower in following:
                follower.step(wait, Comparison(self.steps, stop or GOES_ON), self.written, here, before)
            following = [follower for follower in following if follower.comparison is None]
            self.written.clear()
            before.append(here)
            together = bare.waiting and all(follower.virtual.waiting for follower in following)
            wait = max(1, min(bare.next_tick - bare.time, limit - self.steps)) if together else 1


class Follower:
    """A virtual machine beside the bare one; `comparison` is how that ended, once it did."""

    def __init__(self, bare: Bare, virtual: VirtualMachine) -> None:
        self.bare = bare
        self.virtual = virtual
        self.base = virtual.memory.base
        self.real = underneath(virtual).memory
        own = range(self.base, self.base + virtual.memory.size)
        self.outside = {place: unit for place, unit in self.real.listed().items() if place not in own}
        self.written: set[int] = set()  # places of the whole storage that the virtual machine's last step wrote
        self.comparison: Comparison | None = None

    def step(self, wait: int, bare: Comparison, written: set[int], here: int, before: Iterable[int]) -> None:
        """The step that the bare machine has done: at `here`, after those `before`, with writes to storage at
        `written`. `bare` is how the comparison ends if the machines agree, and the bare one stopped."""
        stop = self.virtual.step(wait) or GOES_ON
        differences = tuple(self.differences(written))
        if differences or stop != bare.stop:
            message = "" if stop == bare.stop else f"bare: {ended(bare.stop)}; under the monitor: {ended(stop)}"
            listing, executed = tuple(listed(self.bare, before, here)), tuple(self.bare.live.executed)
            divergence = Divergence(self.bare.time, here, executed, differences, message, listing)
            self.comparison = Comparison(bare.steps, GOES_ON, divergence)
        elif stop != GOES_ON:
            self.comparison = bare

    def differences(self, written: set[int]) -> Iterator[Difference]:
        """What differs now; storage is compared where either machine wrote since the last time."""
        yield from registers(self.bare, self.virtual)
        if self.bare.output != self.virtual.output:
            yield Difference("console output", len(self.bare.output), len(self.virtual.output))
        yield from strayed(self.virtual)
        if written or self.written:
            yield from self.storage(written)

    def storage(self, written: set[int]) -> Iterator[Difference]:
        """What differs in storage, and what was written outside the guest's."""
        size, own, theirs = self.bare.memory.size, self.bare.state.storage, self.virtual.state.storage
        for place in sorted(written | {place - self.base for place in self.written}):
            if not 0 <= place < size:
                yield from self.escaped(place + self.base)
            elif own[place] != theirs[place]:
                yield Difference(f"real[{place}]", own[place], theirs[place])
        self.written.clear()

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
    if first.registers == second.registers and first.files == second.files:
        return
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
    disassembler = machine.engine.disassembler
    following = machine.state.registers[machine.engine.pc]
    for mark, place in (*((" ", place) for place in before), (">", here), (" ", following)):
        units = machine.engine.units_at(machine.live, place)
        text = disassembler.disassemble(units, place)[0] if units else "cannot be fetched"
        yield f"{mark} {place:#8x}  {text}"


def ended(stop: Stop) -> str:
    """How a step or a run ended, in words."""
    if stop == GOES_ON:
        return "goes on"
    return f"{stop.reason}: {stop.message}" if stop.message else stop.reason
