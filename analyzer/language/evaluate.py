"""The IR over integers: the reference for the symbolic side and for compiled simulators."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from analyzer.language.declarations import ACCESS_KINDS, Body, Function, Machine, Space
from analyzer.language.ir import (
    Again,
    Apply,
    Assign,
    Attribute,
    Block,
    Branch,
    Call,
    CaseField,
    Commit,
    Const,
    Evaluate,
    Execute,
    Expr,
    Field,
    If,
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
)
from analyzer.language.operators import OPERATORS, mask

LOOP_LIMIT = 100_000


class DoesNotEnd(Exception):
    """A `while` went round more often than the limit."""


@dataclass(slots=True)
class State:
    """A concrete machine state; registers of files and storage that are not listed are 0.

    `registers`: component to value; `files`: register file to index to value; `storage`: real address to unit.
    """

    registers: dict[str, int]
    files: dict[str, dict[int, int]] = field(default_factory=dict)
    storage: dict[int, int] = field(default_factory=dict)
    storage_size: int = 0

    def copy(self, files: Container[str] | None = None) -> State:
        """An independent copy; with `files` only of those register files, the others never to be changed."""
        files = {
            name: dict(values) if files is None or name in files else values for name, values in self.files.items()
        }
        return State(dict(self.registers), files, self.storage.copy(), self.storage_size)


def initial_state(machine: Machine, storage_size: int) -> State:
    """All components 0, storage empty."""
    registers = {c.name: 0 for c in machine.components.values() if c.count is None}
    files: dict[str, dict[int, int]] = {c.name: {} for c in machine.components.values() if c.count is not None}
    return State(registers, files, {}, storage_size)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended.

    `kind`: `completes`, `continues` (with `bits` of `width` bits) or `traps` (with `trap` and its `args`). `after`: the
    traps that `trap_after` made visible, in order. `state`: the state afterwards; after a trap the committed one.
    """

    kind: str
    state: State
    trap: str = ""
    args: tuple[int, ...] = ()
    bits: int = 0
    width: int = 0
    after: tuple[str, ...] = ()


def fixed_hash(name: str, args: tuple[int, ...]) -> int:
    """The value of an uninterpreted function where nothing else fixes it: the same on every machine and run."""
    digest = hashlib.blake2b(repr((name, args)).encode(), digest_size=64).digest()
    return int.from_bytes(digest, "big")


def fixed_value(site: str, unpredictable: bool) -> int:
    """The same for an undefined or unpredictable value."""
    return fixed_hash(site, (int(unpredictable),))


@dataclass(frozen=True, slots=True)
class Interpretation:
    """Values for what the specification leaves open; the default is a fixed hash.

    `function(name, args)` for uninterpreted functions, `open(site, unpredictable)` for undefined and unpredictable
    values.
    """

    function: Callable[[str, tuple[int, ...]], int] = fixed_hash
    open: Callable[[str, bool], int] = fixed_value


class _Trapped(Exception):
    def __init__(self, kind: str, args: tuple[int, ...]) -> None:
        self.kind = kind
        self.args_ = args


class _Ended(Exception):
    """The instruction is over: `again()` or `execute()`."""


class _Returned(Exception):
    def __init__(self, values: tuple[int, ...]) -> None:
        self.values = values


@dataclass(slots=True)
class _Frame:
    """Locals of one activation, and which operand of the instruction each operand parameter is."""

    locals: dict[str, int] = field(default_factory=dict)
    operands: dict[str, str] = field(default_factory=dict)


