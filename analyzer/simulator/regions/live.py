"""Which components a loop must keep in variables, and which need be known only when it is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.simulator.regions.context import Key
from analyzer.simulator.regions.text import uses_of
from analyzer.simulator.regions.tree import Back, Block, Guard, Keep, Leave, Place, Read, Split, Write
from analyzer.simulator.regions.values import Node, is_own


@dataclass(frozen=True, slots=True)
class Plan:
    """What a region keeps.

    `kept`: components that a loop gives new values, in variables. `late`: those which it gives values that nothing but
    the ways out ask for; what they depend on is kept instead. `loaded`: the components that are asked for.
    """

    kept: frozenset[Key]
    late: frozenset[Key]
    loaded: frozenset[Key]


class Dependence:
    """The components at the head that values depend on."""

    def __init__(self) -> None:
        self.known: dict[Node, frozenset[Key]] = {}

    def of(self, value: Node) -> frozenset[Key]:
        """The components that a value depends on."""
        found = self.known.get(value)
        if found is None:
            if value.op == "var":
                name, index = value.parameters
                found = frozenset(((name, index),))
            else:
                found = frozenset().union(*(self.of(arg) for arg in value.args))
            self.known[value] = found
        return found


def used(block: Block) -> Iterator[Node]:
    """The values that one block computes while execution stays in the region."""
    for event in block.events:
        match event:
            case Guard(condition=condition):
                yield condition
            case Read(place=place):
                yield from used_by(place)
            case Keep(value=value):
                yield value
            case Write(place=place, value=value):
                yield value
                yield from used_by(place)
            case _:
                pass
    if isinstance(block.end, Split):
        yield block.end.condition


def used_by(place: Place) -> Iterator[Node]:
    """The values that say where a place is."""
    yield place.address if place.base is None else place.base


def changed(leave: Leave | Back) -> Iterator[tuple[Key, Node]]:
    """The components that differ from the head's."""
    for key, value in leave.state.items():
        if not is_own(key, value):
            yield key, value


def plan(root: Block) -> Plan:
    """What the region must keep."""
    of = Dependence().of
    backs = [block.end for block in root.blocks() if isinstance(block.end, Back)]
    modified = {key for back in backs for key, _ in changed(back)}
    asked: set[Key] = set()
    for block in root.blocks():
        asked.update(*map(of, used(block)))
    for leave in root.leaves():
        asked.update(of(leave.pc), *(of(value) for _, value in changed(leave)))
    late = modified - asked
    while True:
        dropped: set[Key] = set()
        for back in backs:
            state = dict(changed(back))
            dropped |= late - state.keys()
            for key, value in state.items():
                dropped |= of(value) & late
                if key not in late:
                    asked |= of(value)
        late -= dropped
        asked |= dropped
        if not dropped:
            break
    for back in backs:
        for _, value in changed(back):
            asked |= of(value)
    kept = frozenset(modified - late)
    return Plan(kept, frozenset(late), frozenset((asked | kept) - late))


def size(block: Block) -> int:
    """How many events there are in a block and below."""
    return sum(1 + len(each.events) for each in block.blocks())


def hot_uses(root: Block, kept: frozenset[Key]) -> Counter[Node]:
    """How many values and events need each value, ways out not counted."""
    roots: list[Node] = []
    for block in root.blocks():
        roots += used(block)
        if isinstance(block.end, Back):
            roots += [value for key, value in changed(block.end) if key in kept]
    return uses_of(roots, {})
