"""What the statements do: texts, what is different afterwards, or the trap."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from analyzer.language.check import Scope
from analyzer.language.evaluate import DoesNotEnd, Evaluator, Interpretation, Outcome
from tests.language.small import body, changes, messages, parse, run, scope, state

LSB0, MSB0 = scope(), scope(bit_order="msb0")
LITTLE, WRAPPED = scope(order="little"), scope(wrap=4)
FUNCTIONS = scope("""
def double(x: 8) -> 8:
    return x + x
def both(x: 8, y: 8) -> (8, 8):
    if x > y:
        return y, x
    return x, y
def refuse(x: 8) -> 8:
    trap(call, x)
def count(x: 8) -> 8:
    a += 1
    return x
def value(p: place) -> 8:
    return p.value if p.is_register else mem[p.address]
def deeper(p: place, q: place) -> 8:
    return value(q) - value(p)
def reset():
    flag = 0
    if user == 1:
        return
    flag = 1
def ends():
    a = 1
    again()
""")
Values = Mapping[str | int, int]

# text, state before (see `state`), fields, what is different afterwards (the program counter goes on unless listed)
COMPLETES = [
    # slices
    ("a = w[15:8]", {"w": 0x1234}, {}, {"a": 0x12}),
    ("flag = w[4]", {"w": 0x10}, {}, {"flag": 1}),
    ("w[11:4] = 0xab", {"w": 0x1234}, {}, {"w": 0x1AB4}),
    ("w[15:8] = n", {"w": 0x1234}, {"n": 7}, {"w": 0x0734}),
    ("w[0] = 1", {"w": 0x1230}, {}, {"w": 0x1231}),
    ("w[15:0] = 5", {"w": 0x1230}, {}, {"w": 5}),
    ("a[TWO:1] = 3", {}, {}, {"a": 6}),
    ("t: 8 = 0\nt[7] = 1\na = t", {}, {}, {"a": 0x80}),
    # register files
    ("r[2] = n", {}, {"n": 9}, {"r2": 9}),
    ("r[n[1:0]] = r[3]", {"r3": 4}, {"n": 0xFD}, {"r1": 4}),
    ("r[1][3:0] = 0xf", {"r1": 0xA0}, {}, {"r1": 0xAF}),
    ("r[a[1:0]][7:4] = 1", {"a": 3, "r3": 0xFF}, {}, {"r3": 0x1F}),
    ("r[0] += 2\nr[0] <<= 1", {"r0": 1}, {}, {"r0": 6}),
    # order: reads see earlier writes
    ("a = 1\nb = a + 1", {}, {}, {"a": 1, "b": 2}),
    ("a, b = b, a", {"a": 1, "b": 2}, {}, {"a": 2, "b": 1}),
    ("r[0], r[1] = r[1], r[0]", {"r0": 1, "r1": 2}, {}, {"r0": 2, "r1": 1}),
    # conditions are lazy: the fault of the side that is not taken does not happen
    ("a = mem[250] if flag else 3", {}, {}, {"a": 3}),
    ("a = 3 if flag else mem[250]", {"flag": 1}, {}, {"a": 3}),
    ("b = 1 if flag and mem[250] == 0 else 2", {}, {}, {"b": 2}),
    ("b = 1 if flag or mem[250] == 0 else 2", {"flag": 1}, {}, {"b": 1}),
    ("if flag:\n    a = mem[250]\nelse:\n    b = 1", {}, {}, {"b": 1}),
    ("a = 1 if 2 < n < 5 else 0", {}, {"n": 3}, {"a": 1}),
    ("a = 1 if 5 < n < mem[250] else 2", {}, {"n": 3}, {"a": 2}),
    ("a = 1 if n in (3, 5) and n not in (4, 5) else 2", {}, {"n": 5}, {"a": 2}),
    ("if not flag:\n    a = 1\nelif bit:\n    a = 2", {"flag": 1}, {"bit": 1}, {"a": 2}),
    # storage
    ("a = mem[20]", {"base": 10, 30: 7}, {}, {"a": 7}),
    ("mem[20] = n", {"base": 10}, {"n": 9}, {30: 9}),
    ("real[5] = real[4]", {4: 3, "limit": 0}, {}, {5: 3}),
    ("w = mem[20, 2]", {20: 0x12, 21: 0x34}, {}, {"w": 0x1234}),
    ("mem[20, 2] = 0x1234", {}, {}, {20: 0x12, 21: 0x34}),
    ("w = real[255, 2]", {255: 1, 0: 2}, {}, {"w": 0x0102}),
    ("linear[250] = 1", {"base": 9}, {}, {250: 1}),
    # calls
    ("a = mix(1, 2)", {}, {}, {"a": 0x77}),
    ("a = undefined(8)\nb = unpredictable(8)", {}, {}, {"a": 1, "b": 0x80}),
    # how the instruction goes on
    ("pc = 9", {"pc": 4}, {}, {"pc": 9}),
    ("pc = pc", {"pc": 4}, {}, {"pc": 4}),
    ("a = pc\nb = next", {"pc": 4}, {}, {"a": 4, "b": 5, "pc": 5}),
    ("a = 1\nagain()", {"pc": 4}, {}, {"a": 1, "pc": 4}),
    ("pc = 9\nagain()", {"pc": 4}, {}, {"pc": 4}),
    ("return\n", {"pc": 255}, {}, {"pc": 0}),
    ("if flag:\n    return\na = 1", {"flag": 1}, {}, {}),
    ("if storage_size == 256:\n    a = 1", {}, {}, {"a": 1}),
    # loops
    ("for i in range(3):\n    r[i] = i + 1", {}, {}, {"r0": 1, "r1": 2, "r2": 3}),
    ("for i in range(2, -1, -1):\n    a = (a << 2) | i", {}, {}, {"a": 0b100100}),
    ("for i in range(0):\n    a = 1", {}, {}, {}),
    ("t = n\nwhile t > 9:\n    t -= 10\na = t", {}, {"n": 37}, {"a": 7}),
    ("t = n\ns: 8 = 0\nwhile t != 0:\n    t = mem[t]\n    s += 1\na = s", {3: 5, 5: 0}, {"n": 3}, {"a": 2}),
]  # fmt: skip

# text, state before, fields, kind, arguments, what is different in the state that is kept
TRAPS = [
    ("trap(illegal)", {}, {}, "illegal", (), {}),
    ("trap(call, n + 1)", {}, {"n": 4}, "call", (5,), {}),
    ("a = 1\nmem[20] = 1\nr[1] = 1\ntrap(illegal)", {}, {}, "illegal", (), {}),
    ("a = 1\ncommit()\nb = 1\ntrap(illegal)", {}, {}, "illegal", (), {"a": 1}),
    ("a = 1\ncommit()\nb = 1\ncommit()\npc = 7\ntrap(illegal)", {}, {}, "illegal", (), {"a": 1, "b": 1}),
    ("if flag:\n    a = 1\n    commit()\nb = mem[250]", {}, {}, "memory", (250,), {}),
    ("mem[20] = 1\na = mem[200]", {}, {}, "memory", (200,), {}),
    ("mem[15] = 1", {}, {}, "memory", (15,), {}),
    ("real[100] = 1\ncommit()\nmem[250] = 1", {}, {}, "memory", (250,), {100: 1}),
    # several units are checked before any is written; the first that is refused is reported
    ("mem[199, 2] = 0x1234", {}, {}, "memory", (200,), {}),
    ("real[0] = 9\nmem[14, 4] = 0", {}, {}, "memory", (14,), {}),
    ("w = mem[199, 2]", {}, {}, "memory", (200,), {}),
    ("a = mem[250] if bit else 3", {}, {"bit": 1}, "memory", (250,), {}),
    ("mem[201] = mem[202]", {}, {}, "memory", (202,), {}),
    ("t = n\nwhile t != 0:\n    t = mem[t]", {3: 250}, {"n": 3}, "memory", (250,), {}),
]  # fmt: skip


def answers(name: str, args: tuple[int, ...]) -> int:
    """The uninterpreted functions of these texts."""
    assert (name, args) == ("mix", (1, 2))
    return 0x77


FIXED = Interpretation(answers, lambda site, unpredictable: 0x80 if unpredictable else 1)


def check_completes(text: str, before: Values, fields: Mapping[str, int], after: Values, where: Scope) -> Outcome:
    """Run a text that completes, and compare all that is different."""
    outcome = run(text, before, fields, where, FIXED)
    start = state(where.machine(), before)
    going_on: Values = {"pc": (start.registers["pc"] + 1) % 256} if outcome.kind == "completes" else {}
    found = changes(start, outcome.state)
    expected = changes(start, state(where.machine(), {**before, **going_on, **after}))
    assert found == expected
    return outcome


@pytest.mark.parametrize(("text", "before", "fields", "after"), COMPLETES)
def test_completes(text: str, before: Values, fields: Mapping[str, int], after: Values) -> None:
    assert check_completes(text, before, fields, after, LSB0).kind == "completes"


@pytest.mark.parametrize(("text", "before", "fields", "kind", "args", "kept"), TRAPS)
def test_traps(
    text: str, before: Values, fields: Mapping[str, int], kind: str, args: tuple[int, ...], kept: Values
) -> None:
    outcome = run(text, before, fields, LSB0, FIXED)
    assert (outcome.kind, outcome.trap, outcome.args) == ("traps", kind, args)
    assert changes(state(LSB0.machine(), before), outcome.state) == kept


IN_SCOPES = [
    (MSB0, "a = w[0:7]", {"w": 0x1234}, {}, {"a": 0x12}),
    (MSB0, "flag = w[0]", {"w": 0x8000}, {}, {"flag": 1}),
    (MSB0, "w[4:11] = 0xab", {"w": 0x1234}, {}, {"w": 0x1AB4}),
    (MSB0, "w[15] = 1", {"w": 0x1230}, {}, {"w": 0x1231}),
    (MSB0, "r[3][0] = 1", {}, {}, {"r3": 0x80}),
    (LITTLE, "w = mem[20, 2]", {20: 0x12, 21: 0x34}, {}, {"w": 0x3412}),
    (LITTLE, "mem[20, 2] = 0x1234", {}, {}, {20: 0x34, 21: 0x12}),
    (WRAPPED, "w = mem[0x2f, 2]", {0x2F: 1, 0x20: 2, 0x30: 3}, {}, {"w": 0x0102}),
    (WRAPPED, "mem[0x2f, 2] = 0x0304", {}, {}, {0x2F: 3, 0x20: 4}),
    (FUNCTIONS, "a = double(double(n))", {}, {"n": 3}, {"a": 12}),
    (FUNCTIONS, "a, b = both(7, 2)", {}, {}, {"a": 2, "b": 7}),
    (FUNCTIONS, "r[0], w[7:0] = both(7, 2)", {}, {}, {"r0": 2, "w": 7}),
    (FUNCTIONS, "w[7:0] = count(5)\nr[0] = a", {}, {}, {"a": 1, "w": 5, "r0": 1}),
    (FUNCTIONS, "a[3:0] = count(5)[3:0]", {"a": 0x10}, {}, {"a": 0x15}),
    (FUNCTIONS, "a = value(m)", {"r2": 7}, {"m.i": 2}, {"a": 7}),
    (FUNCTIONS, "a = value(m)", {30: 8}, {"m.case": 1, "m.a": 30}, {"a": 8}),
    (FUNCTIONS, "a = deeper(m, o)", {30: 8, "r1": 3}, {"o.case": 1, "o.a": 30, "m.i": 1}, {"a": 5}),
    (FUNCTIONS, "flag = m.is_register\na = o.address", {}, {"o.case": 1, "o.a": 30}, {"flag": 1, "a": 30}),
    (FUNCTIONS, "reset()\nb = 1", {}, {}, {"flag": 1, "b": 1}),
    (FUNCTIONS, "reset()\nb = 1", {"user": 1, "flag": 1}, {}, {"flag": 0, "b": 1}),
    (FUNCTIONS, "ends()\nb = 1", {"pc": 4}, {}, {"a": 1, "pc": 4}),
]


@pytest.mark.parametrize(("where", "text", "before", "fields", "after"), IN_SCOPES)
def test_bit_orders_byte_orders_and_functions(
    where: Scope, text: str, before: Values, fields: Mapping[str, int], after: Values
) -> None:
    assert check_completes(text, before, fields, after, where).kind == "completes"


def test_a_function_that_traps() -> None:
    outcome = run("a = 1\nb = refuse(n)", {}, {"n": 6}, FUNCTIONS)
    assert (outcome.kind, outcome.trap, outcome.args) == ("traps", "call", (6,))
    assert outcome.state.registers["a"] == 0


def test_execute_shows_its_bits() -> None:
    outcome = check_completes("a = 1\nexecute(w)", {"pc": 4, "w": 0x1234}, {}, {"a": 1, "pc": 5}, LSB0)
    assert (outcome.kind, outcome.bits, outcome.width) == ("continues", 0x1234, 16)


def test_trap_after_completes() -> None:
    outcome = check_completes("trap_after(call)\na = 1\nif flag:\n    trap_after(illegal)", {}, {}, {"a": 1}, LSB0)
    assert (outcome.kind, outcome.after) == ("completes", ("call",))


HOOKS = scope("""
def before():
    b = a
    if port == 1:
        trap(single_step)
