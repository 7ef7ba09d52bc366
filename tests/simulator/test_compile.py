"""The compiled back end and the evaluator agree: operators, statements, instructions; the whole outcome compared.

The ordinary run takes a sample of the large machines' instructions; with `VMMCHECK_STATES` set, every instruction in so
many states.
"""

from __future__ import annotations

import io
import itertools
import keyword
import random
import re
import tokenize
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest

from analyzer.language.check import Scope
from analyzer.language.declarations import Body, Component, Function, Machine, Parameter, TrapKind
from analyzer.language.evaluate import DoesNotEnd, Evaluator, Interpretation, Outcome, State, initial_state
from analyzer.language.ir import (
    Apply,
    Assign,
    Branch,
    Call,
    Const,
    Evaluate,
    Execute,
    Expr,
    Field,
    If,
    Indexed,
    Load,
    Local,
    Next,
    Register,
    Return,
    StorageSize,
    Trap,
    TrapAfter,
    Undefined,
    Uninterpreted,
    While,
    apply,
)
from analyzer.language.operators import OPERATORS
from analyzer.simulator.compile import NAMESPACE, Compiled
from analyzer.simulator.runtime import Ended, Trapped
from tests.language.small import FIELDS, OPERAND_FIELDS, body, parse, scope, state
from tests.language.test_operators import WIDTHS, Shape, cases
from tests.language.test_statements import FIXED, FUNCTIONS, LSB0, Values
from tests.simulator.guests import LARGE
from tests.symbolic.test_agreement import (
    ROUNDS,
    STATES,
    Background,
    Filled,
    bodies_of,
    far_state,
    machine,
    some_fields,
    some_state,
    some_value,
)
from tests.symbolic.test_statements import TEXTS

SAMPLED = ("m68000", "pdp10-ka10", "rv64", "x86-pentium")
SAMPLE = 40  # instructions of a large machine in the ordinary run


def same(
    compiled: Compiled, body: Body, fields: Mapping[str, int], start: State, given: Interpretation | None = None
) -> str:
    """Execute both ways and compare all that is known afterwards; how it ended."""
    first, second = start.copy(), start.copy()
    try:
        expected = Evaluator(compiled.machine, given, ROUNDS).run(body, fields, first)
    except DoesNotEnd as endless:
        with pytest.raises(DoesNotEnd) as caught:
            compiled.run(body, fields, second, given, ROUNDS)
        assert caught.value.args == endless.args
        return "endless"
    found = compiled.run(body, fields, second, given, ROUNDS)
    assert found == expected
    assert second == start
    assert all(type(value) is int for value in values_of(found))
    return found.kind


def values_of(outcome: Outcome) -> list[int]:
    """Every value that an outcome shows."""
    end = outcome.state
    files = [value for values in end.files.values() for value in values.values()]
    return [*end.registers.values(), *end.storage.values(), *files, *outcome.args, outcome.bits]


# -- instructions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["third-generation", *(LARGE if STATES else SAMPLED)])
def test_instructions(name: str) -> None:
    isa, ended = machine(name), Counter[str]()
    compiled = Compiled(isa.machine)
    for count, (row, instruction) in enumerate(bodies_of(isa, SAMPLE if name in LARGE and not STATES else None)):
        for number in range(STATES or 6):
            rng = random.Random(f"{name} {row} {number}")
            fields, start = some_fields(isa.machine, instruction, rng), some_state(isa, rng)
            if number == 0 and count % 3 == 0:
                fields, start = far_state(isa, instruction, rng)
            ended[same(compiled, instruction, fields, start)] += 1
    assert ended["completes"] >= 50
    assert ended["traps"] >= 30


@pytest.mark.parametrize(("where", "text", "before", "fields"), TEXTS)
def test_statements(where: Scope, text: str, before: Values, fields: Mapping[str, int]) -> None:
    compiled, rng, instruction = Compiled(where.machine()), random.Random(text), body(parse(text, where))
    for number in range(8):
        start = state(compiled.machine, before)
        given = dict.fromkeys((*FIELDS, *OPERAND_FIELDS), 0) | dict(fields)
        if number:
            components = compiled.machine.components
            start.registers = {name: some_value(rng, components[name].width) for name in start.registers}
            given = {name: some_value(rng, width) for name, width in (FIELDS | OPERAND_FIELDS).items()}
        storage = Background(number, 8, start.storage)
        same(compiled, instruction, given, Filled(start.registers, start.files, storage, 256))


