"""Operators as Python text. What a value can be at most is known, so that masks stand only where they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from analyzer.language.ir import Apply
from analyzer.language.operators import OPERATORS, mask


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression, in parentheses where it is not a name, a number or a call.

    `most`: no value is greater. `depth`: of nested parentheses. `names`: the variables it reads. `pure`: it neither
    traps nor changes anything, so that it may be evaluated never, or twice. `constant`: its value, if known.
    """

    text: str
    most: int
    depth: int = 0
    names: frozenset[str] = frozenset()
    pure: bool = True
    constant: int | None = None

    @property
    def simple(self) -> bool:
        """Whether it costs nothing to write it twice."""
        return self.depth == 0 and self.pure


def number(value: int) -> Code:
    """A constant."""
    return Code(str(value) if value < 10 else hex(value), value, constant=value)


def variable(name: str, width: int) -> Code:
    """A Python variable that holds a value of `width` bits."""
    return Code(name, mask(width), names=frozenset((name,)))


def made(text: str, most: int, parts: Iterable[Code], names: Iterable[str] = (), *, pure: bool = True) -> Code:
    """An expression made of others, and of variables `names`."""
    parts = tuple(parts)
    depth = 1 + max((part.depth for part in parts), default=0)
    known = frozenset(names).union(*(part.names for part in parts))
    return Code(text, most, depth, known, pure and all(part.pure for part in parts))


def cut(text: str, most: int, width: int, parts: Iterable[Code]) -> Code:
    """The low `width` bits of an expression that binds tighter than `&`."""
    if most <= mask(width):
        return made(f"({text})", most, parts)
    return made(f"({text} & {mask(width):#x})", mask(width), parts)


def truth(condition: Code) -> Code:
    """The 1-bit value of a condition."""
    if condition.constant is not None:
        return condition
    return made(f"(1 if {condition.text} else 0)", 1, (condition,))


def denied(condition: Code) -> Code:
    """The contrary of a condition."""
    return made(f"(not {condition.text})", 1, (condition,))


def chosen(condition: Code, then: Code, other: Code) -> Code:
    """`then` or `other`; only one of them is evaluated."""
    if condition.constant is not None:
        return then if condition.constant else other
    text = f"({then.text} if {condition.text} else {other.text})"
    return made(text, max(then.most, other.most), (condition, then, other))


# -- operators: operands, their widths, parameters; `None` where the table's own function serves ---------------------

Widths = tuple[int, ...]
Operands = tuple[Code, ...]
Builder = Callable[[Operands, Widths, tuple[int, ...]], Code | None]
Relation = Callable[[Operands, Widths], str]


def _add(v: Operands, w: Widths, p: Widths) -> Code:
    return cut(f"{v[0].text} + {v[1].text}", v[0].most + v[1].most, w[0], v)


def _sub(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"({v[0].text} - {v[1].text} & {mask(w[0]):#x})", mask(w[0]), v)


def _mul(v: Operands, w: Widths, p: Widths) -> Code:
    return cut(f"{v[0].text} * {v[1].text}", v[0].most * v[1].most, w[0], v)


def _udiv(v: Operands, w: Widths, p: Widths) -> Code | None:
    if not v[1].simple or not v[0].pure:
        return None
    return made(f"({v[0].text} // {v[1].text} if {v[1].text} else {mask(w[0]):#x})", mask(w[0]), v)


def _urem(v: Operands, w: Widths, p: Widths) -> Code | None:
    if not v[1].simple or not v[0].simple:
        return None
    return made(f"({v[0].text} % {v[1].text} if {v[1].text} else {v[0].text})", mask(w[0]), v)


def _and(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"({v[0].text} & {v[1].text})", min(v[0].most, v[1].most), v)


def _or(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"({v[0].text} | {v[1].text})", _ones(*v), v)


def _xor(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"({v[0].text} ^ {v[1].text})", _ones(*v), v)


def _ones(*v: Code) -> int:
    return mask(max(part.most for part in v).bit_length())


def _not(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"({v[0].text} ^ {mask(w[0]):#x})", mask(w[0]), v)


def _neg(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"(-{v[0].text} & {mask(w[0]):#x})", mask(w[0]), v)


def _shl(v: Operands, w: Widths, p: Widths) -> Code | None:
    if v[1].most < w[0]:
        return cut(f"{v[0].text} << {v[1].text}", v[0].most << v[1].most, w[0], v)
    if not v[1].simple or not v[0].pure or v[1].constant is not None:
        return None
    text = f"({v[0].text} << {v[1].text} & {mask(w[0]):#x} if {v[1].text} < {w[0]} else 0)"
    return made(text, mask(w[0]), v)


