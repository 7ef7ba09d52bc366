"""Loading a program into a machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from analyzer.simulator.machine import Machine
from analyzer.spec.model import Place


class Program(Protocol):
    """What is loaded: units by real address, where to start, and components, registers of files with their index, that
    do not have their reset value."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def units(self) -> Mapping[int, int]:
        """Real address to unit."""

    @property
    def start(self) -> int:
        """The program counter at the start."""

    @property
    def state(self) -> tuple[tuple[str, int | None, int], ...]:
        """Component, index and value."""


class DoesNotFit(ValueError):
    """The program has units where the machine has no storage."""


def boot(machine: Machine, program: Program) -> None:
    """Load a program into a machine that was just made or reset. Raises `DoesNotFit`."""
    last = max(program.units, default=-1)
    if last >= machine.memory.size:
        raise DoesNotFit(f"{program.name} reaches up to {last:#x}; the machine has {machine.memory.size:#x} units")
    for place, unit in program.units.items():
        if machine.memory[place] != unit:  # code that stands there already stays known
            machine.memory[place] = unit
    machine.state.registers[machine.engine.pc] = program.start
    for component, index, value in program.state:
        machine.write(Place(component, index), value)
    machine.touched()
