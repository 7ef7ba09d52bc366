"""Rules by which terms simplify when they are made: operator -> (factory, arguments, parameters) -> simpler or `None`.

Each only ever replaces a term by an equal one; a test compares all of them with integer arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from analyzer.language.operators import mask

if TYPE_CHECKING:
    from analyzer.symbolic.terms import Term, Terms

Args = tuple["Term", ...]


def _is(term: Term, value: int) -> bool:
    return term.kind == "const" and term.value == value


def _ordered(args: Args) -> Args:
    """Constants second."""
    return args[::-1] if args[0].kind == "const" else args


Summands = tuple[list["Term"], list["Term"], int]


def summands(term: Term) -> Summands:
    """A sum taken apart: what is added, what is subtracted, and the constant."""
    plus: list[Term] = []
    minus: list[Term] = []
    constant = 0
    stack = [(term, True)]
    while stack:
        node, positive = stack.pop()
        if node.kind == "const":
            constant += node.value if positive else -node.value
        elif node.kind == "op" and node.name == "add":
            stack += [(arg, positive) for arg in node.args]
        elif node.kind == "op" and node.name == "sub":
            stack += [(node.args[0], positive), (node.args[1], not positive)]
        elif node.kind == "op" and node.name == "neg":
            stack.append((node.args[0], not positive))
        else:
            (plus if positive else minus).append(node)
    return *_cancel(plus, minus), constant


def _cancel(plus: list[Term], minus: list[Term]) -> tuple[list[Term], list[Term]]:
    """Both without what occurs in both, in the order of the terms' making."""
    rest = list(minus)
    kept = []
    for term in plus:
        if term in rest:
            rest.remove(term)
        else:
            kept.append(term)
    return sorted(kept, key=lambda term: term.key), sorted(rest, key=lambda term: term.key)


def _sum(t: Terms, summands: Summands, width: int) -> Term:
    """The one term for a sum: the same summands give the same term, however they were added."""
    plus, minus, constant = summands
    constant &= mask(width)
    terms = [*plus, *([t.const(constant, width)] if constant else [])]
    if not terms and not minus:
        return t.const(0, width)
    if terms:
        out = terms[0]
        rest = minus
    else:
        out = t.make("op", "neg", args=(minus[0],), width=width)
        rest = minus[1:]
    for term in terms[1:]:
        out = t.make("op", "add", args=(out, term), width=width)
    for term in rest:
        out = t.make("op", "sub", args=(out, term), width=width)
    return out


