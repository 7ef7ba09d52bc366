"""The tree of a region as the source of one Python function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer.simulator.frame import sanitized
from analyzer.simulator.memory import GRANULE
from analyzer.simulator.operations import Code, variable
from analyzer.simulator.regions.context import Key
from analyzer.simulator.regions.live import Plan, changed, hot_uses, plan, size
from analyzer.simulator.regions.loops import CALL, Late, assignments
from analyzer.simulator.regions.text import Writer, uses_of
from analyzer.simulator.regions.tree import (
    Back,
    Begin,
    Block,
    Check,
    End,
    Event,
    Guard,
    Keep,
    Leave,
    Place,
    Read,
    Split,
    Write,
)
from analyzer.simulator.regions.values import Node

WORDS = {2: "w2", 4: "w4", 8: "w8"}


class Emitter:
    """Writes the function of one region.

    It takes the registers, the register files and a number of instructions not to be exceeded, and gives how many it
    executed; 0 when fewer than the longest path's were allowed.
    """

    def __init__(self, root: Block, pc: str, longest: int, loops: bool, base: int) -> None:
        self.root = root
        self.pc = pc
        self.longest = longest
        self.loops = loops
        self.base = base
        self.plan: Plan = plan(root)
        self.names: dict[Key, str] = {}
        self.files: dict[str, str] = {}
        self.late = Late(sorted(self.plan.late), self.target)
        self.leaving: Leave | None = None
        self.w = Writer(self.variable, hot_uses(root, self.plan.kept))

    def source(self) -> str:
        """The source: the function `region`, and `late` where a loop needs it."""
        self.w.indent = 2 if self.loops else 1
        self.block(self.root)
        body = self.w.lines
        entry = [f" {name} = {self.target(key)}" for key, name in self.names.items() if key in self.plan.loaded]
        entry += [f" {name} = 0" for name in self.late.slots]
        if self.loops:
            after = self.exhausted()
            body = [" n = z = 0", f" limit = budget - {self.longest}", " while n <= limit:", *body, *after]
        files = [f" {name} = x[{file!r}]" for file, name in self.files.items()]
        check = [f" if budget < {self.longest}:", "  return 0"]
        head = "def region(r, x, budget, c=cells, k=code, w2=w2, w4=w4, w8=w8):"
        lines = (*self.late.source(self.files), head, *check, *files, *entry, *map(self.late.called, body))
        return "\n".join((*lines, ""))

    def exhausted(self) -> list[str]:
        """What follows the loop: as many instructions as are allowed are executed."""
        w, w.lines, w.indent, w.scope = self.w, [], 1, {}
        self.restore({})
        w.line("return n")
        return w.lines

    # -- variables -------------------------------------------------------------------------------------------

    def variable(self, node: Node) -> Code:
        """The variable for a component, or for what was read."""
        if node.op == "read":
            return variable("m{}_{}".format(*node.parameters), node.width)
        return variable(self.name(node.parameters), node.width)

    def name(self, key: tuple[str, int]) -> str:
        """The variable for a component."""
        if key not in self.names:
            self.names[key] = f"v{len(self.names)}_{sanitized(key[0])}"
        return self.names[key]

    def target(self, key: Key) -> str:
        """Where a component is kept outside the region."""
        name, index = key
        if index < 0:
            return f"r[{name!r}]"
        if name not in self.files:
            self.files[name] = f"x{len(self.files)}"
        return f"{self.files[name]}[{index}]"

    # -- blocks ----------------------------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        """The events of a block, and what follows."""
        for event in block.events:
            self.event(event)
        assert block.end is not None
        self.end(block.end)

    def nested(self, block: Block) -> None:
        """A block one step further in."""
        scope, leaving = self.w.scope, self.leaving
        self.w.scope = dict(scope)
        self.w.indent += 1
        self.block(block)
        self.w.indent -= 1
        self.w.scope, self.leaving = scope, leaving

    def event(self, event: Event) -> None:
        """One event."""
        w = self.w
        match event:
            case Begin(leave=leave):
                self.leaving = leave
            case Guard(condition=condition, known=known):
                w.line(f"if {w.condition(condition, known).text}:")
                assert self.leaving is not None
                self.out(self.leaving)
            case Read(variable=node, place=place):
                w.line(f"{self.variable(node).text} = {self.at(place)}")
            case Write(place=place, value=value):
                where = self.address(place)
                if not where.simple:
                    self.w.named(place.address, where)
                code = w.value(value)
                w.line(f"{self.at(place)} = {code.text}")
            case Keep(value=value):
                if not (code := w.value(value)).simple:
                    w.named(value, code)
            case Check(places=places, leave=leave):
                self.check(places, leave)
            case _:
                pass

    def end(self, end: End) -> None:
        """What follows a block."""
        match end:
            case Split(condition=condition, known=known, then=then, other=other):
                if size(then) <= size(other):
                    self.w.line(f"if {self.w.condition(condition, known).text}:")
                    self.nested(then)
                    self.block(other)
                else:
                    self.w.line(f"if not {self.w.condition(condition, known).text}:")
                    self.nested(other)
                    self.block(then)
            case Leave():
                self.w.indent -= 1
                self.out(end)
                self.w.indent += 1
            case Back(count=count):
                saved = self.late.saved(self.w, dict(changed(end)))
                kept = {self.name(key): value for key, value in changed(end) if key in self.plan.kept}
                for line in assignments(self.w, kept, saved):
                    self.w.line(line)
                self.w.line(f"n += {count}")
                self.w.line("continue")

    # -- storage ---------------------------------------------------------------------------------------------

    def at(self, place: Place) -> str:
        """The units at a place."""
        where = self.address(place)
        if place.units == 1:
            return f"c[{where.text}]"
        view, shift = WORDS[place.units], place.units.bit_length() - 1
        if where.constant is not None:
            return f"{view}[{where.constant % place.units}][{where.constant >> shift}]"
        if place.address.zeros >= shift:
            return f"{view}[0][{where.text} >> {shift}]"
        if not where.simple:
            where = self.w.named(place.address, where)
        return f"{view}[{where.text} & {place.units - 1}][{where.text} >> {shift}]"

    def address(self, place: Place) -> Code:
        """The number of the first unit."""
        w = self.w
        if place.base is None or place.address in w.scope or w.uses.get(place.address, 0) > 1:
            return w.value(place.address)
        base = w.value(place.base)
        sign = "+" if place.offset > 0 else "-"
        return Code(f"({base.text} {sign} {abs(place.offset)})", place.address.most, base.depth + 1, base.names)

    def check(self, places: Iterable[Place], leave: Leave) -> None:
        """Leave if code was written."""
        tests, calls = [], []
        for place in places:
            where = self.address(place)
            if not where.simple:
                where = self.w.named(place.address, where)
            aligned = place.units == 1 or place.address.zeros >= place.units.bit_length() - 1
            for last in (0,) if aligned else (0, place.units - 1):
                offset = last + self.base
                shifted = f"{where.text} + {offset} >> {GRANULE}" if offset else f"{where.text} >> {GRANULE}"
                tests.append(f"k[{shifted}]")
            calls.append(f"touched({where.text}, {place.units})")
        self.w.line(f"if ({' or '.join(tests)}) and {' | '.join(calls)}:")
        self.out(leave)

    # -- ways out --------------------------------------------------------------------------------------------

    def out(self, leave: Leave) -> None:
        """Leave the region, one step further in."""
        w = self.w
        scope, uses = w.scope, w.uses
        w.scope = dict(scope)
        state = dict(changed(leave))
        w.uses = uses_of((*state.values(), leave.pc), scope)
        w.indent += 1
        self.restore(state)
        if leave.count:
            w.line(f"r[{self.pc!r}] = {w.value(leave.pc).text}")
        total = f"n + {leave.count}" if self.loops and leave.count else "n" if self.loops else str(leave.count)
        w.line(f"return {total}")
        w.indent -= 1
        w.scope, w.uses = scope, uses

    def restore(self, state: Mapping[Key, Node]) -> None:
        """Give every component its value: `state` on this path, else what the loop kept."""
        w = self.w
        if self.late.keys and any(key not in state for key in self.late.keys):
            w.line("if z:")
            w.line(f" {CALL}")
        for key, value in state.items():
            w.line(f"{self.target(key)} = {w.value(value).text}")
        for key in sorted(self.plan.kept - state.keys()):
            w.line(f"{self.target(key)} = {self.name(key)}")
