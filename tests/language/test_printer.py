"""What is printed, typed again, is the same IR: random IR, and everything that the shipped machines say."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.diagnostics import Diagnostics
from analyzer.language.check import Scope, check_block, check_functions, collect_functions
from analyzer.language.declarations import BitOrder, Machine
from analyzer.language.ir import (
    Again,
    Assign,
    Attribute,
    Block,
    Branch,
    Call,
    Commit,
    Const,
    Evaluate,
    Execute,
    Expr,
    Field,
    Indexed,
    Load,
    Local,
    Next,
    OperandArgument,
    Register,
    Return,
    Stmt,
    StorageSize,
    Store,
    Trap,
    TrapAfter,
    Undefined,
    Uninterpreted,
    Unpack,
    While,
    apply,
    choose,
)
from analyzer.language.operators import OPERATORS
from analyzer.language.printer import Printer
from analyzer.language.source import SourceText
from analyzer.spec.load import load, shipped
from tests.language.small import parse, scope

T = TypeVar("T")
FUNCTIONS = """
def one(x: 8) -> 8:
    return x + 1
def two(x: 8, y: 16) -> (8, 16):
    return x, y
def none(x: 1):
    flag = x
def of(m: place) -> 8:
    return m.value
"""
SCOPES: Mapping[BitOrder, Scope] = {"lsb0": scope(FUNCTIONS), "msb0": scope(FUNCTIONS, "msb0")}
WIDTHS = (1, 2, 8, 9, 16)
BY_SHAPE = {shape: [op.name for op in OPERATORS.values() if op.shape == shape] for shape in
            ("same", "compare", "shift", "unary", "bit")}  # fmt: skip


def renumbered(node: Any) -> Any:
    """The IR with open values numbered in the order in which they stand."""
    numbers: dict[str, str] = {}

    def visit(item: Any) -> Any:
        if isinstance(item, tuple):
            return tuple(visit(part) for part in item)
        if not dataclasses.is_dataclass(item) or isinstance(item, type):
            return item
        parts = {f.name: visit(getattr(item, f.name)) for f in dataclasses.fields(item)}
        if "site" in parts:
            parts["site"] = numbers.setdefault(parts["site"], f".{len(numbers) + 1}")
        return type(item)(**parts)

    return visit(node)


class Draw:
    """Draws typed IR. Locals are declared as they are assigned, and read only where they have a value."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.locals: dict[str, int] = {}
        self.assigned: set[str] = set()
        self.sites = itertools.count(1)

    def number(self, low: int, high: int) -> int:
        return self.data.draw(st.integers(low, high))

    def of(self, items: Sequence[T]) -> T:
        return self.data.draw(st.sampled_from(items))

    def expression_of(self, *makers: Callable[[], Expr]) -> Expr:
        return self.of(makers)()

    def statement_of(self, *makers: Callable[[], Stmt]) -> Stmt:
        return self.of(makers)()

    def expression(self, width: int, depth: int) -> Expr:
        kinds = [self.leaf] if depth == 0 else [self.leaf, self.operator, self.operator, self.choice, self.access]
        return self.of(kinds)(width, depth)

    def leaf(self, width: int, depth: int) -> Expr:
        leaves: list[Expr] = [Local(name, width) for name in sorted(self.assigned) if self.locals[name] == width]
        leaves += [Undefined(f".{next(self.sites)}", self.of((True, False)), width)]
        leaves += [Const(self.number(0, (1 << width) - 1), width)] * 3
        more: Mapping[int, list[Expr]] = {
            1: [Register("flag", 1), Field("bit", 1), Attribute("m", "is_register", 1)],
            2: [Field("prefix", 2)],
            8: [Register("a", 8), Field("n", 8), Attribute("o", "address", 8), Next(8)],
            9: [StorageSize(9)],
            16: [Register("w", 16)],
        }
        return self.of(leaves + more[width])

    def access(self, width: int, depth: int) -> Expr:
        if width == 1:
            return Uninterpreted("test", (self.expression(16, depth - 1),), 1)
        if width == 16:
            return Load("mem", self.expression(8, depth - 1), 2, 16)
        if width != 8:
            return apply("extract", self.expression(16, depth - 1), parameters=(width + 3, 4))
        return self.expression_of(
            lambda: Indexed("r", self.expression(2, depth - 1), 8),
            lambda: Load("real", self.expression(8, depth - 1), 1, 8),
            lambda: Uninterpreted("mix", (self.expression(8, depth - 1), self.expression(8, depth - 1)), 8),
            lambda: Call("one", (self.expression(8, depth - 1),), 8),
            lambda: Call("of", (OperandArgument("m"),), 8),
        )  # fmt: skip

    def choice(self, width: int, depth: int) -> Expr:
        return choose(*(self.expression(w, depth - 1) for w in (1, width, width)))

    def operator(self, width: int, depth: int) -> Expr:
        shape = self.of(
            ("same", "shift", "unary", "widen", "concat", "slice", *(("compare", "bit") if width == 1 else ()))
        )
        deeper = depth - 1
        match shape:
            case "same":
                return apply(self.of(BY_SHAPE[shape]), self.expression(width, deeper), self.expression(width, deeper))
            case "compare":
                operand = self.of(WIDTHS)
                return apply(
                    self.of(BY_SHAPE[shape]), self.expression(operand, deeper), self.expression(operand, deeper)
                )
            case "shift":
                amount = self.expression(self.of(WIDTHS), deeper)
                return apply(self.of(BY_SHAPE[shape]), self.expression(width, deeper), amount)
            case "unary":
                return apply(self.of(BY_SHAPE[shape]), self.expression(width, deeper))
            case "bit":
                return apply("parity", self.expression(self.of(WIDTHS), deeper))
            case "widen":
                narrow = self.expression(self.of([w for w in WIDTHS if w <= width]), deeper)
                return apply(self.of(("zext", "sext")), narrow, parameters=(width,))
            case "concat":
                parts = [w for w in ((1, 1), (1, 8), (8, 8), (8, 1, 2, 2, 1, 2)) if sum(w) == width]
                return (
                    apply("concat", *(self.expression(w, deeper) for w in parts[0])) if parts else self.leaf(width, 0)
                )
            case _:
                wide = self.of([w for w in WIDTHS if w >= width])
                low = self.number(0, wide - width)
                return apply("extract", self.expression(wide, deeper), parameters=(low + width - 1, low))

    def block(self, depth: int, *, in_loop: bool = False) -> tuple[Block, bool]:
        """Statements, and whether they end every path."""
        out: list[Stmt] = []
        for _ in range(self.number(0, 3)):
            out.append(self.statement(depth, in_loop))
            if isinstance(out[-1], Branch) and self.left:
                return tuple(out), True
        if not in_loop and self.number(0, 4) == 0:
            return (*out, self.last()), True
        return tuple(out), False

    left = False  # whether the last branch ended on both sides

    def last(self) -> Stmt:
        return self.statement_of(
            lambda: Return(()), Again, lambda: Trap("illegal", ()), lambda: Trap("call", (self.expression(8, 1),)),
            lambda: Execute(self.expression(16, 1)),
        )  # fmt: skip

    def statement(self, depth: int, in_loop: bool) -> Stmt:
        simple = [self.assign_local, self.assign_local, self.unpack]
        if not in_loop:
            simple += [self.assign_machine, self.call, Commit, lambda: TrapAfter("single_step")]
        if depth > 0:
            simple += [lambda: self.branch(depth - 1, in_loop)] if in_loop else [
                lambda: self.branch(depth - 1, in_loop), lambda: self.loop(depth - 1)
            ]  # fmt: skip
        return self.statement_of(*simple)

    def declare(self, width: int) -> Local:
        names = [name for name in ("t", "u", "v", "x") if self.locals.get(name, width) == width]
        name = self.of(names) if names else f"z{len(self.locals)}"
        self.locals[name] = width
        return Local(name, width)

    def assign_local(self) -> Stmt:
        value = self.expression(self.of(WIDTHS), 2)
        target = self.declare(value.width)
        self.assigned.add(target.name)
        return Assign(target, value)

    def assign_machine(self) -> Stmt:
        return self.statement_of(
            lambda: Assign(Register("w", 16), self.expression(16, 2)),
            lambda: Assign(Register("pc", 8), self.expression(8, 2)),
            lambda: Assign(Indexed("r", self.expression(2, 1), 8), self.expression(8, 2)),
            lambda: Store("mem", self.expression(8, 1), 1, self.expression(8, 2)),
            lambda: Store("linear", self.expression(8, 1), 2, self.expression(16, 2)),
        )  # fmt: skip

    def unpack(self) -> Stmt:
        call = Call("two", (self.expression(8, 1), self.expression(16, 1)), 0)
        targets = (self.declare(8), self.declare(16))
        self.assigned |= {target.name for target in targets}
        return Unpack(targets, call)

    def call(self) -> Stmt:
        return Evaluate(Call("none", (self.expression(1, 2),), 0))

    def test(self) -> Expr:
        """A condition that is not constant."""
        condition = self.expression(1, 2)
        return Register("flag", 1) if isinstance(condition, Const) else condition

    def branch(self, depth: int, in_loop: bool) -> Stmt:
        condition = self.test()
        before = set(self.assigned)
        then, then_ends = self.block(depth, in_loop=in_loop)
        after_then, self.assigned = self.assigned, before
        other, other_ends = self.block(depth, in_loop=in_loop)
        both = self.assigned & after_then
        self.assigned = self.assigned if then_ends else after_then if other_ends else both
        self.left = then_ends and other_ends
        return Branch(condition, then, other)

    def loop(self, depth: int) -> Stmt:
        condition = self.test()
        before, declared = set(self.assigned), dict(self.locals)
        body, _ = self.block(depth, in_loop=True)
        self.assigned = before
        writes = {name for name in _written(body) if name in declared}
        site = f".{next(self.sites)}"
        return While(condition, body, tuple(Local(name, declared[name]) for name in sorted(writes)), site)


