"""Each operator, three ways, against plain integer arithmetic: the evaluator's table, terms and their rules, Z3."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest
import z3

from analyzer.language.evaluate import Evaluator, initial_state
from analyzer.language.ir import Apply, Const, Expr, apply
from analyzer.language.operators import OPERATORS
from analyzer.symbolic.convert import BOOLEAN, COMPARE, VECTOR, Converter
from analyzer.symbolic.simplify import RULES
from analyzer.symbolic.terms import Term, Terms
from tests.language.arithmetic import REFERENCE, reference
from tests.language.small import scope
from tests.symbolic.meaning import Meaning

WIDTHS = (1, 2, 7, 8, 32, 33, 36)
Shape = tuple[tuple[int, ...], tuple[int, ...]]  # widths of the operands, parameters


def shapes(op: str, width: int) -> list[Shape]:
    """Typings of an operator whose first operand has `width` bits."""
    match OPERATORS[op].shape:
        case "same" | "compare":
            return [((width, width), ())]
        case "shift":
            return [((width, amount), ()) for amount in sorted({1, width, 8, 40})]
        case "unary" | "bit":
            return [((width,), ())]
        case "widen":
            return [((width,), (wider,)) for wider in (width, width + 1, 2 * width + 3)]
        case "slice":
            bounds = {(width - 1, 0), (width - 1, width - 1), (0, 0), (width - 1, width // 2), (width // 2, width // 3)}
            return [((width,), pair) for pair in sorted(bounds)]
        case "concat":
            return [((width, width), ()), ((width, 1, 5), ()), ((width,), ())]


def values(width: int, count: int, rng: random.Random) -> list[int]:
    """The boundaries, and random values."""
    edges = {
        0,
        1,
        2,
        3,
        width - 1,
        width,
        width + 1,
        2**width - 1,
        2**width - 2,
        2 ** (width - 1),
        2 ** (width - 1) - 1,
    }
    return sorted(value for value in edges if 0 <= value < 2**width) + [rng.randrange(2**width) for _ in range(count)]


def cases(op: str, width: int, most: int) -> Iterator[tuple[Shape, tuple[int, ...], int]]:
    """Typings, operands and what the result is."""
    rng = random.Random(f"{op} {width}")
    for shape in shapes(op, width):
        widths, parameters = shape
        rows = list(itertools.product(*(values(w, 6, rng) for w in widths)))
        for row in rng.sample(rows, min(most, len(rows))):
            result = OPERATORS[op].result_width(widths, parameters)
            yield shape, row, reference(op, row, widths, parameters, result)


def test_nothing_is_left_out() -> None:
    assert len(OPERATORS) == 30
    assert OPERATORS.keys() == REFERENCE.keys()
    assert OPERATORS.keys() == COMPARE.keys() | VECTOR.keys()
    assert BOOLEAN.keys() <= OPERATORS.keys()
    assert RULES.keys() <= OPERATORS.keys()
    assert all(name == operator.name for name, operator in OPERATORS.items())


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("width", WIDTHS)
def test_evaluator(op: str, width: int) -> None:
    machine = scope().machine()
    evaluator, state = Evaluator(machine), initial_state(machine, 0)
    for (widths, parameters), row, expected in cases(op, width, 150):
        args: tuple[Expr, ...] = tuple(map(Const, row, widths))
        result = OPERATORS[op].result_width(widths, parameters)
        node = Apply(op, args, parameters, result)
        assert evaluator.evaluate(node, {}, state) == expected, (op, widths, parameters, row)
        folded = apply(op, *args, parameters=parameters)
        assert folded == Const(expected, result)


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("width", WIDTHS)
def test_terms_with_some_constant_operands(op: str, width: int) -> None:
    t = Terms()
    for (widths, parameters), row, expected in cases(op, width, 40):
        variables = [t.var(f"x{i} {w}", w) for i, w in enumerate(widths)]
        constants = list(map(t.const, row, widths))
        meaning = dict(zip(variables, row, strict=True))
        for chosen in itertools.product((True, False), repeat=len(row)):
            args = tuple(v if free else c for v, c, free in zip(variables, constants, chosen, strict=True))
            term = t.op(op, args, parameters)
            assert Meaning(meaning.__getitem__).of(term) == expected, (op, widths, parameters, row, chosen)
            assert term.kind == "const" or any(chosen)


def related(t: Terms, width: int) -> list[Term]:
    """Operands that rules recognize: constants, complements, sums, pieces, extensions, choices."""
    x, y, c = t.var("x", width), t.var("y", width), t.var("c", 1)
    zero, one, ones = (t.const(v % 2**width, width) for v in (0, 1, -1))
    half = max(1, width // 2)
    low, high = t.extract(x, half - 1, 0), t.extract(x, width - 1, width - half)
    out = [
        x, y, zero, one, ones, t.not_(x), t.apply("neg", x), t.apply("add", x, y), t.apply("sub", y, x),
        t.apply("add", x, one), t.ite(c, one, zero), t.ite(c, x, ones), t.zext(low, width),
        t.op("sext", (high,), (width,)), t.apply("mul", x, y), t.apply("xor", x, y),
    ]  # fmt: skip
    if width > 1:
        rest = t.extract(x, width - 1, half)
        out += [t.apply("concat", rest, low), t.apply("concat", t.const(1, width - half), low)]
    return out


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("width", (1, 2, 7))
def test_rules_keep_the_meaning(op: str, width: int) -> None:
    t, rng = Terms(), random.Random(f"{op} {width}")
    for widths, parameters in shapes(op, width):
        for args in itertools.product(*(related(t, w) for w in widths[:2])):
            operands = (*args, *(t.const(rng.randrange(2**w), w) for w in widths[2:]))
            term = t.op(op, operands, parameters)
            for _ in range(4):
                given = {name: rng.randrange(2**8) for name in "xyc"}
                meaning = Meaning(lambda v, given=given: given[v.name] % 2**v.width)  # type: ignore[misc]  # mypy cannot infer this lambda
                row = tuple(map(meaning.of, operands))
                expected = reference(op, row, tuple(arg.width for arg in operands), parameters, term.width)
                assert meaning.of(term) == expected, (op, operands, given)


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("width", WIDTHS)
def test_z3(op: str, width: int) -> None:
    """The converted operator equals the reference at all samples: its denial has no model."""
    t, converter = Terms(), Converter()
    claims = []
    for (widths, parameters), row, expected in cases(op, width, 12):
        variables = tuple(t.var(f"x{i} {w}", w) for i, w in enumerate(widths))
        term = t.make("op", op, 0, parameters, variables, OPERATORS[op].result_width(widths, parameters))
        equal = t.make("op", "eq", args=(term, t.const(expected, term.width)))
        given = zip(variables, row, strict=True)
        pairs = [(expression(converter, v), value_of(converter, n, v.width)) for v, n in given]
        claims.append(z3.substitute(expression(converter, equal), *pairs))
    assert len(claims) >= 2
    solver = z3.Solver(ctx=converter.context)
    solver.add(z3.Not(z3.And(claims)))
    assert solver.check() == z3.unsat


def expression(converter: Converter, term: Term) -> z3.ExprRef:
    """A term as Z3's Python interface has it."""
    if term.width == 1:
        return z3.BoolRef(converter.boolean(term), converter.context)
    return z3.BitVecRef(converter.vector(term), converter.context)


def value_of(converter: Converter, value: int, width: int) -> z3.ExprRef:
    """A number as the converter writes it."""
    if width == 1:
        return z3.BoolVal(bool(value), converter.context)
    return z3.BitVecVal(value, width, converter.context)
