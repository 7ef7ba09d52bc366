"""What a block reads and writes, including the functions it calls: an over-approximation by names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from analyzer.language.declarations import Function, OperandClass
from analyzer.language.ir import (
    Again,
    Assign,
    Attribute,
    Block,
    Call,
    Commit,
    Execute,
    Expr,
    Indexed,
    Load,
    Local,
    OperandArgument,
    Register,
    Stmt,
    StorageSize,
    Store,
    Trap,
    TrapAfter,
    Undefined,
    Uninterpreted,
    While,
    walk,
)


@dataclass(frozen=True, slots=True)
class Effects:
    """Names of components, spaces, traps and functions that may be touched.

    `marks` are further facts: `commit`, `again`, `execute`, `trap_after`, `undefined`, `unpredictable`,
    `storage_size`, `while`.
    """

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    loads: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    traps: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    uninterpreted: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()

    def __or__(self, other: Effects) -> Effects:
        return Effects(
            self.reads | other.reads, self.writes | other.writes, self.loads | other.loads, self.stores | other.stores,
            self.traps | other.traps, self.calls | other.calls, self.uninterpreted | other.uninterpreted,
            self.marks | other.marks,
        )  # fmt: skip


NONE = Effects()


MARKS = {Commit: "commit", Again: "again", Execute: "execute", While: "while", StorageSize: "storage_size"}


@dataclass(slots=True)
class EffectAnalysis:
    """Computes effects; those of functions and of operands' attributes once. Unknown functions have none."""

    functions: Mapping[str, Function]
    operands: Mapping[str, OperandClass] = field(default_factory=dict)
    known: dict[tuple[str, tuple[str, ...]], Effects] = field(default_factory=dict)
    attributes: dict[tuple[str, str], Effects] = field(default_factory=dict)

    def block(self, block: Block | Expr, operands: Mapping[str, str] | None = None) -> Effects:
        """The effects of a block whose operands (name to class) are given."""
        out = NONE
        for node in walk(block):
            found = self.node(node, operands or {})
            if found is not NONE:
                out |= found
        return out

    def node(self, node: Expr | Stmt, operands: Mapping[str, str]) -> Effects:
        """The effects of one node, without its operands and nested blocks."""
        match node:
            case Register(name=name):
                return Effects(reads=frozenset((name,)))
            case Indexed(file=name):
                return Effects(reads=frozenset((name,)))
            case Assign(target=Register(name=name)) | Assign(target=Indexed(file=name)):
                return Effects(writes=frozenset((name,)))
            case Assign(target=Local()):
                return NONE
            case Load(space=name):
                return Effects(loads=frozenset((name,)))
            case Store(space=name):
                return Effects(stores=frozenset((name,)))
            case Trap(kind=name):
                return Effects(traps=frozenset((name,)))
            case TrapAfter(kind=name):
                return Effects(traps=frozenset((name,)), marks=frozenset(("trap_after",)))
            case Uninterpreted(name=name):
                return Effects(uninterpreted=frozenset((name,)))
            case Undefined(unpredictable=unpredictable):
                return Effects(marks=frozenset(("unpredictable" if unpredictable else "undefined",)))
            case Attribute(operand=operand, name=name):
                return self.attribute(operands.get(operand, ""), name)
            case Call():
                return self.call(node, operands)
            case _:
                mark = MARKS.get(type(node))
                return Effects(marks=frozenset((mark,))) if mark else NONE

    def attribute(self, operand: str, name: str) -> Effects:
        """What an attribute of an operand class reads, in any case."""
        if operand not in self.operands:
            return NONE
        key = operand, name
        if key not in self.attributes:
            values = (case.attributes.get(name) for case in self.operands[operand].cases)
            self.attributes[key] = reduce(or_, (self.block(value) for value in values if value is not None), NONE)
        return self.attributes[key]

    def call(self, node: Call, operands: Mapping[str, str]) -> Effects:
        """The effects of the called function, with its operand parameters bound."""
        function = self.functions.get(node.function)
        if function is None:
            return Effects(calls=frozenset((node.function,)))
        bound = {
            p.name: operands.get(a.name, p.operand or "")
            for p, a in zip(function.parameters, node.args, strict=True)
            if isinstance(a, OperandArgument)
        }
        key = (node.function, tuple(bound.values()))
        if key not in self.known:
            self.known[key] = NONE  # a recursion is reported elsewhere
            self.known[key] = self.block(function.body, bound)
        return self.known[key] | Effects(calls=frozenset((node.function,)))


def called_functions(block: Block) -> Iterator[str]:
    """Names of the functions that a block calls directly."""
    for node in walk(block):
        if isinstance(node, Call):
            yield node.function
