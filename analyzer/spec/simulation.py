"""How a machine is run: reset state, console and timer as typed places and expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.diagnostics import Diagnostics, did_you_mean
from analyzer.language.check import Scope, check_expression
from analyzer.language.declarations import Component
from analyzer.language.ir import Const, Expr, Field, Indexed, Register, StorageSize
from analyzer.spec.model import Console, Place, Simulation, Timer
from analyzer.spec.schema import ConsoleEntry, SimulationEntry, TimerEntry
from analyzer.spec.text import Text


@dataclass(slots=True)
class SimulationReader:
    """Reads the section of a machine whose components and functions are known."""

    scope: Scope
    diagnostics: Diagnostics

    def read(self, entry: SimulationEntry) -> Simulation:
        """The section; what could not be typed is left out."""
        return Simulation(
            storage=entry.storage,
            reset=self._reset(entry.reset),
            halted=None if entry.halted is None else self._expression(entry.halted, 1),
            console=None if entry.console is None else self._console(entry.console),
            timer=None if entry.timer is None else self._timer(entry.timer),
        )

    def _reset(self, entry: Mapping[Text, Text]) -> dict[str, Expr]:
        out: dict[str, Expr] = {}
        for name, text in entry.items():
            component = self._component(name, name)
            if component is None:
                continue
            storage = self.scope.storage
            names: dict[str, Expr] = {"storage_size": StorageSize(storage.address + 1)} if storage else {}
            if component.count is not None:
                names["index"] = Field("index", component.index_width)
            source, width = text.source(), component.width
            value = check_expression(source, self.scope, self.diagnostics, width, names=names, bare=False)
            if value is not None:
                out[str(name)] = value
        return out

    def _console(self, entry: ConsoleEntry) -> Console | None:
        output = self._place(entry.output)
        ready = [(place, value) for text, value in entry.ready.items() if (place := self._ready(text, value))]
        return None if output is None else Console(output, tuple(ready))

    def _ready(self, text: Text, value: int) -> Place | None:
        place = self._place(text)
        if place is not None and value >> self.scope.components[place.component].width:
            width = self.scope.components[place.component].width
            message = f"{value} does not fit {width} bit{'s' * (width != 1)}"
            self.diagnostics.error(text.span, "literal-too-wide", message, f"the largest is {(1 << width) - 1}")
        return place

    def _timer(self, entry: TimerEntry) -> Timer:
        sets: list[tuple[Place, Expr]] = []
        for text, formula in entry.sets.items():
            place = self._place(text)
            value = None if place is None else self._expression(formula, self.scope.components[place.component].width)
            if place is not None and value is not None:
                sets.append((place, value))
        return Timer(entry.every, tuple(sets))

    def _expression(self, text: Text, width: int) -> Expr | None:
        return check_expression(text.source(), self.scope, self.diagnostics, width, names={})

    def _place(self, text: Text) -> Place | None:
        """The register that a text names: a component, or a file and a constant index."""
        component = self._component(text, text.split("[", 1)[0].strip())
        match None if component is None else self._expression(text, component.width):
            case Register(name=name):
                return Place(name)
            case Indexed(file=file, index=Const(value=index)):
                return Place(file, index)
            case None:
                return None
        self.diagnostics.error(text.span, "bad-place", "this is not one register", "port[0x3F8], or a component")
        return None

    def _component(self, text: Text, name: str) -> Component | None:
        component = self.scope.components.get(name)
        if component is None:
            hint = did_you_mean(name, self.scope.components, "see components")
            self.diagnostics.error(text.span, "unknown-name", f"there is no component '{name}'", hint)
        return component
