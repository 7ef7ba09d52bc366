"""One path through an instruction: its state, what is known on it, and its events; branches that are merged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from analyzer.language.ir import Branch, Return, walk
from analyzer.simulator.regions.conditions import both, either, negated
from analyzer.simulator.regions.context import Key
from analyzer.simulator.regions.facts import Facts, assume, decided, merged, ranges_of
from analyzer.simulator.regions.ranges import Ranges
from analyzer.simulator.regions.tree import Event, Guard, Marker
from analyzer.simulator.regions.values import Node, Values, is_own

Results = tuple[Node, ...]
Side = tuple["Path", dict[str, Node], Results]  # with the locals


class Bail(Exception):
    """This cannot go on in a region: the slow path executes the instruction."""


class Fork(Exception):
    """The two sides of a branch cannot be merged: number `branch`, once it is known which one that is."""

    def __init__(self, branch: int = 0) -> None:
        self.branch = branch


class Over(Exception):
    """The instruction is over."""


@dataclass(slots=True)
class Frame:
    """Locals of one activation, and which operand of the instruction each operand parameter is."""

    locals: dict[str, Node] = field(default_factory=dict)
    operands: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Path:
    """What symbolic execution has so far. `state`: the components that differ from the region's head.

    `pc`: where the program counter was set; `pc_mixed`: on some of the merged sides only. `kept`: the values that have
    variables.
    """

    state: dict[Key, Node] = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    pc: Node | None = None
    pc_mixed: bool = False
    kept: frozenset[Node] = frozenset()

    def copy(self) -> Path:
        """An independent copy."""
        return Path(dict(self.state), dict(self.facts), list(self.events), self.pc, self.pc_mixed, self.kept)

    def begun(self) -> Path:
        """A copy for the next instruction."""
        return Path(dict(self.state), dict(self.facts), kept=self.kept)


class Paths(ABC):
    """Executes branches: merges the two sides where both only compute, else forks.

    `decisions`: the sides to take of branches that were forked at, by number. `stack`: the conditions of the sides
    inside which execution is. Subclasses give the value of a component at the head, and where the next instruction is.
    """

    def __init__(self, values: Values, decisions: Mapping[int, bool], path: Path) -> None:
        self.v = values
        self.decisions = decisions
        self.path = path
        self.stack: list[Node] = []
        self.branches = 0  # executed so far, those inside sides not counted
        self.mark = 0  # events before it are not changed

    @abstractmethod
    def before(self, key: Key) -> Node:
        """The value of a component that the path did not change."""

    @abstractmethod
    def following(self) -> Node:
        """Where execution goes on when the program counter is not set."""

    def simplified(self, condition: Node) -> Node:
        """A condition, or its truth where that is known."""
        known = decided(self.path.facts, condition)
        return condition if known is None else self.v.const(int(known), 1)

    def guard(self, condition: Node) -> None:
        """Go on only where the condition does not hold."""
        condition = self.simplified(condition)
        if condition.op == "poison" or condition.constant:
            raise Bail
        if condition.constant is not None:
            return
        full = condition
        for outer in reversed(self.stack):
            full = both(self.v, outer, full)
        self._add(full)
        assume(self.v, self.path.facts, condition, False)

    def _add(self, condition: Node) -> None:
        """A guard, joined with an earlier one of the instruction about the same value."""
        events = self.path.events
        known: Ranges | None = None
        if condition.op == "in":
            known = ranges_of(self.path.facts, condition.args[0])
            for index in range(self.mark, len(events)):
                event = events[index]
                if isinstance(event, Guard) and event.condition.op == "in" and event.condition.args == condition.args:
                    joined = either(self.v, event.condition, condition)
                    if joined.op == "in":
                        events[index] = Guard(joined, event.known)
                        return
        events.append(Guard(condition, known))

    # -- branches --------------------------------------------------------------------------------------------

    def branch(self, c: Node, then: Callable[[], Results], other: Callable[[], Results], frame: Frame) -> Results:
        """Execute both sides of a condition that is not constant; `simplified` was asked."""
        if c.op == "poison":
            raise Bail
        if not self.stack:
            self.branches += 1
            if self.branches in self.decisions:
                return self._decided(c, then, other)
        number = self.branches
        start, local = self.path, dict(frame.locals)
        sides: list[Side | None] = []
        forked = False
        for truth, side in ((True, then), (False, other)):
            self.path, frame.locals = start.copy(), dict(local)
            try:
                results = self._side(c, truth, side)
                sides.append((self.path, frame.locals, results))
            except Bail:
                sides.append(None)
            except Fork:
                forked = True
                sides.append((self.path, frame.locals, ()))
        self.path, frame.locals = start, local
        if not all(side is None or spoiled(side) for side in sides):
            sides = [None if side is None or spoiled(side) else side for side in sides]
        if sides[0] is None or sides[1] is None:
            if sides[0] is sides[1]:
                raise Bail
            self.guard(c if sides[0] is None else negated(self.v, c))
            return other() if sides[0] is None else then()
        if forked:
            raise Fork(number)
        return self._merge(c, sides[0], sides[1], frame)

    def _decided(self, c: Node, then: Callable[[], Results], other: Callable[[], Results]) -> Results:
        truth = self.decisions[self.branches]
        known = ranges_of(self.path.facts, c.args[0]) if c.op == "in" else None
        self.path.events.append(Marker(self.branches, c, known))
        self.mark = len(self.path.events)
        assume(self.v, self.path.facts, c, truth)
        return then() if truth else other()

    def _side(self, c: Node, truth: bool, side: Callable[[], Results]) -> Results:
        """One side, which the path is a copy for."""
        mark, self.mark = self.mark, len(self.path.events)
        self.stack.append(c if truth else negated(self.v, c))
        assume(self.v, self.path.facts, c, truth)
        try:
            return side()
        finally:
            self.stack.pop()
            self.mark = mark

    def _merge(self, c: Node, then: Side, other: Side, frame: Frame) -> Results:
        """Go on with both sides as one."""
        first, second = then[0], other[0]
        shared = len(self.path.events)
        for key in first.state.keys() | second.state.keys():
            a = first.state.get(key) or self.before(key)
            b = second.state.get(key) or self.before(key)
            self.path.state[key] = self.v.choose(c, a, b)
        for name in then[1].keys() | other[1].keys():
            one, two = then[1].get(name), other[1].get(name)
            found = one or two if one is None or two is None else self.v.choose(c, one, two)
            assert found is not None
            frame.locals[name] = found
        if first.pc is not None or second.pc is not None:
            self.path.pc_mixed = first.pc is None or second.pc is None or first.pc_mixed or second.pc_mixed
            self.path.pc = self.v.choose(c, first.pc or self.following(), second.pc or self.following())
        self.path.events += first.events[shared:] + second.events[shared:]
        self.path.facts = merged(first.facts, second.facts)
        return tuple(self.v.choose(c, a, b) for a, b in zip(then[2], other[2], strict=True))


def spoiled(side: Side) -> bool:
    """Whether something on a side cannot be computed."""
    path, names, results = side
    return any(value.op == "poison" for value in (*path.state.values(), *names.values(), *results))


def returns(node: Branch) -> bool:
    """Whether a side of a branch may leave the function."""
    return any(isinstance(inner, Return) for inner in walk((node,)))


def unchanged(before: Path, after: Path) -> bool:
    """Whether an instruction executed again would leave all components as they are."""
    return all(
        value.constant is not None or is_own(key, value) or before.state.get(key) is value
        for key, value in after.state.items()
    )
