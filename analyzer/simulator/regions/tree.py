"""A region as a tree: blocks of events, each ended by a split, a way out, or the way back to the head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from analyzer.simulator.regions.context import Key
from analyzer.simulator.regions.ranges import Ranges
from analyzer.simulator.regions.values import Node

State = Mapping[Key, Node]


@dataclass(frozen=True, slots=True)
class Place:
    """Where `units` consecutive units lie in storage: at `address`, which is `base` plus `offset` without wrapping."""

    address: Node
    base: Node | None
    offset: int
    units: int


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave the region: `state` is what differs from the head's, `count` instructions are complete since there."""

    state: State
    pc: Node
    count: int


@dataclass(frozen=True, slots=True)
class Guard:
    """Leave if `condition`; `known` are the numbers that the value it is about can be."""

    condition: Node
    known: Ranges | None


@dataclass(frozen=True, slots=True)
class Marker:
    """The condition of branch number `branch`, that execution was split at."""

    branch: int
    condition: Node
    known: Ranges | None


@dataclass(frozen=True, slots=True)
class Begin:
    """An instruction begins; guards up to the next one leave by `leave`."""

    leave: Leave


@dataclass(frozen=True, slots=True)
class Read:
    """Give `variable` the units at a place."""

    variable: Node
    place: Place


@dataclass(frozen=True, slots=True)
class Write:
    """Give the units at a place a value."""

    place: Place
    value: Node


@dataclass(frozen=True, slots=True)
class Keep:
    """Compute a value now: what depends on it becomes long otherwise."""

    value: Node


@dataclass(frozen=True, slots=True)
class Check:
    """If code was written at one of the places, leave."""

    places: tuple[Place, ...]
    leave: Leave


@dataclass(frozen=True, slots=True)
class Back:
    """Go on at the head."""

    state: State
    count: int


@dataclass(frozen=True, slots=True)
class Split:
    """One of two blocks follows."""

    condition: Node
    known: Ranges | None
    then: Block
    other: Block


Event: TypeAlias = Begin | Guard | Marker | Read | Write | Keep | Check
End: TypeAlias = Split | Leave | Back


@dataclass(slots=True)
class Block:
    """Events in order, and what follows."""

    events: list[Event] = field(default_factory=list)
    end: End | None = None

    def blocks(self) -> Iterator[Block]:
        """This block and all below."""
        yield self
        if isinstance(self.end, Split):
            yield from self.end.then.blocks()
            yield from self.end.other.blocks()

    def leaves(self) -> Iterator[Leave]:
        """Every way out at or below this block."""
        for block in self.blocks():
            for event in block.events:
                if isinstance(event, Begin | Check):
                    yield event.leave
            if isinstance(block.end, Leave):
                yield block.end