class Evaluator:
    """Executes bodies on states. One evaluator serves one machine."""

    def __init__(
        self, machine: Machine, interpretation: Interpretation | None = None, loop_limit: int = LOOP_LIMIT
    ) -> None:
        self.machine = machine
        self.loop_limit = loop_limit
        self.interpretation = interpretation or Interpretation()
        self.state = initial_state(machine, 0)
        self.fields: Mapping[str, int] = {}
        self.operands: Mapping[str, str] = {}
        self.case_scope = ""
        self.here = 0
        self.next = 0
        self.committed = self.state
        self.result = (0, 0)
        self.continues = False
        self.pc_written = False
        self.after: list[str] = []

    def run(self, body: Body, fields: Mapping[str, int], state: State) -> Outcome:
        """Execute an instruction with operand fields `fields` in `state`, which is not changed.

        Raises `DoesNotEnd` when a loop exceeds the limit.
        """
        self.state = state.copy()
        self.committed = state.copy()
        self.fields, self.operands = fields, body.operands
        self.continues, self.pc_written, self.after = False, False, []
        pc = self.machine.pc
        self.here = state.registers[pc.name]
        self.next = (self.here + self.expression(body.length, _Frame())) & mask(pc.width)
        try:
            self.hook("before")
            with suppress(_Ended, _Returned):
                self.block(body.semantics, _Frame())
            self.hook("after")
        except _Trapped as trap:
            return Outcome("traps", self.committed, trap.kind, trap.args_)
        if not self.pc_written:
            self.state.registers[pc.name] = self.next
        kind = "continues" if self.continues else "completes"
        bits, width = self.result if self.continues else (0, 0)
        return Outcome(kind, self.state, "", (), bits, width, tuple(self.after))

    def evaluate(self, expression: Expr, fields: Mapping[str, int], state: State) -> int:
        """The value of an expression over `fields` and the components of `state`."""
        self.state, self.fields = state, fields
        return self.expression(expression, _Frame())

    def translated(self, space: str, address: int, kind: int, state: State) -> int | None:
        """The real address of a program address in `state`, or `None` where it traps."""
        self.state = state
        try:
            return self.real_address(self.machine.spaces[space], address, kind)
        except _Trapped:
            return None

    def returned(
        self, function: Function, args: tuple[int | str, ...], operands: Mapping[str, str], fields: Mapping[str, int],
        state: State,
    ) -> tuple[int, ...] | None:  # fmt: skip
        """What a function returns in `state`, which is not changed, or `None` where it traps.

        `args` are values, and names of `operands` (operand to class), which `fields` have in their cases.
        """
        self.state, self.fields, self.operands = state.copy(), fields, operands
        try:
            return self.call(function, args)
        except _Trapped:
            return None

    def hook(self, name: str) -> None:
        """Run `before` or `after`, if the machine has it."""
        if name in self.machine.functions:
            self.call(self.machine.functions[name], ())

    # -- statements ------------------------------------------------------------------------------------------

    def block(self, block: Block, frame: _Frame) -> None:
        """Execute statements in order."""
        for statement in block:
            self.statement(statement, frame)

    def statement(self, node: Stmt, frame: _Frame) -> None:
        """Execute one statement."""
        match node:
            case Assign(target=target, value=value):
                self.assign(target, self.expression(value, frame), frame)
            case Branch(condition=condition, then=then, other=other):
                self.block(then if self.expression(condition, frame) else other, frame)
            case Store():
                self.store(node, frame)
            case Evaluate(call=call):
                self.called(call, frame)
            case Unpack(targets=targets, call=call):
                for target, result in zip(targets, self.called(call, frame), strict=True):
                    frame.locals[target.name] = result
            case Return(values=values):
                raise _Returned(tuple(self.expression(value, frame) for value in values))
            case Trap(kind=kind, args=args):
                raise _Trapped(kind, tuple(self.expression(arg, frame) for arg in args))
            case While():
                self.loop(node, frame)
            case _:
                self.mark(node, frame)

    def mark(self, node: Stmt, frame: _Frame) -> None:
        """The statements that say how the instruction goes on."""
        match node:
            case TrapAfter(kind=kind):
                self.after.append(kind)
            case Commit():
                self.committed = self.state.copy()
            case Again():
                self.pc_written = True
                self.state.registers[self.machine.pc.name] = self.here
                raise _Ended
            case Execute(bits=bits):
                self.result = (self.expression(bits, frame), bits.width)
                self.continues = True
                raise _Ended
            case _:
                raise TypeError(f"not a statement: {node!r}")

    def loop(self, node: While, frame: _Frame) -> None:
        """A `while`, bounded by the limit."""
        for _ in range(self.loop_limit):
            if not self.expression(node.condition, frame):
                return
            self.block(node.body, frame)
        raise DoesNotEnd(node.site)

    def assign(self, target: Local | Register | Indexed, value: int, frame: _Frame) -> None:
        """Give a place a new value."""
        match target:
            case Local(name=name):
                frame.locals[name] = value
            case Register(name=name):
                self.state.registers[name] = value
                self.pc_written |= name == self.machine.pc.name
            case Indexed(file=file, index=index):
                self.state.files[file][self.expression(index, frame)] = value

    # -- storage ---------------------------------------------------------------------------------------------

    def real_address(self, space: Space, address: int, kind: int) -> int:
        """Translate an address of a space; traps where the access is refused."""
        if space.role == "storage":
            return address
        function = self.machine.functions[space.translate or "translate"]
        return self.call(function, (address, kind))[0]

    def places(self, space: Space, address: int, units: int, kind: str) -> list[int]:
        """The real addresses of consecutive units; high bits of the address stay where the space wraps."""
        bits = space.wrap or space.address
        high = address >> bits << bits
        addresses = [high | ((address + i) & mask(bits)) for i in range(units)]
        return [self.real_address(space, each, ACCESS_KINDS[kind]) for each in addresses]

    def load(self, node: Load, frame: _Frame) -> int:
        """Read units as one value."""
        space = self.machine.spaces[node.space]
        address = self.expression(node.address, frame)
        places = self.places(space, address, node.units, "read")
        units = [self.state.storage.get(place, 0) for place in places]
        value = 0
        for unit in units if space.order == "big" else reversed(units):
            value = value << space.unit | unit
        return value

    def store(self, node: Store, frame: _Frame) -> None:
        """Write a value to its units, after all of them have been translated."""
        space = self.machine.spaces[node.space]
        address = self.expression(node.address, frame)
        value = self.expression(node.value, frame)
        places = self.places(space, address, node.units, "write")
        for place in reversed(places) if space.order == "big" else places:
            self.state.storage[place] = value & mask(space.unit)
            value >>= space.unit

    # -- expressions -----------------------------------------------------------------------------------------

    def expression(self, node: Expr, frame: _Frame) -> int:
        """The value of an expression, an unsigned integer of its width."""
        match node:
            case Const(value=value):
                return value
            case Local(name=name):
                return frame.locals[name]
            case Field(name=name):
                return self.fields[name]
            case Register(name=name):
                return self.state.registers[name]
            case Apply(op=op, args=args, parameters=parameters):
                values = tuple(self.expression(arg, frame) for arg in args)
                return OPERATORS[op].apply(values, tuple(arg.width for arg in args), parameters)
            case If(condition=condition, then=then, other=other):
                return self.expression(then if self.expression(condition, frame) else other, frame)
            case Indexed(file=file, index=index):
                return self.state.files[file].get(self.expression(index, frame), 0)
            case Load():
                return self.load(node, frame)
            case Call():
                return self.called(node, frame)[0]
            case _:
                return self.rare(node, frame)

    def rare(self, node: Expr, frame: _Frame) -> int:
        """The remaining kinds of expressions."""
        match node:
            case CaseField(name=name):
                return self.fields[f"{self.case_scope}.{name}"]
            case Attribute(operand=operand, name=name, width=width):
                return self.attribute(frame.operands.get(operand, operand), name, width)
            case Next():
                return self.next
            case StorageSize():
                return self.state.storage_size
            case Uninterpreted(name=name, args=args, width=width):
                values = tuple(self.expression(arg, frame) for arg in args)
                return self.interpretation.function(name, values) & mask(width)
            case Undefined(site=site, unpredictable=unpredictable, width=width):
                return self.interpretation.open(site, unpredictable) & mask(width)
            case _:
                raise TypeError(f"not an expression: {node!r}")

    def attribute(self, operand: str, name: str, width: int) -> int:
        """An attribute of an operand, in the case that the instruction's fields say."""
        cases = self.machine.operands[self.operands[operand]].cases
        expression = cases[self.fields[f"{operand}.case"]].attributes.get(name, Const(0, width))
        outer, self.case_scope = self.case_scope, operand
        value = self.expression(expression, _Frame())
        self.case_scope = outer
        return value

    def called(self, node: Call, frame: _Frame) -> tuple[int, ...]:
        """The results of a call."""
        function = self.machine.functions[node.function]
        args = tuple(
            frame.operands.get(arg.name, arg.name) if isinstance(arg, OperandArgument) else self.expression(arg, frame)
            for arg in node.args
        )
        return self.call(function, args)

    def call(self, function: Function, args: tuple[int | str, ...]) -> tuple[int, ...]:
        """Run a function with values, and names of operands, as arguments."""
        frame = _Frame()
        for parameter, arg in zip(function.parameters, args, strict=True):
            if isinstance(arg, str):
                frame.operands[parameter.name] = arg
            else:
                frame.locals[parameter.name] = arg
        try:
            self.block(function.body, frame)
        except _Returned as returned:
            return returned.values
        return ()
