"""What the operators mean, in Python's unbounded integers and texts of bits, independent of the analyzer's table.

Each function takes operands, their widths and the parameters; the result is cut to its width by `reference`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

Numbers = tuple[int, ...]


def bits(value: int, width: int) -> str:
    """The value as a text of `width` binary digits."""
    return format(value, f"0{width}b")


def signed(value: int, width: int) -> int:
    """Two's complement, digit by digit: the first one counts negative."""
    first, rest = bits(value, width)[0], bits(value, width)[1:]
    return int(rest or "0", 2) - int(first) * (1 << width - 1)


def truncated(a: int, b: int) -> int:
    """The quotient, rounded towards zero."""
    quotient = math.floor(abs(a) / abs(b)) if max(abs(a), abs(b)) < 2**50 else abs(a) // abs(b)
    return quotient * (1 if a * b >= 0 else -1)


def signed_division(v: Numbers, w: Numbers, p: Numbers) -> int:
    a, b = (signed(x, w[0]) for x in v)
    return truncated(a, b) if b else (1 if a < 0 else 2 ** w[0] - 1)


def signed_remainder(v: Numbers, w: Numbers, p: Numbers) -> int:
    a, b = (signed(x, w[0]) for x in v)
    return a - b * truncated(a, b) if b else a


def shifted_in(fill: Callable[[str], str], left: bool) -> Callable[[Numbers, Numbers, Numbers], int]:
    """A shift as moving digits, one after the other."""

    def shift(v: Numbers, w: Numbers, p: Numbers) -> int:
        text = bits(v[0], w[0])
        new = fill(text) * min(v[1], w[0])
        return int((text + new)[-w[0] :] if left else (new + text)[: w[0]], 2)

    return shift


def rotated(left: bool) -> Callable[[Numbers, Numbers, Numbers], int]:
    """A rotation as moving digits around."""

    def rotate(v: Numbers, w: Numbers, p: Numbers) -> int:
        text = bits(v[0], w[0])
        n = v[1] % w[0] if left else -v[1] % w[0]
        return int(text[n:] + text[:n], 2)

    return rotate


def digit_by_digit(combine: Callable[[str, str], str]) -> Callable[[Numbers, Numbers, Numbers], int]:
    """An operator on digits that stand in the same place."""
    return lambda v, w, p: int("".join(map(combine, bits(v[0], w[0]), bits(v[1], w[0]))), 2)


REFERENCE: Mapping[str, Callable[[Numbers, Numbers, Numbers], int]] = {
    "add": lambda v, w, p: sum(v),
    "sub": lambda v, w, p: v[0] - v[1],
    "mul": lambda v, w, p: math.prod(v),
    "udiv": lambda v, w, p: divmod(v[0], v[1])[0] if v[1] else 2 ** w[0] - 1,
    "urem": lambda v, w, p: divmod(v[0], v[1])[1] if v[1] else v[0],
    "sdiv": signed_division,
    "srem": signed_remainder,
    "and": digit_by_digit(min),
    "or": digit_by_digit(max),
    "xor": digit_by_digit(lambda a, b: "10"[a == b]),
    "not": lambda v, w, p: 2 ** w[0] - 1 - v[0],
    "neg": lambda v, w, p: 2 ** w[0] - v[0],
    "shl": shifted_in(lambda text: "0", left=True),
    "lshr": shifted_in(lambda text: "0", left=False),
    "asr": shifted_in(lambda text: text[0], left=False),
    "rol": rotated(left=True),
    "ror": rotated(left=False),
    "eq": lambda v, w, p: int(v[0] == v[1]),
    "ult": lambda v, w, p: int(v[0] < v[1]),
    "ule": lambda v, w, p: int(v[0] <= v[1]),
    "slt": lambda v, w, p: int(signed(v[0], w[0]) < signed(v[1], w[1])),
    "sle": lambda v, w, p: int(signed(v[0], w[0]) <= signed(v[1], w[1])),
    "zext": lambda v, w, p: int("0" * (p[0] - w[0]) + bits(v[0], w[0]), 2),
    "sext": lambda v, w, p: int(bits(v[0], w[0])[0] * (p[0] - w[0]) + bits(v[0], w[0]), 2),
    "extract": lambda v, w, p: int(bits(v[0], w[0])[w[0] - 1 - p[0] : w[0] - p[1]], 2),
    "concat": lambda v, w, p: int("".join(map(bits, v, w)), 2),
    "clz": lambda v, w, p: len(bits(v[0], w[0])) - len(bits(v[0], w[0]).lstrip("0")),
    "ctz": lambda v, w, p: len(bits(v[0], w[0])) - len(bits(v[0], w[0]).rstrip("0")),
    "popcount": lambda v, w, p: bits(v[0], w[0]).count("1"),
    "parity": lambda v, w, p: bits(v[0], w[0]).count("1") % 2,
}  # fmt: skip


def reference(op: str, values: Numbers, widths: Numbers, parameters: Numbers, width: int) -> int:
    """The result of an operator, `width` bits."""
    return REFERENCE[op](values, widths, parameters) % (1 << width)
