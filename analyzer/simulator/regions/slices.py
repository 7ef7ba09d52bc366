"""How slices and concatenations simplify: what is taken apart and put together again is the value itself."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.language.operators import mask
from analyzer.simulator.regions import conditions
from analyzer.simulator.regions.ranges import upper_half
from analyzer.simulator.regions.values import Node, Values, split

BITWISE = ("and", "or", "xor", "not")
NARROWED = ("add", "sub", "mul")  # their low bits depend only on the operands' low bits


def extract(v: Values, value: Node, high: int, low: int) -> Node | None:
    """Bits `high` to `low` of a value that is not constant; `None` where nothing is known of them."""
    width = high - low + 1
    if width == value.width:
        return value
    if value.most < 1 << low:
        return v.const(0, width)
    found = _inside(v, value, high, low)
    if found is None and low == 0:
        found = _narrowed(v, value, high)
    if found is not None:
        return found
    if high == low == value.width - 1:
        return _first_bit(v, value)
    if value.op in BITWISE and any(arg.constant is not None for arg in value.args[1:]):
        return v.apply(value.op, *(v.extract(arg, high, low) for arg in value.args))
    return None


def _first_bit(v: Values, value: Node) -> Node | None:
    if value.op in BITWISE:
        return v.apply(value.op, *(v.extract(arg, value.width - 1, value.width - 1) for arg in value.args))
    return conditions.member(v, value, upper_half(value.width))


def _inside(v: Values, value: Node, high: int, low: int) -> Node | None:
    """Bits of a value that is itself put together from others."""
    args = value.args
    match value.op:
        case "zext" | "sext" if high < args[0].width:
            return v.extract(args[0], high, low)
        case "zext" if low < args[0].width:
            inner = v.extract(args[0], args[0].width - 1, low)
            return v.apply("zext", inner, parameters=(high - low + 1,))
        case "extract":
            start = value.parameters[1]
            return v.extract(args[0], high + start, low + start)
        case "concat":
            return v.apply("concat", *_pieces(v, args, high, low)) if value.op == "concat" else None
        case "if":
            return v.choose(args[0], v.extract(args[1], high, low), v.extract(args[2], high, low))
        case "shl" if args[1].constant is not None and low >= args[1].constant:
            return v.extract(args[0], high - args[1].constant, low - args[1].constant)
        case _:
            return None


def _pieces(v: Values, args: tuple[Node, ...], high: int, low: int) -> Iterator[Node]:
    start = sum(arg.width for arg in args)
    for arg in args:
        start -= arg.width
        top, bottom = min(high, start + arg.width - 1), max(low, start)
        if bottom <= top:
            yield v.extract(arg, top - start, bottom - start)


def _narrowed(v: Values, value: Node, high: int) -> Node | None:
    """The low bits of a value from the low bits of its operands."""
    if value.op in NARROWED:
        return v.apply(value.op, *(v.extract(arg, high, 0) for arg in value.args))
    if value.op == "shl" and value.args[1].constant is not None:
        if value.args[1].constant > high:
            return v.const(0, high + 1)
        return v.apply("shl", v.extract(value.args[0], high, 0), value.args[1])
    return None


def concat(v: Values, args: tuple[Node, ...], width: int) -> Node | None:
    """Values side by side."""
    parts: list[Node] = []
    for arg in args:
        for part in arg.args if arg.op == "concat" else (arg,):
            last = _side_by_side(v, parts[-1], part) if parts else None
            parts[-1:] = [last] if last is not None else [*parts[-1:], part]
    if len(parts) > 1 and parts[0].constant == 0:
        rest = v.apply("concat", *parts[1:]) if len(parts) > 2 else parts[1]
        return v.apply("zext", rest, parameters=(width,))
    return parts[0] if len(parts) == 1 else v.node("concat", tuple(parts), (), width)


def _side_by_side(v: Values, left: Node, right: Node) -> Node | None:
    """Two parts as one, where they are."""
    if left.constant is not None and right.constant is not None:
        return v.const(left.constant << right.width | right.constant, left.width + right.width)
    plain, by = split(left)
    if plain is None or plain.op != "extract":
        return _extended(v, left, right)
    (source,), (high, low) = plain.args, plain.parameters
    if low < right.width or v.extract(source, low - 1, low - right.width) is not right:
        return None
    whole = v.extract(source, high, low - right.width)
    return v.add(whole, by << right.width & mask(whole.width))


def _extended(v: Values, left: Node, right: Node) -> Node | None:
    if right.op == "zext" and left.constant == 0:
        return v.apply("zext", right.args[0], parameters=(left.width + right.width,))
    return None
