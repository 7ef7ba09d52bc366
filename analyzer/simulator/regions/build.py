"""The tree of a region: code followed from its first instruction, nearest instructions first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from analyzer.simulator.regions.accesses import Executor
from analyzer.simulator.regions.facts import assume, decided, ranges_of
from analyzer.simulator.regions.fetch import Fetched
from analyzer.simulator.regions.paths import Bail, Fork, Path, unchanged
from analyzer.simulator.regions.setting import Setting
from analyzer.simulator.regions.tree import Back, Begin, Block, Check, Guard, Keep, Leave, Marker, Split, Write
from analyzer.simulator.regions.values import Node, Values, larger

MOST_INSTRUCTIONS = 120  # in a region, those on different paths counted apart
MOST_EXITS = 200
LONGEST_PATH = 60
LARGEST_VALUE = 40  # operators
MOST_FORKS = 4  # inside one instruction


@dataclass(frozen=True, slots=True)
class Done:
    """An instruction executed on one path."""

    path: Path
    writes: tuple[Write, ...]
    pc: Node


@dataclass(frozen=True, slots=True)
class Forked:
    """An instruction executed on both sides of a branch; `None` is a side for the slow path."""

    branch: int
    then: Execution | None
    other: Execution | None


Execution: TypeAlias = Done | Forked


@dataclass(frozen=True, slots=True)
class Point:
    """Where the tree grows: the end of `block`, `count` instructions after the head; `trail` was executed."""

    block: Block
    path: Path
    pc: int
    count: int
    trail: frozenset[int]


class Builder:
    """Builds the tree of one region.

    `fetch` gives instructions; `heads` are where other regions' loops begin, `words` the numbers of units that
    are read and written at once, `longest` the most instructions on a path. Afterwards `places` are the units of
    storage that the region was made from, `inner` the heads of loops inside it, `longest` its longest path.
    """

    def __init__(
        self,
        setting: Setting,
        fetch: Callable[[int], Fetched | None],
        heads: Mapping[int, object],
        words: frozenset[int],
        longest: int = LONGEST_PATH,
    ) -> None:
        self.v = Values()
        self.setting = setting
        self.fetch = fetch
        self.heads = heads
        self.width = setting.machine.pc.width
        self.head = 0
        self.places: set[int] = set()
        self.inner: set[int] = set()
        self.longest = 0
        self.limit = longest
        self.size = self.exits = 0
        self.loops = False
        self.points: list[tuple[int, int, Point]] = []
        self.made = 0
        self.words = words

    def build(self, head: int) -> Block:
        """The tree from `head` on. Its end is a `Leave` at once when nothing can be executed."""
        self.head = head
        root = Block()
        self.go_on(Point(root, Path(), head, 0, frozenset()))
        while self.points:
            self.grow(heapq.heappop(self.points)[2])
        return root

    def go_on(self, point: Point) -> None:
        """Let the tree grow here later."""
        self.made += 1
        heapq.heappush(self.points, (point.count, self.made, point))

    def leave(self, point: Point, pc: Node | None = None, done: int = 0) -> Leave:
        """The way out at a point."""
        self.longest = max(self.longest, point.count + done)
        return Leave(point.path.state, pc or self.v.const(point.pc, self.width), point.count + done)

    def grow(self, point: Point) -> None:
        """Execute the instruction at a point, and note where execution goes on."""
        if point.count and point.pc == self.head:
            self.loops = True
            self.longest = max(self.longest, point.count)
            point.block.end = Back(point.path.state, point.count)
            return
        if point.pc in point.trail:
            self.inner.add(point.pc)
        execution = None
        if not (point.pc in point.trail or point.pc in self.heads and point.count) and self.has_room(point):
            execution = self.execution(point)
        if execution is None:
            point.block.end = self.leave(point)
            return
        point.block.events.append(Begin(self.leave(point)))
        self.place(point, point.block, execution, 0)

    def has_room(self, point: Point) -> bool:
        """Whether the region may have one more instruction here."""
        return self.size < MOST_INSTRUCTIONS and self.exits < MOST_EXITS and point.count < self.limit

    # -- one instruction -------------------------------------------------------------------------------------

    def execution(self, point: Point) -> Execution | None:
        """The instruction at a point executed, `None` where it is for the slow path."""
        fetched = self.fetch(point.pc)
        if fetched is None:
            return None
        self.places.update(fetched.places)
        return self.executed(point, fetched, {})

    def executed(self, point: Point, fetched: Fetched, decisions: dict[int, bool]) -> Execution | None:
        """The same, sides of conditions being decided."""
        executor = Executor(self.v, self.setting, point.pc, point.path.begun(), decisions)
        executor.unique, executor.words = self.made, self.words
        try:
            executor.execute(fetched.body, fetched.fields, len(fetched.places))
        except (Bail, RecursionError):
            return None
        except Fork as fork:
            if len(decisions) >= MOST_FORKS:
                return None
            then = self.executed(point, fetched, {**decisions, fork.branch: True})
            other = self.executed(point, fetched, {**decisions, fork.branch: False})
            return Forked(fork.branch, then, other) if then or other else None
        pc = executor.following() if executor.path.pc is None else executor.path.pc
        return None if pc.op == "poison" else Done(executor.path, tuple(executor.writes), pc)

    def place(self, point: Point, block: Block, execution: Execution | None, skipped: int) -> None:
        """Put what was executed into a block; `skipped` events stand there already."""
        if execution is None:
            block.end = self.leave(point)
        elif isinstance(execution, Forked):
            events = first_path(execution).events
            at, marker = next(
                (at, event)
                for at, event in enumerate(events)
                if isinstance(event, Marker) and event.branch == execution.branch
            )
            block.events += events[skipped:at]
            split = Split(marker.condition, marker.known, Block(), Block())
            block.end = split
            self.place(point, split.then, execution.then, at + 1)
            self.place(point, split.other, execution.other, at + 1)
        else:
            block.events += execution.path.events[skipped:]
            self.finish(point, block, execution)

    def finish(self, point: Point, block: Block, done: Done) -> None:
        """The end of an instruction: what it stores, and where execution goes on."""
        self.size += 1
        self.exits += 1 + sum(isinstance(event, Guard) for event in done.path.events)
        path = done.path.begun()
        path.kept = path.kept.union(self.keep(block, path))
        after = Point(block, path, point.pc, point.count + 1, point.trail | {point.pc})
        if done.writes:
            block.events += done.writes
            places = tuple(write.place for write in done.writes)
            block.events.append(Check(places, self.leave(after, done.pc)))
        self.follow(after, done.pc, point if not done.writes and unchanged(point.path, path) else None)

    def keep(self, block: Block, path: Path) -> Iterator[Node]:
        """Have values computed that grew large; which they are."""
        for value in path.state.values():
            if larger(value, path.kept, LARGEST_VALUE):
                block.events.append(Keep(value))
                yield value

    def follow(self, point: Point, pc: Node, before: Point | None = None) -> None:
        """Go on at `pc`. An instruction that changed nothing, `before` which execution was here, is not repeated: the
        machine stands still."""
        if pc.constant == point.pc and before is not None:
            point.block.end = self.leave(before)
        elif pc.constant is not None:
            self.go_on(Point(point.block, point.path, pc.constant, point.count, point.trail))
        elif pc.op == "if":
            self.split(point, pc.args, before)
        else:
            point.block.end = self.leave(point, pc)

    def split(self, point: Point, choice: tuple[Node, ...], before: Point | None) -> None:
        """Go on at one of two places: a condition, and where it leads."""
        condition, then, other = choice
        truth = decided(point.path.facts, condition)
        if truth is not None:
            self.follow(point, then if truth else other, before)
            return
        known = ranges_of(point.path.facts, condition.args[0]) if condition.op == "in" else None
        split = Split(condition, known, Block(), Block())
        point.block.end = split
        for block, side, pc in ((split.then, True, then), (split.other, False, other)):
            path = point.path.begun()
            assume(self.v, path.facts, condition, side)
            self.follow(Point(block, path, point.pc, point.count, point.trail), pc, before)


def first_path(execution: Execution | None) -> Path:
    """The path of one of the executions."""
    while isinstance(execution, Forked):
        execution = execution.then or execution.other
    assert execution is not None
    return execution.path
