"""A small machine for semantics texts: parse one, run it, print it."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.diagnostics import Diagnostics, SpecError, render
from analyzer.language.check import Scope, check_block, check_functions, collect_functions
from analyzer.language.declarations import (
    BitOrder,
    Body,
    Component,
    Machine,
    OperandCase,
    OperandClass,
    Order,
    Space,
    TrapKind,
    UninterpretedFunction,
)
from analyzer.language.evaluate import Evaluator, Interpretation, Outcome, State, initial_state
from analyzer.language.ir import Block, CaseField, Const, Indexed, Load
from analyzer.language.source import SourceText

FIELDS = {"n": 8, "k": 3, "bit": 1, "prefix": 2}
OPERAND_FIELDS = {"m.case": 1, "m.i": 2, "m.a": 8, "o.case": 1, "o.i": 2, "o.a": 8}
OPERANDS = {"m": "place", "o": "place"}
STORAGE = 256
TRANSLATE = """
def translate(address: 8, kind: 2) -> 8:
    if address >= limit:
        trap(memory, address)
    if kind == write and address < 16:
        trap(memory, address)
    return address + base
"""


def scope(functions: str = "", bit_order: BitOrder = "lsb0", order: Order = "big", wrap: int | None = None) -> Scope:
    """The declarations, with the functions of a text. Raises `SpecError` when the text is wrong."""
    components = (
        Component("pc", 8, "pc"), Component("user", 1, "mode"), Component("base", 8, "relocation"),
        Component("limit", 8, "relocation"), Component("a", 8, "visible"), Component("b", 8, "visible"),
        Component("w", 16, "visible"), Component("flag", 1, "visible"), Component("r", 8, "visible", 4),
        Component("port", 8, "control"),
    )  # fmt: skip
    spaces = (
        Space("mem", 8, 8, "program", order, wrap), Space("real", 8, 8, "storage", order),
        Space("linear", 8, 8, "system", order, None, "straight"),
    )  # fmt: skip
    traps = (
        TrapKind("memory", "memory", {"address": 8}), TrapKind("illegal", "privileged"),
        TrapKind("call", "call", {"n": 8}), TrapKind("single_step", "exception"),
    )  # fmt: skip
    cases = (
        OperandCase("register", {"i": 2}, {"is_register": Const(1, 1), "value": Indexed("r", CaseField("i", 2), 8)}),
        OperandCase("direct", {"a": 8}, {"address": CaseField("a", 8), "loaded": Load("mem", CaseField("a", 8), 1, 8)}),
    )
    out = Scope(
        bit_order,
        {c.name: c for c in components},
        {s.name: s for s in spaces},
        {t.name: t for t in traps},
        {"mix": UninterpretedFunction("mix", (8, 8), 8), "test": UninterpretedFunction("test", (16,), 1)},
        {"TWO": 2, "WIDE": 0x1234},
        {"place": OperandClass("place", {"is_register": 1, "address": 8, "value": 8, "loaded": 8}, cases)},
        {"prefix": 2},
    )
    diagnostics = Diagnostics()
    straight = "def straight(address: 8, kind: 2) -> 8:\n    return address\n"
    source = SourceText.plain(TRANSLATE + straight + functions)
    collect_functions(source, out, diagnostics)
    check_functions(out, diagnostics)
    diagnostics.raise_errors({"<text>": source.text})
    return out


def parse(text: str, where: Scope) -> Block:
    """The typed block. Raises `SpecError` when the text is wrong."""
    diagnostics = Diagnostics()
    block = check_block(SourceText.plain(text), where, diagnostics, fields=FIELDS, operands=OPERANDS)
    diagnostics.raise_errors({"<text>": text})
    return block


def messages(text: str, where: Scope) -> str:
    """What is wrong in a text; empty if nothing is."""
    try:
        parse(text, where)
    except SpecError as error:
        return render(error.diagnostics, error.sources)
    return ""


def body(block: Block) -> Body:
    """The block as an instruction of one unit."""
    return Body({**FIELDS, **OPERAND_FIELDS}, OPERANDS, Const(1, 8), block)


def state(machine: Machine, values: Mapping[str | int, int]) -> State:
    """Zeros, a limit of 200, except for `values`: components, `r1` for a register, a number for a unit of storage."""
    out = initial_state(machine, STORAGE)
    out.registers["limit"] = 200
    for name, value in values.items():
        if isinstance(name, int):
            out.storage[name] = value
        elif name in out.registers:
            out.registers[name] = value
        else:
            out.files[name[:-1]][int(name[-1])] = value
    return out


def run(
    text: str, before: Mapping[str | int, int], fields: Mapping[str, int], where: Scope,
    interpretation: Interpretation | None = None,
) -> Outcome:  # fmt: skip
    """Execute a text."""
    machine = where.machine()
    given = dict.fromkeys((*FIELDS, *OPERAND_FIELDS), 0) | dict(fields)
    return Evaluator(machine, interpretation).run(body(parse(text, where)), given, state(machine, before))


def changes(before: State, after: State) -> dict[str | int, int]:
    """What is different, named as in `state`."""
    out: dict[str | int, int] = {n: v for n, v in after.registers.items() if v != before.registers[n]}
    for file, values in after.files.items():
        out |= {f"{file}{i}": v for i, v in values.items() if v != before.files[file].get(i, 0)}
    return out | {a: v for a, v in after.storage.items() if v != before.storage.get(a, 0)}
