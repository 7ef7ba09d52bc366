"""Monitors: relation and install as typed expressions over real and virtual state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.diagnostics import Diagnostics, did_you_mean
from analyzer.language.check import Scope, check_expression
from analyzer.language.declarations import Component
from analyzer.language.ir import Const, Expr, Field, If
from analyzer.spec.model import Mode, Monitor
from analyzer.spec.schema import MonitorEntry, ResidentEntry
from analyzer.spec.shared import SharedReader, hidden, loaded
from analyzer.spec.text import Text
from analyzer.spec.values import NUMBER


@dataclass(slots=True)
class MonitorReader:
    """Reads monitors of a machine whose components and modes are known."""

    scope: Scope
    modes: Mapping[str, Mode]
    diagnostics: Diagnostics

    def read(self, name: Text, entry: MonitorEntry) -> Monitor:
        """One monitor; what could not be typed is left out."""
        self._check_modes(name, entry)
        relation = self._relation(entry)
        shared = SharedReader(self.scope, self.diagnostics).read(entry, relation)
        return Monitor(
            str(name), str(entry.question), {str(k): str(v) for k, v in entry.modes.items()}, relation or (),
            str(entry.relation or "true"), {name: holder.name for name, holder in shared.items()},
            loaded(shared) | self._install(entry), name.span, entry.maps_late, *self._resident(entry.resident),
        )  # fmt: skip

    def _check_modes(self, name: Text, entry: MonitorEntry) -> None:
        for virtual, real in entry.modes.items():
            for mode in (virtual, real):
                if mode not in self.modes:
                    hint = did_you_mean(mode, self.modes, f"the modes are {', '.join(self.modes)}")
                    self.diagnostics.error(mode.span, "unknown-mode", f"no mode '{mode}'", hint)
            if real in self.modes and self.modes[real].kind == "supervisor":
                self.diagnostics.error(real.span, "bad-mode", f"guest code would run in supervisor mode '{real}'",
                                       "the real mode is a user mode or another unprivileged one")  # fmt: skip
            if virtual in self.modes and self.modes[virtual].kind == "monitor":
                self.diagnostics.error(virtual.span, "bad-mode", f"no guest is in the monitor's mode '{virtual}'",
                                       "it may only be the real mode of others")  # fmt: skip
        missing = [mode.name for mode in self.modes.values() if mode.kind != "monitor" and mode.name not in entry.modes]
        if missing:
            self.diagnostics.error(name.span, "missing-key", f"monitor '{name}' maps no mode '{missing[0]}'",
                                   "modes: a real mode for every mode")  # fmt: skip

    def _relation(self, entry: MonitorEntry) -> tuple[Expr, ...] | None:
        """The conjuncts; `None` where the relation could not be typed."""
        if entry.relation is None:
            return ()
        names, files = self._state("real", "virtual")
        source = entry.relation.source()
        value = check_expression(source, self.scope, self.diagnostics, 1, names=names, files=files, bare=False)
        return tuple(conjuncts(value)) if value is not None else None

    def _install(self, entry: MonitorEntry) -> dict[str, Expr]:
        storage = self.scope.storage
        size = storage.address + 1 if storage else 1
        out: dict[str, Expr] = {}
        for name, text in entry.install.items():
            component = hidden(name, self.scope, self.diagnostics)
            if component is None:
                continue
            if component.role == "mode":
                self.diagnostics.error(name.span, "bad-install", f"'{name}' is a mode component",
                                       "'modes' says in which mode guest code runs")  # fmt: skip
                continue
            names, files = self._state("virtual")
            names |= {"region.base": Field("region.base", size), "region.size": Field("region.size", size)}
            if component.count is not None:
                names["index"] = Field("index", component.index_width)
            source = text.source()
            value = check_expression(
                source, self.scope, self.diagnostics, component.width, names=names, files=files, bare=False
            )
            if value is not None:
                out[str(name)] = value
        return out

    def _resident(self, entry: ResidentEntry | None) -> tuple[int, int, dict[int, int]]:
        """The size of what the monitor keeps for itself, the alignment of guests, and what stands in its own part."""
        if entry is None:
            return 0, 1, {}
        tables: dict[int, int] = {}
        width = self.scope.storage.unit if self.scope.storage else 1
        for text, units in entry.storage.items():
            address = int(text, 0) if NUMBER.match(text) else -1
            if not 0 <= address <= address + len(units) <= entry.size:
                hint = "an address: 0x10; all units inside size"
                self.diagnostics.error(text.span, "bad-address", f"'{text}' is not inside what is resident", hint)
            if any(unit >> width for unit in units):
                self.diagnostics.error(text.span, "literal-too-wide", f"a unit has {width} bits", "write smaller ones")
            tables |= {address + offset: unit for offset, unit in enumerate(units)}
        return entry.size, entry.align, tables

    def _state(self, *sides: str) -> tuple[dict[str, Expr], dict[str, Component]]:
        """Names of the hidden components of each side, single ones and register files."""
        names: dict[str, Expr] = {}
        files: dict[str, Component] = {}
        for component in self.scope.components.values():
            for side in sides if component.hidden else ():
                if component.count is None:
                    names[f"{side}.{component.name}"] = Field(f"{side}.{component.name}", component.width)
                else:
                    files[f"{side}.{component.name}"] = component
        return names, files


def conjuncts(condition: Expr) -> Iterator[Expr]:
    """The parts of a condition that are joined by `and` at its top."""
    match condition:
        case If(condition=first, then=second, other=Const(value=0)):
            yield from conjuncts(first)
            yield from conjuncts(second)
        case Const(value=1):
            return
        case _:
            yield condition