def _written(block: Block) -> Iterator[str]:
    for node in block:
        match node:
            case Assign(target=Local(name=name)):
                yield name
            case Unpack(targets=targets):
                yield from (target.name for target in targets)
            case Branch(then=then, other=other):
                yield from _written(then)
                yield from _written(other)
            case While(body=body):
                yield from _written(body)


@pytest.mark.parametrize("bit_order", SCOPES)
@given(data=st.data())
def test_random_blocks(bit_order: BitOrder, data: st.DataObject) -> None:
    block = renumbered(Draw(data).block(3)[0])
    text = Printer(bit_order).block(block)
    assert renumbered(parse(text, SCOPES[bit_order])) == block, text


@pytest.mark.parametrize("name", [name for name, _ in shipped() if not name.startswith("third-generation-")])
def test_shipped_machines(name: str) -> None:
    isa = load(name)
    machine = isa.machine
    printer = Printer(machine.bit_order)
    assert len(isa.instructions) >= 10
    assert functions_again(machine, printer) == {n: renumbered(f.body) for n, f in machine.functions.items()}
    where = scope_of(machine)
    for row in isa.instructions[:: 1 if len(isa.instructions) < 100 else 7]:
        text = printer.block(row.body.semantics)
        diagnostics = Diagnostics()
        again = check_block(
            SourceText.plain(text), where, diagnostics, fields=row.body.fields, operands=row.body.operands
        )
        assert diagnostics.items == []
        assert renumbered(again) == renumbered(row.body.semantics), f"{row.name}\n{text}"


def scope_of(machine: Machine) -> Scope:
    """The declarations of a machine, its functions known by their signatures."""
    out = Scope(
        machine.bit_order, dict(machine.components), dict(machine.spaces), dict(machine.traps),
        dict(machine.uninterpreted), dict(machine.constants), dict(machine.operands), dict(machine.prefixes),
    )  # fmt: skip
    printer = Printer(machine.bit_order)
    text = "".join(map(printer.function, machine.functions.values()))
    diagnostics = Diagnostics()
    collect_functions(SourceText.plain(text), out, diagnostics)
    diagnostics.raise_errors({"<text>": text})
    return out


def functions_again(machine: Machine, printer: Printer) -> dict[str, Block]:
    """The bodies of a machine's functions, printed and typed again."""
    where, diagnostics = scope_of(machine), Diagnostics()
    functions = check_functions(where, diagnostics)
    assert diagnostics.items == []
    return {name: renumbered(function.body) for name, function in functions.items()}
