"""Both sides of every condition: a machine that tells which it took.

The marked machine is the machine itself, but each side of each condition, when taken, reads an open value with a name
of its own (`side 7 1`), which is 0 and changes nothing. So the compiled simulator measures coverage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from analyzer.language.declarations import Body, Machine
from analyzer.language.ir import (
    Apply,
    Assign,
    Block,
    Branch,
    Call,
    Expr,
    If,
    Load,
    Local,
    Stmt,
    Store,
    Undefined,
    While,
    walk,
)
from analyzer.spec.model import Isa

PREFIX = "side "
IGNORED = Local("side taken", 1)


class Marker:
    """Marks the conditions of one machine."""

    def __init__(self) -> None:
        self.conditions = 0

    def side(self, width: int, taken: int) -> Undefined:
        """The open value of a side of the condition numbered last."""
        return Undefined(f"{PREFIX}{self.conditions} {taken}", False, width)

    def expression(self, node: Expr) -> Expr:
        """An expression, with its conditional expressions marked."""
        node = self.rebuilt(node)
        if isinstance(node, If):
            self.conditions += 1
            sides = [
                Apply("xor", (value, self.side(node.width, taken)), (), node.width)
                for value, taken in ((node.then, 1), (node.other, 0))
            ]
            return If(node.condition, sides[0], sides[1], node.width)
        return node

    def block(self, block: Block) -> Block:
        """Statements, with their conditions marked."""
        return tuple(self.statement(statement) for statement in block)

    def statement(self, node: Stmt) -> Stmt:
        """A statement, marked; a loop's body, which may write its own locals only, stays."""
        if isinstance(node, While):
            return node
        node = self.rebuilt(node)
        if isinstance(node, Branch):
            self.conditions += 1
            then, other = (Assign(IGNORED, self.side(1, taken)) for taken in (1, 0))
            return Branch(node.condition, (then, *node.then), (other, *node.other))
        return node

    def rebuilt(self, node: Any) -> Any:
        """A node with everything below it marked."""
        return replace(node, **{f.name: self.part(getattr(node, f.name)) for f in fields(node)})

    def part(self, value: Any) -> Any:
        """What stands in a node: expressions, statements, tuples of them, or names and numbers."""
        if isinstance(value, tuple):
            return tuple(self.part(each) for each in value)
        if not is_dataclass(value):
            return value
        if type(value).__name__ in STATEMENTS:
            return self.statement(value)  # type: ignore[arg-type]  # just tested
        return self.expression(value)  # type: ignore[arg-type]  # so it is one


STATEMENTS = frozenset(kind.__name__ for kind in Stmt.__args__)


def marked(isa: Isa) -> Isa:
    """The machine that tells which sides it takes."""
    marker, machine = Marker(), isa.machine
    functions = {name: replace(f, body=marker.block(f.body)) for name, f in machine.functions.items()}
    operands = {
        name: replace(
            operand,
            cases=tuple(
                replace(case, attributes={key: marker.expression(value) for key, value in case.attributes.items()})
                for case in operand.cases
            ),
        )
        for name, operand in machine.operands.items()
    }
    rows = tuple(
        replace(row, body=replace(row.body, semantics=marker.block(row.body.semantics))) for row in isa.instructions
    )
    return replace(isa, machine=replace(machine, functions=functions, operands=operands), instructions=rows)


class Reach:
    """Which sides the instructions of a marked machine may take: those in their semantics and in what these call."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.known: dict[str, frozenset[str]] = {}

    def of(self, body: Body, cases: Mapping[str, int]) -> frozenset[str]:
        """The sides of one instruction whose operands are in these cases (`m.case` to its number)."""
        attributes = [
            value
            for name, operand in body.operands.items()
            for value in self.machine.operands[operand].cases[cases[f"{name}.case"]].attributes.values()
        ]
        return self._under(body.semantics).union(*(self._under(value) for value in attributes))

    def _under(self, node: Expr | Stmt | Block) -> frozenset[str]:
        sides: set[str] = set()
        for each in walk(node):
            match each:
                case Undefined(site=site) if site.startswith(PREFIX):
                    sides.add(site)
                case Call(function=name):
                    sides |= self._called(name)
                case Load(space=space) | Store(space=space):
                    declared = self.machine.spaces[space]
                    if declared.role != "storage":
                        sides |= self._called(declared.translate or "translate")
        return frozenset(sides)

    def _called(self, name: str) -> frozenset[str]:
        if name not in self.known:
            self.known[name] = self._under(self.machine.functions[name].body)
        return self.known[name]
