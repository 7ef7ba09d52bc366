"""Each statement, symbolically: the texts of the evaluator's tests, in their states and in random ones."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from analyzer.language.check import Scope
from analyzer.language.effects import EffectAnalysis
from analyzer.symbolic.runs import OwnStorage, instantiate, summarize
from analyzer.symbolic.terms import Terms
from tests.language.small import FIELDS, OPERAND_FIELDS, body, parse, state
from tests.language.test_statements import COMPLETES, HOOKS, IN_SCOPES, LSB0, TRAPS, Values
from tests.symbolic.test_agreement import Background, Filled, compare, some_value

TEXTS = [
    *((LSB0, text, before, fields) for text, before, fields, _ in COMPLETES),
    *((LSB0, text, before, fields) for text, before, fields, *_ in TRAPS),
    *((where, text, before, fields) for where, text, before, fields, _ in IN_SCOPES),
    *((HOOKS, text, before, fields) for text, before, fields, *_ in (*COMPLETES, *TRAPS)),
    (LSB0, "a = 1\nexecute(w)", {}, {}),
    (LSB0, "if flag:\n    execute(w)\nelif bit:\n    again()\na = 1", {}, {}),
    (LSB0, "trap_after(call)\nif flag:\n    trap_after(illegal)\na = mem[b]", {}, {}),
]


@pytest.mark.parametrize(("where", "text", "before", "fields"), TEXTS)
def test_agrees(where: Scope, text: str, before: Values, fields: Mapping[str, int]) -> None:
    machine, terms, rng = where.machine(), Terms(), random.Random(text)
    instruction = body(parse(text, where))
    effects = EffectAnalysis(machine.functions, machine.operands)
    summary = summarize(machine, instruction, terms, effects, exact=True, tails=True)
    run = instantiate(summary, terms, machine, {}, "virtual", OwnStorage())
    for number in range(8):
        start = state(machine, before)
        given = dict.fromkeys((*FIELDS, *OPERAND_FIELDS), 0) | dict(fields)
        if number:
            start.registers = {name: some_value(rng, machine.components[name].width) for name in start.registers}
            given = {name: some_value(rng, width) for name, width in (FIELDS | OPERAND_FIELDS).items()}
        storage = Background(number, 8, start.storage)
        ended = compare(machine, run, instruction, given, Filled(start.registers, start.files, storage, 256))
        assert number or ended != "endless"


def test_the_fault_of_another_case_does_not_happen() -> None:
    test_agrees(LSB0, "a = m.loaded", {}, {})