def _lshr(v: Operands, w: Widths, p: Widths) -> Code:
    by = v[1].constant or 0
    return made(f"({v[0].text} >> {v[1].text})", v[0].most >> min(by, w[0]), v)


def _signed(a: Code, width: int) -> str:
    sign = 1 << width - 1
    return f"({a.text} ^ {sign:#x}) - {sign:#x}"


def _asr(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"({_signed(v[0], w[0])} >> {v[1].text} & {mask(w[0]):#x})", mask(w[0]), v)


def _zext(v: Operands, w: Widths, p: Widths) -> Code:
    return v[0]


def _sext(v: Operands, w: Widths, p: Widths) -> Code:
    if v[0].most < 1 << w[0] - 1:
        return v[0]
    return made(f"({_signed(v[0], w[0])} & {mask(p[0]):#x})", mask(p[0]), v)


def _extract(v: Operands, w: Widths, p: Widths) -> Code:
    high, low = p
    if not low and v[0].most <= mask(high + 1):
        return v[0]
    return cut(f"{v[0].text} >> {low}" if low else v[0].text, v[0].most >> low, high - low + 1, v)


def _concat(v: Operands, w: Widths, p: Widths) -> Code:
    pieces, most, place = [], 0, sum(w)
    for part, width in zip(v, w, strict=True):
        place -= width
        most |= mask(part.most.bit_length()) << place
        if part.constant is None:
            pieces.append(f"{part.text} << {place}" if place else part.text)
        elif part.constant:
            pieces.append(number(part.constant << place).text)
    return made(f"({' | '.join(pieces)})", most, v)


def _clz(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"({w[0]} - ({v[0].text}).bit_length())", w[0], v)


def _popcount(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"({v[0].text}).bit_count()", w[0], v)


def _parity(v: Operands, w: Widths, p: Widths) -> Code:
    return made(f"(({v[0].text}).bit_count() & 1)", 1, v)


BUILDERS: Mapping[str, Builder] = {
    "add": _add, "sub": _sub, "mul": _mul, "udiv": _udiv, "urem": _urem, "and": _and, "or": _or, "xor": _xor,
    "not": _not, "neg": _neg, "shl": _shl, "lshr": _lshr, "asr": _asr, "zext": _zext, "sext": _sext,
    "extract": _extract, "concat": _concat, "clz": _clz, "popcount": _popcount, "parity": _parity,
}  # fmt: skip


def _shifted(a: Code, width: int) -> str:
    """A value that compares unsigned as `a` compares signed."""
    sign = 1 << width - 1
    return number(a.constant ^ sign).text if a.constant is not None else f"({a.text} ^ {sign:#x})"


RELATIONS: Mapping[str, Relation] = {
    "eq": lambda v, w: f"({v[0].text} == {v[1].text})",
    "ult": lambda v, w: f"({v[0].text} < {v[1].text})",
    "ule": lambda v, w: f"({v[0].text} <= {v[1].text})",
    "slt": lambda v, w: f"({_shifted(v[0], w[0])} < {_shifted(v[1], w[1])})",
    "sle": lambda v, w: f"({_shifted(v[0], w[0])} <= {_shifted(v[1], w[1])})",
}


def relation(op: str, v: Operands, widths: Widths) -> Code:
    """A comparison, as a condition."""
    if op == "eq" and widths[0] == 1 and v[1].constant is not None:
        return v[0] if v[1].constant else denied(v[0])
    return made(RELATIONS[op](v, widths), 1, v)


def operation(node: Apply, v: Operands) -> Code:
    """An operator applied; `OP_<name>` is the table's function."""
    widths = tuple(arg.width for arg in node.args)
    known = tuple(part.constant for part in v)
    values = tuple(value for value in known if value is not None)
    if len(values) == len(known):
        return number(OPERATORS[node.op].apply(values, widths, node.parameters))
    if node.op == "eq" and widths[0] == 1 and known[1] is not None:
        return v[0] if known[1] else made(f"({v[0].text} ^ 1)", 1, v)
    if node.op in RELATIONS:
        return truth(relation(node.op, v, widths))
    builder = BUILDERS.get(node.op)
    built = builder(v, widths, node.parameters) if builder else None
    if built is not None:
        return built
    values_text = "".join(f"{part.text}, " for part in v)
    text = f"(OP_{node.op}(({values_text}), {widths!r}, {node.parameters!r}) & {mask(node.width):#x})"
    return made(text, mask(node.width), v)
