"""IR to text in the language: what is printed, typed again, is the same IR.

The one thing that the text does not hold is the number of an open value (`undefined`, `unpredictable`, a loop's tail):
the front end counts them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.language.declarations import BitOrder, Function, Parameter
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

INFIX: Mapping[str, str] = {
    "add": "+", "sub": "-", "mul": "*", "udiv": "//", "urem": "%", "and": "&", "or": "|", "xor": "^",
    "shl": "<<", "lshr": ">>", "eq": "==", "ult": "<", "ule": "<=",
}  # fmt: skip
SIGNED_INFIX: Mapping[str, str] = {"slt": "<", "sle": "<="}
PREFIX: Mapping[str, str] = {"not": "~", "neg": "-"}
SHIFTS = ("shl", "lshr", "asr", "rol", "ror")
COMPARISONS = ("eq", "ult", "ule", *SIGNED_INFIX)
OWN_WIDTH = ("extract", "concat", "clz", "ctz", "popcount", "parity", "zext", "sext")
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints the semantics of a machine whose bits are numbered in `bit_order`."""

    bit_order: BitOrder = "lsb0"

    # -- expressions -----------------------------------------------------------------------------------------

    def expression(self, node: Expr, *, sized: bool = False) -> str:
        """An expression. `sized`: it stands where its width is known, so that a literal needs none."""
        match node:
            case Const(value=value, width=width):
                return str(value) if sized else f"zext({value}, {width})"
            case Local(name=name) | Field(name=name) | CaseField(name=name) | Register(name=name):
                return name
            case Attribute(operand=operand, name=name):
                return f"{operand}.{name}"
            case Indexed(file=file, index=index):
                return f"{file}[{self.expression(index, sized=True)}]"
            case Load(space=space, address=address, units=units):
                return self.place(space, address, units)
            case Apply():
                return self.apply(node, sized)
            case If():
                return self.conditional(node, sized)
            case Call(function=name, args=args):
                return f"{name}({', '.join(map(self.argument, args))})"
            case Uninterpreted(name=name, args=args):
                return f"{name}({', '.join(map(self.argument, args))})"
            case Undefined(unpredictable=unpredictable, width=width):
                return f"{'unpredictable' if unpredictable else 'undefined'}({width})"
            case Next():
                return "next"
            case StorageSize():
                return "storage_size"

    def inner(self, node: Expr, *, sized: bool = False) -> str:
        """An expression as part of another one."""
        text = self.expression(node, sized=sized)
        bare = isinstance(node, If) or (isinstance(node, Apply) and node.op in (*INFIX, *SIGNED_INFIX, *PREFIX))
        return f"({text})" if bare else text

    def argument(self, node: Expr | OperandArgument) -> str:
        """An argument of a function."""
        return node.name if isinstance(node, OperandArgument) else self.expression(node, sized=True)

    def place(self, space: str, address: Expr, units: int) -> str:
        """Storage."""
        count = f", {units}" if units > 1 else ""
        return f"{space}[{self.expression(address, sized=True)}{count}]"

    def apply(self, node: Apply, sized: bool) -> str:
        """An operator of the table."""
        op, args = node.op, node.args
        if op == "extract":
            return f"{self.inner(args[0])}[{self.bounds(node)}]"
        if op in OWN_WIDTH:
            return f"{op if op != 'concat' else 'cat'}({', '.join(map(self.written, (*args, *node.parameters)))})"
        if op == "not" and isinstance(args[0], Apply) and args[0].op == "eq":
            return self.infix("!=", args[0], sized)
        if op in PREFIX:
            return f"{PREFIX[op]}{self.inner(args[0], sized=sized)}"
        if op in SIGNED_INFIX:
            return f"signed({self.expression(args[0])}) {SIGNED_INFIX[op]} signed({self.expression(args[1])})"
        if op in INFIX:
            return self.infix(INFIX[op], node, sized)
        right = self.amount(args[1]) if op in SHIFTS else self.second(args[1], sized)
        left = self.expression(args[0], sized=sized)
        return f"{op}({left}, {right})"

    def infix(self, sign: str, node: Apply, sized: bool) -> str:
        """An operator between two operands."""
        left, right = node.args
        sized = sized and node.op not in COMPARISONS
        if node.op in SHIFTS:
            return f"{self.inner(left, sized=sized)} {sign} {self.amount(right)}"
        return f"{self.inner(left, sized=sized)} {sign} {self.second(right, sized)}"

    def second(self, node: Expr, sized: bool) -> str:
        """The right one of two operands that are equally wide: a literal takes the width of the left one."""
        return self.inner(node, sized=sized or isinstance(node, Const))

    def amount(self, node: Expr) -> str:
        """The amount of a shift; a literal's width is the least."""
        sized = isinstance(node, Const) and node.width == max(1, node.value.bit_length())
        return self.inner(node, sized=sized)

    def written(self, node: Expr | int) -> str:
        """An operand with a width of its own, or a parameter."""
        return str(node) if isinstance(node, int) else self.expression(node)

    def bounds(self, node: Apply) -> str:
        """The bounds of a slice as the machine numbers bits."""
        high, low = node.parameters
        if self.bit_order == "msb0":
            width = node.args[0].width
            high, low = width - 1 - high, width - 1 - low
        return str(high) if high == low else f"{high}:{low}"

    def conditional(self, node: If, sized: bool) -> str:
        """`and`, `or`, or a conditional expression."""
        for sign, test in ((" and ", _conjunct), (" or ", _disjunct)):
            parts = list(_parts(node, test))
            if len(parts) > 1:
                return sign.join(self.inner(part, sized=True) for part in parts)
        then = self.inner(node.then, sized=sized)
        return f"{then} if {self.inner(node.condition, sized=True)} else {self.second(node.other, sized)}"

    # -- statements ------------------------------------------------------------------------------------------

    def block(self, block: Block, indent: str = "") -> str:
        """Statements, one on a line."""
        return "".join(f"{indent}{line}\n" for line in self.lines(block))

    def function(self, function: Function) -> str:
        """A function's definition."""
        parameters = ", ".join(map(_parameter, function.parameters))
        results = ", ".join(map(str, function.results))
        arrow = f" -> {results if len(function.results) == 1 else f'({results})'}" if results else ""
        return f"def {function.name}({parameters}){arrow}:\n{self.block(function.body, INDENT)}"

    def lines(self, block: Block) -> Iterator[str]:
        """The lines of a block, which is not empty in the text."""
        for statement in block:
            yield from self.statement(statement)
        if not block:
            yield "pass"

    def nested(self, head: str, block: Block) -> Iterator[str]:
        """A head line, and the block under it."""
        yield head
        yield from (INDENT + line for line in self.lines(block))

    def statement(self, node: Stmt) -> Iterator[str]:
        """The lines of one statement."""
        match node:
            case Branch():
                yield from self.branch(node, "if")
            case While(condition=condition, body=body):
                yield from self.nested(f"while {self.expression(condition, sized=True)}:", body)
            case _:
                yield self.simple(node)

    def branch(self, node: Branch, word: str) -> Iterator[str]:
        """`if`, `elif`, `else`."""
        yield from self.nested(f"{word} {self.expression(node.condition, sized=True)}:", node.then)
        if len(node.other) == 1 and isinstance(node.other[0], Branch):
            yield from self.branch(node.other[0], "elif")
        elif node.other:
            yield from self.nested("else:", node.other)

    def simple(self, node: Stmt) -> str:
        """A statement of one line."""
        match node:
            case Assign(target=target, value=value):
                annotation = f": {target.width}" if isinstance(target, Local) else ""
                return f"{self.expression(target)}{annotation} = {self.expression(value, sized=True)}"
            case Store(space=space, address=address, units=units, value=value):
                return f"{self.place(space, address, units)} = {self.expression(value, sized=True)}"
            case Unpack(targets=targets, call=call):
                comma = "," if len(targets) == 1 else ""
                return f"{', '.join(target.name for target in targets)}{comma} = {self.expression(call)}"
            case Evaluate(call=call):
                return self.expression(call)
            case Return(values=values):
                return f"return {', '.join(map(self.argument, values))}".rstrip()
            case Trap(kind=kind, args=args):
                return f"trap({', '.join((kind, *map(self.argument, args)))})"
            case TrapAfter(kind=kind):
                return f"trap_after({kind})"
            case Execute(bits=bits):
                return f"execute({self.expression(bits)})"
            case Commit():
                return "commit()"
            case Again():
                return "again()"
            case _:
                raise TypeError(f"not a simple statement: {node!r}")


def _conjunct(node: If) -> tuple[Expr, Expr] | None:
    return (node.condition, node.then) if node.other == Const(0, 1) else None


def _disjunct(node: If) -> tuple[Expr, Expr] | None:
    return (node.condition, node.other) if node.then == Const(1, 1) else None


def _parts(node: Expr, test: Callable[[If], tuple[Expr, Expr] | None]) -> Iterator[Expr]:
    """What a row of `and` or of `or` joins."""
    while isinstance(node, If):
        pair = test(node)
        if pair is None:
            break
        yield pair[0]
        node = pair[1]
    yield node


def _parameter(parameter: Parameter) -> str:
    return f"{parameter.name}: {parameter.operand or parameter.width}"
