"""Storage in symbolic execution: places in address spaces, and the units that stand there."""

from __future__ import annotations

from abc import ABC, abstractmethod

from analyzer.language.declarations import ACCESS_KINDS, Function, Space
from analyzer.language.ir import Expr, Load, Store
from analyzer.language.operators import mask
from analyzer.symbolic.paths import Frame, Paths
from analyzer.symbolic.summary import CELLS, OUTSIDE, RUN_SPECIFIC, Access
from analyzer.symbolic.terms import Term


class StorageAccess(Paths, ABC):
    """Reads and writes storage; in program space through the translation, the specification's or an abstract one."""

    @abstractmethod
    def expression(self, node: Expr, frame: Frame) -> Term:
        """The term of an expression; raises `Unreachable` where a called function never returns."""

    @abstractmethod
    def enter(self, function: Function, args: tuple[Term | str, ...]) -> tuple[Term, ...]:
        """Run a function and join the paths that return from it."""

    def translation_changed(self) -> bool:
        """Whether this path has written mode or relocation, so that the pair's common translation no longer applies."""
        return any(self.state[name] is not self.initial[name] for name in self.translation_sources)

    def place(self, space: Space, address: Term, kind: int) -> Term:
        """The real address, or in program space the abstract cell, of one unit; records the fault."""
        t = self.terms
        if space.role == "storage":
            self.reals.append(address)
            return address
        if space.role == "program" and not self.exact:
            return self.abstract_place(address, kind)
        function = self.machine.functions[space.translate or "translate"]
        real = self.enter(function, (address, t.const(kind, 2)))[0]
        if space.address == self.machine.program.address and not self.translation_changed():
            self.accesses.append(Access(self.guard, address, kind, real))
        self.reals.append(real)
        return real

    def abstract_place(self, address: Term, kind: int) -> Term:
        """A cell under the uninterpreted translation."""
        t = self.terms
        args: tuple[Term, ...] = (address, t.const(kind, 2))
        suffix = ""
        if self.translation_changed():
            args += tuple(self.state[name] for name in self.translation_sources)
            suffix = f" changed{RUN_SPECIFIC}"
        self.trap(t.and_(self.guard, t.uf(f"fault{suffix}", args, 1)), "", "memory")
        self.accesses.append(Access(self.guard, address, kind, None))
        place = t.uf(f"translate{suffix}", args, self.machine.storage.address)
        if suffix:
            self.reals.append(place)
        return place

    def direct(self, space: Space) -> bool:
        """Whether places of a space are cells of the guest (not real addresses)."""
        return space.role == "program" and not self.exact and not self.translation_changed()

    def units(self, space: Space, address: Term, count: int) -> list[Term]:
        """The addresses of consecutive units."""
        t = self.terms
        bits = space.wrap or space.address
        if count == 1 or bits == space.address:
            return [t.apply("add", address, t.const(i & mask(space.address), space.address)) for i in range(count)]
        high, low = t.extract(address, space.address - 1, bits), t.extract(address, bits - 1, 0)
        return [t.apply("concat", high, t.apply("add", low, t.const(i, bits))) for i in range(count)]

    def load(self, node: Load, frame: Frame) -> Term:
        """Read units as one value."""
        space = self.machine.spaces[node.space]
        address = self.expression(node.address, frame)
        direct = self.direct(space)
        places = [self.place(space, a, ACCESS_KINDS["read"]) for a in self.units(space, address, node.units)]
        values = [self.fetch(place, direct) for place in places]
        return self.terms.apply("concat", *(values if space.order == "big" else values[::-1]))

    def fetch(self, place: Term, direct: bool) -> Term:
        """The unit at a cell or real address."""
        t = self.terms
        if direct:
            return t.select(self.state[CELLS], place)
        inside, cell = self.placed(place)
        return t.ite(inside, t.select(self.state[CELLS], cell), t.select(self.state[OUTSIDE], place))

    def store(self, node: Store, frame: Frame) -> None:
        """Write a value to its units, after all of them have been checked."""
        space = self.machine.spaces[node.space]
        address = self.expression(node.address, frame)
        value = self.expression(node.value, frame)
        direct = self.direct(space)
        places = [self.place(space, a, ACCESS_KINDS["write"]) for a in self.units(space, address, node.units)]
        for i, place in enumerate(places):
            low = space.unit * (i if space.order == "little" else node.units - 1 - i)
            self.put(place, self.terms.extract(value, low + space.unit - 1, low), direct)

    def put(self, place: Term, unit: Term, direct: bool) -> None:
        """Write one unit at a cell or real address."""
        t = self.terms
        cells, outside = self.state[CELLS], self.state[OUTSIDE]
        if direct:
            self.state[CELLS] = t.store(cells, place, unit)
            return
        inside, cell = self.placed(place)
        self.state[CELLS] = t.ite(inside, t.store(cells, cell, unit), cells)
        self.state[OUTSIDE] = t.ite(inside, outside, t.store(outside, place, unit))

    def placed(self, real: Term) -> tuple[Term, Term]:
        """Whether a real address lies in the placement, and its cell."""
        t = self.terms
        return t.uf("inside", (real,), 1), t.uf("cell", (real,), real.width)