def _add(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    a, b = summands(args[0]), summands(args[1])
    return _sum(t, (*_cancel(a[0] + b[0], a[1] + b[1]), a[2] + b[2]), args[0].width)


def _sub(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    a, b = summands(args[0]), summands(args[1])
    return _sum(t, (*_cancel(a[0] + b[1], a[1] + b[0]), a[2] - b[2]), args[0].width)


def _neg(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    plus, minus, constant = summands(args[0])
    return _sum(t, (minus, plus, -constant), args[0].width)


def _and(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    a, b = _ordered(args)
    if _is(b, 0):
        return b
    if a is b or _is(b, mask(a.width)):
        return a
    if _opposite(a, b):
        return t.const(0, a.width)
    return None


def _or(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    a, b = _ordered(args)
    if _is(b, mask(a.width)):
        return b
    if a is b or _is(b, 0):
        return a
    if _opposite(a, b):
        return t.const(mask(a.width), a.width)
    return None


def _xor(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    a, b = _ordered(args)
    if _is(b, 0):
        return a
    if a is b:
        return t.const(0, a.width)
    if _is(b, mask(a.width)):
        return t.not_(a)
    return None


def _opposite(a: Term, b: Term) -> bool:
    return (a.name == "not" and a.kind == "op" and a.args[0] is b) or (
        b.name == "not" and b.kind == "op" and b.args[0] is a
    )


def _not(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    a = args[0]
    if a.kind == "op" and a.name == "not":
        return a.args[0]
    return None


def _eq(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    a, b = _ordered(args)
    if a is b:
        return t.true
    if any(x.kind == "op" and x.name in ("add", "sub", "neg") for x in (a, b)):
        left, right = summands(a), summands(b)
        plus, minus = _cancel(left[0] + right[1], left[1] + right[0])
        if len(plus) + len(minus) < sum(map(len, (*left[:2], *right[:2]))):
            return t.eq(_sum(t, (plus, [], left[2] - right[2]), a.width), _sum(t, (minus, [], 0), a.width))
    if a.width == 1 and b.kind == "const":
        return a if b.value else t.not_(a)
    if b.kind != "const":
        return None
    if a.kind == "op" and a.name == "zext":
        inner = a.args[0]
        fits = b.value <= mask(inner.width)
        return t.eq(inner, t.const(b.value, inner.width)) if fits else t.false
    if a.kind == "ite" and a.args[1].kind == "const" and a.args[2].kind == "const":
        return t.ite(a.args[0], t.eq(a.args[1], b), t.eq(a.args[2], b))
    return None


def _less(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    a, b = args
    return t.false if a is b or _is(b, 0) or _is(a, mask(a.width)) else None


def _less_or_equal(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    a, b = args
    return t.true if a is b or _is(a, 0) or _is(b, mask(a.width)) else None


def _shift(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    return args[0] if _is(args[1], 0) else None


def _extract(t: Terms, args: Args, parameters: tuple[int, ...]) -> Term | None:
    a, (high, low) = args[0], parameters
    if (high, low) == (a.width - 1, 0):
        return a
    if a.kind == "ite" and a.args[1].kind == "const" and a.args[2].kind == "const":
        return t.ite(a.args[0], t.extract(a.args[1], high, low), t.extract(a.args[2], high, low))
    if a.kind != "op":
        return None
    if a.name == "extract":
        base = a.parameters[1]
        return t.extract(a.args[0], high + base, low + base)
    if a.name == "concat":
        return _extract_concat(t, a, high, low)
    if a.name in ("add", "sub", "neg", "mul") and low == 0:
        return t.op(a.name, tuple(t.extract(arg, high, 0) for arg in a.args))
    if a.name in ("zext", "sext") and high < a.args[0].width:
        return t.extract(a.args[0], high, low)
    if a.name == "zext" and low >= a.args[0].width:
        return t.const(0, high - low + 1)
    if a.name in ("and", "or", "xor", "not") and (high, low) != (a.width - 1, 0):
        return t.op(a.name, tuple(t.extract(arg, high, low) for arg in a.args))
    return None


def _extract_concat(t: Terms, a: Term, high: int, low: int) -> Term:
    """Bits of a concatenation: only the parts that they touch."""
    parts: list[Term] = []
    end = a.width
    for arg in a.args:
        start = end - arg.width
        if start <= high and low < end:
            parts.append(t.extract(arg, min(high, end - 1) - start, max(low, start) - start))
        end = start
    return parts[0] if len(parts) == 1 else t.op("concat", tuple(parts))


def _concat(t: Terms, args: Args, _: tuple[int, ...]) -> Term | None:
    """Flatten, and join neighbors: adjacent bits of one term, constants."""
    parts: list[Term] = []
    for arg in args:
        for part in arg.args if arg.kind == "op" and arg.name == "concat" else (arg,):
            joined = _join(t, parts[-1], part) if parts else None
            if joined is not None:
                parts[-1] = joined
            else:
                parts.append(part)
    if len(parts) == 1:
        return parts[0]
    return None if len(parts) == len(args) else t.op("concat", tuple(parts))


def _join(t: Terms, a: Term, b: Term) -> Term | None:
    if a.kind == "const" and b.kind == "const":
        return t.const(a.value << b.width | b.value, a.width + b.width)
    slices = a.kind == b.kind == "op" and a.name == b.name == "extract" and a.args[0] is b.args[0]
    if slices and a.parameters[1] == b.parameters[0] + 1:
        return t.extract(a.args[0], a.parameters[0], b.parameters[1])
    return None


def _extend(t: Terms, args: Args, parameters: tuple[int, ...]) -> Term | None:
    return args[0] if parameters[0] == args[0].width else None


Rule = Callable[["Terms", Args, tuple[int, ...]], "Term | None"]
RULES: Mapping[str, Rule] = {
    "add": _add, "sub": _sub, "neg": _neg, "and": _and, "or": _or, "xor": _xor, "not": _not, "eq": _eq,
    "ult": _less, "ule": _less_or_equal, "slt": lambda t, a, p: t.false if a[0] is a[1] else None,
    "shl": _shift, "lshr": _shift, "asr": _shift, "rol": _shift, "ror": _shift,
    "extract": _extract, "concat": _concat, "zext": _extend,
    "sext": _extend,
}  # fmt: skip
