"""Regions made from random programs of the language itself, against the evaluator: every simplification is exercised.

Each instruction is a random body at its own address; the region is run with random budgets, the whole state compared.
"""

from __future__ import annotations

import io
import keyword
import random
import re
import tokenize
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from analyzer.language.declarations import Body, Component, Machine, Order
from analyzer.language.evaluate import Evaluator, State
from analyzer.language.ir import (
    Again,
    Apply,
    Assign,
    Block,
    Branch,
    Call,
    Commit,
    Const,
    Expr,
    If,
    Indexed,
    Load,
    Local,
    Next,
    Register,
    Return,
    Stmt,
    StorageSize,
    Store,
    Trap,
    Undefined,
    Uninterpreted,
    apply,
    choose,
)
from analyzer.language.operators import OPERATORS, mask
from analyzer.simulator.memory import Memory
from analyzer.simulator.regions.fetch import Fetched, Fetcher
from analyzer.simulator.regions.region import Compiler, Region
from analyzer.simulator.regions.setting import Setting
from tests.language.small import scope
from tests.simulator.region_states import nonzero, same_state
from tests.simulator.test_compile import HOSTILE, hostile_machine
from tests.symbolic.test_agreement import STATES

PROGRAMS = 150
WIDTHS = (1, 2, 3, 8, 9, 16, 32, 33, 36, 64)
SIZE = 256
CONTEXT = ("user", "base", "limit")
FUNCTIONS = """
def clipped(x: 8) -> 8:
    if x > limit:
        return limit
    if x == 7:
        trap(illegal)
    return x
def marked(x: 8) -> 8:
    if x > 100:
        flag = 1
        a = x
    else:
        b = x - 1
    return a
"""


def machine(order: Order) -> Machine:
    """The small machine with more registers, of many widths."""
    plain = scope(FUNCTIONS, order=order, wrap=7).machine()
    more = [Component(f"x{width}_{i}", width, "visible") for width in WIDTHS for i in range(2)]
    return replace(plain, components={**plain.components, **{c.name: c for c in more}})


def fits(op: str, width: int) -> bool:
    """Whether an operator can give a result of this width."""
    return width == 1 or OPERATORS[op].shape not in ("compare", "bit")