def test_the_interpretation_is_asked() -> None:
    compiled = Compiled(LSB0.machine())
    instruction = body(parse("a = mix(1, 2)\nb = undefined(8)\nr[0] = unpredictable(8)", LSB0))
    fields = dict.fromkeys((*FIELDS, *OPERAND_FIELDS), 0)
    assert same(compiled, instruction, fields, state(compiled.machine, {}), FIXED) == "completes"
    outcome = compiled.run(instruction, fields, state(compiled.machine, {}), FIXED)
    assert (outcome.state.registers["a"], outcome.state.registers["b"], outcome.state.files["r"]) == (0x77, 1, {0: 128})


def test_outcomes_are_independent() -> None:
    compiled, start = Compiled(LSB0.machine()), state(LSB0.machine(), {})
    for text in ("a = 1", "trap(illegal)", "commit()\ntrap(illegal)"):
        end = compiled.run(body(parse(text, LSB0)), {}, start).state
        end.registers["b"], end.files["r"][0], end.storage[0] = 7, 7, 7
    assert start == state(LSB0.machine(), {})


# -- operators -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("width", WIDTHS)
def test_operators(op: str, width: int) -> None:
    """With variable and with constant operands, as a value and as a condition."""
    where = scope().machine()
    compiled, start = Compiled(where), initial_state(where, 0)
    variables: dict[object, tuple[Expr, ...]] = {}
    for (widths, parameters), row, expected in cases(op, width, 40):
        shape, result = (widths, parameters), OPERATORS[op].result_width(widths, parameters)
        if shape not in variables:
            free = tuple(Field(f"x{i}", w) for i, w in enumerate(widths))
            variables[shape] = both(Apply(op, free, parameters, result))
        fields = {f"x{i}": value for i, value in enumerate(row)}
        for node in variables[shape]:
            assert compiled.evaluate(node, fields, start) == expected, (widths, parameters, row)
    for (widths, parameters), row, expected in cases(op, width, 4):
        fields, result = {f"x{i}": value for i, value in enumerate(row)}, OPERATORS[op].result_width(widths, parameters)
        for chosen in itertools.product((True, False), repeat=len(row)):
            pieces = zip(enumerate(row), widths, chosen, strict=True)
            args = tuple(Field(f"x{i}", w) if free else Const(value, w) for (i, value), w, free in pieces)
            for node in both(Apply(op, args, parameters, result)):
                assert compiled.evaluate(node, fields, start) == expected, (widths, parameters, row, chosen)


def both(node: Expr) -> tuple[Expr, ...]:
    """An expression, and one that asks whether it is true."""
    return (node, If(node, Const(1, 1), Const(0, 1), 1)) if node.width == 1 else (node,)


TYPINGS: Mapping[str, Shape] = {
    "slice": ((8,), (5, 2)),
    "widen": ((8,), (12,)),
    "concat": ((8, 8, 8), ()),
    "unary": ((8,), ()),
    "bit": ((8,), ()),
}


@pytest.mark.parametrize("op", OPERATORS)
def test_operands_are_evaluated_once_and_in_order(op: str) -> None:
    """Each operand asks for a value that the interpretation gives."""
    compiled, asked = Compiled(LSB0.machine()), []

    def function(name: str, args: tuple[int, ...]) -> int:
        asked.append(args)
        return args[0] + args[1]

    widths, parameters = TYPINGS.get(OPERATORS[op].shape, ((8, 8), ()))
    args = tuple(Uninterpreted("mix", (Const(i, 8), Field("n", 8)), w) for i, w in enumerate(widths))
    node = Apply(op, args, parameters, OPERATORS[op].result_width(widths, parameters))
    for n in (0, 1, 9, 200):
        asked.clear()
        instruction = body((Execute(node),))
        found = compiled.run(instruction, {"n": n}, state(compiled.machine, {}), Interpretation(function))
        values = tuple(i + n for i in range(len(widths)))
        assert asked == [(i, n) for i in range(len(widths))]
        assert found.bits == OPERATORS[op].apply(values, widths, parameters)


