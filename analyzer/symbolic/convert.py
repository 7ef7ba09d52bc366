"""Terms as Z3 expressions, in one context.

Z3 is called by its C interface: most of the time to make an expression is spent in the Python wrappers, which check
sorts that terms have by construction. All expressions are kept until the context goes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import z3
from z3 import z3core as c
from z3 import z3types

from analyzer.symbolic.terms import Term, postorder

Ast = Any  # an expression, as Z3's C interface has it
Vector = tuple[Ast, int]  # a bit vector and its width


class Converter:
    """Terms to Z3 expressions in one context. Terms of width 1 become booleans."""

    def __init__(self) -> None:
        self.context = z3.Context()
        self.ctx = self.context.ref()
        self.kept: list[Ast] = []
        weakref.finalize(self, _give_back, self.context, self.kept).atexit = False
        self.bools: dict[int, Ast] = {}
        self.vectors: dict[int, Ast] = {}
        self.done: dict[int, None] = {}
        self.functions: dict[tuple[object, ...], Ast] = {}
        self.sorts: dict[int, Ast] = {}
        self.bool = self.keep(c.Z3_mk_bool_sort(self.ctx))
        self.one = self.number(1, 1)
        self.zero = self.number(0, 1)

    def boolean(self, term: Term) -> Ast:
        """A condition as a Z3 boolean."""
        self.convert(term)
        return self.bools[term.key]

    def vector(self, term: Term) -> Ast:
        """A term as a Z3 bit vector or array."""
        self.convert(term)
        return self._vector(term)

    def convert(self, term: Term) -> None:
        """Fill the tables for a term and everything below it."""
        if term.key in self.done:
            return
        for node in postorder(term, self.done):
            self.done[node.key] = None
            if node.width == 1 and not node.index_width:
                self.bools[node.key] = self.keep(self.condition(node))
            else:
                self.vectors[node.key] = self.keep(self.value(node))

    def _vector(self, term: Term) -> Ast:
        found = self.vectors.get(term.key)
        if found is None:
            found = self.choice(self.bools[term.key], self.one, self.zero)
            self.vectors[term.key] = found
        return found

    def condition(self, node: Term) -> Ast:
        """A Z3 boolean for a term of width 1 whose arguments are converted."""
        match node.kind:
            case "const":
                return c.Z3_mk_true(self.ctx) if node.value else c.Z3_mk_false(self.ctx)
            case "var":
                return c.Z3_mk_const(self.ctx, self.symbol(node.name), self.bool)
            case "ite":
                return c.Z3_mk_ite(self.ctx, *(self.bools[arg.key] for arg in node.args))
            case "select":
                return self.is_one(c.Z3_mk_select(self.ctx, *map(self._vector, node.args)))
            case "uf":
                return self.applied(node)
            case _:
                return self.comparison(node)

    def comparison(self, node: Term) -> Ast:
        """A Z3 boolean for an operator with a result of 1 bit."""
        args = node.args
        if node.name in BOOLEAN and all(arg.width == 1 for arg in args):
            return BOOLEAN[node.name](self.ctx, *(self.bools[arg.key] for arg in args))
        if node.name in COMPARE:
            return COMPARE[node.name](self.ctx, *map(self._vector, args))
        return self.is_one(self.operation(node))

    def value(self, node: Term) -> Ast:
        """A Z3 bit vector or array for a term whose arguments are converted."""
        match node.kind:
            case "const":
                return self.number(node.value, node.width)
            case "var":
                return c.Z3_mk_const(self.ctx, self.symbol(node.name), self.sort(node.width))
            case "array":
                return c.Z3_mk_const(self.ctx, self.symbol(node.name), self.array(node.index_width, node.width))
            case "ite":
                condition, a, b = node.args
                return c.Z3_mk_ite(self.ctx, self.bools[condition.key], self._vector(a), self._vector(b))
            case "select":
                return c.Z3_mk_select(self.ctx, *map(self._vector, node.args))
            case "store":
                return c.Z3_mk_store(self.ctx, *map(self._vector, node.args))
            case "fill":
                return c.Z3_mk_const_array(self.ctx, self.sort(node.index_width), self._vector(node.args[0]))
            case "uf":
                return self.applied(node)
            case _:
                return self.operation(node)

    def operation(self, node: Term) -> Ast:
        """A Z3 bit vector for an operator whose arguments are converted."""
        return VECTOR[node.name](self, [(self._vector(arg), arg.width) for arg in node.args], node.parameters)

    # -- leaves ----------------------------------------------------------------------------------------------

    def keep(self, ast: Ast) -> Ast:
        """The expression or sort, which Z3 may not forget."""
        c.Z3_inc_ref(self.ctx, ast)
        self.kept.append(ast)
        return ast

    def symbol(self, name: str) -> Ast:
        """A name."""
        return c.Z3_mk_string_symbol(self.ctx, name)

    def sort(self, width: int) -> Ast:
        """The sort of bit vectors."""
        found = self.sorts.get(width)
        if found is None:
            found = self.sorts[width] = self.keep(c.Z3_mk_bv_sort(self.ctx, width))
        return found

    def array(self, index_width: int, width: int) -> Ast:
        """The sort of arrays."""
        return self.keep(c.Z3_mk_array_sort(self.ctx, self.sort(index_width), self.sort(width)))

    def number(self, value: int, width: int) -> Ast:
        """A number of `width` bits."""
        return self.keep(c.Z3_mk_numeral(self.ctx, str(value), self.sort(width)))

    def choice(self, condition: Ast, a: Ast, b: Ast) -> Ast:
        """`a` if `condition` else `b`."""
        return self.keep(c.Z3_mk_ite(self.ctx, condition, a, b))

    def is_one(self, bit: Ast) -> Ast:
        """Whether a vector of one bit is 1."""
        return c.Z3_mk_eq(self.ctx, self.keep(bit), self.one)

    def applied(self, node: Term) -> Ast:
        """An uninterpreted function applied to its converted arguments."""
        args = [self._vector(arg) for arg in node.args]
        return c.Z3_mk_app(self.ctx, self.function(node), len(args), many(args))

    def function(self, node: Term) -> Ast:
        """The declaration of an uninterpreted function."""
        domain = tuple((arg.index_width, arg.width) for arg in node.args)
        key = (node.name, domain, node.width)
        if key not in self.functions:
            sorts = [self.array(index, width) if index else self.sort(width) for index, width in domain]
            result = self.bool if node.width == 1 else self.sort(node.width)
            suffix = "" if node.name not in {name for name, *_ in self.functions} else f"/{len(self.functions)}"
            name = self.symbol(node.name + suffix)
            declared = c.Z3_mk_func_decl(self.ctx, name, len(sorts), (z3types.Sort * len(sorts))(*sorts), result)
            self.functions[key] = self.keep(declared)
        return self.functions[key]


def _give_back(context: z3.Context, kept: list[Ast]) -> None:
    """A context is slow to end that has to find by itself what was kept."""
    for ast in reversed(kept):
        c.Z3_dec_ref(context.ref(), ast)


def many(asts: Sequence[Ast]) -> Any:
    """Expressions as an array of the C interface."""
    return (z3types.Ast * len(asts))(*asts)


# -- operators -----------------------------------------------------------------------------------------------

BOOLEAN: Mapping[str, Callable[..., Ast]] = {
    "and": lambda ctx, *args: c.Z3_mk_and(ctx, len(args), many(args)),
    "or": lambda ctx, *args: c.Z3_mk_or(ctx, len(args), many(args)),
    "not": c.Z3_mk_not, "xor": c.Z3_mk_xor, "eq": c.Z3_mk_eq,
}  # fmt: skip
COMPARE: Mapping[str, Callable[..., Ast]] = {
    "eq": c.Z3_mk_eq, "ult": c.Z3_mk_bvult, "ule": c.Z3_mk_bvule, "slt": c.Z3_mk_bvslt, "sle": c.Z3_mk_bvsle,
}  # fmt: skip
Operation = Callable[[Converter, list[Vector], tuple[int, ...]], Ast]


def _plain(make: Callable[..., Ast]) -> Operation:
    return lambda to, args, _: make(to.ctx, *(ast for ast, _ in args))


def _extend(make: Callable[..., Ast], to: Converter, by: int, ast: Ast) -> Ast:
    return to.keep(make(to.ctx, by, ast)) if by else ast


def _widened(make: Callable[..., Ast]) -> Operation:
    return lambda to, args, parameters: _extend(make, to, parameters[0] - args[0][1], args[0][0])


def _extract(to: Converter, high: int, low: int, ast: Ast) -> Ast:
    return to.keep(c.Z3_mk_extract(to.ctx, high, low, ast))


def _shift(operation: Callable[..., Ast], extend: Callable[..., Ast]) -> Operation:
    """At a width that holds both the value and the amount."""

    def build(to: Converter, args: list[Vector], _: tuple[int, ...]) -> Ast:
        (a, width), (n, amount) = args
        wide = max(width, amount)
        n, value = _extend(c.Z3_mk_zero_ext, to, wide - amount, n), _extend(extend, to, wide - width, a)
        shifted = to.keep(operation(to.ctx, value, n))
        return _extract(to, width - 1, 0, shifted) if wide > width else shifted

    return build


def _rotate(operation: Callable[..., Ast]) -> Operation:
    def build(to: Converter, args: list[Vector], _: tuple[int, ...]) -> Ast:
        (a, width), (n, amount) = args
        wide = max(width, amount)
        n = _extend(c.Z3_mk_zero_ext, to, wide - amount, n)
        if width < 1 << wide:
            n = to.keep(c.Z3_mk_bvurem(to.ctx, n, to.number(width, wide)))
        return operation(to.ctx, a, _extract(to, width - 1, 0, n))

    return build


def _popcount(to: Converter, args: list[Vector], _: tuple[int, ...]) -> Ast:
    ((a, width),) = args
    total = to.number(0, width)
    for i in range(width):
        bit = _extend(c.Z3_mk_zero_ext, to, width - 1, _extract(to, i, i, a))
        total = to.keep(c.Z3_mk_bvadd(to.ctx, total, bit))
    return total


def _parity(to: Converter, args: list[Vector], _: tuple[int, ...]) -> Ast:
    ((a, width),) = args
    out = _extract(to, 0, 0, a)
    for i in range(1, width):
        out = to.keep(c.Z3_mk_bvxor(to.ctx, out, _extract(to, i, i, a)))
    return out


def _zeros(from_top: bool) -> Operation:
    def build(to: Converter, args: list[Vector], _: tuple[int, ...]) -> Ast:
        ((a, width),) = args
        out = to.number(width, width)
        for count in reversed(range(width)):
            bit = width - 1 - count if from_top else count
            here = to.keep(to.is_one(_extract(to, bit, bit, a)))
            out = to.choice(here, to.number(count, width), out)
        return out

    return build


def _concat(to: Converter, args: list[Vector], _: tuple[int, ...]) -> Ast:
    (out, _width), *rest = args
    for ast, _width in rest:
        out = to.keep(c.Z3_mk_concat(to.ctx, out, ast))
    return out


VECTOR: Mapping[str, Operation] = {
    "add": _plain(c.Z3_mk_bvadd), "sub": _plain(c.Z3_mk_bvsub), "mul": _plain(c.Z3_mk_bvmul),
    "udiv": _plain(c.Z3_mk_bvudiv), "urem": _plain(c.Z3_mk_bvurem),
    "sdiv": _plain(c.Z3_mk_bvsdiv), "srem": _plain(c.Z3_mk_bvsrem),
    "and": _plain(c.Z3_mk_bvand), "or": _plain(c.Z3_mk_bvor), "xor": _plain(c.Z3_mk_bvxor),
    "not": _plain(c.Z3_mk_bvnot), "neg": _plain(c.Z3_mk_bvneg),
    "shl": _shift(c.Z3_mk_bvshl, c.Z3_mk_zero_ext), "lshr": _shift(c.Z3_mk_bvlshr, c.Z3_mk_zero_ext),
    "asr": _shift(c.Z3_mk_bvashr, c.Z3_mk_sign_ext),
    "rol": _rotate(c.Z3_mk_ext_rotate_left), "ror": _rotate(c.Z3_mk_ext_rotate_right),
    "zext": _widened(c.Z3_mk_zero_ext), "sext": _widened(c.Z3_mk_sign_ext),
    "extract": lambda to, args, p: _extract(to, p[0], p[1], args[0][0]), "concat": _concat,
    "clz": _zeros(True), "ctz": _zeros(False), "popcount": _popcount, "parity": _parity,
}  # fmt: skip


def number_of(converter: Converter, model: Any, term: Term) -> int:
    """The value of a term that is no array in a model of Z3's C interface; what the model leaves open is 0."""
    ctx, condition = converter.ctx, term.width == 1
    ast = converter.boolean(term) if condition else converter.vector(term)
    value = (z3types.Ast * 1)()
    c.Z3_model_eval(ctx, model, ast, True, value)
    if condition:
        return int(c.Z3_get_bool_value(ctx, value[0]) == z3.Z3_L_TRUE)
    return int(c.Z3_get_numeral_string(ctx, value[0]))
