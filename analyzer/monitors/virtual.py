"""Virtual machines: a monitor's dispatcher and interpreter, over an underlying machine, bare or virtual itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from analyzer.language.evaluate import State
from analyzer.monitors import HYBRID, TRAP_AND_EMULATE
from analyzer.monitors.allocator import Allocator, Region
from analyzer.simulator.bare import reset_state
from analyzer.simulator.engine import MachineFault, Trap
from analyzer.simulator.machine import NOTHING, Machine, count
from analyzer.spec.model import Mode, Monitor, Place


class VirtualMachine(Machine):
    """A guest's machine. `state` is the virtual state; while guest code runs directly its visible part and the program
    counter stand in the underlying machine, whose hidden state is what the allocator says."""

    name: ClassVar[str]

    def __init__(self, under: Machine, monitor: Monitor, region: Region) -> None:
        isa, engine = under.isa, under.engine
        memory = under.memory.part(region.base, region.size)
        super().__init__(isa, memory, reset_state(isa, memory, engine), engine)
        self.under = under
        self.monitor = monitor
        self.allocator = Allocator(isa, monitor, region, engine)
        own = isa.machine.with_role("pc", "visible")
        self.scalars = tuple(c.name for c in own if c.count is None)
        self.files = tuple(c.name for c in own if c.count is not None)
        self.read_back = dict(monitor.shared)
        shared = [(name, held) for name, held in monitor.shared.items() if name in self.state.registers]
        self.shared_names, self.shared_holders = tuple(n for n, _ in shared), tuple(h for _, h in shared)
        self.shared_files = tuple(name for name in monitor.shared if name in self.state.files)
        self.holders = {holder: name for name, holder in monitor.shared.items()}
        self.loading = self.allocator.depends | frozenset(self.scalars + self.files)
        self._held: dict[frozenset[str], frozenset[str]] = {}
        self.entered: tuple[tuple[Place, int], ...] = ()  # what was loaded last, if it stands there
        self.loaded = False  # whether the underlying machine, if this one is resident, still has all of the state

    @abstractmethod
    def directly(self, mode: Mode) -> bool:
        """Whether code of a virtual mode runs directly."""

    # -- the dispatcher --------------------------------------------------------------------------------------

    def advance(self, limit: int, stop: frozenset[str] = NOTHING) -> tuple[int, Trap | None]:
        """Execute up to `limit` instructions: see `Machine.advance`."""
        if self._touched:
            self._settle()
        done, looked = 0, stop if stop >= self.attention else stop | self.attention
        try:
            while done < limit:
                if self.enter():
                    ran, trap = self.run_directly(limit - done, stop)
                    done += ran
                    if trap is None or trap.after:
                        return done, trap
                    count(self.counts.exits, trap.kinds[0])
                trap, stopped = self.interpret(looked)
                if trap is not None:
                    return done + trap.after, trap
                done += 1
                if stopped:
                    break
        except MachineFault as fault:
            fault.done += done
            raise
        return done, None

    def enter(self) -> bool:
        """Load the underlying machine if guest code may run there: code of this mode runs directly, and an interrupt of
        the guest's machine that depends on visible state interrupts the real machine too."""
        under = self.under
        if self.loaded and under.resident is self:
            return True
        mode = self.allocator.mode(self.state)
        if mode is None or not self.directly(mode):
            return False
        self.load_visible(self.state, under.state)
        changed = under.resident is not self
        if changed:
            under.resident = self
            for place, value in self.allocator.once():
                under.write(place, value)
        entered = self.allocator.loaded(self.state, mode)
        if changed or entered is not self.entered:
            self.entered = entered
            for place, value in entered:
                under.write(place, value)
            under.touched()
        under.changed()
        self.loaded = not self.watch or self.watch <= under.pending.visible(under.state)
        return self.loaded

    def strayed(self) -> Iterator[tuple[Place, int, int]]:
        """What was loaded for guest code, is not shared, and was changed by its last instruction: its place, what it
        was, what it is."""
        if not self.loaded or self.under.resident is not self:
            return
        written = self.under.written().difference(self.holders)
        if not written.isdisjoint(self.allocator.places):
            for place, value in self.entered:
                if place.component in written and self.under.read(place) != value:
                    yield place, value, self.under.read(place)

    def run_directly(self, limit: int, stop: frozenset[str]) -> tuple[int, Trap | None]:
        """Let the underlying machine run guest code; how many instructions completed, and the trap that ended it."""
        under = self.under
        try:
            ran, trap = self.run_guest(limit, self.held(stop | self.watch if self.watch else stop))
        except MachineFault as fault:
            self.counts.direct += fault.done
            raise
        finally:
            self.load_visible(under.state, self.state)
            if self.read_back:
                self.load_shared()
            self.still, under.still = under.still, False
        self.counts.direct += ran
        return ran, trap

    def run_guest(self, limit: int, stop: frozenset[str] = NOTHING) -> tuple[int, Trap | None]:
        """Let the underlying machine execute: see `Machine.advance`."""
        return self.under.advance(limit, stop)

    # -- the interpreter -------------------------------------------------------------------------------------

    def interpret(self, stop: frozenset[str]) -> tuple[Trap | None, bool]:
        """Execute one instruction on the virtual state; its trap, and whether a component in `stop` was written."""
        here = self.state.registers[self.engine.pc]
        trap = self.engine.step(self.live, self.cache)
        stopped = self.note(stop)
        if trap is None or trap.after:
            self.counts.interpreted += 1
        if trap is None and self.stands_still(here):
            self.still = stopped = True
        return trap, stopped

    def note(self, stop: frozenset[str] = NOTHING, since: int = 0) -> bool:
        """Look at what the interpreter wrote: see `Machine.note`."""
        self.loaded = False
        return super().note(stop, since)

    def changed(self, names: frozenset[str] | None = None) -> None:
        """The state was changed from outside."""
        self.loaded = self.loaded and names is not None and names.isdisjoint(self.loading)
        super().changed(names)

    def _settle(self) -> None:
        """Hidden state may have changed: whether guest code may run directly depends on what may interrupt it."""
        before = self.watch
        super()._settle()
        self.loaded = self.loaded and self.watch == before

    # -- registers -------------------------------------------------------------------------------------------

    def load_visible(self, source: State, target: State) -> None:
        """Copy the program counter and the visible components."""
        target.registers.update(zip(self.scalars, map(source.registers.__getitem__, self.scalars), strict=True))
        for name in self.files:
            copied(source.files[name], target.files[name])

    def load_shared(self) -> None:
        """Read the shared components back from those that hold them in the underlying machine."""
        state, source, read = self.state, self.under.state, set[str]()
        held = tuple(map(source.registers.__getitem__, self.shared_holders))
        if held != tuple(map(state.registers.__getitem__, self.shared_names)):
            for name, value in zip(self.shared_names, held, strict=True):
                if state.registers[name] != value:
                    state.registers[name] = value
                    read.add(name)
        for name in self.shared_files:
            if state.files[name] != source.files[self.read_back[name]]:
                copied(source.files[self.read_back[name]], state.files[name])
                read.add(name)
        if read:
            self._touched = self._touched or not read.isdisjoint(self.attention)
            self.entered = ()  # what is there now was not loaded

    def held(self, names: frozenset[str]) -> frozenset[str]:
        """Components of the guest's machine, and those of the underlying one in which guest values of them stand."""
        if not self.read_back:
            return names
        if names not in self._held:
            self._held[names] = names | {holder for name, holder in self.read_back.items() if name in names}
        return self._held[names]


def copied(source: dict[int, int], target: dict[int, int]) -> None:
    """Give a register file the values of another; registers that a file does not list are 0."""
    target.clear()
    target.update(source)


class TrapAndEmulate(VirtualMachine):
    """The monitor of 1974: code of every mode runs directly, what traps is interpreted."""

    name = TRAP_AND_EMULATE

    def directly(self, mode: Mode) -> bool:
        """All of it."""
        return True


class Hybrid(VirtualMachine):
    """The hybrid monitor: only code of virtual user modes runs directly, all else is interpreted."""

    name = HYBRID

    def directly(self, mode: Mode) -> bool:
        """That of user modes."""
        return mode.kind == "user"


MONITORS: dict[str, type[VirtualMachine]] = {each.name: each for each in (TrapAndEmulate, Hybrid)}