# -- expressions, translations, functions ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["third-generation", "pdp10-ka10", "x86-pentium"])
def test_expressions_and_translations(name: str) -> None:
    isa = machine(name)
    compiled, evaluator, rng = Compiled(isa.machine), Evaluator(isa.machine), random.Random(name)
    found = Counter[bool]()
    for _ in range(50):
        start = some_state(isa, rng)
        for expression in isa.invariants:
            assert compiled.evaluate(expression, {}, start) == evaluator.evaluate(expression, {}, start)
        for space in isa.machine.spaces.values():
            address, kind = rng.getrandbits(space.address) >> rng.randrange(space.address), rng.randrange(3)
            place = compiled.translated(space.name, address, kind, start)
            assert place == evaluator.translated(space.name, address, kind, start)
            found[place is None] += space.role != "storage"
        for monitor in isa.monitors.values():
            virtual, real = (some_state(isa, rng) for _ in "12")
            pair = (("virtual", virtual), ("real", real))
            fields = {f"{prefix}.{n}": value for prefix, each in pair for n, value in each.registers.items()}
            files = {f"{prefix}.{n}": values for prefix, each in pair for n, values in each.files.items()}
            joined = State({}, files)
            for expression in monitor.relation:
                expected = evaluator.evaluate(expression, fields, joined)
                assert compiled.evaluate(expression, fields, joined) == expected
    assert min(found[False], found[True]) >= 5


def test_functions() -> None:
    where = FUNCTIONS.machine()
    compiled, start = Compiled(where), state(where, {"b": 3})
    assert compiled.call(where.functions["double"], (200,), start) == (144,)
    assert compiled.call(where.functions["both"], (7, 2), start) == (2, 7)
    assert compiled.call(where.functions["reset"], (), start) == ()
    assert compiled.call(where.functions["count"], (1,), start) == (1,)
    assert (start.registers["flag"], start.registers["a"]) == (1, 1)
    with pytest.raises(Trapped) as trap:
        compiled.call(where.functions["refuse"], (6,), start)
    assert (trap.value.kind, trap.value.values) == ("call", (6,))
    with pytest.raises(Ended):
        compiled.call(where.functions["ends"], (), start)
    other = Function("double", (Parameter("x", 8),), (8,), (Return((Const(5, 8),)),))
    assert compiled.call(other, (1,), start) == (5,)


# -- limits of Python ------------------------------------------------------------------------------------------------


def nested(levels: int) -> tuple[Expr, Expr]:
    """A value and a condition of so many levels; the other side of each traps."""
    value: Expr = Local("t", 8)
    condition: Expr = Register("flag", 1)
    trap = Load("mem", Const(250, 8), 1, 8)
    for n in range(levels):
        sum_ = apply("add", value, apply("xor", Field("n", 8), Const(n % 256, 8)))
        value = If(apply("ule", Field("n", 8), Const(100, 8)), sum_, trap, 8)
        other = apply("eq", trap, Const(0, 8))
        condition = If(apply("ult", Field("n", 8), Const(n % 7 + 1, 8)), apply("not", condition), other, 1)
    return value, condition


@pytest.mark.parametrize("levels", (1, 10, 50, 150))
def test_deep_expressions(levels: int) -> None:
    """Deeper than Python's parser goes."""
    value, condition = nested(levels)
    block = (
        Assign(Local("t", 8), Register("b", 8)),
        Branch(condition, (Assign(Register("a", 8), value),), (Assign(Register("b", 8), value),)),
        Assign(Register("flag", 1), condition),
    )
    compiled, instruction = Compiled(LSB0.machine()), body(block)
    ended = {
        same(compiled, instruction, {"n": n}, state(compiled.machine, {"b": 9, "flag": flag}))
        for flag in (0, 1)
        for n in (0, 1, 5, 101)
    }
    assert ended == {"completes", "traps"}