def after():
    r[0] = a + pc
    if port == 2:
        trap(single_step)
""")


def test_hooks_run_around_the_instruction() -> None:
    check_completes("a = 5\npc = 9", {"a": 3}, {}, {"b": 3, "a": 5, "pc": 9, "r0": 14}, HOOKS)
    check_completes("a = 5\nreturn", {"pc": 4}, {}, {"a": 5, "r0": 9}, HOOKS)


@pytest.mark.parametrize("port", (1, 2))
def test_a_trap_in_a_hook_undoes_the_instruction(port: int) -> None:
    outcome = run("a = 5", {"port": port}, {}, HOOKS)
    assert (outcome.kind, outcome.trap) == ("traps", "single_step")
    assert changes(state(HOOKS.machine(), {"port": port}), outcome.state) == {}


def test_a_loop_that_does_not_end() -> None:
    with pytest.raises(DoesNotEnd):
        run("t = n\nwhile t == n:\n    t = n", {}, {}, LSB0)


def test_the_initial_state_is_not_changed() -> None:
    start = state(LSB0.machine(), {"r1": 1, 20: 1})
    same = start.copy()
    Evaluator(LSB0.machine()).run(body(parse("r[1] = 5\nmem[20] = 6\na = 1\ncommit()", LSB0)), {}, start)
    assert start == same


def test_doubtful_spacing_is_no_matter(recwarn: pytest.WarningsRecorder) -> None:
    assert messages("a = 1if flag else 2", LSB0) == ""
    assert not list(recwarn)


def test_locals_of_the_front_end_do_not_clash() -> None:
    text = "_0 = n\n_1 = n + 1\na, b = b, a\nr[0] = _0\nr[1] = _1"
    check_completes(text, {"a": 1, "b": 2}, {"n": 5}, {"a": 2, "b": 1, "r0": 5, "r1": 6}, LSB0)


def test_open_values_of_different_places_are_different() -> None:
    outcome = run("a = undefined(8)\nb = undefined(8)\nw = undefined(16)", {}, {}, LSB0)
    values = [outcome.state.registers[name] for name in ("a", "b", "w")]
    assert len(set(values)) == 3
