"""Instructions of the KA10, written from the words of the manual: state in, state out.

In an example, `ac17` is an accumulator (octal), a number is an address of storage, everything else is a component.
What the second column does not list must stay as it was; the program counter goes from 1000 to 1001.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from analyzer import load
from analyzer.encoding.codec import Decoder
from analyzer.language.evaluate import Evaluator, Outcome, State, initial_state
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis

Values = Mapping[str | int, int]
Example = tuple[str, Mapping[str, int], Values, Values]
Answers = Callable[[str], tuple[Analysis, ...]]

ROOT = Path(__file__).parents[2]
ONES = 0o777777777777
NEGATIVE = 0o400000000000  # the most negative number
STORAGE = 0o400000
USER: Values = {"user": 1, "low_protection": 1, "low_relocation": 4, "high_protection": 0o200, "high_relocation": 0o210}


def halves(left: int, right: int) -> int:
    """A word made of two halves of 18 bits."""
    return left << 18 | right


def minus(number: int) -> int:
    """The word that represents -number."""
    return -number & ONES


def state(isa: Isa, values: Values) -> State:
    """A machine in executive mode at 1000, except for `values`."""
    result = initial_state(isa.machine, STORAGE)
    result.registers["pc"] = 0o1000
    put(result, values)
    return result


def put(result: State, values: Values) -> None:
    """Change a state."""
    for name, value in values.items():
        if isinstance(name, int):
            result.storage[name] = value
        elif match := re.fullmatch("ac([0-7]+)", name):
            result.files["ac"][int(match[1], 8)] = value
        elif match := re.fullmatch(r"(\w+)\[(\d+)\]", name):
            result.files[match[1]][int(match[2])] = value
        else:
            assert name in result.registers, name
            result.registers[name] = value


def plain(result: State) -> object:
    """A state to compare: what is 0 does not count."""
    files = {(name, i): v for name, file in result.files.items() for i, v in file.items() if v}
    return result.registers, files, {a: v for a, v in result.storage.items() if v}


def execute(isa: Isa, name: str, fields: Mapping[str, int], before: State) -> Outcome:
    """One instruction; fields that are not given are 0."""
    body = isa.instruction(name).body
    assert set(fields) <= set(body.fields), name
    return Evaluator(isa.machine).run(body, {field: fields.get(field, 0) for field in body.fields}, before)


MOVES: list[Example] = [
    ("MOVE", {"a": 1, "y": 0o100}, {0o100: 5}, {"ac1": 5}),
    ("MOVE", {"a": 1, "y": 7}, {"ac7": 5}, {"ac1": 5}),
    ("MOVEI", {"a": 1, "y": 0o777777}, {"ac1": ONES}, {"ac1": 0o777777}),
    ("MOVEM", {"a": 1, "y": 0o100}, {"ac1": 5}, {0o100: 5}),
    ("MOVES", {"a": 0, "y": 0o100}, {0o100: 5}, {}),
    ("MOVES", {"a": 2, "y": 0o100}, {0o100: 5}, {"ac2": 5}),
    ("MOVS", {"a": 1, "y": 0o100}, {0o100: halves(1, 2)}, {"ac1": halves(2, 1)}),
    ("MOVSI", {"a": 1, "y": 3}, {}, {"ac1": halves(3, 0)}),
    ("MOVN", {"a": 1, "y": 0o100}, {0o100: 5}, {"ac1": minus(5)}),
    ("MOVN", {"a": 1, "y": 0o100}, {"ac1": 5}, {"ac1": 0, "carry_0": 1, "carry_1": 1}),
    ("MOVN", {"a": 1, "y": 0o100}, {0o100: NEGATIVE}, {"ac1": NEGATIVE, "overflow": 1, "carry_1": 1}),
    ("MOVNM", {"a": 1, "y": 0o100}, {"ac1": minus(1)}, {0o100: 1}),
    ("MOVM", {"a": 1, "y": 0o100}, {0o100: minus(3)}, {"ac1": 3}),
    ("MOVM", {"a": 1, "y": 0o100}, {0o100: 3}, {"ac1": 3}),
    ("MOVMS", {"a": 0, "y": 0o100}, {0o100: NEGATIVE}, {"overflow": 1, "carry_1": 1}),
    ("EXCH", {"a": 1, "y": 0o100}, {"ac1": 1, 0o100: 2}, {"ac1": 2, 0o100: 1}),
]

ADDRESSES: list[Example] = [
    ("MOVEI", {"a": 1, "x": 3, "y": 0o100}, {"ac3": halves(0o777777, 0o10)}, {"ac1": 0o110}),
    ("MOVEI", {"a": 1, "x": 3, "y": 0o777777}, {"ac3": 1}, {"ac1": 0}),
    ("MOVEI", {"a": 1, "i": 1, "y": 0o100}, {0o100: halves(0o777717, 5), "ac17": 0o20}, {"ac1": 0o25}),
    ("MOVEI", {"a": 1, "i": 1, "y": 0o100}, {0o100: halves(0o20, 0o200), 0o200: halves(0o22, 0o70), "ac2": 3, 0o73: 9},
     {"ac1": 9}),
    ("MOVE", {"a": 1, "i": 1, "y": 5}, {"ac5": 0o300, 0o300: 4}, {"ac1": 4}),
]  # fmt: skip

HALVES: list[Example] = [
    ("HLL", {"a": 1, "y": 0o100}, {"ac1": halves(1, 2), 0o100: halves(3, 4)}, {"ac1": halves(3, 2)}),
    ("HLLI", {"a": 1, "y": 0o100}, {"ac1": halves(1, 2)}, {"ac1": halves(0, 2)}),
    ("HLLM", {"a": 1, "y": 0o100}, {"ac1": halves(1, 2), 0o100: halves(3, 4)}, {0o100: halves(1, 4)}),
    ("HRLS", {"a": 3, "y": 0o100}, {0o100: halves(3, 4)}, {0o100: halves(4, 4), "ac3": halves(4, 4)}),
    ("HRLZI", {"a": 1, "y": 5}, {"ac1": ONES}, {"ac1": halves(5, 0)}),
    ("HRRO", {"a": 1, "y": 0o100}, {0o100: halves(3, 4)}, {"ac1": halves(0o777777, 4)}),
    ("HLRE", {"a": 1, "y": 0o100}, {0o100: halves(0o400000, 4)}, {"ac1": halves(0o777777, 0o400000)}),
    ("HLRE", {"a": 1, "y": 0o100}, {0o100: halves(0o200000, 4), "ac1": ONES}, {"ac1": 0o200000}),
    ("HRRES", {"a": 0, "y": 0o100}, {0o100: halves(7, 0o600000)}, {0o100: halves(0o777777, 0o600000)}),
    ("HLRM", {"a": 1, "y": 0o100}, {"ac1": halves(1, 2), 0o100: halves(3, 4)}, {0o100: halves(3, 1)}),
]

LOGIC: list[Example] = [
    ("SETZB", {"a": 1, "y": 0o100}, {"ac1": 5, 0o100: 6}, {"ac1": 0, 0o100: 0}),
    ("SETAM", {"a": 1, "y": 0o100}, {"ac1": 5}, {0o100: 5}),
    ("SETCA", {"a": 1, "y": 0o100}, {"ac1": 5}, {"ac1": ONES - 5}),
    ("SETOI", {"a": 1}, {}, {"ac1": ONES}),
    ("AND", {"a": 1, "y": 0o100}, {"ac1": 0b1100, 0o100: 0b1010}, {"ac1": 0b1000}),
    ("ANDCAM", {"a": 1, "y": 0o100}, {"ac1": 0b1100, 0o100: 0b1010}, {0o100: 0b0010}),
    ("SETMB", {"a": 1, "y": 0o100}, {0o100: 0b1010}, {"ac1": 0b1010}),
    ("ANDCM", {"a": 1, "y": 0o100}, {"ac1": 0b1100, 0o100: 0b1010}, {"ac1": 0b0100}),
    ("XOR", {"a": 1, "y": 0o100}, {"ac1": 0b1100, 0o100: 0b1010}, {"ac1": 0b0110}),
    ("IORI", {"a": 1, "y": 0b1010}, {"ac1": 0b1100}, {"ac1": 0b1110}),
    ("ANDCB", {"a": 1, "y": 0o100}, {"ac1": 0b1100, 0o100: 0b1010}, {"ac1": ONES - 0b1110}),
    ("EQV", {"a": 1, "y": 0o100}, {"ac1": 0b1100, 0o100: 0b1010}, {"ac1": ONES - 0b0110}),
    ("ORCA", {"a": 1, "y": 0o100}, {"ac1": 0b1100, 0o100: 0b1010}, {"ac1": ONES - 0b0100}),
    ("SETCM", {"a": 1, "y": 0o100}, {0o100: 0b1010}, {"ac1": ONES - 0b1010}),
    ("ORCM", {"a": 1, "y": 0o100}, {"ac1": 0b1100, 0o100: 0b1010}, {"ac1": ONES - 0b0010}),
    ("ORCB", {"a": 1, "y": 0o100}, {"ac1": 0b1100, 0o100: 0b1010}, {"ac1": ONES - 0b1000}),
]

ARITHMETIC: list[Example] = [
    ("ADD", {"a": 1, "y": 0o100}, {"ac1": 1, 0o100: 2}, {"ac1": 3}),
    ("ADDI", {"a": 1, "y": 1}, {"ac1": ONES}, {"ac1": 0, "carry_0": 1, "carry_1": 1}),
    ("ADDI", {"a": 1, "y": 1}, {"ac1": NEGATIVE - 1}, {"ac1": NEGATIVE, "overflow": 1, "carry_1": 1}),
    ("ADDB", {"a": 1, "y": 0o100}, {"ac1": NEGATIVE, 0o100: NEGATIVE},
     {"ac1": 0, 0o100: 0, "overflow": 1, "carry_0": 1}),
    ("SUB", {"a": 1, "y": 0o100}, {"ac1": 5, 0o100: 5}, {"ac1": 0, "carry_0": 1, "carry_1": 1}),
    ("SUBI", {"a": 1, "y": 1}, {"ac1": NEGATIVE}, {"ac1": NEGATIVE - 1, "overflow": 1, "carry_0": 1}),
    ("SUBM", {"a": 1, "y": 0o100}, {0o100: NEGATIVE}, {"overflow": 1, "carry_1": 1}),
    ("IMUL", {"a": 1, "y": 0o100}, {"ac1": 3, 0o100: minus(5)}, {"ac1": minus(15)}),
    ("IMULI", {"a": 1, "y": 1}, {"ac1": NEGATIVE}, {}),
    ("IMULM", {"a": 1, "y": 0o100}, {"ac1": 1 << 18, 0o100: 1 << 18}, {0o100: 0, "overflow": 1}),
    ("IMUL", {"a": 1, "y": 0o100}, {"ac1": NEGATIVE, 0o100: NEGATIVE}, {"overflow": 1}),
    ("MUL", {"a": 1, "y": 0o100}, {"ac1": 3, 0o100: 5}, {"ac1": 0, "ac2": 15}),
    ("MUL", {"a": 0o17, "y": 0o100}, {"ac17": 1 << 20, 0o100: 1 << 20}, {"ac17": 1 << 5, "ac0": 0}),
    ("MUL", {"a": 1, "y": 0o100}, {"ac1": minus(1), 0o100: 1}, {"ac1": ONES, "ac2": ONES}),
    ("MUL", {"a": 1, "y": 0o100}, {"ac1": NEGATIVE, 0o100: NEGATIVE}, {"ac2": NEGATIVE, "overflow": 1}),
    ("MULM", {"a": 1, "y": 0o100}, {"ac1": 1 << 34, 0o100: 2}, {0o100: 1}),
    ("IDIV", {"a": 1, "y": 0o100}, {"ac1": 7, 0o100: minus(2)}, {"ac1": minus(3), "ac2": 1}),
    ("IDIVI", {"a": 1, "y": 2}, {"ac1": minus(7)}, {"ac1": minus(3), "ac2": minus(1)}),
    ("IDIVI", {"a": 1, "y": 0}, {"ac1": 7}, {"overflow": 1, "no_divide": 1}),
    ("IDIVI", {"a": 1, "y": 1}, {"ac1": NEGATIVE}, {"overflow": 1, "no_divide": 1}),
    ("IDIV", {"a": 1, "y": 0o100}, {"ac1": NEGATIVE, 0o100: ONES}, {"overflow": 1, "no_divide": 1}),
    ("IDIVI", {"a": 1, "y": 2}, {"ac1": NEGATIVE}, {"ac1": minus(1 << 34)}),
    ("IDIVM", {"a": 1, "y": 0o100}, {"ac1": 7, 0o100: 2}, {0o100: 3}),
    ("DIV", {"a": 1, "y": 0o100}, {"ac1": 1, "ac2": 7, 0o100: 2}, {"ac1": (1 << 34) + 3, "ac2": 1}),
    ("DIV", {"a": 1, "y": 0o100}, {"ac1": ONES, "ac2": ONES - 6, 0o100: 2}, {"ac1": minus(3), "ac2": minus(1)}),
    ("DIV", {"a": 1, "y": 0o100}, {"ac1": 0, "ac2": halves(0o400000, 7), 0o100: 2}, {"ac1": 3, "ac2": 1}),
    ("DIV", {"a": 1, "y": 0o100}, {"ac1": 2, 0o100: 2}, {"overflow": 1, "no_divide": 1}),
    ("DIV", {"a": 1, "y": 0o100}, {"ac1": 1, 0o100: NEGATIVE}, {"ac1": minus(1), "ac2": 0}),
    ("DIVB", {"a": 1, "y": 0o100}, {"ac2": 7, 0o100: 2}, {"ac1": 3, "ac2": 1, 0o100: 3}),
]  # fmt: skip

SHIFTS: list[Example] = [
    ("ASH", {"a": 1, "y": 1}, {"ac1": 0o200000000000}, {"ac1": 0, "overflow": 1}),
    ("ASH", {"a": 1, "y": 1}, {"ac1": ONES}, {"ac1": minus(2)}),
    ("ASH", {"a": 1, "y": 1}, {"ac1": 0o577777777777}, {"ac1": minus(2), "overflow": 1}),
    ("ASH", {"a": 1, "y": 35}, {"ac1": ONES}, {"ac1": NEGATIVE}),
    ("ASH", {"a": 1, "y": 255}, {"ac1": 1}, {"ac1": 0, "overflow": 1}),
    ("ASH", {"a": 1, "y": 0o777777}, {"ac1": NEGATIVE}, {"ac1": 0o600000000000}),
    ("ASH", {"a": 1, "y": 0o777700}, {"ac1": NEGATIVE}, {"ac1": ONES}),
    ("ASHC", {"a": 1, "y": 1}, {"ac2": 0o200000000000}, {"ac1": 1, "ac2": 0}),
    ("ASHC", {"a": 1, "y": 1}, {"ac1": ONES}, {"ac1": minus(2), "ac2": NEGATIVE}),
    ("ASHC", {"a": 1, "y": 0o777777}, {"ac1": 1}, {"ac1": 0, "ac2": 0o200000000000}),
    ("ASHC", {"a": 1, "y": 0}, {"ac1": ONES}, {}),
    ("ASHC", {"a": 1, "y": 36}, {"ac2": 1}, {"ac1": 2, "ac2": 0}),
    ("ASHC", {"a": 1, "y": 36}, {"ac1": 1}, {"ac1": 0, "overflow": 1}),
    ("LSH", {"a": 1, "y": 1}, {"ac1": ONES}, {"ac1": ONES - 1}),
    ("LSH", {"a": 1, "y": 36}, {"ac1": ONES}, {"ac1": 0}),
    ("LSH", {"a": 1, "y": 0o777777}, {"ac1": NEGATIVE}, {"ac1": 0o200000000000}),
    ("LSH", {"a": 1, "y": 0o400}, {"ac1": 5}, {}),
    ("LSHC", {"a": 0o17, "y": minus(36) & 0o777777}, {"ac17": 5, "ac0": 6}, {"ac17": 0, "ac0": 5}),
    ("ROT", {"a": 1, "y": 1}, {"ac1": NEGATIVE}, {"ac1": 1}),
    ("ROT", {"a": 1, "y": 36}, {"ac1": 5}, {}),
    ("ROT", {"a": 1, "y": 0o777777}, {"ac1": 1}, {"ac1": NEGATIVE}),
    ("ROTC", {"a": 1, "y": 1}, {"ac1": NEGATIVE, "ac2": NEGATIVE}, {"ac1": 1, "ac2": 1}),
]

TESTS: list[Example] = [
    ("CAIL", {"a": 1, "y": 5}, {"ac1": minus(1)}, {"pc": 0o1002}),
    ("CAIL", {"a": 1, "y": 5}, {"ac1": 5}, {}),
    ("CAILE", {"a": 1, "y": 5}, {"ac1": 5}, {"pc": 0o1002}),
    ("CAMG", {"a": 1, "y": 0o100}, {"ac1": 1, 0o100: NEGATIVE}, {"pc": 0o1002}),
    ("CAMN", {"a": 1, "y": 0o100}, {"ac1": 1, 0o100: 1}, {}),
    ("CAI", {"a": 1}, {}, {}),
    ("CAIA", {"a": 1}, {}, {"pc": 0o1002}),
    ("JUMP", {"a": 1, "y": 0o200}, {}, {}),
    ("JUMPA", {"a": 1, "y": 0o200}, {}, {"pc": 0o200}),
    ("JUMPL", {"a": 1, "y": 0o200}, {"ac1": NEGATIVE}, {"pc": 0o200}),
    ("JUMPG", {"a": 1, "y": 0o200}, {}, {}),
    ("SKIPE", {"a": 2, "y": 0o100}, {"ac2": 5}, {"ac2": 0, "pc": 0o1002}),
    ("SKIPN", {"a": 0, "y": 0o100}, {0o100: 5}, {"pc": 0o1002}),
    ("AOJ", {"a": 1, "y": 0o200}, {"ac1": NEGATIVE - 1}, {"ac1": NEGATIVE, "overflow": 1, "carry_1": 1}),
    ("AOJGE", {"a": 1, "y": 0o200}, {"ac1": ONES}, {"ac1": 0, "carry_0": 1, "carry_1": 1, "pc": 0o200}),
    ("AOSE", {"a": 3, "y": 0o100}, {0o100: ONES, "ac3": 7},
     {0o100: 0, "ac3": 0, "carry_0": 1, "carry_1": 1, "pc": 0o1002}),
    ("SOJGE", {"a": 1, "y": 0o200}, {}, {"ac1": ONES}),
    ("SOJ", {"a": 1}, {"ac1": NEGATIVE}, {"ac1": NEGATIVE - 1, "overflow": 1, "carry_0": 1}),
    ("SOSG", {"a": 0, "y": 0o100}, {0o100: 2}, {0o100: 1, "carry_0": 1, "carry_1": 1, "pc": 0o1002}),
    ("TRNE", {"a": 1, "y": 4}, {"ac1": 3}, {"pc": 0o1002}),
    ("TRNE", {"a": 1, "y": 2}, {"ac1": 3}, {}),
    ("TLO", {"a": 1, "y": 4}, {"ac1": 3}, {"ac1": halves(4, 3)}),
    ("TDZA", {"a": 1, "y": 0o100}, {"ac1": 7, 0o100: 2}, {"ac1": 5, "pc": 0o1002}),
    ("TSC", {"a": 1, "y": 0o100}, {"ac1": 7, 0o100: halves(2, 1)}, {"ac1": halves(1, 5)}),
    ("TRZN", {"a": 1, "y": 6}, {"ac1": 7}, {"ac1": 1, "pc": 0o1002}),
    ("TLNN", {"a": 1, "y": 6}, {"ac1": 7}, {}),
]  # fmt: skip

JUMPS: list[Example] = [
    ("JFFO", {"a": 1, "y": 0o200}, {"ac2": 5}, {"ac2": 0}),
    ("JFFO", {"a": 1, "y": 0o200}, {"ac1": 1}, {"ac2": 35, "pc": 0o200}),
    ("JFFO", {"a": 0o17, "y": 0o200}, {"ac17": NEGATIVE, "ac0": 5}, {"ac0": 0, "pc": 0o200}),
    ("AOBJP", {"a": 1, "y": 0o200}, {"ac1": halves(0o777776, 0o777777)}, {"ac1": 0, "pc": 0o200}),
    ("AOBJN", {"a": 1, "y": 0o200}, {"ac1": halves(0o777777, 5)}, {"ac1": 6}),
    ("AOBJN", {"a": 1, "y": 0o200}, {"ac1": halves(0o777770, 5)}, {"ac1": halves(0o777771, 6), "pc": 0o200}),
    ("JRST 0", {"y": 0o200}, {}, {"pc": 0o200}),
    ("JRST 1", {"y": 0o200}, {}, {"pc": 0o200, "user": 1}),
    ("JRST 2", {"x": 3, "y": 0}, {"ac3": halves(0o774140, 0o200)},
     {"pc": 0o200, "overflow": 1, "carry_0": 1, "carry_1": 1, "floating_overflow": 1, "first_part_done": 1, "user": 1,
      "user_iot": 1, "floating_underflow": 1, "no_divide": 1}),
    ("JRST 2", {"i": 1, "y": 0o100}, {0o100: halves(0o010000, 0o200), "overflow": 1, "user_iot": 1},
     {"pc": 0o200, "overflow": 0, "user": 1, "user_iot": 0}),
    ("JRST 2", {"x": 3}, {**USER, "ac3": halves(0o004000, 0o200)}, {"pc": 0o200}),
    ("JRST 2", {"x": 3}, {**USER, "user_iot": 1, "ac3": 0o200}, {"pc": 0o200, "user_iot": 0}),
    ("JRST 4", {"y": 0o200}, {}, {"pc": 0o200, "halted": 1}),
    ("JRST 4", {"y": 0o200}, {**USER, "user_iot": 1}, {"pc": 0o200, "halted": 1}),
    ("JRST 10", {"y": 0o200}, {"pi_held": 0b0010100}, {"pc": 0o200, "pi_held": 0b0000100}),
    ("JRST 10", {"y": 0o200}, {}, {"pc": 0o200}),
    ("JRST 12", {"i": 1, "y": 0o100}, {0o100: halves(0o010000, 0o200), "pi_held": 1},
     {"pc": 0o200, "user": 1, "pi_held": 0}),
    ("JFCL", {"f": 0o10, "y": 0o200}, {"overflow": 1, "carry_0": 1}, {"overflow": 0, "pc": 0o200}),
    ("JFCL", {"f": 0o17, "y": 0o200}, {}, {}),
    ("JFCL", {"f": 1, "y": 0o200}, {"floating_overflow": 1}, {"floating_overflow": 0, "pc": 0o200}),
    ("JSR", {"y": 0o100}, {**USER, "overflow": 1, "user_iot": 1, "first_part_done": 1},
     {0o10100: halves(0o434000, 0o1001), "first_part_done": 0, "pc": 0o101}),
    ("JSP", {"a": 1, "y": 0o100}, {"carry_1": 1, "no_divide": 1}, {"ac1": halves(0o100040, 0o1001), "pc": 0o100}),
    ("JSP", {"a": 1, "y": 0o100}, USER, {"ac1": halves(0o010000, 0o1001), "pc": 0o100}),
    ("JSA", {"a": 1, "y": 0o100}, {"ac1": 5}, {0o100: 5, "ac1": halves(0o100, 0o1001), "pc": 0o101}),
    ("JRA", {"a": 1, "y": 0o300}, {"ac1": halves(0o200, 0o50), 0o200: 7}, {"ac1": 7, "pc": 0o300}),
    ("no-op 247", {"y": 0o300}, {}, {}),
]  # fmt: skip

LISTS: list[Example] = [
    ("PUSH", {"a": 1, "y": 0o100}, {"ac1": halves(0o777770, 0o200), 0o100: 5},
     {"ac1": halves(0o777771, 0o201), 0o201: 5}),
    ("PUSH", {"a": 1, "y": 0o100}, {"ac1": halves(0o777777, 0o200), 0o100: 5},
     {"ac1": 0o201, 0o201: 5, "pushdown_overflow": 1}),
    ("PUSH", {"a": 1, "y": 1}, {"ac1": 0o200}, {"ac1": halves(1, 0o201), 0o201: 0o200}),
    ("POP", {"a": 1, "y": 0o100}, {"ac1": halves(1, 0o200), 0o200: 5}, {"ac1": 0o177, 0o100: 5}),
    ("POP", {"a": 1, "y": 0o100}, {"ac1": 0o200, 0o200: 5},
     {"ac1": halves(0o777777, 0o177), 0o100: 5, "pushdown_overflow": 1}),
    ("POP", {"a": 1, "y": 1}, {"ac1": halves(1, 0o200), 0o200: 5}, {"ac1": 5}),
    ("PUSHJ", {"a": 1, "y": 0o300}, {"ac1": 0o200, "overflow": 1, "first_part_done": 1},
     {"ac1": halves(1, 0o201), 0o201: halves(0o420000, 0o1001), "first_part_done": 0, "pc": 0o300}),
    ("POPJ", {"a": 1, "y": 0o300}, {"ac1": halves(1, 0o200), 0o200: halves(0o400000, 0o77)},
     {"ac1": 0o177, "pc": 0o77}),
    ("BLT", {"a": 1, "y": 0o202}, {"ac1": halves(0o100, 0o200), 0o100: 5},
     {0o200: 5, "ac1": halves(0o101, 0o201), "pc": 0o1000}),
    ("BLT", {"a": 1, "y": 0o202}, {"ac1": halves(0o102, 0o202), 0o102: 5}, {0o202: 5}),
    ("BLT", {"a": 1, "y": 0o100}, {"ac1": halves(0o102, 0o202), 0o102: 5}, {0o202: 5}),
]  # fmt: skip

BYTES: list[Example] = [
    ("IBP", {"y": 0o100}, {0o100: halves(0o440600, 0o200)}, {0o100: halves(0o360600, 0o200)}),
    ("IBP", {"y": 0o100}, {0o100: halves(0o000600, 0o200)}, {0o100: halves(0o360600, 0o201)}),
    ("IBP", {"y": 0o100}, {0o100: halves(0o000600, 0o777777)}, {0o100: halves(0o360601, 0)}),
    ("IBP", {"y": 0o100}, {0o100: halves(0o005000, 0o200)}, {0o100: halves(0o745000, 0o201)}),
    ("LDB", {"a": 1, "y": 0o100}, {0o100: halves(0o060600, 0o200), 0o200: 0o112233445566}, {"ac1": 0o55}),
    ("LDB", {"a": 1, "y": 0o100}, {0o100: halves(0o361100, 0o200), 0o200: 0o112233445566}, {"ac1": 0o11}),
    ("LDB", {"a": 1, "y": 0o100}, {0o100: halves(0o450600, 0o200), 0o200: ONES, "ac1": 5}, {"ac1": 0}),
    ("LDB", {"a": 1, "y": 0o100}, {0o100: halves(0o007700, 0o200), 0o200: ONES}, {"ac1": ONES}),
    ("LDB", {"a": 1, "y": 0o100}, {0o100: halves(0o000602, 1), "ac2": 0o177, 0o200: 0o33}, {"ac1": 0o33}),
    ("DPB", {"a": 1, "y": 0o100}, {0o100: halves(0o060600, 0o200), 0o200: 0o112233445566, "ac1": 0o777},
     {0o200: 0o112233447766}),
    ("ILDB", {"a": 1, "y": 0o100}, {0o100: halves(0o000600, 0o200), 0o201: 0o112233445566},
     {0o100: halves(0o360600, 0o201), "ac1": 0o11}),
    ("ILDB", {"a": 1, "y": 0o100}, {0o100: halves(0o360600, 0o200), 0o200: 0o112233445566, "first_part_done": 1},
     {"ac1": 0o11, "first_part_done": 0}),
    ("ILDB", {"a": 1, "y": 0o100}, {0o100: halves(0o000600, 0o777777), 0: 1, "ac0": 0o770000000000, "ac1": 0o5000},
     {0o100: halves(0o360601, 0), "ac1": 0o77}),
    ("IDPB", {"a": 1, "y": 0o100}, {0o100: halves(0o440600, 0o200), "ac1": 0o12},
     {0o100: halves(0o360600, 0o200), 0o200: 0o120000000000}),
]  # fmt: skip

FLOATING: list[Example] = [
    ("DFN", {"a": 1, "y": 0o100}, {"ac1": 0o200400000000, 0o100: 0o145000000000},
     {"ac1": 0o577400000000}),
    ("DFN", {"a": 1, "y": 0o100}, {"ac1": 0o200400000000, 0o100: 1}, {"ac1": 0o577377777777, 0o100: 0o777777777}),
]  # fmt: skip

IN_OUT: list[Example] = [
    ("CONO", {"device": 3, "y": 5}, {}, {"device_status[3]": 5}),
    ("CONI", {"device": 3, "y": 0o100}, {"device_status[3]": 5}, {0o100: 5}),
    ("CONSO", {"device": 3, "y": 4}, {"device_status[3]": 5}, {"pc": 0o1002}),
    ("CONSZ", {"device": 3, "y": 4}, {"device_status[3]": 5}, {}),
    ("DATAO", {"device": 3, "y": 0o100}, {0o100: 5}, {"device_data[3]": 5}),
    ("DATAI", {"device": 3, "y": 0o100}, {**USER, "user_iot": 1, "device_data[3]": 5}, {0o10100: 5}),
    ("BLKI", {"device": 3, "y": 0o100}, {0o100: halves(0o777776, 0o200), "device_data[3]": 5},
     {0o100: halves(0o777777, 0o201), 0o201: 5, "pc": 0o1002}),
    ("BLKO", {"device": 3, "y": 0o100}, {0o100: halves(0o777777, 0o200), 0o201: 5},
     {0o100: 0o201, "device_data[3]": 5}),
    ("DATAI APR", {"device": 0, "y": 0o100}, {"console_switches": 5}, {0o100: 5}),
    ("DATAO APR", {"device": 0, "y": 0o100}, {0o100: 1 << 28 | 2 << 19 | 1 << 18 | 3 << 10 | 4 << 1},
     {"low_protection": 1, "high_protection": 2, "high_write_protect": 1, "low_relocation": 3, "high_relocation": 4}),
    ("CONI APR", {"device": 0, "y": 0o100},
     {"pushdown_overflow": 1, "memory_protection": 1, "overflow": 1, "processor_channel": 3, "user_iot": 1},
     {0o100: 0o320013}),
    ("CONO APR", {"device": 0, "y": 0o430011}, {"pushdown_overflow": 1, "memory_protection": 1, "overflow": 1,
      "nonexistent_memory": 1}, {"pushdown_overflow": 0, "memory_protection": 0, "overflow": 0, "nonexistent_memory": 0,
      "processor_channel": 1}),
    ("CONO APR", {"device": 0, "y": 0o200000}, {"device_status[5]": 7, "overflow": 1}, {"device_status[5]": 0}),
    ("CONO PI", {"device": 1, "y": 0o2300}, {"pi_enabled": 1}, {"pi_active": 1, "pi_enabled": 0b1000001}),
    ("CONO PI", {"device": 1, "y": 0o10000}, {"pi_active": 1, "pi_enabled": 1, "pi_held": 2, "pi_requested": 3},
     {"pi_active": 0, "pi_enabled": 0, "pi_held": 0, "pi_requested": 0}),
    ("CONI PI", {"device": 1, "y": 0o100}, {"pi_active": 1, "pi_enabled": 1, "pi_held": 0b1000000}, {0o100: 0o40201}),
]  # fmt: skip

TRANSLATION: list[Example] = [
    ("MOVE", {"a": 1, "y": 0o3777}, {**USER, 0o13777: 5}, {"ac1": 5}),
    ("MOVE", {"a": 1, "y": 0o400001}, {**USER, 0o20001: 5}, {"ac1": 5}),
    ("MOVEM", {"a": 1, "y": 0o400001}, {**USER, "ac1": 5}, {0o20001: 5}),
    ("MOVE", {"a": 1, "y": 0o400001}, {**USER, "high_write_protect": 1, 0o20001: 5}, {"ac1": 5}),
    ("MOVE", {"a": 1, "y": 0o17}, {**USER, "ac17": 5}, {"ac1": 5}),
]

EXAMPLES = (
    *MOVES, *ADDRESSES, *HALVES, *LOGIC, *ARITHMETIC, *SHIFTS, *TESTS, *JUMPS, *LISTS, *BYTES, *FLOATING, *IN_OUT,
    *TRANSLATION,
)  # fmt: skip


@pytest.fixture(scope="module")
def ka10() -> Isa:
    return load("pdp10-ka10")


@pytest.mark.parametrize(("name", "fields", "before", "after"), EXAMPLES)
def test_completes(ka10: Isa, name: str, fields: Mapping[str, int], before: Values, after: Values) -> None:
    start = state(ka10, before)
    expected = start.copy()
    put(expected, {"pc": 0o1001, **after})
    outcome = execute(ka10, name, fields, start)
    assert outcome.kind == "completes"
    assert plain(outcome.state) == plain(expected)


TRAPS = [
    ("MOVE", {"a": 1, "y": 0o4000}, USER, "protection_violation", 0o4000),
    ("MOVE", {"a": 1, "y": 0o402000}, USER, "protection_violation", 0o402000),
    ("MOVEM", {"a": 1, "y": 0o400001}, {**USER, "high_write_protect": 1}, "protection_violation", 0o400001),
    ("MOVE", {"a": 1, "y": STORAGE}, {}, "nonexistent_storage", STORAGE),
    ("UUO 000", {"a": 1, "y": 5}, {}, "muuo", 0o000040000005),
    ("MUUO", {"code": 7, "a": 1, "x": 2, "y": 5}, {"ac2": 1}, "muuo", 0o047040000006),
    ("unassigned", {"code": 3, "y": 5}, USER, "unassigned", 0o103000000005),
    ("JRST 4", {"y": 5}, USER, "illegal", 0o254200000005),
    ("JRST 12", {"y": 5}, USER, "illegal", 0o254500000005),
    ("DATAO APR", {"device": 0, "y": 5}, USER, "illegal", 0o700140000005),
    ("CONSO", {"device": 0o177, "y": 5}, USER, "illegal", 0o777740000005),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "before", "kind", "arg"), TRAPS)
def test_traps(ka10: Isa, name: str, fields: Mapping[str, int], before: Values, kind: str, arg: int) -> None:
    start = state(ka10, before)
    outcome = execute(ka10, name, fields, start)
    assert (outcome.kind, outcome.trap, outcome.args) == ("traps", kind, (arg,))
    assert plain(outcome.state) == plain(start)


def test_a_trap_after_the_first_part_of_a_byte_instruction_keeps_the_pointer(ka10: Isa) -> None:
    start = state(ka10, {**USER, 0o10100: halves(0o000600, 0o4000)})
    outcome = execute(ka10, "ILDB", {"a": 1, "y": 0o100}, start)
    put(start, {0o10100: halves(0o360600, 0o4001), "first_part_done": 1})
    assert (outcome.kind, outcome.trap, outcome.args) == ("traps", "protection_violation", (0o4001,))
    assert plain(outcome.state) == plain(start)


@pytest.mark.parametrize("mode", [{}, USER])
def test_xct_hands_over_the_word_at_its_address(ka10: Isa, mode: Values) -> None:
    xct = 0o256000000300  # an XCT executes another
    place = 0o10100 if mode else 0o100
    outcome = execute(ka10, "XCT", {"y": 0o100}, state(ka10, {**mode, place: xct}))
    assert (outcome.kind, outcome.bits, outcome.width) == ("continues", xct, 36)


@pytest.mark.parametrize(("mode", "base"), [({}, 0), (USER, 0o10000)])
def test_a_user_uuo_stays_in_the_users_own_storage(ka10: Isa, mode: Values, base: int) -> None:
    start = state(ka10, {**mode, base + 0o41: 0o264000000500})
    outcome = execute(ka10, "LUUO", {"code": 1, "a": 2, "y": 0o300}, start)
    assert (outcome.kind, outcome.bits) == ("continues", 0o264000000500)
    assert outcome.state.storage[base + 0o40] == 0o001100000300


ENTRIES: list[tuple[int, Values, Values]] = [
    (0o264000000500, {}, {0o500: halves(0o010000, 0o1001), "pc": 0o501}),
    (0o264000000500, {"user_iot": 1, "first_part_done": 1},
     {0o500: halves(0o034000, 0o1001), "pc": 0o501, "first_part_done": 0}),
    (0o265100000500, {}, {"ac2": halves(0o010000, 0o1001), "pc": 0o500}),
    (0o260100000500, {"ac2": 0o600}, {"ac2": halves(1, 0o601), 0o601: halves(0o010000, 0o1001), "pc": 0o500}),
    (0o266100000500, {"ac2": 5}, {0o500: 5, "ac2": halves(0o500, 0o1001), "pc": 0o501}),
    (0o254000000500, {}, {"pc": 0o500}),
]  # fmt: skip


@pytest.mark.parametrize(("instruction", "before", "after"), ENTRIES)
def test_a_trap_stores_the_word_and_jumps_to_the_executive(
    ka10: Isa, instruction: int, before: Values, after: Values
) -> None:
    evaluator = Evaluator(ka10.machine)
    evaluator.state = state(ka10, {**USER, 0o41: instruction, **before})
    expected = evaluator.state.copy()
    put(expected, {0o40: 7, "user": 0, **after})
    evaluator.next = 0o1001
    evaluator.call(ka10.machine.functions["trap_to"], (0o40, 7))
    assert plain(evaluator.state) == plain(expected)


INTERRUPTS: list[tuple[Values, Values]] = [
    ({"pi_requested": 1}, {}),
    ({"pi_requested": 1, "pi_active": 1}, {}),
    ({"pi_requested": 1, "pi_active": 1, "pi_enabled": 1},
     {"pi_requested": 0, "pi_held": 1, 0o700: halves(0, 0o1000), "pc": 0o701}),
    ({"pi_requested": 1, "pi_active": 1, "pi_enabled": 1, "pi_held": 2}, {}),
    ({"pushdown_overflow": 1, "processor_channel": 1, "pi_active": 1, "pi_enabled": 0b1000000, "pi_held": 2},
     {"pi_held": 0b1000010, 0o500: halves(0, 0o1000), "pc": 0o501}),
    ({"overflow": 1, "processor_channel": 1, "pi_active": 1, "pi_enabled": 0b1000000}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), INTERRUPTS)
def test_interrupts_are_taken_by_priority(ka10: Isa, before: Values, after: Values) -> None:
    evaluator = Evaluator(ka10.machine)
    evaluator.state = state(ka10, {0o42: 0o264000000500, 0o56: 0o264000000700, **before})
    expected = evaluator.state.copy()
    put(expected, after)
    if "overflow" in before:
        put(expected, {0o500: 0})
    evaluator.call(ka10.machine.functions["interrupts"], ())
    assert plain(evaluator.state) == plain(expected)


NAMES = {
    0o000: "UUO 000", 0o001: "LUUO", 0o037: "LUUO", 0o040: "MUUO", 0o077: "MUUO", 0o100: "unassigned",
    0o127: "unassigned", 0o130: "UFA", 0o131: "DFN", 0o132: "FSC", 0o133: "IBP", 0o134: "ILDB",
    0o137: "DPB", 0o145: "FADRI", 0o151: "FSBL", 0o177: "FDVRB", 0o202: "MOVEM", 0o217: "MOVMS",
    0o221: "IMULI", 0o227: "MULB", 0o232: "IDIVM", 0o234: "DIV", 0o240: "ASH", 0o246: "LSHC",
    0o247: "no-op 247", 0o250: "EXCH", 0o251: "BLT", 0o253: "AOBJN", 0o255: "JFCL", 0o256: "XCT",
    0o260: "PUSHJ", 0o263: "POPJ", 0o264: "JSR", 0o267: "JRA", 0o271: "ADDI", 0o277: "SUBB",
    0o305: "CAIGE", 0o312: "CAME", 0o324: "JUMPA", 0o330: "SKIP", 0o345: "AOJGE", 0o353: "AOSLE",
    0o367: "SOJG", 0o376: "SOSN", 0o400: "SETZ", 0o411: "ANDCAI", 0o426: "SETAM", 0o437: "IORB",
    0o440: "ANDCB", 0o454: "ORCA", 0o460: "SETCM", 0o477: "SETOB", 0o505: "HRLI", 0o512: "HLLZM",
    0o534: "HRLE", 0o540: "HRR", 0o547: "HLRS", 0o555: "HLRZI", 0o576: "HLREM", 0o601: "TLN",
    0o612: "TDNE", 0o624: "TRZA", 0o653: "TSCE", 0o667: "TLON", 0o670: "TDO", 0o677: "TSON",
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), NAMES.items())
def test_the_operation_code_of_the_manual(ka10: Isa, code: int, name: str) -> None:
    decoded = Decoder(ka10).decode([code << 27])
    assert decoded is not None and decoded[0] == name


@pytest.mark.parametrize("machine", ["pdp10-ka10", "pdp10-ki10"])
def test_every_word_is_an_instruction(machine: str) -> None:
    decoder = Decoder(load(machine))
    assert all(decoder.decode([prefix << 23]) for prefix in range(1 << 13))


def test_each_function_of_jrst_is_an_instruction(ka10: Isa) -> None:
    decoder = Decoder(ka10)
    decoded = [decoder.decode([0o254 << 27 | function << 23]) for function in range(16)]
    assert [entry and entry[0] for entry in decoded] == [f"JRST {function:o}" for function in range(16)]


@pytest.mark.parametrize("machine", ["pdp10-ka10", "pdp10-ki10"])
def test_nothing_to_warn_of(machine: str) -> None:
    assert not load(machine).warnings


PUBLISHED = yaml.load((ROOT / "tests/verdicts/pdp10-ka10.yaml").read_text(), yaml.BaseLoader)


def test_the_published_verdicts(answers: Answers) -> None:
    (analysis,) = answers("pdp10-ka10")
    theorems = analysis.pg1974.theorems
    assert {"vmm": theorems.vmm.holds, "hvmm": theorems.hvmm.holds} == PUBLISHED["theorems"]
    assert set(theorems.vmm.critical) == {*PUBLISHED["critical"]["paper"], *PUBLISHED["critical"]["beyond"]}
    rows = {row.name: row for row in analysis.pg1974.instructions}
    for claim in PUBLISHED["instructions"]:
        given = {key: value for key, value in claim.items() if key != "name"}
        assert {key: getattr(rows[claim["name"]], key) for key in given} == given


def test_what_user_in_out_adds(answers: Answers) -> None:
    (analysis,) = answers("pdp10-ka10")
    of_users = ["JRST 2", "JRST 3", "JSR", "JSP", "PUSHJ"]
    assert list(analysis.extended.theorems.hvmm.critical) == of_users
    assert list(analysis.exact.hybrid.wrong) == of_users
    assert list(analysis.exact.trap_and_emulate.wrong) == ["JRST 1", *of_users]


# The KI10: entries of the page map are accessible 400000, public 200000, writable 100000, then the page of storage.

PAGED: Values = {"user": 1, "paging": 1, "user_map[0]": 0o500020, "user_map[1]": 0o400021, "user_map[2]": 0o700022}

KI10: list[Example] = [
    ("JRST 1", {"y": 0o200}, {"user": 1, "public": 1}, {"pc": 0o200, "public": 0}),
    ("JRST 2", {"x": 3}, {"ac3": halves(0o436000, 0o200)},
     {"pc": 0o200, "overflow": 1, "first_part_done": 1, "user": 1, "user_iot": 1, "public": 1}),
    ("JRST 2", {"x": 3}, {"public": 1, "ac3": halves(0o010000, 0o200)}, {"pc": 0o200}),
    ("JRST 4", {"y": 0o200}, {}, {"pc": 0o200, "halted": 1}),
    ("JSP", {"a": 1, "y": 0o100}, {"user": 1, "public": 1, "trap_1": 1},
     {"ac1": halves(0o012200, 0o1001), "pc": 0o100}),
    ("AOBJP", {"a": 1, "y": 0o200}, {"ac1": halves(0o777776, 0o777777)}, {"ac1": halves(0o777777, 0)}),
    ("ADDI", {"a": 1, "y": 1}, {"ac1": NEGATIVE - 1},
     {"ac1": NEGATIVE, "overflow": 1, "carry_1": 1, "trap_1": 1}),
    ("PUSH", {"a": 1, "y": 0o100}, {"ac1": halves(0o777777, 0o200)}, {"ac1": 0o201, "trap_2": 1}),
    ("IBP", {"y": 0o100}, {0o100: halves(0o000600, 0o777777)}, {0o100: halves(0o360600, 0)}),
    ("MOVE", {"a": 1, "y": 0o100}, {**PAGED, 0o20100: 5}, {"ac1": 5}),
    ("MOVEM", {"a": 1, "y": 0o2100}, {**PAGED, "public": 1, "ac1": 5}, {0o22100: 5}),
    ("MOVE", {"a": 1, "y": 0o400100}, {"paging": 1, "executive_map[256]": 0o500020, 0o20100: 5}, {"ac1": 5}),
    ("MAP", {"a": 1, "y": 0o1000}, PAGED, {"ac1": 0o000021}),
    ("MAP", {"a": 1, "y": 0o3000}, PAGED, {"ac1": 0o400000}),
    ("MAP", {"a": 1, "y": 0o5000}, {}, {"ac1": 0o020005}),
    ("DMOVE", {"a": 0o17, "y": 0o100}, {0o100: 1, 0o101: 2}, {"ac17": 1, "ac0": 2}),
    ("DMOVN", {"a": 1, "y": 0o100}, {0o101: 2}, {"ac1": ONES, "ac2": NEGATIVE - 2}),
    ("DMOVEM", {"a": 1, "y": 0o100}, {"ac1": 1, "ac2": 2}, {0o100: 1, 0o101: 2}),
    ("CONO open", {"unit": 0, "y": 5}, {"user": 1}, {"device_status[64]": 5}),
    ("DATAO PAG", {"unit": 2, "y": 0o100}, {0o100: halves(0o400003, 0o420004), 0o3000: halves(1, 2)},
     {"user_base": 3, "executive_base": 4, "paging": 1, "user_map[0]": 1, "user_map[1]": 2, "reload": 1, "pc": 0o1000}),
    ("DATAO PAG", {"unit": 2, "y": 0o100}, {"reload": 0o400, "user_base": 3, 0o3400: halves(1, 2)},
     {"executive_map[224]": 1, "executive_map[225]": 2, "reload": 0o401, "pc": 0o1000}),
    ("DATAO PAG", {"unit": 2, "y": 0o100}, {"reload": 0o617, "executive_base": 4, 0o4377: halves(1, 2)},
     {"executive_map[510]": 1, "executive_map[511]": 2, "reload": 0}),
    ("DATAI PAG", {"unit": 2, "y": 0o100}, {"user_base": 3, "executive_base": 4, "paging": 1},
     {0o100: halves(3, 0o20004)}),
]  # fmt: skip

KI10_TRAPS = [
    ("MOVEM", {"a": 1, "y": 0o1000}, PAGED, "protection_violation", 0o1000),
    ("MOVE", {"a": 1, "y": 0o100}, {**PAGED, "public": 1}, "protection_violation", 0o100),
    ("MOVE", {"a": 1, "y": 0o3000}, PAGED, "protection_violation", 0o3000),
    ("MOVE", {"a": 1, "y": 0o100}, {"public": 1, "paging": 1}, "protection_violation", 0o100),
    ("MOVE", {"a": 1, "y": 0o40100}, {**PAGED, "small_user": 1}, "protection_violation", 0o40100),
    ("JRST 4", {"y": 5}, {"public": 1}, "illegal", 0o254200000005),
    ("CONO", {"unit": 0o77, "y": 5}, {"user": 1}, "illegal", 0o737600000005),
    ("unassigned 247", {"y": 5}, {}, "muuo", 0o247000000005),
]  # fmt: skip


@pytest.fixture(scope="module")
def ki10() -> Isa:
    return load("pdp10-ki10")


@pytest.mark.parametrize(("name", "fields", "before", "after"), KI10)
def test_ki10_completes(ki10: Isa, name: str, fields: Mapping[str, int], before: Values, after: Values) -> None:
    test_completes(ki10, name, fields, before, after)


@pytest.mark.parametrize(("name", "fields", "before", "kind", "arg"), KI10_TRAPS)
def test_ki10_traps(ki10: Isa, name: str, fields: Mapping[str, int], before: Values, kind: str, arg: int) -> None:
    test_traps(ki10, name, fields, before, kind, arg)


@pytest.mark.parametrize(("user", "references"), [(0, 0o12), (1, 0)])
def test_ki10_xct_refers_to_the_user_only_for_the_executive(ki10: Isa, user: int, references: int) -> None:
    start = state(ki10, {"user": user, 0o100: 5})
    outcome = execute(ki10, "XCT", {"a": 0o12, "y": 0o100}, start)
    assert (outcome.kind, outcome.bits, outcome.state.registers["user_references"]) == ("continues", 5, references)


def test_ki10_executive_uuo_goes_through_the_executive_process_table(ki10: Isa) -> None:
    start = state(ki10, {"executive_base": 3, 0o3041: 6, 0o41: 7})
    outcome = execute(ki10, "LUUO", {"code": 1, "y": 5}, start)
    assert (outcome.kind, outcome.bits, outcome.state.storage[0o3040]) == ("continues", 6, 0o001000000005)


def test_ki10_monitor_call_loads_a_pc_word_for_the_callers_mode(ki10: Isa) -> None:
    evaluator = Evaluator(ki10.machine)
    evaluator.state = state(ki10, {"user": 1, "public": 1, "user_base": 3, 0o3436: halves(0o020000, 0o700)})
    expected = evaluator.state.copy()
    put(expected, {0o3424: 9, 0o3425: halves(0o012000, 0o1001), "user": 0, "public": 0, "user_iot": 1,
                   "previous_public": 1, "first_part_done": 1, "pc": 0o700})  # fmt: skip
    evaluator.next = 0o1001
    evaluator.call(ki10.machine.functions["trap_to"], (0, 9))
    assert plain(evaluator.state) == plain(expected)
