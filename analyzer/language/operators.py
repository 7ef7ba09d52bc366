"""The one table of operators of the semantics language.

Every back end covers this table: the reference evaluator and the constant folder use `compute` directly, the
solver has one builder per name, and a test runs each operator through all of them. Semantics are those of
SMT-LIB 2's theory of fixed-width bit vectors: total, modulo 2^n.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Shape = Literal["same", "compare", "shift", "widen", "slice", "concat", "unary", "bit"]


def mask(width: int) -> int:
    """All ones, `width` bits."""
    return (1 << width) - 1


def to_signed(value: int, width: int) -> int:
    """The two's complement reading of `value`."""
    return value - (1 << width) if value >> (width - 1) else value


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator on bit vectors.

    `shape` gives the typing rule: `same` (operands and result of one width), `compare` (one width, result 1 bit),
    `shift` (result as the first operand, any second), `widen` (result width is the parameter), `slice` (parameters
    high, low), `concat`, `unary`, `bit` (any width to 1 bit).
    `compute(values, widths, parameters)` gives the value before it is cut to the result's width.
    """

    name: str
    written: str
    shape: Shape
    compute: Callable[[tuple[int, ...], tuple[int, ...], tuple[int, ...]], int]
    summary: str

    def result_width(self, widths: tuple[int, ...], parameters: tuple[int, ...]) -> int:
        """Width in bits of the result for operands of `widths`."""
        match self.shape:
            case "same" | "shift" | "unary":
                return widths[0]
            case "compare" | "bit":
                return 1
            case "widen":
                return parameters[0]
            case "slice":
                return parameters[0] - parameters[1] + 1
            case "concat":
                return sum(widths)

    def apply(self, values: tuple[int, ...], widths: tuple[int, ...], parameters: tuple[int, ...] = ()) -> int:
        """The result on unsigned integers, an unsigned integer of the result's width."""
        return self.compute(values, widths, parameters) & mask(self.result_width(widths, parameters))


Values = tuple[int, ...]


def _division(v: Values, w: Values, _: Values) -> int:
    return v[0] // v[1] if v[1] else mask(w[0])


def _remainder(v: Values, _w: Values, _: Values) -> int:
    return v[0] % v[1] if v[1] else v[0]


def _signed_division(v: Values, w: Values, _: Values) -> int:
    a, b = to_signed(v[0], w[0]), to_signed(v[1], w[0])
    if b == 0:
        return 1 if a < 0 else -1
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _signed_remainder(v: Values, w: Values, _: Values) -> int:
    a, b = to_signed(v[0], w[0]), to_signed(v[1], w[0])
    if b == 0:
        return a
    remainder = abs(a) % abs(b)
    return -remainder if a < 0 else remainder


def _shift_left(v: Values, w: Values, _: Values) -> int:
    return v[0] << v[1] if v[1] < w[0] else 0


def _arithmetic_right(v: Values, w: Values, _: Values) -> int:
    return to_signed(v[0], w[0]) >> min(v[1], w[0])


def _rotate_left(v: Values, w: Values, _: Values) -> int:
    n = v[1] % w[0]
    return (v[0] << n) | (v[0] >> (w[0] - n))


def _rotate_right(v: Values, w: Values, _: Values) -> int:
    n = v[1] % w[0]
    return (v[0] >> n) | (v[0] << (w[0] - n))


def _concat(v: Values, w: Values, _: Values) -> int:
    out = 0
    for value, width in zip(v, w, strict=True):
        out = (out << width) | value
    return out


def _trailing_zeros(v: Values, w: Values, _: Values) -> int:
    return (v[0] & -v[0]).bit_length() - 1 if v[0] else w[0]


def _signed(compare: Callable[[int, int], bool]) -> Callable[[Values, Values, Values], int]:
    return lambda v, w, _: compare(to_signed(v[0], w[0]), to_signed(v[1], w[1]))


_TABLE = (
    Operator("add", "a + b", "same", lambda v, w, p: v[0] + v[1], "sum"),
    Operator("sub", "a - b", "same", lambda v, w, p: v[0] - v[1], "difference"),
    Operator("mul", "a * b", "same", lambda v, w, p: v[0] * v[1], "product, low half"),
    Operator("udiv", "a // b", "same", _division, "unsigned quotient; all ones when b is 0"),
    Operator("urem", "a % b", "same", _remainder, "unsigned remainder; a when b is 0"),
    Operator("sdiv", "sdiv(a, b)", "same", _signed_division, "signed quotient towards zero"),
    Operator("srem", "srem(a, b)", "same", _signed_remainder, "signed remainder, with the sign of a"),
    Operator("and", "a & b", "same", lambda v, w, p: v[0] & v[1], "bitwise and"),
    Operator("or", "a | b", "same", lambda v, w, p: v[0] | v[1], "bitwise or"),
    Operator("xor", "a ^ b", "same", lambda v, w, p: v[0] ^ v[1], "bitwise exclusive or"),
    Operator("not", "~a", "unary", lambda v, w, p: ~v[0], "bitwise complement"),
    Operator("neg", "-a", "unary", lambda v, w, p: -v[0], "two's complement"),
    Operator("shl", "a << n", "shift", _shift_left, "shift left; 0 when n reaches the width"),
    Operator("lshr", "a >> n", "shift", lambda v, w, p: v[0] >> v[1], "shift right, zeros enter"),
    Operator("asr", "asr(a, n)", "shift", _arithmetic_right, "shift right, the sign enters"),
    Operator("rol", "rol(a, n)", "shift", _rotate_left, "rotate left by n modulo the width"),
    Operator("ror", "ror(a, n)", "shift", _rotate_right, "rotate right by n modulo the width"),
    Operator("eq", "a == b", "compare", lambda v, w, p: v[0] == v[1], "equal"),
    Operator("ult", "a < b", "compare", lambda v, w, p: v[0] < v[1], "unsigned less"),
    Operator("ule", "a <= b", "compare", lambda v, w, p: v[0] <= v[1], "unsigned less or equal"),
    Operator("slt", "signed(a) < signed(b)", "compare", _signed(lambda a, b: a < b), "signed less"),
    Operator("sle", "signed(a) <= signed(b)", "compare", _signed(lambda a, b: a <= b), "signed less or equal"),
    Operator("zext", "zext(a, n)", "widen", lambda v, w, p: v[0], "extend with zeros to n bits"),
    Operator("sext", "sext(a, n)", "widen", lambda v, w, p: to_signed(v[0], w[0]), "extend with the sign to n bits"),
    Operator("extract", "a[h:l]", "slice", lambda v, w, p: v[0] >> p[1], "bits h to l"),
    Operator("concat", "cat(a, b)", "concat", _concat, "concatenation, leftmost first"),
    Operator(
        "clz", "clz(a)", "unary", lambda v, w, p: w[0] - v[0].bit_length(), "number of zeros before the first one"
    ),
    Operator("ctz", "ctz(a)", "unary", _trailing_zeros, "number of zeros after the last one; the width for 0"),
    Operator("popcount", "popcount(a)", "unary", lambda v, w, p: v[0].bit_count(), "number of ones"),
    Operator("parity", "parity(a)", "bit", lambda v, w, p: v[0].bit_count() & 1, "exclusive or of all bits"),
)

OPERATORS: dict[str, Operator] = {op.name: op for op in _TABLE}
