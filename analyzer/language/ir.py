"""The typed intermediate representation of semantics: what both back ends and every analysis read.

Every expression knows its width in bits; conditions are 1 bit wide. Widths are checked when a node is made.
Names are resolved: a `Register` is a component, a `Local` a variable of the block, a `Field` a constant of the
instruction (operand fields, prefix groups, and `m.case`, the number of the form that operand `m` takes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from analyzer.language.operators import OPERATORS


class WidthError(ValueError):
    """Operands of an operator do not fit together."""


@dataclass(frozen=True, slots=True)
class Const:
    """The number `value`, `width` bits."""

    value: int
    width: int

    def __post_init__(self) -> None:
        if self.width < 1 or not 0 <= self.value < 1 << self.width:
            raise WidthError(f"{self.value} does not fit {self.width} bits")


@dataclass(frozen=True, slots=True)
class Local:
    """A local variable or a function's parameter."""

    name: str
    width: int


@dataclass(frozen=True, slots=True)
class Field:
    """A constant of the instruction, of the monitor's relation (`real.iopl`), or of an operand's case."""

    name: str
    width: int


@dataclass(frozen=True, slots=True)
class CaseField:
    """A field of the operand case under evaluation: `rm` stands for `m.rm` where the operand is `m`."""

    name: str
    width: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """Attribute `name` of operand `operand` (an instruction's operand or a function's operand parameter)."""

    operand: str
    name: str
    width: int


@dataclass(frozen=True, slots=True)
class Register:
    """The current value of a component that is not a register file."""

    name: str
    width: int


@dataclass(frozen=True, slots=True)
class Indexed:
    """One register of the file `file`."""

    file: str
    index: Expr
    width: int


