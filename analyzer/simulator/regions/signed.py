"""Signed comparisons, found in the flags of a difference."""

from __future__ import annotations

from analyzer.simulator.regions.ranges import moved, upper_half
from analyzer.simulator.regions.values import Node, Values


def signed_less(v: Values, sign: Node, overflow: Node) -> Node | None:
    """The sign of a difference a - b against its overflow, (a ^ b) & (a ^ (a - b)): whether a < b, signed."""
    if overflow.op != "and" or any(part.op != "xor" for part in overflow.args):
        return None
    first, second = (set(part.args) for part in overflow.args)
    shared = first & second
    if len(shared) != 1 or sign not in first ^ second:
        return None
    (a_sign,) = shared
    (b_sign,) = (first ^ second) - {sign}
    a, b, r = _signed(v, a_sign), _signed(v, b_sign), _signed(v, sign)
    if a is None or b is None or r is None or a.width != b.width or v.apply("sub", a, b) is not r:
        return None
    return v.apply("slt", a, b)


def _signed(v: Values, sign: Node) -> Node | None:
    """The value whose first bit a condition is, where that is certain."""
    if sign.op != "in" or sign.args[0].width == 1:
        return None
    (base,) = sign.args
    half = 1 << base.width - 1
    for low, _ in sign.parameters:
        if moved(upper_half(base.width), low - half, base.width) == sign.parameters:
            return v.add(base, half - low)
    return None