def test_long_chains() -> None:
    """More branches and more cases than Python nests blocks."""
    text = "\n".join(f"{'el' if n else ''}if n == {n}:\n    a = {n + 1}" for n in range(60))
    compiled, instruction = Compiled(LSB0.machine()), body(parse(text, LSB0))
    for n in (0, 1, 59, 60):
        same(compiled, instruction, {"n": n}, state(compiled.machine, {}))


def test_an_operand_without_a_case() -> None:
    """Only its attributes are refused."""
    compiled, fields = Compiled(FUNCTIONS.machine()), dict.fromkeys((*FIELDS, *OPERAND_FIELDS), 0) | {"m.case": 2}
    text = "if bit:\n    a = m.address\nb = 1"
    instruction, start = body(parse(text, FUNCTIONS)), state(FUNCTIONS.machine(), {})
    assert same(compiled, instruction, fields, start) == "completes"
    with pytest.raises(IndexError):
        compiled.run(instruction, fields | {"bit": 1}, start)


# -- names -----------------------------------------------------------------------------------------------------------

HOSTILE = "x'] or __import__('os').abort() #\n\\\"{0}é"


def hostile_machine() -> Machine:
    """The small machine, some of it under a hostile name."""
    plain = scope().machine()
    same_value = Function(HOSTILE, (Parameter(HOSTILE, 8),), (8,), (Return((Local(HOSTILE, 8),)),))
    components = {c.name: c for c in (*plain.components.values(), Component(HOSTILE, 8, "visible"))}
    components |= {HOSTILE * 2: Component(HOSTILE * 2, 8, "visible", 4)}
    spaces = {**plain.spaces, HOSTILE: replace(plain.spaces["mem"], name=HOSTILE)}
    traps = {**plain.traps, HOSTILE: TrapKind(HOSTILE, "call", {"n": 8})}
    functions = {**plain.functions, HOSTILE: same_value}
    return replace(plain, components=components, spaces=spaces, traps=traps, functions=functions)


def test_names_are_quoted() -> None:
    compiled = Compiled(hostile_machine())
    sources: list[str] = []
    take = compiled.library.take

    def taken() -> str:
        sources.append(take())
        return sources[-1]

    compiled.library.take = taken  # type: ignore[method-assign]  # to count what is compiled
    local, call = Local(HOSTILE, 8), Call(HOSTILE, (Field(HOSTILE, 8),), 8)
    file = Indexed(HOSTILE * 2, Const(1, 2), 8)
    block = (
        Assign(local, call),
        Evaluate(call),
        While(apply("ult", local, Const(9, 8)), (Assign(local, apply("add", local, Const(1, 8))),), (local,), HOSTILE),
        Assign(Register(HOSTILE, 8), apply("add", local, Uninterpreted(HOSTILE, (Undefined(HOSTILE, True, 8),), 8))),
        Assign(file, apply("add", file, Load(HOSTILE, Const(1, 8), 2, 16).address)),
        Assign(Register("w", 16), Load(HOSTILE, Const(1, 8), 2, 16)),
        TrapAfter(HOSTILE),
        Branch(Register("flag", 1), (Trap(HOSTILE, (local,)),), ()),
        Branch(apply("eq", StorageSize(9), Const(3, 9)), (Execute(Next(8)),), ()),
    )
    for flag in (0, 1):
        same(compiled, body(block), {HOSTILE: 5}, state(compiled.machine, {"flag": flag}))
    tokens = [t for source in sources for t in tokenize.generate_tokens(io.StringIO(source).readline)]
    names = {token.string for token in tokens if token.type == tokenize.NAME}
    generated = re.compile(r"(fn|v|x|body|load|store|length|value|part)[0-9]+_[A-Za-z0-9_]*|[abcfgrs_]|p[0-9]+")
    attributes = {"registers", "files", "get", "storage", "fields", "limit", "function", "open", "next", "size", "bits"}
    attributes |= {"width", "continues", "trap_after", "range"}
    unknown = {n for n in names if not generated.fullmatch(n) and not keyword.iskeyword(n)} - attributes
    assert unknown <= NAMESPACE.keys()
    assert len(names) >= 20
