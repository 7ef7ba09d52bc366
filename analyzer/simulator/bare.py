"""The bare machine: the specification executed, with nothing in between."""

from __future__ import annotations

from typing import cast

from analyzer.language.evaluate import State, initial_state
from analyzer.language.ir import Expr
from analyzer.simulator.engine import Engine, Known, MachineFault, Trap
from analyzer.simulator.machine import NOTHING, Machine
from analyzer.simulator.memory import Memory
from analyzer.simulator.regions.cache import Regions
from analyzer.spec.model import Isa


class Bare(Machine):
    """A machine with `storage` units of real storage (as many as the specification says, unless given), reset.

    Code that is executed often runs as compiled regions, unless `fast` is off.
    """

    def __init__(
        self, isa: Isa, storage: int | None = None, engine: Engine | None = None, *, fast: bool = True
    ) -> None:
        engine = engine or Engine(isa)
        memory = Memory(isa.machine.storage.unit, storage or isa.simulation.storage)
        super().__init__(isa, memory, reset_state(isa, memory, engine), engine)
        self.fast = fast
        self.regions: Regions | None = None  # made when the first code runs that may be fast
        self._compiled_for = NOTHING

    def _compiling(self) -> Regions:
        """What compiles and runs regions."""
        if self.regions is None:
            console = self.isa.simulation.console
            watched = frozenset((console.output.component,)) if console else NOTHING
            self.regions = Regions(self.isa, self.memory, watched, fetcher=self.engine.fetcher)
            self._compiled_for = frozenset(name for name, _ in self.regions.context.keys)
            self._heeded |= self._compiled_for
        return self.regions

    def advance(self, limit: int, stop: frozenset[str] = NOTHING) -> tuple[int, Trap | None]:
        """Execute up to `limit` instructions: see `Machine.advance`."""
        done = 0
        while done < limit:
            if self.fast and limit > done + 1 and not self.memory.records:
                ran = self._compiling().run(self.state, limit - done, stop)
                done += ran
                self.counts.direct += ran
                if done >= limit:
                    break
            try:
                ended, trap = self.single(stop)
            except MachineFault as fault:
                fault.done = done
                raise
            done += trap is None or trap.after
            if ended:
                return done, trap
        return done, None

    def single(self, stop: frozenset[str], known: Known | None = None) -> tuple[bool, Trap | None]:
        """Execute one instruction step by step, one of `known` if it is there; whether the machine must be looked at,
        and the trap."""
        here = self.state.registers[self.engine.pc]
        trap = self.engine.step(self.live, known or self.cache)
        stopped = self.note(stop)
        if trap is not None:
            self.counts.direct += trap.after
            return True, trap
        self.counts.direct += 1
        if self.state.registers[self.engine.pc] == here and self.stands_still(here):
            self.still = stopped = True
        return stopped, None

    def changed(self, names: frozenset[str] | None = None) -> None:
        """The state was changed from outside; what hooks read may be visible."""
        super().changed(names)
        if self.regions is not None and (names is None or not names.isdisjoint(self._compiled_for)):
            self.regions.context_changed()

    def _heed(self, name: str, index: int | None) -> None:
        """A component that matters between instructions was written."""
        super()._heed(name, index)
        if name in self._compiled_for and self.regions is not None:
            self.regions.context_changed()


def reset_state(isa: Isa, memory: Memory, engine: Engine) -> State:
    """The state in which a machine starts: what the specification says, in the first supervisor mode, otherwise 0."""
    state = initial_state(isa.machine, memory.size)
    state.storage = cast(dict[int, int], memory)
    supervisor = next(mode for mode in isa.modes.values() if mode.kind == "supervisor")
    state.registers.update(supervisor.when)
    for component in isa.machine.components.values():
        name, value = component.name, isa.simulation.reset.get(component.name)
        if value is not None and component.count is None:
            state.registers[name] = _value(engine, value, 0, state)
        elif value is not None:
            state.files[name] = {index: _value(engine, value, index, state) for index in range(component.count or 0)}
    console = isa.simulation.console
    for place, number in console.ready if console else ():
        if place.index is None:
            state.registers[place.component] = number
        else:
            state.files[place.component][place.index] = number
    return state


def reset(machine: Machine) -> None:
    """Give every component of a machine its reset value; storage stays."""
    fresh = reset_state(machine.isa, machine.memory, machine.engine)
    machine.state.registers.update(fresh.registers)
    for name, values in machine.state.files.items():
        values.clear()
        values.update(fresh.files[name])
    machine.touched()


def _value(engine: Engine, expression: Expr, index: int, state: State) -> int:
    return engine.compiled.evaluate(expression, {"index": index}, state)
