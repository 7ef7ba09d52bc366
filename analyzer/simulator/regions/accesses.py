"""Storage in symbolic execution: translation unit by unit, places that follow each other, and what is stored last."""

from __future__ import annotations

from contextlib import suppress

from analyzer.language.declarations import ACCESS_KINDS, Body, Space
from analyzer.language.ir import Load, Store
from analyzer.language.operators import mask
from analyzer.simulator.regions.conditions import member
from analyzer.simulator.regions.facts import ranges_of
from analyzer.simulator.regions.paths import Bail, Fork, Frame, Over
from analyzer.simulator.regions.ranges import common, moved
from analyzer.simulator.regions.specialize import Specializer
from analyzer.simulator.regions.tree import Place, Read, Write
from analyzer.simulator.regions.values import Node, split


class Executor(Specializer):
    """Executes one instruction: `writes` are to be done when nothing can trap any more."""

    reads = 0
    unique = 0
    words: frozenset[int] = frozenset()  # numbers of units that are read or written at once

    def execute(self, body: Body, fields: dict[str, int], length: int) -> None:
        """Execute an instruction whose address is `here`."""
        self.writes: list[Write] = []
        self.body, self.fields = body, fields
        self.next = self.here + length & mask(self.machine.pc.width)
        self.hook("before")
        with suppress(Over):
            self.run(body.semantics, Frame())
        self.hook("after")
        self._keep_context()
        if any(node.op == "poison" for node in self.path.state.values()):
            raise Bail

    def hook(self, name: str) -> None:
        """Run `before` or `after`, if the machine has it."""
        if name in self.machine.functions:
            self.call(self.machine.functions[name])

    def _keep_context(self) -> None:
        """Go on only where the context is still what it was."""
        for key in self.path.state.keys() & self.setting.context.keys():
            value = self.path.state.pop(key)
            here = self.setting.context[key]
            self.guard(self.v.apply("not", self.v.apply("eq", value, self.v.const(here, value.width))))

    # -- places ----------------------------------------------------------------------------------------------

    def real(self, space: Space, address: Node, kind: int) -> Node:
        """The real address of an address of a space."""
        if space.role == "storage":
            return address
        function = self.machine.functions[space.translate or "translate"]
        (place,) = self.call(function, address, self.v.const(kind, 2))
        return place

    def places(self, space: Space, address: Node, units: int, kind: str) -> list[Place]:
        """Where consecutive units lie: one place for all of them, or one for each."""
        if address.op == "poison":
            raise Bail
        found = []
        for number in range(units):
            place = self.real(space, self.moved(space, address, number), ACCESS_KINDS[kind])
            if place.op == "poison":
                raise Bail
            self.guard(member(self.v, place, ((self.setting.size, mask(place.width)),)))
            found.append(place)
        if units == 1 or self._follow(space, found):
            return [self.place(found[0], units)]
        return [self.place(place, 1) for place in found]

    def moved(self, space: Space, address: Node, by: int) -> Node:
        """The address `by` units further; high bits stay where the space wraps."""
        bits = space.wrap or space.address
        if bits == space.address:
            return self.v.add(address, by)
        low = self.v.add(self.v.extract(address, bits - 1, 0), by)
        return self.v.apply("concat", self.v.extract(address, space.address - 1, bits), low)

    def _follow(self, space: Space, found: list[Node]) -> bool:
        """Whether units lie one after the other, so that they are one value."""
        if len(found) not in self.words or space.order != "little":
            return False
        first = found[0]
        if any(place is not self.v.add(first, number) for number, place in enumerate(found)):
            return False
        known = ranges_of(self.path.facts, first)
        return not known or known[-1][1] + len(found) - 1 <= mask(first.width)

    def place(self, address: Node, units: int) -> Place:
        """A place, as a sum that does not wrap where that is known."""
        base, by = split(address)
        if base is None or not by:
            return Place(address, None, 0, units)
        known = ranges_of(self.path.facts, base)
        if not known:
            raise Bail
        if known[-1][1] + by <= mask(address.width):
            return Place(address, base, by, units)
        if known[0][0] + by > mask(address.width):
            return Place(address, base, by - (1 << address.width), units)
        return Place(address, None, 0, units)

    def apart(self, a: Place, b: Place) -> bool:
        """Whether two places surely have no unit in common."""
        size, (x, by), (y, other) = 1 << a.address.width, split(a.address), split(b.address)
        if x is y:
            return (other - by) % size >= a.units and (by - other) % size >= b.units
        first, second = (ranges_of(self.path.facts, place.address) for place in (a, b))
        spread = (moved(first, by, a.address.width) for by in range(1 - b.units, a.units))
        return not any(common(each, second) for each in spread)

    # -- reading and writing ---------------------------------------------------------------------------------

    def load(self, node: Load, address: Node) -> Node:
        """Units of a space as one value."""
        if self.stack:
            raise Fork
        space = self.machine.spaces[node.space]
        places = self.places(space, address, node.units, "read")
        parts = [self._read(place, space.unit) for place in places]
        return self.v.apply("concat", *(parts if space.order == "big" else parts[::-1])) if len(parts) > 1 else parts[0]

    def _read(self, place: Place, unit: int) -> Node:
        for write in reversed(self.writes):
            if write.place.address is place.address and write.place.units == place.units:
                return write.value
            if not self.apart(write.place, place):
                raise Bail
        self.reads += 1
        variable = self.v.node("read", (), (self.unique, self.reads), unit * place.units)
        self.path.events.append(Read(variable, place))
        return variable

    def store(self, node: Store, address: Node, value: Node) -> None:
        """Write units of a space, when the instruction is complete."""
        if self.stack:
            raise Fork
        if value.op == "poison":
            raise Bail
        space = self.machine.spaces[node.space]
        places = self.places(space, address, node.units, "write")
        if len(places) == 1:
            self.writes.append(Write(places[0], value))
            return
        for number, place in enumerate(reversed(places) if space.order == "big" else places):
            start = number * space.unit
            self.writes.append(Write(place, self.v.extract(value, start + space.unit - 1, start)))
