"""One region compiled: tree, source, function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import CodeType
from typing import Any

from analyzer.language.operators import OPERATORS
from analyzer.simulator.memory import FORMATS, Memory
from analyzer.simulator.regions.build import Builder
from analyzer.simulator.regions.emit import WORDS, Emitter
from analyzer.simulator.regions.fetch import Fetched, Fetcher
from analyzer.simulator.regions.setting import Setting

Generated = Callable[[dict[str, int], dict[str, dict[int, int]], int], int]
MOST_DRAFTS = 4000
NOTHING = "def region(r, x, budget):\n return 0\n"


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A compiled region.

    `function` executes it; it gives 0 where the slow path must go on. `places`: the units of storage it was made from.
    `loops`: whether it comes back to its head. `longest`: the most instructions from the head to a way out.
    """

    head: int
    function: Generated
    places: frozenset[int]
    loops: bool
    longest: int
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A region without its memory: its code, and the units, by place, that it was made from."""

    code: CodeType
    units: Mapping[int, int]
    loops: bool
    longest: int
    source: str


class Compiler:
    """Compiles the regions of code in one memory. `touched(place, units)`: whether writing there voided a region.
    No region is made from the units in `volatile`."""

    def __init__(self, fetcher: Fetcher, memory: Memory, touched: Callable[[int, int], bool]) -> None:
        self.fetcher = fetcher
        self.memory = memory
        self.views = views(memory)
        self.volatile: set[int] = set()
        self.namespace: dict[str, Any] = {
            "__builtins__": {},
            "cells": memory.cells,
            "code": memory.code,
            "touched": touched,
            **{name: self.views.get(units) for units, name in WORDS.items()},
            **{f"OP_{name}": operator.compute for name, operator in OPERATORS.items()},
        }

    def compiled(self, setting: Setting, heads: Mapping[int, object], head: int, longest: int) -> Region:
        """The region that begins at `head`; `heads` are where the loops of others begin, `longest` is the most
        instructions that a path may have. What was made for another memory that holds the same code is used again."""
        memory, drafts = self.memory, self.fetcher.drafts
        context = tuple(setting.context.items())
        key = (context, setting.size, setting.closed, setting.unwritten, memory.base, head, longest, frozenset(heads))
        draft = drafts.get(key)
        if draft is None or not self.volatile.isdisjoint(draft.units) or not self.holds(draft):
            if len(drafts) >= MOST_DRAFTS:
                drafts.clear()
            draft = self.drafted(setting, heads, head, longest)
            if draft.longest:  # one that executes nothing does not tell what stood there
                drafts[key] = draft
        namespace = dict(self.namespace)
        exec(draft.code, namespace)
        return Region(head, namespace["region"], frozenset(draft.units), draft.loops, draft.longest, draft.source)

    def holds(self, draft: Draft) -> bool:
        """Whether the units that a draft was made from stand in the memory."""
        cells = self.memory.cells
        return all(cells[place] == unit for place, unit in draft.units.items())

    def drafted(self, setting: Setting, heads: Mapping[int, object], head: int, longest: int) -> Draft:
        """The source of a region."""
        fetched: dict[int, Fetched | None] = {}

        def fetch(here: int) -> Fetched | None:
            if here not in fetched:
                found = self.fetcher.fetch(setting, self.memory, here)
                fetched[here] = found if found and self.volatile.isdisjoint(found.places) else None
            return fetched[here]

        builder = Builder(setting, fetch, heads, frozenset(self.views), longest)
        root = builder.build(head)
        source = NOTHING
        if builder.longest:
            pc = setting.machine.pc.name
            with suppress(RecursionError):  # values nested too deeply for this back end
                source = Emitter(root, pc, builder.longest, builder.loops, self.memory.base).source()
        units = {place: self.memory.cells[place] for place in builder.places}
        return Draft(compile(source, "<region>", "exec"), units, builder.loops, builder.longest, source)


def views(memory: Memory) -> dict[int, tuple[memoryview, ...]]:
    """By number of units: the memory's units as words of so many, the first word beginning at unit 0, 1, and so on."""
    cells = memory.cells
    if not isinstance(cells, memoryview) or cells.format != FORMATS[8] or memory.unit != 8 or sys.byteorder != "little":
        return {}
    out = {}
    for units in WORDS:
        starts = range(units)
        sizes = [max(0, memory.size - start) // units * units for start in starts]
        words = [
            cells[start : start + size].cast(FORMATS[8 * units]) for start, size in zip(starts, sizes, strict=True)
        ]
        out[units] = tuple(words)
    return out
