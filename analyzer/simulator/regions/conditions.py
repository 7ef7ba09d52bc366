"""Conditions: 1-bit values, simplified as sets of numbers where they are about one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analyzer.language.operators import mask
from analyzer.simulator.regions.ranges import Ranges, common, joined, mirrored, moved, union, upper_half, without
from analyzer.simulator.regions.signed import signed_less
from analyzer.simulator.regions.values import Node, Values, split

MOST_RANGES = 4  # more are kept as an operator on conditions
ONE: Ranges = ((1, 1),)
Rule = Callable[[Values, Node, Ranges], Node | None]


def member(v: Values, value: Node, wanted: Ranges) -> Node:
    """Whether a value lies in ranges."""
    if value.constant is not None:
        return v.const(1 if any(low <= value.constant <= high for low, high in wanted) else 0, 1)
    everything: Ranges = ((0, value.most),)
    wanted = common(wanted, everything)
    if not wanted or wanted == everything:
        return v.const(1 if wanted else 0, 1)
    if value.op == "poison":
        return v.poison(1)
    if value.width == 1:
        return value if wanted == ONE else negated(v, value)
    rule = RULES.get(value.op)
    found = rule(v, value, wanted) if rule else None
    if found is None:
        return v.node("in", (value,), wanted, 1)
    if found.op == "in" and found.hint is None and found.args[0] is not value:
        found.hint = value
    return found


# -- whether a value lies in ranges, by its operator -----------------------------------------------------------------


def _add(v: Values, value: Node, wanted: Ranges) -> Node | None:
    base, by = split(value)
    return member(v, base, moved(wanted, -by, value.width)) if base is not None and by else None


def _sub(v: Values, value: Node, wanted: Ranges) -> Node | None:
    a, b = value.args
    if a.constant is not None:
        return member(v, b, mirrored(wanted, a.constant, value.width))
    if wanted == ((0, 0),):
        return equal(v, a, b)
    if wanted == ((1, mask(value.width)),):
        return negated(v, equal(v, a, b))
    half = 1 << value.width - 1
    if a.most < half and b.most < half:
        if wanted == upper_half(value.width):
            return less(v, a, b)
        if wanted == ((0, half - 1),):
            return negated(v, less(v, a, b))
    return None


def _not(v: Values, value: Node, wanted: Ranges) -> Node:
    return member(v, value.args[0], mirrored(wanted, mask(value.width), value.width))


def _neg(v: Values, value: Node, wanted: Ranges) -> Node:
    return member(v, value.args[0], mirrored(wanted, 0, value.width))


def _zext(v: Values, value: Node, wanted: Ranges) -> Node:
    return member(v, value.args[0], wanted)


def _sext(v: Values, value: Node, wanted: Ranges) -> Node:
    (inner,) = value.args
    half, by = 1 << inner.width - 1, (1 << value.width) - (1 << inner.width)
    low, high = common(wanted, ((0, half - 1),)), common(wanted, ((half + by, mask(value.width)),))
    return member(v, inner, union(low, tuple((a - by, b - by) for a, b in high)))


def _xor(v: Values, value: Node, wanted: Ranges) -> Node | None:
    a, b = value.args
    if b.constant == 1 << value.width - 1:
        return member(v, a, moved(wanted, b.constant, value.width))
    if b.constant is not None:
        return None
    if wanted == ((0, 0),):
        return equal(v, a, b)
    return negated(v, equal(v, a, b)) if wanted == ((1, mask(value.width)),) else None


def _extract(v: Values, value: Node, wanted: Ranges) -> Node | None:
    (inner,), (high, low) = value.args, value.parameters
    periods = 1 << inner.width - 1 - high
    if periods * len(wanted) > 2:
        return None
    starts = [period << high + 1 for period in range(periods)]
    return member(v, inner, joined((s + (a << low), s + (b + 1 << low) - 1) for s in starts for a, b in wanted))


def _if(v: Values, value: Node, wanted: Ranges) -> Node | None:
    condition, then, other = value.args
    if then.constant is None and other.constant is None:
        return None
    return v.choose(condition, member(v, then, wanted), member(v, other, wanted))


RULES: Mapping[str, Rule] = {
    "add": _add, "sub": _sub, "not": _not, "neg": _neg, "zext": _zext, "sext": _sext, "xor": _xor,
    "extract": _extract, "if": _if,
}  # fmt: skip


# -- relations -------------------------------------------------------------------------------------------------------


def equal(v: Values, a: Node, b: Node) -> Node:
    """Whether two values are equal."""
    if a is b:
        return v.const(1, 1)
    if a.constant is not None:
        a, b = b, a
    if b.constant is not None:
        return member(v, a, ((b.constant, b.constant),))
    if a.width == 1:
        return negated(v, differ(v, a, b))
    if a.op == b.op == "zext" and a.args[0].width == b.args[0].width:
        return equal(v, a.args[0], b.args[0])
    if a.number > b.number:
        a, b = b, a
    return v.node("eq", (a, b), (), 1)


def less(v: Values, a: Node, b: Node) -> Node:
    """Whether `a` is less than `b`, unsigned."""
    if a is b:
        return v.const(0, 1)
    if b.constant is not None:
        return member(v, a, ((0, b.constant - 1),) if b.constant else ())
    if a.constant is not None:
        return member(v, b, ((a.constant + 1, mask(b.width)),) if a.constant < mask(b.width) else ())
    if a.op == b.op == "zext" and a.args[0].width == b.args[0].width:
        return less(v, a.args[0], b.args[0])
    return v.node("ult", (a, b), (), 1)


# -- and, or, not ----------------------------------------------------------------------------------------------------

CONTRARY = {"ult": "ule", "ule": "ult", "slt": "sle", "sle": "slt"}


def negated(v: Values, c: Node) -> Node:
    """The contrary of a condition."""
    if c.constant is not None:
        return v.const(1 - c.constant, 1)
    if c.op == "poison":
        return c
    if c.op == "not":
        return c.args[0]
    if c.op in CONTRARY:
        return v.node(CONTRARY[c.op], (c.args[1], c.args[0]), (), 1)
    if c.op == "in":
        return _about(v, c, without(((0, c.args[0].most),), c.parameters), c)
    return v.node("not", (c,), (), 1)


def _about(v: Values, c: Node, wanted: Ranges, d: Node) -> Node:
    """Whether the value that `c` and `d` are about lies in ranges."""
    if not wanted or wanted == ((0, c.args[0].most),):
        return v.const(1 if wanted else 0, 1)
    out = v.node("in", c.args, wanted, 1)
    out.hint = out.hint or c.hint or d.hint
    return out


def _together(v: Values, c: Node, d: Node, wanted: Callable[[Ranges, Ranges], Ranges]) -> Node | None:
    if not (c.op == d.op == "in" and c.args == d.args):
        return None
    found = wanted(c.parameters, d.parameters)
    return _about(v, c, found, d) if len(found) <= MOST_RANGES else None


def both(v: Values, c: Node, d: Node) -> Node:
    """Whether both conditions hold."""
    for one, other in ((c, d), (d, c)):
        if one.constant is not None:
            return other if one.constant else one
    if c.op == "poison" or d.op == "poison":
        return v.poison(1)
    if c is d:
        return c
    found = _together(v, c, d, common)
    return v.node("and", (c, d), (), 1) if found is None else found


def either(v: Values, c: Node, d: Node) -> Node:
    """Whether one of two conditions holds."""
    for one, other in ((c, d), (d, c)):
        if one.constant is not None:
            return one if one.constant else other
    if c.op == "poison" or d.op == "poison":
        return v.poison(1)
    if c is d:
        return c
    found = _together(v, c, d, union)
    if found is not None:
        return found
    for one, other in ((c, d), (d, c)):
        if one.op == "eq" and other.op in ("ult", "slt") and set(one.args) == set(other.args):
            return v.node({"ult": "ule", "slt": "sle"}[other.op], other.args, (), 1)
    return v.node("or", (c, d), (), 1)


def differ(v: Values, c: Node, d: Node) -> Node:
    """Whether just one of two conditions holds."""
    for one, other in ((c, d), (d, c)):
        if one.constant is not None:
            return negated(v, other) if one.constant else other
    if c.op == "poison" or d.op == "poison":
        return v.poison(1)
    if c is d:
        return v.const(0, 1)
    for one, other in ((c, d), (d, c)):
        if one.op == "not":
            return negated(v, differ(v, one.args[0], other))
    found = _together(v, c, d, lambda a, b: union(without(a, b), without(b, a)))
    if found is None:
        found = signed_less(v, c, d) or signed_less(v, d, c)
    if found is not None:
        return found
    return v.node("xor", (c, d) if c.number < d.number else (d, c), (), 1)
