"""Real storage of a simulated machine, and parts of it that are the storage of a virtual machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol

from analyzer.language.operators import mask

GRANULE = 4  # code is watched in granules of 2**GRANULE units
DENSE = 1 << 22  # units; larger storage keeps only what was written
CHUNK = 1 << 8  # units, of which most are 0
FORMATS: dict[int, Literal["B", "H", "I", "Q"]] = {8: "B", 16: "H", 32: "I", 64: "Q"}  # by width in bits


class Cells(Protocol):
    """A sequence of units that can be written, and whose slices are the same units."""

    def __getitem__(self, place: int, /) -> int: ...

    def __setitem__(self, place: int, value: int, /) -> None: ...

    def __len__(self) -> int: ...


class Memory:
    """`size` units of `unit` bits each, numbered from 0, all 0 at first.

    `cells` are the units themselves: at most 64 bits wide, they are a `memoryview` of elements of 8, 16, 32 or 64 bits,
    and `part` shares them. `base` is where this memory begins in the storage that it is a part of.

    Code that was decoded or compiled from units is watched: `watch` marks where it lies, and whoever writes units
    calls `written`, or writes by `[]`, which does; the functions in `listeners` are then told the place, numbered in
    the whole storage. They forget code that lies there, and mark the granule again if they keep some of it. While
    there are `records`, each is given the places that are written, and only `[]` may write.
    """

    __slots__ = ("base", "cells", "code", "listeners", "records", "size", "unit")

    def __init__(self, unit: int, size: int) -> None:
        self.unit = unit
        self.size = size
        self.base = 0
        self.cells: Cells = _cells(unit, size)
        self.code: Cells = defaultdict(int) if size > DENSE else bytearray((size >> GRANULE) + 1)
        self.listeners: list[Callable[[int], None]] = []
        self.records: list[set[int]] = []

    def part(self, base: int, size: int) -> Memory:
        """The `size` units from `base` on as a memory of their own; both see what either writes."""
        if not 0 <= base <= base + size <= self.size:
            raise IndexError(f"{base} to {base + size} is not inside {self.size} units")
        part = Memory.__new__(Memory)
        part.unit, part.size, part.base = self.unit, size, self.base + base
        part.cells = self.cells[base : base + size]  # type: ignore[index,assignment]  # both kinds of cells take slices, a dict's type does not
        part.code, part.listeners, part.records = self.code, self.listeners, self.records
        return part

    def get(self, place: int, default: int = 0) -> int:
        """A unit; `default` is there because a dictionary's `get` has it. Raises `IndexError` past the end."""
        return self.cells[place]

    def __getitem__(self, place: int) -> int:
        return self.cells[place]

    def __setitem__(self, place: int, value: int) -> None:
        self.cells[place] = value
        if self.code[place + self.base >> GRANULE]:
            self.written(place)
        for record in self.records:
            record.add(place + self.base)

    def __len__(self) -> int:
        return self.size

    def watch(self, places: Iterable[int]) -> set[int]:
        """Mark the granules of units that code was made from; which they are."""
        granules = {place + self.base >> GRANULE for place in places}
        for granule in granules:
            self.code[granule] = 1
        return granules

    def written(self, place: int) -> None:
        """A unit in a marked granule was written: code that lies there is void."""
        self.code[place + self.base >> GRANULE] = 0
        for listener in self.listeners:
            listener(place + self.base)

    def load(self, place: int, units: Sequence[int]) -> None:
        """Write units from `place` on. Raises `IndexError` where they do not fit."""
        if not 0 <= place <= place + len(units) <= self.size:
            raise IndexError(f"{len(units)} units from {place} on do not fit {self.size}")
        for offset, value in enumerate(units):
            self[place + offset] = value & mask(self.unit)

    def listed(self) -> dict[int, int]:
        """The units that are not 0."""
        cells: object = self.cells
        if not isinstance(cells, memoryview):
            assert isinstance(cells, _Sparse)
            return cells.listed()
        out: dict[int, int] = {}
        for start in range(0, self.size, CHUNK):
            chunk = cells[start : start + CHUNK]
            if chunk.tobytes().strip(b"\0"):
                out |= {start + offset: value for offset, value in enumerate(chunk) if value}
        return out

    def image(self, base: int, size: int) -> object:
        """What stands in `size` units from `base` on: equal images hold equal units."""
        cells: object = self.cells[base : base + size]  # type: ignore[index]  # the same
        return cells.tobytes() if isinstance(cells, memoryview) else self.part(base, size).listed()

    def copy(self) -> dict[int, int]:
        """The units that are not 0, for a state that stands alone."""
        return self.listed()


class _Sparse:
    """Units that are too many, or too wide, for a memoryview; slices share them."""

    def __init__(self, units: dict[int, int], base: int, size: int) -> None:
        self.units, self.base, self.size = units, base, size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, place: int | slice) -> int | _Sparse:
        if isinstance(place, slice):
            start, stop, _ = place.indices(self.size)
            return _Sparse(self.units, self.base + start, stop - start)
        if not 0 <= place < self.size:
            raise IndexError(place)
        return self.units.get(self.base + place, 0)

    def __setitem__(self, place: int, value: int) -> None:
        if not 0 <= place < self.size:
            raise IndexError(place)
        self.units[self.base + place] = value

    def listed(self) -> dict[int, int]:
        """The units that are not 0."""
        own = range(self.base, self.base + self.size)
        return {place - self.base: unit for place, unit in self.units.items() if unit and place in own}


def _cells(unit: int, size: int) -> Cells:
    width = next((width for width in FORMATS if unit <= width), None)
    if width is None or size > DENSE:
        return _Sparse({}, 0, size)  # type: ignore[return-value]  # it has what of `Cells` is used here
    return memoryview(bytearray(size * width // 8)).cast(FORMATS[width])
