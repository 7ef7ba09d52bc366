"""The bare machine: the specification executed, with nothing in between."""

from __future__ import annotations

from typing import cast

from analyzer.language.evaluate import State, initial_state
from analyzer.language.ir import Expr
from analyzer.simulator.engine import Engine, MachineFault, Trap
from analyzer.simulator.machine import NOTHING, Machine
from analyzer.simulator.memory import Memory
from analyzer.spec.model import Isa


class Bare(Machine):
    """A machine with `storage` units of real storage (as many as the specification says, unless given), reset."""

    def __init__(self, isa: Isa, storage: int | None = None, engine: Engine | None = None) -> None:
        engine = engine or Engine(isa)
        memory = Memory(isa.machine.storage.unit, storage or isa.simulation.storage)
        super().__init__(isa, memory, reset_state(isa, memory, engine), engine)

    def advance(self, limit: int, stop: frozenset[str] = NOTHING) -> tuple[int, Trap | None]:
        """Execute up to `limit` instructions: see `Machine.advance`."""
        live, cache, pc = self.live, self.cache, self.engine.pc
        step, registers = self.engine.step, self.state.registers
        for done in range(limit):
            here = registers[pc]
            try:
                trap = step(live, cache)
            except MachineFault as fault:
                fault.done = done
                self.counts.direct += done
                raise
            stopped = self.note(stop)
            if trap is not None:
                self.counts.direct += done + trap.after
                return done + trap.after, trap
            if registers[pc] == here and self.stands_still(here):
                self.still, stopped = True, True
            if stopped:
                self.counts.direct += done + 1
                return done + 1, None
        self.counts.direct += limit
        return limit, None


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
