"""A machine that runs guest programs: bare, or virtual under a monitor. What both have in common: the trap sequence,
interrupts, the timer, the console, and when a run ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Literal

from analyzer.language.evaluate import State
from analyzer.simulator.engine import Cache, Engine, Live, MachineFault, Trap
from analyzer.simulator.memory import Memory
from analyzer.spec.model import Isa, Place

Reason = Literal["limit", "halted", "fault", "breakpoint"]
TRAPS_IN_A_ROW = 1000
TICKS = 2  # that a halted machine waits for: a third would find the state of the second
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended: after so many instructions as allowed, because the machine halted, before an instruction at a
    breakpoint, or by a fault that `message` explains."""

    reason: Reason
    message: str = ""


@dataclass(slots=True)
class Counts:
    """What a machine did. `direct` and `interpreted` are guest instructions that completed, `trapped` those that its
    own traps ended; `traps` are those traps, and those after completion, by kind; `exits` those through which a monitor
    got control by kind."""

    direct: int = 0
    interpreted: int = 0
    trapped: int = 0
    interrupts: int = 0
    traps: dict[str, int] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)

    @property
    def instructions(self) -> int:
        """All that were executed; a machine's time also counts those that it waited for."""
        return self.direct + self.interpreted + self.trapped


def count(counter: dict[str, int], name: str) -> None:
    """One more of a kind."""
    counter[name] = counter.get(name, 0) + 1


