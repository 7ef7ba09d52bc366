"""The context of compiled code: the components whose values are constants in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from analyzer.language.declarations import Machine
from analyzer.language.effects import EffectAnalysis, Effects
from analyzer.language.evaluate import State

LARGEST_FILE = 64  # registers; the elements of a larger file are not told apart
HOOKS = ("before", "after")

Key = tuple[str, int]  # a component; with a register file its register, else -1


class Context:
    """Which components are constants: those that decide the mode, the translations and the hooks.

    `possible`: no translation reads storage, so that they are all.
    """

    def __init__(self, machine: Machine) -> None:
        effects = EffectAnalysis(machine.functions, machine.operands)
        translations = Effects()
        for space in machine.spaces.values():
            if space.role != "storage":
                translations |= effects.block(machine.functions[space.translate or "translate"].body)
        hooks = Effects()
        for name in HOOKS:
            if name in machine.functions:
                hooks |= effects.block(machine.functions[name].body)
        names = translations.reads | (hooks.reads - hooks.writes) | {c.name for c in machine.with_role("mode")}
        if "code" in machine.functions:
            names |= effects.block(machine.functions["code"].body).reads
        names -= {machine.pc.name}
        self.possible = not translations.loads and not (hooks.loads | hooks.stores)
        self.keys: tuple[Key, ...] = tuple(keys_of(machine, names))
        self._scalars = _reader(name for name, index in self.keys if index < 0)
        files = [name for name, index in self.keys if index == 0]
        self._files = [(name, range(machine.components[name].count or 0)) for name in files]

    def of(self, state: State) -> tuple[int, ...]:
        """The values of all keys, scalars first."""
        out = list(self._scalars(state.registers))
        for name, indices in self._files:
            get = state.files[name].get
            out += [get(index, 0) for index in indices]
        return tuple(out)


def keys_of(machine: Machine, names: frozenset[str] | set[str]) -> Iterator[Key]:
    """The components of these names, scalars first, and the registers of files that are not too large."""
    chosen = [c for c in machine.components.values() if c.name in names]
    yield from ((c.name, -1) for c in chosen if c.count is None)
    for c in chosen:
        if c.count is not None and c.count <= LARGEST_FILE:
            yield from ((c.name, index) for index in range(c.count))


def _reader(names: Iterator[str]) -> Callable[[dict[str, int]], tuple[int, ...]]:
    listed: tuple[Any, ...] = tuple(names)
    if len(listed) > 1:
        return itemgetter(*listed)
    return lambda registers: tuple([registers[name] for name in listed])