class Bodies:
    """Random bodies."""

    def __init__(self, rng: random.Random, machine: Machine) -> None:
        self.rng = rng
        self.machine = machine

    def number(self, width: int) -> Const:
        """A constant; boundaries often."""
        rng, half = self.rng, 1 << width - 1
        near = rng.choice((0, mask(width), half, half - 1)) + rng.randrange(-2, 3)
        return Const(rng.choice((near, near, rng.getrandbits(width), rng.getrandbits(3))) & mask(width), width)

    def leaf(self, width: int) -> Expr:
        """A value without operands."""
        rng = self.rng
        if width == 8 and rng.random() < 0.5:
            file = Indexed("r", Const(rng.randrange(4), 2), 8)
            return rng.choice((Register("a", 8), Register("b", 8), file, Register("limit", 8), Next(8)))
        if width not in WIDTHS or rng.random() < 0.3:
            return self.number(width)
        if rng.random() < 0.02:
            return Undefined("here", True, width)
        return Register(f"x{width}_{rng.randrange(2)}", width)

    def value(self, width: int, depth: int) -> Expr:
        """A random expression."""
        rng = self.rng
        if depth == 0 or rng.random() < 0.1:
            return self.leaf(width)
        if rng.random() < 0.15:
            return choose(self.value(1, depth - 1), self.value(width, depth - 1), self.value(width, depth - 1))
        if width == 8 and rng.random() < 0.1:
            return Call(rng.choice(("clipped", "marked")), (self.value(8, depth - 1),), 8)
        if width % 8 == 0 and rng.random() < 0.1:
            return Load(rng.choice(("mem", "linear")), self.address(depth - 1), width // 8, width)
        if rng.random() < 0.05:
            return self.cut(width)
        return self.operator(rng.choice([name for name in OPERATORS if fits(name, width)]), width, depth - 1)

    def address(self, depth: int) -> Expr:
        """Mostly near what a register says, so that accesses meet."""
        near = apply("add", Register(self.rng.choice("ab"), 8), Const(self.rng.randrange(12), 8))
        return near if self.rng.random() < 0.7 else self.value(8, depth)

    def cut(self, width: int) -> Expr:
        """Something cut in two and put together again, perhaps with a number added to its upper part."""
        if width == 1:
            return self.number(1)
        at, whole = self.rng.randrange(1, width), self.value(width, 1)
        lower = whole if self.rng.random() < 0.8 else self.value(width, 1)
        upper = apply("extract", whole, parameters=(width - 1, at))
        upper = apply("add", upper, self.number(width - at))
        return apply("concat", upper, apply("extract", lower, parameters=(at - 1, 0)))

    def operator(self, op: str, width: int, depth: int) -> Expr:
        """A random application of an operator, with a result of `width` bits."""
        rng, shape = self.rng, OPERATORS[op].shape
        other = rng.choice(WIDTHS)
        match shape:
            case "compare":
                second = self.number(other) if rng.random() < 0.5 else self.value(other, depth)
                return apply(op, self.value(other, depth), second)
            case "bit":
                return apply(op, self.value(other, depth))
            case "slice":
                wide = rng.choice([w for w in (*WIDTHS, width) if w >= width])
                low = rng.choice((0, wide - width, rng.randrange(wide - width + 1)))
                return apply(op, self.value(wide, depth), parameters=(low + width - 1, low))
            case "widen":
                narrow = rng.choice([w for w in (*WIDTHS, width) if w <= width])
                return apply(op, self.value(narrow, depth), parameters=(width,))
            case "concat":
                cuts = sorted({0, width, *(rng.randrange(width + 1) for _ in range(2))})
                parts = [self.value(b - a, depth) for a, b in zip(cuts, cuts[1:], strict=False)]
                return apply(op, *parts) if len(parts) > 1 else parts[0]
            case "unary":
                return apply(op, self.value(width, depth))
            case "shift":
                by = self.number(rng.choice((3, 6, 8))) if rng.random() < 0.6 else self.value(8, depth)
                return apply(op, self.value(width, depth), by)
            case _:
                second = self.number(width) if rng.random() < 0.4 else self.value(width, depth)
                return apply(op, self.value(width, depth), second)

    def related(self) -> Expr:
        """Flags as machines compute them: carries, signs and overflows of sums and differences, their combinations."""
        rng = self.rng
        n = rng.choice((8, 16, 32))
        a, b = self.value(n, rng.randrange(2)), self.value(n, rng.randrange(2))
        op = rng.choice(("add", "sub"))
        wide = apply(op, *(apply("zext", x, parameters=(n + 1,)) for x in (a, b)))
        r = apply("extract", wide, parameters=(n - 1, 0))
        other = apply("xor", a, b) if op == "sub" else apply("xor", b, r)
        if rng.random() < 0.2:  # nearly
            r = Register(f"x{n}_0", n)
        carry = apply("extract", wide, parameters=(n, n))
        overflow = apply("extract", apply("and", other, apply("xor", a, r)), parameters=(n - 1, n - 1))
        sign, zero = apply("extract", r, parameters=(n - 1, n - 1)), apply("eq", r, Const(0, n))
        less = apply("xor", sign, overflow)
        either = rng.choice((apply("or", zero, less), apply("or", carry, zero), less))
        return rng.choice((carry, overflow, sign, zero, either, apply("xor", either, self.number(1))))

    def assign(self, depth: int) -> Stmt:
        """A random assignment."""
        rng = self.rng
        if rng.random() < 0.25:
            return Assign(rng.choice((Register("flag", 1), Register("x1_0", 1), Register("x1_1", 1))), self.related())
        if rng.random() < 0.3:
            file = Indexed("r", Const(rng.randrange(4), 2), 8)
            return Assign(rng.choice((Register("a", 8), Register("b", 8), file)), self.value(8, depth))
        width = rng.choice(WIDTHS)
        return Assign(Register(f"x{width}_{rng.randrange(2)}", width), self.value(width, depth))

    def statement(self, depth: int) -> Stmt:
        """A random statement."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.6:
            return self.assign(depth)
        if kind < 0.72:
            units = rng.choice((1, 1, 2, 4, 8))
            return Store(rng.choice(("mem", "linear")), self.address(1), units, self.value(8 * units, depth))
        if kind < 0.92 and depth:
            condition = self.related() if rng.random() < 0.4 else self.value(1, depth)
            return Branch(condition, self.block(rng.randrange(3), depth - 1), self.block(rng.randrange(2), depth - 1))
        if kind < 0.94:
            guard = apply("ult", self.value(8, 1), Const(3, 8))
            return Branch(guard, (rng.choice((Trap("illegal", ()), Again(), Return(()))),), ())
        return rng.choice((Commit(), self.assign(1), Assign(Register("w", 16), Register("w", 16))))

    def block(self, length: int, depth: int) -> Block:
        """Random statements."""
        return tuple(self.statement(depth) for _ in range(length))

    def body(self, program: int) -> Body:
        """An instruction, which may jump inside the program."""
        rng = self.rng
        block = list(self.block(rng.randrange(1, 4), 3))
        if rng.random() < 0.1:
            open_value = Uninterpreted("mix", (self.value(8, 1), self.value(8, 1)), 8)
            size = apply("extract", StorageSize(self.machine.size_width), parameters=(7, 0))
            block.append(Assign(Register("b", 8), rng.choice((open_value, size))))
        if rng.random() < 0.2:
            stored = Store("linear", self.address(1), 1, Register("b", 8))
            block += [stored, Assign(Register("x8_1", 8), Load("mem", self.address(1), 1, 8))]
        if rng.random() < 0.3:
            names = rng.sample(("a", "b", "x8_0", "x8_1"), 3)
            block += [Assign(Local(name, 8), Register(name, 8)) for name in names]
            block += [Assign(Register(x, 8), Local(y, 8)) for x, y in zip(names, names[1:] + names[:1], strict=True)]
        if rng.random() < 0.5:
            target = Assign(Register("pc", 8), Const(rng.randrange(program), 8))
            counter = Assign(Register("x8_0", 8), apply("sub", Register("x8_0", 8), Const(1, 8)))
            condition = rng.choice((self.related(), apply("ult", Const(5, 8), Register("x8_0", 8)), self.value(1, 2)))
            block += [counter, Branch(condition, (target,), ())]
        if rng.random() < 0.05:
            block.append(Assign(Register("pc", 8), self.value(8, 1)))
        return Body({}, {}, Const(1, 8), tuple(block))


class Program:
    """Bodies at addresses from 0 on, in place of a fetcher."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies = bodies
        self.drafts: dict[object, object] = {}

    def fetch(self, setting: Setting, memory: Memory, here: int) -> Fetched | None:
        """The body at an address; it takes no storage."""
        return Fetched(self.bodies[here], {}, (200 + here,)) if here < len(self.bodies) else None


def state(rng: random.Random, where: Machine) -> State:
    """Random registers and storage."""
    draw = Bodies(rng, where)
    registers = {c.name: draw.number(c.width).value for c in where.components.values() if c.count is None}
    registers |= {"pc": 0, "limit": rng.choice((200, 255, 128, 30)), "base": rng.choice((0, 0, 20, 250))}
    memory = Memory(8, SIZE)
    memory.load(0, rng.choices((0, 1, 127, 255, rng.randrange(256), rng.randrange(256)), k=SIZE))
    files = {"r": {i: rng.randrange(256) for i in range(4)}}
    return State(registers, files, memory, SIZE)  # type: ignore[arg-type]  # a memory stands for the dict


def region(bodies: Sequence[Body], start: State, where: Machine) -> Region:
    """The region at address 0."""
    context = {(name, -1): start.registers[name] for name in CONTEXT}
    setting = Setting(where, context, SIZE, frozenset(), frozenset())
    memory = cast(Memory, start.storage)
    return Compiler(cast(Fetcher, Program(bodies)), memory, lambda place, units: False).compiled(setting, {}, 0, 20)


def expected(bodies: Sequence[Body], start: State, where: Machine, count: int) -> State:
    """The state after so many instructions, by the reference."""
    evaluator, state = Evaluator(where), start
    for _ in range(count):
        outcome = evaluator.run(bodies[state.registers["pc"]], {}, state)
        assert outcome.kind == "completes"
        state = outcome.state
    return state


@pytest.mark.parametrize("order", ["little", "big"])
def test_programs(order: Order) -> None:
    where, executed = machine(order), Counter[bool]()
    for number in range(STATES * 10 or PROGRAMS):
        rng = random.Random(f"{order} {number}")
        draw = Bodies(rng, where)
        length = rng.randrange(1, 5)
        bodies = [draw.body(length) for _ in range(length)]
        first = state(rng, where)
        made = region(bodies, first, where)
        for _ in range(4):
            start = state(rng, where)
            start.registers |= {name: first.registers[name] for name in CONTEXT}
            before = start.copy()
            memory = cast(Memory, first.storage)
            memory.load(0, [before.storage.get(place, 0) for place in range(SIZE)])
            start.storage = cast(dict[int, int], memory)
            budget = rng.choice((1, 5, 20, 60))
            done = made.function(start.registers, start.files, budget)
            assert 0 <= done <= budget
            try:
                same_state(start, expected(bodies, before, where, done))
            except AssertionError as error:
                raise AssertionError(f"program {number}, {done} instructions\n{made.source}") from error
            executed[done > 0] += 1
    assert executed[True] >= executed.total() // 4
    assert nonzero(start)


def test_every_operator_is_met() -> None:
    where = machine("big")
    draw, met = Bodies(random.Random(1), where), set[str]()
    for _ in range(300):
        pending: list[object] = [draw.value(8, 4)]
        while pending:
            node = pending.pop()
            if isinstance(node, Apply):
                met.add(node.op)
            if isinstance(node, Apply | Call):
                pending += node.args
            if isinstance(node, If):
                pending += (node.condition, node.then, node.other)
    assert met >= OPERATORS.keys()


# -- names -----------------------------------------------------------------------------------------------------------


def test_names_are_quoted() -> None:
    """Of a specification's names only letters, digits and underscores stand outside quotes."""
    where = hostile_machine()
    scalar, file = Register(HOSTILE, 8), Indexed(HOSTILE * 2, Const(1, 2), 8)
    block = (
        Assign(scalar, apply("add", scalar, file)),
        Assign(file, Call(HOSTILE, (Load(HOSTILE, scalar, 1, 8),), 8)),
        Store(HOSTILE, Const(30, 8), 2, Register("w", 16)),
        Assign(Register("flag", 1), apply("eq", file, scalar)),
        Branch(apply("ult", scalar, Const(99, 8)), (Assign(Register("pc", 8), Const(0, 8)),), ()),
    )
    start = state(random.Random(1), machine("big"))
    start.registers |= {HOSTILE: 7, "limit": 200, "base": 0}
    start.files[HOSTILE * 2] = {1: 5}
    made = region([Body({}, {}, Const(1, 8), block)], start, where)
    before = start.copy()
    done = made.function(start.registers, start.files, 50)
    assert done
    same_state(start, expected([Body({}, {}, Const(1, 8), block)], before, where, done))
    tokens = tokenize.generate_tokens(io.StringIO(made.source).readline)
    names = {token.string for token in tokens if token.type == tokenize.NAME and not keyword.iskeyword(token.string)}
    generated = re.compile(r"v[0-9]+_[A-Za-z0-9_]*|q_v[0-9]+_[A-Za-z0-9_]*|m[0-9]+_[0-9]+|[xts][0-9]+|w[248]|[rxcknz]")
    assert {name for name in names if not generated.fullmatch(name)} <= {
        "region", "late", "budget", "limit", "cells", "code", "touched", "bit_count", "bit_length",
    }  # fmt: skip
    assert len(names) >= 15
