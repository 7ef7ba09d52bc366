"""The allocator: which real storage a guest has, and what the monitor loads into hidden components to run it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

from analyzer.language.declarations import Component
from analyzer.language.evaluate import State
from analyzer.language.ir import Const, Expr
from analyzer.simulator.engine import Engine
from analyzer.spec.model import Isa, Mode, Monitor, Place

REMEMBERED = 256  # virtual states
SMALL = 64  # register files up to this size are loaded anew on every entry


@dataclass(frozen=True, slots=True)
class Region:
    """The units of the underlying machine's storage that are a guest's, `size` of them from `base` on."""

    base: int
    size: int


class Allocator:
    """Computes what the monitor loads for a virtual state, as the specification's `install` says."""

    def __init__(self, isa: Isa, monitor: Monitor, region: Region, engine: Engine) -> None:
        self.isa = isa
        self.monitor = monitor
        self.region = region
        self.evaluate = engine.compiled.evaluate
        components = isa.machine.components
        installed = [(components[name], expression) for name, expression in monitor.install.items()]
        self.constant = [item for item in installed if isinstance(item[1], Const) and (item[0].count or 0) > SMALL]
        self.computed = [item for item in installed if item not in self.constant]
        read = monitor.reads
        self.reads = [component for component in components.values() if component.name in read]
        self.deciding = tuple(sorted({name for mode in isa.modes.values() for name in mode.when}))  # which mode it is
        self.modes: dict[tuple[int, ...], Mode | None] = {}
        self.depends = read.union(self.deciding)  # the virtual components that decide what is loaded
        self.places = set(self.deciding)  # the components that are loaded
        self.places |= {component.name for component, _ in self.computed}
        self.known: dict[tuple[object, ...], tuple[tuple[Place, int], ...]] = {}

    def mode(self, virtual: State) -> Mode | None:
        """The mode of a state; nothing where it is in none that the specification names."""
        registers = virtual.registers
        key = tuple(map(registers.__getitem__, self.deciding))
        if key not in self.modes:
            if len(self.modes) >= REMEMBERED:
                self.modes.clear()
            fitting = (m for m in self.isa.guest_modes.values() if all(registers[c] == v for c, v in m.when.items()))
            self.modes[key] = next(fitting, None)
        return self.modes[key]

    def once(self) -> Iterator[tuple[Place, int]]:
        """What is loaded only when another guest, or none, ran before."""
        for component, expression in self.constant:
            assert isinstance(expression, Const)
            yield from ((Place(component.name, index), expression.value) for index in range(component.count or 0))

    def loaded(self, virtual: State, mode: Mode) -> tuple[tuple[Place, int], ...]:
        """What is loaded to run a virtual state in `mode`: the real mode, and what `install` says. The same object as
        before where nothing has changed that it depends on."""
        key = (mode.name, *self._read(virtual))
        if key not in self.known:
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[key] = tuple(self._loaded(virtual, mode))
        return self.known[key]

    def _read(self, virtual: State) -> Iterator[int]:
        """The values of the virtual components that `install` reads."""
        registers = virtual.registers
        for component in self.reads:
            if component.count is None:
                yield registers[component.name]
            else:
                yield from map(virtual.files[component.name].get, range(component.count), repeat(0))

    def _loaded(self, virtual: State, mode: Mode) -> Iterator[tuple[Place, int]]:
        yield from ((Place(name), value) for name, value in self.isa.modes[self.monitor.modes[mode.name]].when.items())
        fields = {f"virtual.{name}": value for name, value in virtual.registers.items()}
        fields |= {"region.base": self.region.base, "region.size": self.region.size}
        files = {f"virtual.{name}": values for name, values in virtual.files.items()}
        seen = State({}, files, {}, virtual.storage_size)
        for component, expression in self.computed:
            yield from self._values(component, expression, fields, seen)

    def _values(
        self, component: Component, expression: Expr, fields: dict[str, int], seen: State
    ) -> Iterator[tuple[Place, int]]:
        if component.count is None:
            yield Place(component.name), self.evaluate(expression, fields, seen)
            return
        for index in range(component.count):
            yield Place(component.name, index), self.evaluate(expression, {**fields, "index": index}, seen)