class Machine(ABC):
    """A machine with its state, memory and devices.

    `state` is the whole state as its programs see it; `time` the number of instructions since the start; `output` what
    was printed. A run ends before an instruction at one of the `breakpoints`, but for its first. Whoever writes to
    `state` from outside calls `touched`.
    """

    def __init__(self, isa: Isa, memory: Memory, state: State, engine: Engine) -> None:
        self.isa = isa
        self.engine = engine
        self.memory = memory
        self.state = state
        self.live = Live(state)
        self.cache = Cache(engine, state, memory)
        self.counts = Counts()
        self.time = 0
        self.output = ""
        self.timer = isa.simulation.timer
        self.next_tick = self.timer.every if self.timer else 0
        self.idle = 0  # ticks since the machine did something
        self.still = False
        self.waiting = False  # whether nothing was executed last, because the machine waits for the timer
        self.resident: object = None  # whose state stands here, if a monitor runs guests on this machine
        self.breakpoints: set[int] = set()
        self._traps_in_a_row = 0
        self.pending = engine.pending
        self.attention = self.pending.hidden | engine.halting
        self.watch = NOTHING
        self.stopping = self.attention  # what makes a run look at the machine: that, and what is watched
        console = isa.simulation.console
        printing = frozenset((console.output.component,)) if console else NOTHING
        self._heeded = engine.placing | self.attention | printing
        self._files = {id(values): name for name, values in state.files.items()}
        self._touched = True

    # -- running ---------------------------------------------------------------------------------------------

    @abstractmethod
    def advance(self, limit: int, stop: frozenset[str] = NOTHING) -> tuple[int, Trap | None]:
        """Execute up to `limit` instructions, fewer only before a trap, after one that may have written a component in
        `stop`, or where the machine stands still; how many completed, and the trap, which is not delivered."""

    def run(self, limit: int) -> Stop:
        """Execute up to `limit` instructions, with traps delivered and interrupts taken."""
        begin, end = self.time, self.time + limit
        try:
            while self.time < end:
                if not self._ready(end):
                    return Stop("halted") if self.time < end else Stop("limit")
                if self.breakpoints:
                    if self.time > begin and self.state.registers[self.engine.pc] in self.breakpoints:
                        return Stop("breakpoint")
                    self._go(1)
                    continue
                span = end if self.timer is None else min(end, self.next_tick)
                self._go(span - self.time)
        except MachineFault as fault:
            self.time += fault.done
            return Stop("fault", str(fault))
        return Stop("limit")

    def step(self, wait: int = 1) -> Stop | None:
        """Execute one instruction, or take a trap or an interrupt, or let up to `wait` instructions' time pass where
        the machine waits; why it cannot, if it cannot."""
        end = self.time + wait
        try:
            if self._ready(end):
                self._go(1)
                return None
        except MachineFault as fault:
            self.time += fault.done
            return Stop("fault", str(fault))
        return Stop("halted") if self.time < end else None

    def _ready(self, end: int) -> bool:
        """Take what is due between two instructions; whether there is one to execute before time `end`."""
        self.waiting = False
        if self.timer is not None and self.time >= self.next_tick:
            self._tick()
        if not (self._touched or self.watch or self.still):
            return True
        self._interrupt()
        if not self.halted:
            return True
        self._touched = True
        while self.timer is not None and self.idle < TICKS:
            if self.next_tick >= end:
                self.time, self.waiting = end, True
                return False
            self.time = self.next_tick
            self._tick()
            if self._interrupt() or not self.halted:
                return True
        return False

    def _interrupt(self) -> bool:
        """Take an interrupt that is due."""
        if self._touched:
            self._settle()
        taken = bool(self.pending.hidden) and self.engine.interrupt(self.live)
        if taken:
            self.counts.interrupts += 1
            self.idle, self.still = 0, False
            self.note()
            self._settle()
            self._touched = True  # another may be due
        return taken

    def _go(self, limit: int) -> None:
        done, trap = self.advance(limit, self.stopping)
        self.time += done
        if done:
            self._traps_in_a_row = 0
        if not self.still:
            self.idle = 0
        if trap is not None:
            self._deliver(trap)

    def _deliver(self, trap: Trap) -> None:
        if not trap.after:
            self.time += 1
            self.counts.trapped += 1
        for kind in trap.kinds:
            count(self.counts.traps, kind)
        self._traps_in_a_row += 1
        if self._traps_in_a_row > TRAPS_IN_A_ROW:
            raise MachineFault(f"endless trap loop: {TRAPS_IN_A_ROW} traps in a row, the last {trap.kinds[0]}")
        noted = len(self.live.log)
        self.engine.deliver(self.live, trap)
        self.note(since=noted)

    # -- between instructions --------------------------------------------------------------------------------

    @property
    def halted(self) -> bool:
        """Whether the machine waits for an interrupt, or repeats an instruction that changes nothing."""
        halted = self.isa.simulation.halted
        return self.still or (halted is not None and bool(self.engine.compiled.evaluate(halted, {}, self.state)))

    def _settle(self) -> None:
        """Hidden state may have changed: what follows from it."""
        self._touched = False
        self.watch = self.pending.visible(self.state)
        self.stopping = self.attention | self.watch if self.watch else self.attention

    def _tick(self) -> None:
        """The timer gives places new values."""
        assert self.timer is not None
        self.next_tick += self.timer.every
        self.idle += 1
        changed = set[str]()
        for place, expression in self.timer.sets:
            value = self.engine.compiled.evaluate(expression, {}, self.state)
            if value != self.read(place):
                self.write(place, value)
                self._heed(place.component, place.index)
                changed.add(place.component)
        self.changed(frozenset(changed))

    def touched(self) -> None:
        """The state was changed from outside."""
        self._touched = True
        self.changed()
        self.cache.moved()

    def changed(self, names: frozenset[str] | None = None) -> None:
        """The same, but nothing that decides where programs lie or when they are interrupted; only the components
        `names`, if they are known."""
        self.still = False

    def written(self) -> set[str]:
        """The components that the last instruction wrote, also those whose writing it took back by a trap."""
        registers, files = self.state.registers, self._files
        return {key if c is registers else files.get(id(c), "") for c, key, _ in self.live.log}

    # -- places ----------------------------------------------------------------------------------------------

    def read(self, place: Place) -> int:
        """The value of a place."""
        if place.index is None:
            return self.state.registers[place.component]
        return self.state.files[place.component].get(place.index, 0)

    def write(self, place: Place, value: int) -> None:
        """Give a place a value; `touched` is to be called afterwards."""
        if place.index is None:
            self.state.registers[place.component] = value
        else:
            self.state.files[place.component][place.index] = value

    # -- devices, and what an instruction wrote --------------------------------------------------------------

    def note(self, stop: frozenset[str] = NOTHING, since: int = 0) -> bool:
        """Look at what was written last, from entry `since` of the log on: let the console print it, and remember that
        hidden state changed. Whether a component in `stop` was written."""
        stopped, registers, files = False, self.state.registers, self._files
        for container, key, _ in self.live.log[since:]:
            name = key if container is registers else files.get(id(container))
            if name in self._heeded:
                self._heed(name, None if container is registers else key)
            if name in stop:
                stopped = True
        return stopped

    def _heed(self, name: str, index: int | None) -> None:
        """A component that matters between instructions was written."""
        if name in self.engine.placing:
            self.cache.moved()
        if name in self.attention:
            self._touched = True
        console = self.isa.simulation.console
        if console is not None and Place(name, index) == console.output:
            self.output += chr(self.read(console.output) & 0x7F)
            for place, value in console.ready:
                self.write(place, value)

    def stands_still(self, here: int) -> bool:
        """Whether the instruction just executed at `here` left everything as it was."""
        if self.state.registers[self.engine.pc] != here:
            return False
        log, seen = self.live.log, set()
        for container, key, old in log:
            if (id(container), key) not in seen and container.get(key, 0) != old:
                return False
            seen.add((id(container), key))
        return True
