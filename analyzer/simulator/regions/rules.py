"""How operators applied to values simplify: machine-independent arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from analyzer.language.operators import mask
from analyzer.simulator.regions import conditions, slices
from analyzer.simulator.regions.ranges import signed_below, without
from analyzer.simulator.regions.values import Node, Values, split

Args = tuple[Node, ...]
Parameters = tuple[Any, ...]
Rule = Callable[[Values, Args, Parameters, int], Node | None]


def chosen(v: Values, condition: Node, then: Node, other: Node) -> Node:
    """The conditional value; the condition is not constant, the sides are not the same."""
    if condition.op == "not":
        return v.choose(condition.args[0], other, then)
    if then.op == "if" and then.args[0] is condition:
        return v.choose(condition, then.args[1], other)
    if other.op == "if" and other.args[0] is condition:
        return v.choose(condition, then, other.args[2])
    if then.width == 1:
        if then.constant is not None:
            join = conditions.either if then.constant else conditions.both
            return join(v, condition if then.constant else conditions.negated(v, condition), other)
        if other.constant is not None:
            join = conditions.either if other.constant else conditions.both
            return join(v, conditions.negated(v, condition) if other.constant else condition, then)
    return v.node("if", (condition, then, other), (), then.width)


# -- sums ------------------------------------------------------------------------------------------------------------


def _sum(v: Values, a: Node | None, b: Node | None, number: int, width: int) -> Node:
    """a + b + number, the number last."""
    number &= mask(width)
    base = a or b
    if base is None:
        return v.const(number, width)
    if a is not None and b is not None:
        base = v.node("add", (a, b) if a.number < b.number else (b, a), (), width)
    return v.node("add", (base, v.const(number, width)), (), width) if number else base


def _add(v: Values, args: Args, p: Parameters, width: int) -> Node:
    if width == 1:
        return conditions.differ(v, *args)
    (a, x), (b, y) = split(args[0]), split(args[1])
    for one, other in ((a, b), (b, a)):
        if one is not None and one.op == "sub" and one.args[1] is other:
            return v.add(one.args[0], x + y)
    return _sum(v, a, b, x + y, width)


def _sub(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    if width == 1:
        return conditions.differ(v, *args)
    (a, x), (b, y) = split(args[0]), split(args[1])
    if b is None or a is b:
        return _sum(v, None if a is b else a, None, x - y, width)
    if a is None:
        return v.node("sub", (v.const(x - y, width), b), (), width)
    if a.op == "add" and b in a.args:
        return _sum(v, a.args[a.args[0] is b], None, x - y, width)
    return _sum(v, v.node("sub", (a, b), (), width), None, x - y, width)


def _neg(v: Values, args: Args, p: Parameters, width: int) -> Node:
    return v.apply("sub", v.const(0, width), args[0])


def _mul(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    a, b = args if args[1].constant is not None else args[::-1]
    if b.constant is None:
        return v.node("mul", (a, b) if a.number < b.number else (b, a), (), width)
    if not b.constant:
        return b
    if b.constant & b.constant - 1:
        return v.node("mul", (a, b), (), width)
    return _shl(v, (a, v.const(b.constant.bit_length() - 1, 8)), (), width) or a


# -- bitwise ---------------------------------------------------------------------------------------------------------


def _constant_last(args: Args) -> tuple[Node, Node]:
    a, b = args
    if b.constant is not None:
        return a, b
    if a.constant is not None:
        return b, a
    return (a, b) if a.number < b.number else (b, a)


def _and(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    if width == 1:
        return conditions.both(v, *args)
    a, b = _constant_last(args)
    if a is b or b.constant == mask(width):
        return a
    if b.constant is not None and not b.constant & b.constant + 1:
        if not b.constant:
            return b
        return v.apply("zext", v.extract(a, b.constant.bit_length() - 1, 0), parameters=(width,))
    return v.node("and", (a, b), (), width)


def _or(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    if width == 1:
        return conditions.either(v, *args)
    a, b = _constant_last(args)
    if a is b or b.constant == 0:
        return a
    return b if b.constant == mask(width) else v.node("or", (a, b), (), width)


def _xor(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    if width == 1:
        return conditions.differ(v, *args)
    a, b = _constant_last(args)
    if a is b or b.constant == 0:
        return v.const(0, width) if a is b else a
    return v.apply("not", a) if b.constant == mask(width) else v.node("xor", (a, b), (), width)


def _not(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    if width == 1:
        return conditions.negated(v, args[0])
    return args[0].args[0] if args[0].op == "not" else None


# -- shifts by numbers -----------------------------------------------------------------------------------------------


def _shl(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    a, by = args[0], args[1].constant
    if by is None:
        return None
    if by == 0 or by >= width:
        return v.const(0, width) if by else a
    return v.node("shl", (a, v.const(by, 16)), (), width)


def _lshr(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    a, by = args[0], args[1].constant
    if by is None:
        return None
    return v.const(0, width) if by >= width else v.apply("zext", v.extract(a, width - 1, by), parameters=(width,))


def _asr(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    a, by = args[0], args[1].constant
    if by is None:
        return None
    return v.apply("sext", v.extract(a, width - 1, min(by, width - 1)), parameters=(width,))


def _rol(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    a, by = args[0], args[1].constant
    if by is None:
        return None
    by %= width
    return v.apply("concat", v.extract(a, width - by - 1, 0), v.extract(a, width - 1, width - by)) if by else a


def _ror(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    by = args[1].constant
    return None if by is None else _rol(v, (args[0], v.const(-by % width, 16)), p, width)


# -- relations -------------------------------------------------------------------------------------------------------


def _eq(v: Values, args: Args, p: Parameters, width: int) -> Node:
    return conditions.equal(v, *args)


def _ult(v: Values, args: Args, p: Parameters, width: int) -> Node:
    return conditions.less(v, *args)


def _ule(v: Values, args: Args, p: Parameters, width: int) -> Node:
    return conditions.negated(v, conditions.less(v, args[1], args[0]))


def _slt(v: Values, args: Args, p: Parameters, width: int) -> Node:
    a, b = args
    n = a.width
    if b.constant is not None:
        return conditions.member(v, a, signed_below(b.constant, n))
    if a.constant is not None:
        above = without(((0, mask(n)),), signed_below(a.constant, n))
        return conditions.member(v, b, without(above, ((a.constant, a.constant),)))
    return v.const(0, 1) if a is b else v.node("slt", (a, b), (), 1)


def _sle(v: Values, args: Args, p: Parameters, width: int) -> Node:
    return conditions.negated(v, v.apply("slt", args[1], args[0]))


# -- widths ----------------------------------------------------------------------------------------------------------


def _zext(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    (a,) = args
    if a.width == width:
        return a
    return v.node("zext", a.args, (width,), width) if a.op == "zext" else None


def _sext(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    (a,) = args
    if a.width == width:
        return a
    if a.most < 1 << a.width - 1:
        return v.apply("zext", a, parameters=(width,))
    return v.node("sext", a.args, (width,), width) if a.op == "sext" else None


def _extract(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    return slices.extract(v, args[0], p[0], p[1])


def _concat(v: Values, args: Args, p: Parameters, width: int) -> Node | None:
    return slices.concat(v, args, width)


RULES: Mapping[str, Rule] = {
    "add": _add, "sub": _sub, "neg": _neg, "mul": _mul, "and": _and, "or": _or, "xor": _xor, "not": _not,
    "shl": _shl, "lshr": _lshr, "asr": _asr, "rol": _rol, "ror": _ror, "eq": _eq, "ult": _ult, "ule": _ule,
    "slt": _slt, "sle": _sle, "zext": _zext, "sext": _sext, "extract": _extract, "concat": _concat,
}  # fmt: skip