@dataclass(frozen=True, slots=True)
class Load:
    """`units` units of `space` from `address` on, as one value."""

    space: str
    address: Expr
    units: int
    width: int


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator of the table; `parameters` are the bounds of a slice or the width of an extension."""

    op: str
    args: tuple[Expr, ...]
    parameters: tuple[int, ...]
    width: int


@dataclass(frozen=True, slots=True)
class If:
    """`then` if `condition` else `other`; only one of them is evaluated. `and` and `or` are written with it."""

    condition: Expr
    then: Expr
    other: Expr
    width: int


@dataclass(frozen=True, slots=True)
class OperandArgument:
    """An operand handed to a function whose parameter is an operand class."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the specification; `width` is 0 where it returns none or several values."""

    function: str
    args: tuple[Expr | OperandArgument, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Uninterpreted:
    """An uninterpreted function of the specification."""

    name: str
    args: tuple[Expr, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Undefined:
    """A value the manual leaves open; `site` tells the places apart.

    Undefined: a function of operands and visible state. Unpredictable: a fresh value in each run.
    """

    site: str
    unpredictable: bool
    width: int


@dataclass(frozen=True, slots=True)
class Next:
    """The address of the following instruction."""

    width: int


@dataclass(frozen=True, slots=True)
class StorageSize:
    """The number of units of real storage, one bit wider than a real address."""

    width: int


Expr: TypeAlias = (
    Const | Local | Field | CaseField | Attribute | Register | Indexed | Load | Apply | If | Call | Uninterpreted
    | Undefined | Next | StorageSize
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assign:
    """Give a local, a component or a register of a file a new value."""

    target: Local | Register | Indexed
    value: Expr


@dataclass(frozen=True, slots=True)
class Unpack:
    """Call a function that returns several values and name them."""

    targets: tuple[Local, ...]
    call: Call


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Call a function for its effect."""

    call: Call


@dataclass(frozen=True, slots=True)
class Store:
    """Write `units` units of `space` from `address` on; all are checked before any is written."""

    space: str
    address: Expr
    units: int
    value: Expr


@dataclass(frozen=True, slots=True)
class Branch:
    """Statements under a condition."""

    condition: Expr
    then: Block
    other: Block


@dataclass(frozen=True, slots=True)
class While:
    """A loop that writes only the locals named in `writes` and traps only by reading storage; `site` is unique."""

    condition: Expr
    body: Block
    writes: tuple[Local, ...]
    site: str


@dataclass(frozen=True, slots=True)
class Return:
    """Leave the function, or end the instruction."""

    values: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Trap:
    """End the instruction with a trap; writes since the last commit are undone."""

    kind: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class TrapAfter:
    """Complete, with the trap as a visible result; statements go on."""

    kind: str


@dataclass(frozen=True, slots=True)
class Commit:
    """Keep what was written so far, should a trap follow."""


@dataclass(frozen=True, slots=True)
class Again:
    """Complete with the program counter on this instruction."""


@dataclass(frozen=True, slots=True)
class Execute:
    """Complete; the machine goes on with `bits` as its next instruction."""

    bits: Expr


Stmt: TypeAlias = (
    Assign | Unpack | Evaluate | Store | Branch | While | Return | Trap | TrapAfter | Commit | Again | Execute
)
Block: TypeAlias = tuple[Stmt, ...]


def apply(op: str, *args: Expr, parameters: tuple[int, ...] = ()) -> Expr:
    """Apply operator `op`, checking widths; constants are folded.

    Raises `WidthError` where the operands do not fit the operator's typing rule.
    """
    shape = OPERATORS[op].shape
    widths = tuple(arg.width for arg in args)
    if shape in ("same", "compare") and len(set(widths)) != 1:
        raise WidthError(f"{op}: operands of {' and '.join(map(str, widths))} bits")
    if shape == "slice" and not 0 <= parameters[1] <= parameters[0] < widths[0]:
        raise WidthError(f"bits {parameters[0]} to {parameters[1]} of a value of {widths[0]} bits")
    if shape == "widen" and parameters[0] < widths[0]:
        raise WidthError(f"{op} of a value of {widths[0]} bits to {parameters[0]} bits")
    width = OPERATORS[op].result_width(widths, parameters)
    if (shape == "slice" or shape == "widen") and width == widths[0]:
        return args[0]
    if all(isinstance(arg, Const) for arg in args):
        values = tuple(arg.value for arg in args if isinstance(arg, Const))
        return Const(OPERATORS[op].apply(values, widths, parameters), width)
    return Apply(op, args, parameters, width)


def choose(condition: Expr, then: Expr, other: Expr) -> Expr:
    """The conditional expression, folded when the condition is constant."""
    if condition.width != 1 or then.width != other.width:
        raise WidthError(f"branches of {then.width} and {other.width} bits")
    if isinstance(condition, Const):
        return then if condition.value else other
    return If(condition, then, other, then.width)


def operands_of(node: Expr | Stmt) -> tuple[Expr, ...]:
    """The expressions directly under a node, in the order in which they are evaluated; not those of nested blocks."""
    match node:
        case Indexed(index=index):
            return (index,)
        case Load(address=address):
            return (address,)
        case Apply(args=args) | Uninterpreted(args=args):
            return args
        case Call(args=call_args):
            return tuple(arg for arg in call_args if not isinstance(arg, OperandArgument))
        case If(condition=c, then=a, other=b):
            return (c, a, b)
        case Assign(target=target, value=value):
            return (value, target.index) if isinstance(target, Indexed) else (value,)
        case Unpack(call=call) | Evaluate(call=call):
            return (call,)
        case Store(address=address, value=value):
            return (address, value)
        case Branch(condition=c) | While(condition=c):
            return (c,)
        case Return(values=values):
            return values
        case Trap(args=trap_args):
            return trap_args
        case Execute(bits=bits):
            return (bits,)
        case _:
            return ()


def walk(node: Expr | Stmt | Block) -> Iterator[Expr | Stmt]:
    """Every node at or below `node`, without entering called functions."""
    waiting: list[Expr | Stmt] = list(reversed(node)) if isinstance(node, tuple) else [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Branch):
            waiting += reversed((*node.then, *node.other))
        elif isinstance(node, While):
            waiting += reversed(node.body)
        waiting += reversed(operands_of(node))
