"""Symbolic values: terms over a state, each made once, so that the same value is the same object.

Operators are those of the language's table, and three more: `var` (a variable of the generated code), `if`, and `in`
(a number lies in ranges). Values 1 bit wide are conditions as well.
"""

from __future__ import annotations

from typing import Any

from analyzer.language.operators import OPERATORS, mask


class Node:
    """A value of `width` bits, never greater than `most`, with `zeros` low bits that are 0.

    `constant`: its number, if known. `hint`: of an `in`, another value whose ranges say the same. `number` orders
    values by when they were made.
    """

    __slots__ = ("args", "constant", "hint", "most", "number", "op", "parameters", "width", "zeros")

    def __init__(self, op: str, args: tuple[Node, ...], parameters: tuple[Any, ...], width: int, number: int) -> None:
        self.op = op
        self.args = args
        self.parameters = parameters
        self.width = width
        self.number = number
        self.constant: int | None = parameters[0] if op == "const" else None
        self.hint: Node | None = None
        self.most = _most(self)
        self.zeros = _zeros(self)

    def __repr__(self) -> str:
        inside = ", ".join((*map(repr, self.args), *map(str, self.parameters)))
        return f"{self.op}:{self.width}({inside})"


class Values:
    """Makes values. `apply` and `choose` simplify; `node` makes the term as it is."""

    def __init__(self) -> None:
        self.known: dict[tuple[object, ...], Node] = {}
        self.applied: dict[tuple[object, ...], Node] = {}

    def node(self, op: str, args: tuple[Node, ...], parameters: tuple[Any, ...], width: int) -> Node:
        """The term, made if it is new."""
        key = (op, args, parameters, width)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = Node(op, args, parameters, width, len(self.known))
        return found

    def const(self, value: int, width: int) -> Node:
        """A number."""
        return self.node("const", (), (value & mask(width),), width)

    def variable(self, name: str, width: int) -> Node:
        """A variable of the generated code."""
        return self.node("var", (), (name,), width)

    def poison(self, width: int) -> Node:
        """A value that cannot be computed in a region; whatever needs it is left to the slow path."""
        return self.node("poison", (), (), width)

    def apply(self, op: str, *args: Node, parameters: tuple[int, ...] = ()) -> Node:
        """An operator of the language applied."""
        key = (op, args, parameters)
        found = self.applied.get(key)
        if found is None:
            found = self.applied[key] = self._applied(op, args, parameters)
        return found

    def _applied(self, op: str, args: tuple[Node, ...], parameters: tuple[int, ...]) -> Node:
        from analyzer.simulator.regions.rules import RULES

        widths = tuple(arg.width for arg in args)
        operator = OPERATORS[op]
        width = operator.result_width(widths, parameters)
        known = [arg.constant for arg in args]
        values = tuple(value for value in known if value is not None)
        if len(values) == len(known):
            return self.const(operator.apply(values, widths, parameters), width)
        if any(arg.op == "poison" for arg in args):
            return self.poison(width)
        rule = RULES.get(op)
        found = rule(self, args, parameters, width) if rule else None
        return self.node(op, args, parameters, width) if found is None else found

    def choose(self, condition: Node, then: Node, other: Node) -> Node:
        """`then` if `condition` else `other`."""
        from analyzer.simulator.regions.rules import chosen

        if condition.constant is not None:
            return then if condition.constant else other
        if then is other:
            return then
        if "poison" in (condition.op, then.op, other.op):
            return self.poison(then.width)
        return chosen(self, condition, then, other)

    def extract(self, value: Node, high: int, low: int) -> Node:
        """Bits `high` to `low`."""
        return self.apply("extract", value, parameters=(high, low))

    def add(self, value: Node, number: int) -> Node:
        """A value plus a number, modulo its width."""
        return self.apply("add", value, self.const(number, value.width))


def split(value: Node) -> tuple[Node | None, int]:
    """A value as another plus a number (modulo its width); `None` where only the number is left."""
    if value.constant is not None:
        return None, value.constant
    if value.op == "add" and value.args[1].constant is not None:
        return value.args[0], value.args[1].constant
    return value, 0


def is_own(key: tuple[str, int], value: Node) -> bool:
    """Whether a value is that of the component at the head."""
    return value.op == "var" and value.parameters == key


def larger(value: Node, kept: frozenset[Node], most: int) -> bool:
    """Whether a value is made with more than `most` operators from those that are kept."""
    seen, pending = set[Node](), [value]
    while pending and len(seen) <= most:
        node = pending.pop()
        if node not in seen and node not in kept and node.args:
            seen.add(node)
            pending += node.args
    return len(seen) > most


def _ones(number: int) -> int:
    return mask(number.bit_length())


def _most(node: Node) -> int:
    """An upper bound of a value."""
    top, args, parameters = mask(node.width), node.args, node.parameters
    match node.op:
        case "const":
            return int(parameters[0])
        case "add":
            return min(top, args[0].most + args[1].most) if args[0].most + args[1].most <= top else top
        case "mul":
            return args[0].most * args[1].most if args[0].most * args[1].most <= top else top
        case "and":
            return min(args[0].most, args[1].most)
        case "or" | "xor":
            return _ones(max(args[0].most, args[1].most))
        case "if":
            return max(args[1].most, args[2].most)
        case "zext":
            return args[0].most
        case "extract":
            return min(top, args[0].most >> parameters[1]) if args[0].most >> parameters[1] <= top else top
        case "shl" if args[1].constant is not None:
            return args[0].most << args[1].constant if args[0].most << min(args[1].constant, node.width) <= top else top
        case "udiv" | "urem" | "lshr":
            return args[0].most if node.op != "udiv" else top
        case "clz" | "ctz" | "popcount":
            return min(top, args[0].width)
        case _:
            return top


def _zeros(node: Node) -> int:
    """How many low bits are surely 0."""
    args = node.args
    match node.op:
        case "const":
            value = int(node.parameters[0])
            return (value & -value).bit_length() - 1 if value else node.width
        case "add" | "sub" | "or" | "xor":
            return min(args[0].zeros, args[1].zeros)
        case "and":
            return max(args[0].zeros, args[1].zeros)
        case "if":
            return min(args[1].zeros, args[2].zeros)
        case "zext":
            return args[0].zeros
        case "extract" if not node.parameters[1]:
            return min(args[0].zeros, node.width)
        case "shl" if args[1].constant is not None:
            return min(node.width, args[0].zeros + args[1].constant)
        case "concat" if args[-1].constant != 0:
            return args[-1].zeros
        case "concat":
            return args[-1].width
        case _:
            return 0
