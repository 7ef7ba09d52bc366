"""Instructions of the Pentium, written from the operation sections of the manual: bytes, state in, state out.

In an example `eax` to `edi` are the general registers, `file[n]` a register of a file, a number a byte of storage, and
everything else a component. What the last column does not list must stay as it was, except EIP, which moves over the
instruction; `None` stands for a value that the manual leaves undefined; a text is the trap expected.
The state before is ring 0 at 100H with CS, DS, ES, FS and GS based at 1000H, SS at 2000H, all with 4096 bytes; the
GDT at 3000H, the IDT at 4000H, the task state segment at 5000H.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
import yaml

from analyzer import analyze, load
from analyzer.encoding.codec import Decoder
from analyzer.language.declarations import Body
from analyzer.language.evaluate import Evaluator, Interpretation, Outcome, State, initial_state
from analyzer.language.ir import Const
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis, Answer
from tests.machines import states

Values = Mapping[str | int, int]
Changes = Mapping[str | int, int | None]
Example = tuple[str, str, Values, Changes | str]

GENERAL = ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi")
ES, CS, SS, DS, FS, GS = range(6)
DATA, STACK, GDT, IDT, TSS = 0x1000, 0x2000, 0x3000, 0x4000, 0x5000
MINUS = 0xFFFFFFFF
UNDEFINED: Changes = {"cf": None, "of": None, "sf": None, "zf": None, "af": None, "pf": None}


def words(address: int, *values: int) -> dict[str | int, int]:
    """Doublewords in storage from `address` on."""
    return {address + 4 * i + j: value >> 8 * j & 0xFF for i, value in enumerate(values) for j in range(4)}


def halves(address: int, *values: int) -> dict[str | int, int]:
    """Words of 16 bits in storage from `address` on."""
    return {address + 2 * i + j: value >> 8 * j & 0xFF for i, value in enumerate(values) for j in range(2)}


def descriptor(index: int, access: int, base: int = 0x6000, limit: int = 0xFFF, flags: int = 4) -> dict[str | int, int]:
    """A descriptor in the GDT: `access` is its P, DPL, S and type, `flags` its G, D/B and AVL."""
    low = (base & 0xFFFF) << 16 | limit & 0xFFFF
    high = base & 0xFF000000 | flags << 20 | limit & 0xF0000 | access << 8 | base >> 16 & 0xFF
    return words(GDT + 8 * index, low, high)


def gate(place: int, access: int, selector: int, offset: int, count: int = 0) -> dict[str | int, int]:
    """A gate at a linear address."""
    return words(place, selector << 16 | offset & 0xFFFF, offset & 0xFFFF0000 | access << 8 | count)


def cache(s: int, base: int, kind: int, dpl: int = 0, limit: int = 0xFFF) -> dict[str | int, int]:
    """A descriptor cache of 32-bit size, loaded."""
    attributes = {"base": base, "limit": limit, "type": kind, "dpl": dpl, "big": 1, "valid": 1}
    return {f"seg_{name}[{s}]": value for name, value in attributes.items()}


def selectors(cs: int, ss: int) -> dict[str | int, int]:
    """CS and SS, without their RPL, which is CPL."""
    return {"selector[1]": cs >> 2, "selector[2]": ss >> 2}


RING3: Values = {"cpl": 3, **selectors(0x1B, 0x23), "seg_dpl[1]": 3, "seg_dpl[2]": 3}
BITMAP: Values = {"cpl": 3, "tr_limit": 0x200, **halves(TSS + 102, 0x68)}

MOVES: list[Example] = [
    ("MOV r/m8, r8", "8827", {"eax": 0x1234, "edi": 0x20}, {DATA + 0x20: 0x12}),
    ("MOV r32, r/m32", "8b4504", {"ebp": 0x10, **words(STACK + 0x14, 0xDEADBEEF)}, {"eax": 0xDEADBEEF}),
    ("MOV r32, r/m32", "3e8b4504", {"ebp": 0x10, **words(DATA + 0x14, 7)}, {"eax": 7}),
    ("MOV r32, r/m32", "8b04cb", {"ebx": 0x10, "ecx": 2, **words(DATA + 0x20, 7)}, {"eax": 7}),
    ("MOV r32, r/m32", "8b0424", {"esp": 0x10, **words(STACK + 0x10, 7)}, {"eax": 7}),
    ("MOV r32, r/m32", "8b0425 20000000", words(DATA + 0x20, 7), {"eax": 7}),
    ("MOV r32, r/m32", "8b842480000000", {"esp": 0x10, **words(STACK + 0x90, 7)}, {"eax": 7}),
    ("MOV r32, r/m32", "8b47ff", {"edi": 0, "seg_limit[3]": MINUS, **words(DATA - 1, 7)}, {"eax": 7}),
    ("MOV r/m16, imm16", "66c70510000000 3412", {}, {DATA + 0x10: 0x34, DATA + 0x11: 0x12}),
    ("MOV AL, moffs8", "64a010000000", {"seg_base[4]": 0x7000, 0x7010: 9}, {"eax": 9}),
    ("MOV moffs16, AX", "66a310000000", {"eax": 0x12345678}, {DATA + 0x10: 0x78, DATA + 0x11: 0x56}),
    ("MOV r8, imm8", "b405", {"eax": 0x1234}, {"eax": 0x0534}),
    ("MOVZX r32, r/m8", "0fb6c4", {"eax": 0xFFFF8001}, {"eax": 0x80}),
    ("MOVSX r32, r/m16", "0fbfc3", {"ebx": 0x18000}, {"eax": 0xFFFF8000}),
    ("MOVSX r16, r/m8", "660fbec3", {"eax": 0x12345678, "ebx": 0x80}, {"eax": 0x1234FF80}),
    ("XCHG r/m32, r32", "8718", {"ebx": 1, **words(DATA, 2)}, {"ebx": 2, **words(DATA, 1)}),
    ("XCHG r/m32, r32", "f087d8", {}, "invalid_opcode"),
    ("XCHG EAX, r32", "93", {"eax": 1, "ebx": 2}, {"eax": 2, "ebx": 1}),
    ("LEA r32, m", "8d441304", {"ebx": 0x10, "edx": MINUS}, {"eax": 0x13}),
    ("LEA r32, m", "8dc0", {}, "invalid_opcode"),
    ("BSWAP r32", "0fc8", {"eax": 0x12345678}, {"eax": 0x78563412}),
    ("XLAT", "d7", {"eax": 0x1203, "ebx": 0x10, DATA + 0x13: 9}, {"eax": 0x1209}),
    ("CBW", "6698", {"eax": 0x12345680}, {"eax": 0x1234FF80}),
    ("CWDE", "98", {"eax": 0x8000}, {"eax": 0xFFFF8000}),
    ("CWD", "6699", {"eax": 0x8000, "edx": 0x10000}, {"edx": 0x1FFFF}),
    ("CDQ", "99", {"eax": 0x80000000}, {"edx": MINUS}),
]

ACCESSES: list[Example] = [
    ("MOV EAX, moffs32", "a1fc0f0000", words(DATA + 0xFFC, 7), {"eax": 7}),
    ("MOV EAX, moffs32", "a1fd0f0000", {}, "segment_fault"),
    ("MOV EAX, moffs32", "a100000000", {"seg_valid[3]": 0}, "segment_fault"),
    ("MOV moffs32, EAX", "2ea300000000", {}, "segment_fault"),
    ("MOV moffs32, EAX", "a300000000", {"seg_type[3]": 1}, "segment_fault"),
    ("MOV EAX, moffs32", "2ea100000000", {"seg_type[1]": 8}, "segment_fault"),
    ("MOV EAX, moffs32", "36a100100000", {}, "stack_fault"),
    ("MOV EAX, moffs32", "a1ff0f0000", {"seg_type[3]": 7}, "segment_fault"),
    ("MOV EAX, moffs32", "a100100000", {"seg_type[3]": 7, **words(DATA + 0x1000, 7)}, {"eax": 7}),
    ("MOV EAX, moffs32", "a100000100", {"seg_type[3]": 7, "seg_big[3]": 0}, "segment_fault"),
    ("MOV EAX, moffs32", "a100000000", {"seg_base[3]": 0xFFFD}, "beyond_storage"),
]

ARITHMETIC: list[Example] = [
    ("ADD r/m32, r32", "01d8", {"eax": 0x7FFFFFFF, "ebx": 1},
     {"eax": 0x80000000, "of": 1, "sf": 1, "af": 1, "pf": 1}),
    ("ADD r32, r/m32", "03c3", {"eax": MINUS, "ebx": 1}, {"eax": 0, "cf": 1, "zf": 1, "af": 1, "pf": 1}),
    ("ADC r/m32, r32", "11d8", {"eax": MINUS, "cf": 1}, {"eax": 0, "zf": 1, "af": 1, "pf": 1}),
    ("SBB r/m32, r32", "19d8", {"cf": 1}, {"eax": MINUS, "sf": 1, "af": 1, "pf": 1}),
    ("SUB r/m8, r8", "28d8", {"eax": 0x80, "ebx": 1}, {"eax": 0x7F, "of": 1, "af": 1}),
    ("SUB EAX, imm32", "2d01000000", {"eax": 1}, {"eax": 0, "zf": 1, "pf": 1}),
    ("CMP AL, imm8", "3c05", {"eax": 3}, {"cf": 1, "sf": 1, "af": 1}),
    ("CMP r/m16, imm8", "6683f8ff", {"eax": 0x1FFFF}, {"zf": 1, "pf": 1}),
    ("AND r/m32, r32", "21d8", {"eax": 0x80000003, "ebx": 0x80000001, "cf": 1, "of": 1},
     {"eax": 0x80000001, "cf": 0, "of": 0, "sf": 1, "af": None}),
    ("OR r/m8, imm8", "80cc01", {"eax": 0x8000}, {"eax": 0x8100, "sf": 1, "pf": 1, "af": None}),
    ("XOR r/m32, r32", "31c0", {"eax": 5}, {"eax": 0, "zf": 1, "pf": 1, "af": None}),
    ("TEST r/m8, imm8", "f6c880", {"eax": 0x80}, {"sf": 1, "af": None}),
    ("ADD r/m32, imm8", "83c0ff", {"eax": 1}, {"eax": 0, "cf": 1, "zf": 1, "af": 1, "pf": 1}),
    ("ADD r/m8, imm8", "82c001", {"eax": 1}, {"eax": 2}),
    ("ADD r/m32, r32", "f00107", {"eax": 3, **words(DATA, 4)}, words(DATA, 7)),
    ("ADD r/m32, r32", "f001d8", {}, "invalid_opcode"),
    ("INC r32", "40", {"eax": 0x7FFFFFFF, "cf": 1}, {"eax": 0x80000000, "of": 1, "sf": 1, "af": 1, "pf": 1}),
    ("DEC r/m8", "fec8", {}, {"eax": 0xFF, "sf": 1, "af": 1, "pf": 1}),
    ("NEG r/m32", "f7d8", {"eax": 0x80000000}, {"cf": 1, "of": 1, "sf": 1, "pf": 1}),
    ("NOT r/m8", "f6d0", {"eax": 0x1200}, {"eax": 0x12FF}),
    ("MUL r/m32", "f7e3", {"eax": 0x80000000, "ebx": 2}, {**UNDEFINED, "eax": 0, "edx": 1, "cf": 1, "of": 1}),
    ("MUL r/m8", "f6e3", {"eax": 0x12340F, "ebx": 0x11}, {**UNDEFINED, "eax": 0x1200FF, "cf": 0, "of": 0}),
    ("IMUL r/m8", "f6eb", {"eax": 0x80, "ebx": 0xFF}, {**UNDEFINED, "eax": 0x80, "cf": 1, "of": 1}),
    ("IMUL r32, r/m32", "0fafc3", {"eax": 0x10000, "ebx": 0x10000}, {**UNDEFINED, "eax": 0, "cf": 1, "of": 1}),
    ("IMUL r32, r/m32, imm8", "6bc3fe", {"ebx": 3}, {**UNDEFINED, "eax": 0xFFFFFFFA, "cf": 0, "of": 0}),
    ("DIV r/m32", "f7f3", {"eax": 7, "ebx": 2}, {**UNDEFINED, "eax": 3, "edx": 1}),
    ("DIV r/m8", "f6f3", {"eax": 0x107, "ebx": 2}, {**UNDEFINED, "eax": 0x183}),
    ("DIV r/m32", "f7f3", {"eax": 7}, "divide_error"),
    ("DIV r/m32", "f7f3", {"edx": 2, "ebx": 2}, "divide_error"),
    ("IDIV r/m32", "f7fb", {"edx": MINUS, "eax": MINUS - 6, "ebx": 2},
     {**UNDEFINED, "eax": MINUS - 2, "edx": MINUS}),
    ("IDIV r/m8", "f6fb", {"eax": 0xFF80, "ebx": 0xFF}, "divide_error"),
    ("IDIV r/m8", "f6fb", {"eax": 0xFF80, "ebx": 1}, {**UNDEFINED, "eax": 0x80}),
    ("XADD r/m32, r32", "0fc1d8", {"eax": 1, "ebx": 2}, {"eax": 3, "ebx": 1, "pf": 1}),
    ("XADD r/m32, r32", "0fc1c0", {"eax": 3}, {"eax": 6, "pf": 1}),
    ("XADD r/m32, r32", "0fc13f", {"edi": 0x20, **words(DATA + 0x20, 1)},
     {"edi": 1, **words(DATA + 0x20, 0x21), "pf": 1}),
    ("CMPXCHG r/m32, r32", "0fb10f", {"eax": 5, "ecx": 6, **words(DATA, 5)}, {**words(DATA, 6), "zf": 1, "pf": 1}),
    ("CMPXCHG r/m32, r32", "0fb10f", {"eax": 5, "ecx": 6, **words(DATA, 4)}, {"eax": 4}),
    ("CMPXCHG8B m64", "0fc70f", {"eax": 5, "edx": 1, "ebx": 6, "ecx": 2, **words(DATA, 5, 1)},
     {**words(DATA, 6, 2), "zf": 1}),
    ("CMPXCHG8B m64", "0fc70f", {"eax": 5, "zf": 1, **words(DATA, 5, 1)}, {"edx": 1, "zf": 0}),
    ("CMPXCHG8B m64", "0fc7c8", {}, "invalid_opcode"),
]  # fmt: skip

SHIFTS: list[Example] = [
    ("SHL r/m32, 1", "d1e0", {"eax": 0x80000001}, {"eax": 2, "cf": 1, "of": 1, "af": None}),
    ("SHL r/m32, 1", "d1f0", {"eax": 0x40000000}, {"eax": 0x80000000, "of": 1, "sf": 1, "pf": 1, "af": None}),
    ("SHL r/m32, imm8", "c1e000", {"eax": 1, "cf": 1, "zf": 1}, {}),
    ("SHL r/m32, imm8", "c1e020", {"eax": 1, "cf": 1, "zf": 1}, {}),
    ("SHL r/m8, imm8", "c0e009", {"eax": 0x1FF}, {"eax": 0x100, "zf": 1, "pf": 1, "cf": None, "of": None, "af": None}),
    ("SHL r/m32, CL", "d3e0", {"eax": 3, "ecx": 33}, {"eax": 6, "pf": 1, "af": None}),
    ("SHR r/m32, 1", "d1e8", {"eax": 0x80000001}, {"eax": 0x40000000, "cf": 1, "of": 1, "pf": 1, "af": None}),
    ("SAR r/m32, imm8", "c1f81f", {"eax": 0x80000000}, {"eax": MINUS, "sf": 1, "pf": 1, "of": None, "af": None}),
    ("SAR r/m8, imm8", "c0f809", {"eax": 0x80}, {"eax": 0xFF, "cf": 1, "sf": 1, "pf": 1, "of": None, "af": None}),
    ("ROL r/m8, imm8", "c0c008", {"eax": 0x81}, {"cf": 1, "of": None}),
    ("ROL r/m8, 1", "d0c0", {"eax": 0x40}, {"eax": 0x80, "of": 1}),
    ("ROR r/m8, 1", "d0c8", {"eax": 1}, {"eax": 0x80, "cf": 1, "of": 1}),
    ("RCL r/m8, imm8", "c0d009", {"eax": 0x81, "cf": 1}, {"of": None}),
    ("RCL r/m8, 1", "d0d0", {"eax": 0x80, "cf": 1}, {"eax": 1, "of": 1}),
    ("RCR r/m8, 1", "d0d8", {"eax": 1}, {"eax": 0, "cf": 1}),
    ("RCR r/m32, 1", "d1d8", {"eax": 0, "cf": 1}, {"eax": 0x80000000, "cf": 0, "of": 1}),
    ("SHLD r/m32, r32, imm8", "0fa4d804", {"eax": 0x12345678, "ebx": 0xF0000000},
     {"eax": 0x2345678F, "cf": 1, "of": None, "af": None}),
    ("SHLD r/m32, r32, CL", "0fa5d8", {"eax": 1, "cf": 1}, {}),
    ("SHRD r/m32, r32, imm8", "0facd801", {"eax": 1, "ebx": 1},
     {"eax": 0x80000000, "cf": 1, "of": 1, "sf": 1, "pf": 1, "af": None}),
    ("SHRD r/m16, r16, CL", "660fadd8", {"ecx": 17, "eax": 1}, {**UNDEFINED, "eax": None}),
]  # fmt: skip

TESTED: Changes = {"of": None, "sf": None, "af": None, "pf": None}
BITS: list[Example] = [
    ("BT r/m32, r32", "0fa31f", {"edi": 0x20, "ebx": MINUS, **words(DATA + 0x1C, 0x80000000)}, {**TESTED, "cf": 1}),
    ("BT r/m16, r16", "660fa31f", {"edi": 0x20, "ebx": 0xFFEF, **words(DATA + 0x1C, 0x8000)}, {**TESTED, "cf": 1}),
    ("BT r/m32, imm8", "0fba2721", {"edi": 0x20, **words(DATA + 0x20, 2)}, {**TESTED, "cf": 1}),
    ("BTS r/m32, r32", "0fabd8", {"ebx": 33, "cf": 1}, {**TESTED, "eax": 2, "cf": 0}),
    ("BTS r/m32, r32", "f00fabd8", {}, "invalid_opcode"),
    ("BTR r/m32, imm8", "0fbaf01f", {"eax": MINUS}, {**TESTED, "eax": 0x7FFFFFFF, "cf": 1}),
    ("BTC r/m32, imm8", "0fba3f20", {**words(DATA, 1)}, {**TESTED, **words(DATA, 0), "cf": 1}),
    ("BSF r32, r/m32", "0fbcc3", {"ebx": 0x18}, {**TESTED, "eax": 3, "cf": None}),
    ("BSF r32, r/m32", "0fbcc3", {"eax": 9}, {**TESTED, "eax": None, "zf": 1, "cf": None}),
    ("BSR r16, r/m16", "660fbdc3", {"ebx": 0x10018}, {**TESTED, "eax": 4, "cf": None}),
    ("SETE r/m8", "0f94c4", {"zf": 1}, {"eax": 0x100}),
    ("SETG r/m8", "0f9fc0", {"eax": 1, "sf": 1}, {"eax": 0}),
    ("SETBE r/m8", "0f9607", {"cf": 1}, {DATA: 1}),
]

DECIMAL: list[Example] = [
    ("DAA", "27", {"eax": 0xAE}, {"eax": 0x14, "cf": 1, "af": 1, "pf": 1, "of": None}),
    ("DAA", "27", {"eax": 0x9A}, {"eax": 0, "cf": 1, "af": 1, "zf": 1, "pf": 1, "of": None}),
    ("DAA", "27", {"eax": 0x42}, {"pf": 1, "of": None}),
    ("DAS", "2f", {"eax": 0xEE, "cf": 1, "af": 1}, {"eax": 0x88, "sf": 1, "pf": 1, "of": None}),
    ("DAS", "2f", {"eax": 3, "af": 1}, {"eax": 0xFD, "cf": 1, "sf": 1, "of": None}),
    ("AAA", "37", {"eax": 0x0F}, {**UNDEFINED, "eax": 0x105, "af": 1, "cf": 1}),
    ("AAS", "3f", {"eax": 0x2FF, "af": 1}, {**UNDEFINED, "eax": 0x109, "af": 1, "cf": 1}),
    ("AAM", "d40a", {"eax": 63}, {"eax": 0x603, "pf": 1, "cf": None, "of": None, "af": None}),
    ("AAM", "d400", {"eax": 63}, "divide_error"),
    ("AAD", "d50a", {"eax": 0x603}, {"eax": 63, "pf": 1, "cf": None, "of": None, "af": None}),
]

STRINGS: list[Example] = [
    ("MOVSB", "a4", {"esi": 0x10, "edi": 0x20, DATA + 0x10: 7}, {"esi": 0x11, "edi": 0x21, DATA + 0x20: 7}),
    ("MOVSD", "a5", {"esi": 0x10, "edi": 0x20, "df": 1, **words(DATA + 0x10, 7)},
     {"esi": 0xC, "edi": 0x1C, **words(DATA + 0x20, 7)}),
    ("MOVSB", "36a4", {"esi": 0x10, STACK + 0x10: 7}, {"esi": 0x11, "edi": 1, DATA: 7}),
    ("MOVSB", "f3a4", {"ecx": 2, "edi": 0x20}, {"ecx": 1, "esi": 1, "edi": 0x21, "eip": 0x100}),
    ("MOVSB", "f2a4", {"ecx": 1, "edi": 0x20}, {"ecx": 0, "esi": 1, "edi": 0x21}),
    ("MOVSB", "f3a4", {"esi": 0x1000}, {}),
    ("CMPSB", "a6", {DATA: 1}, {"esi": 1, "edi": 1, "zf": 1, "pf": 1}),
    ("CMPSB", "f3a6", {"ecx": 2}, {"ecx": 1, "esi": 1, "edi": 1, "zf": 1, "pf": 1, "eip": 0x100}),
    ("CMPSB", "f3a6", {"ecx": 2, "edi": 1, DATA: 1}, {"ecx": 1, "esi": 1, "edi": 2}),
    ("SCASB", "f2ae", {"ecx": 2, "eax": 3}, {"ecx": 1, "edi": 1, "pf": 1, "eip": 0x100}),
    ("SCASB", "f2ae", {"ecx": 2}, {"ecx": 1, "edi": 1, "zf": 1, "pf": 1}),
    ("STOSW", "66ab", {"eax": 0x12345}, {"edi": 2, DATA: 0x45, DATA + 1: 0x23}),
    ("LODSD", "ad", words(DATA, 7), {"esi": 4, "eax": 7}),
    ("MOVSW", "66a5", {"edi": 0x20, DATA: 1, DATA + 1: 2}, {"esi": 2, "edi": 0x22, DATA + 0x20: 1, DATA + 0x21: 2}),
    ("CMPSW", "66a7", {"df": 1, "edi": 4, DATA + 4: 1},
     {"esi": MINUS - 1, "edi": 2, "cf": 1, "sf": 1, "af": 1, "pf": 1}),
    ("CMPSD", "a7", {DATA: 5, "edi": 0x20, DATA + 0x20: 5}, {"esi": 4, "edi": 0x24, "zf": 1, "pf": 1}),
    ("SCASW", "66af", {"eax": 0x10000}, {"edi": 2, "zf": 1, "pf": 1}),
    ("SCASD", "af", {"eax": 3}, {"edi": 4, "pf": 1}),
    ("STOSB", "aa", {"eax": 0x123}, {"edi": 1, DATA: 0x23}),
    ("STOSD", "f3ab", {"eax": 7, "ecx": 2}, {"edi": 4, "ecx": 1, "eip": 0x100, DATA: 7}),
    ("LODSB", "65ac", {"eax": 0x123, "seg_base[5]": 0x7000, 0x7000: 9}, {"esi": 1, "eax": 0x109}),
    ("LODSW", "66ad", {"eax": 0x10000, DATA: 9}, {"esi": 2, "eax": 0x10009}),
    ("INSW", "666d", {"edx": 0x60, "port[96]": 5, "port[97]": 6}, {"edi": 2, DATA: 5, DATA + 1: 6}),
    ("INSD", "6d", {"edx": 0x60, "port[99]": 5}, {"edi": 4, DATA + 3: 5}),
    ("OUTSB", "6e", {"edx": 0x60, "df": 1, DATA: 5}, {"esi": MINUS, "port[96]": 5}),
    ("OUTSD", "f36f", {"edx": 0x60, "ecx": 2, DATA + 3: 5}, {"esi": 4, "ecx": 1, "eip": 0x100, "port[99]": 5}),
    ("INSB", "6c", {"edx": 0x60, "port[96]": 5}, {"edi": 1, DATA: 5}),
    ("OUTSW", "666f", {"edx": 0x60, DATA: 5, DATA + 1: 6}, {"esi": 2, "port[96]": 5, "port[97]": 6}),
    ("INSB", "6c", {"cpl": 3}, "privileged_operation"),
    ("INSB", "f36c", {"cpl": 3}, {}),
]  # fmt: skip

FLAGS = 1 << 21 | 1 << 18 | 1 << 14 | 3 << 12 | 1 << 9 | 0x8D5  # ID AC NT IOPL IF OF SF ZF AF PF CF
LOADED: Values = dict.fromkeys(("id", "ac", "nt", "of", "sf", "zf", "af", "pf", "cf"), 1)
AT: Values = {"esp": 0x100}
STACKS: list[Example] = [
    ("PUSH r32", "54", AT, {"esp": 0xFC, **words(STACK + 0xFC, 0x100)}),
    ("PUSH r16", "6650", {**AT, "eax": 0x12345}, {"esp": 0xFE, **halves(STACK + 0xFE, 0x2345)}),
    ("PUSH imm8 to 32", "6aff", AT, {"esp": 0xFC, **words(STACK + 0xFC, MINUS)}),
    ("PUSH r/m32", "ff3424", {**AT, **words(STACK + 0x100, 7)}, {"esp": 0xFC, **words(STACK + 0xFC, 7)}),
    ("PUSH r32", "50", {}, "stack_fault"),
    ("POP r32", "5c", {**AT, **words(STACK + 0x100, 7)}, {"esp": 7}),
    ("POP r/m32", "8f0424", {**AT, **words(STACK + 0x100, 7)}, {"esp": 0x104, **words(STACK + 0x104, 7)}),
    ("PUSH CS", "0e", {**AT, **RING3}, {"esp": 0xFC, **words(STACK + 0xFC, 0x1B)}),
    ("PUSH SS", "6616", {**AT, **RING3}, {"esp": 0xFE, **halves(STACK + 0xFE, 0x23)}),
    ("PUSH GS", "0fa8", {**AT, "selector[5]": 2, "rpl[5]": 1}, {"esp": 0xFC, **words(STACK + 0xFC, 9)}),
    ("POP FS", "0fa1", {**AT, "selector[4]": 2, "rpl[4]": 1},
     {"esp": 0x104, "selector[4]": 0, "rpl[4]": 0, "seg_valid[4]": 0}),
    ("PUSHAD", "60", {"eax": 1, "ecx": 2, "edx": 3, "ebx": 4, "esp": 0x100, "ebp": 6, "esi": 7, "edi": 8},
     {"esp": 0xE0, **words(STACK + 0xE0, 8, 7, 6, 0x100, 4, 3, 2, 1)}),
    ("POPAD", "61", {"esp": 0xE0, **words(STACK + 0xE0, 8, 7, 6, 5, 4, 3, 2, 1)},
     {"eax": 1, "ecx": 2, "edx": 3, "ebx": 4, "esp": 0x100, "ebp": 6, "esi": 7, "edi": 8}),
    ("PUSHA", "6660", {"eax": 0x10001, "esp": 0x100, "edi": 8},
     {"esp": 0xF0, **halves(STACK + 0xF0, 8, 0, 0, 0x100, 0, 0, 0, 1)}),
    ("POPA", "6661", {"esp": 0xF0, "eax": 0x10000, **halves(STACK + 0xF0, 8, 7, 6, 5, 4, 3, 2, 1)},
     {"eax": 0x10001, "ecx": 2, "edx": 3, "ebx": 4, "esp": 0x100, "ebp": 6, "esi": 7, "edi": 8}),
    ("PUSHFD", "9c", {**AT, **LOADED, "if_": 1, "iopl": 3}, {"esp": 0xFC, **words(STACK + 0xFC, FLAGS | 2)}),
    ("PUSHFD", "9c", {**AT, "vif": 1, "vip": 1, "tf": 1, "df": 1},
     {"esp": 0xFC, "stepping": 1, **words(STACK + 0xFC, 0x180502)}),
    ("PUSHF", "669c", {**AT, **LOADED}, {"esp": 0xFE, **halves(STACK + 0xFE, 0x48D7)}),
    ("POPFD", "9d", {**AT, **words(STACK + 0x100, FLAGS)}, {**LOADED, "esp": 0x104, "if_": 1, "iopl": 3}),
    ("POPFD", "9d", {**AT, "cpl": 3, **words(STACK + 0x100, FLAGS)}, {**LOADED, "esp": 0x104}),
    ("POPFD", "9d", {**AT, "cpl": 3, "iopl": 3, **words(STACK + 0x100, FLAGS)}, {**LOADED, "esp": 0x104, "if_": 1}),
    ("POPFD", "9d", {**AT, "cpl": 1, "iopl": 3, "if_": 1}, {"esp": 0x104, "if_": 0}),
    ("POPF", "669d", {**AT, "ac": 1, "id": 1, **words(STACK + 0x100, FLAGS)},
     {**LOADED, "esp": 0x102, "if_": 1, "iopl": 3}),
    ("ENTER imm16, imm8, 32", "c8080000", {**AT, "ebp": 0x200},
     {"esp": 0xF4, "ebp": 0xFC, **words(STACK + 0xFC, 0x200)}),
    ("ENTER imm16, imm8, 32", "c8080001", {**AT, "ebp": 0x200},
     {"esp": 0xF0, "ebp": 0xFC, **words(STACK + 0xF8, 0xFC, 0x200)}),
    ("ENTER imm16, imm8, 32", "c8000003", {**AT, "ebp": 0x200, **words(STACK + 0x1F8, 11, 12)},
     {"esp": 0xF0, "ebp": 0xFC, **words(STACK + 0xF0, 0xFC, 11, 12, 0x200)}),
    ("ENTER imm16, imm8, 32", "c8000023", {**AT, "ebp": 0x200, **words(STACK + 0x1F8, 11, 12)},
     {"esp": 0xF0, "ebp": 0xFC, **words(STACK + 0xF0, 0xFC, 11, 12, 0x200)}),
    ("LEAVE 32", "c9", {"ebp": 0xFC, **words(STACK + 0xFC, 7)}, {"esp": 0x100, "ebp": 7}),
]  # fmt: skip

NEAR: list[Example] = [
    ("JE rel8", "7405", {"zf": 1}, {"eip": 0x107}),
    ("JE rel8", "7405", {}, {}),
    ("JNE rel8", "75fe", {}, {"eip": 0x100}),
    ("JL rel32", "0f8c00100000", {"of": 1}, {"eip": 0x1106}),
    ("JLE rel16", "660f8e00ff", {"zf": 1}, {"eip": 5}),
    ("JP rel16", "660f8a0000", {"eip": 0xFFFF, "pf": 1}, {"eip": 4}),
    ("LOOP rel8", "e2fe", {"ecx": 2}, {"ecx": 1, "eip": 0x100}),
    ("LOOP rel8", "e2fe", {"ecx": 1}, {"ecx": 0}),
    ("LOOPE rel8", "e1fe", {"ecx": 2}, {"ecx": 1}),
    ("LOOPNE rel8", "e0fe", {}, {"ecx": MINUS, "eip": 0x100}),
    ("JECXZ rel8", "e3fe", {}, {"eip": 0x100}),
    ("JMP rel8", "eb7f", {}, {"eip": 0x181}),
    ("JMP rel16", "66e9fcff", {}, {"eip": 0x100}),
    ("JMP r/m32", "ff20", words(DATA, 0x234), {"eip": 0x234}),
    ("JMP r/m16", "66ffe0", {"eax": 0x12345}, {"eip": 0x2345}),
    ("CALL rel32", "e8fbffffff", AT, {"esp": 0xFC, "eip": 0x100, **words(STACK + 0xFC, 0x105)}),
    ("CALL r/m32", "ff1424", {**AT, **words(STACK + 0x100, 7)}, {"esp": 0xFC, "eip": 7, **words(STACK + 0xFC, 0x103)}),
    ("RET 32", "c3", {**AT, **words(STACK + 0x100, 7)}, {"esp": 0x104, "eip": 7}),
    ("RET 32 imm16", "c20800", {**AT, **words(STACK + 0x100, 7)}, {"esp": 0x10C, "eip": 7}),
    ("RET 16", "66c3", {**AT, **words(STACK + 0x100, 0x10007)}, {"esp": 0x102, "eip": 7}),
    ("BOUND r32, m", "6207", {"eax": MINUS, **words(DATA, MINUS, 0)}, {}),
    ("BOUND r32, m", "6207", {"eax": 1, **words(DATA, MINUS, 0)}, "bound_range"),
    ("BOUND r32, m", "62c0", {}, "invalid_opcode"),
    ("CMC", "f5", {}, {"cf": 1}),
    ("CLC", "f8", {"cf": 1}, {"cf": 0}),
    ("STC", "f9", {}, {"cf": 1}),
    ("CLD", "fc", {"df": 1}, {"df": 0}),
    ("STD", "fd", {}, {"df": 1}),
    ("SAHF", "9e", {"eax": 0xD500}, {"sf": 1, "zf": 1, "af": 1, "pf": 1, "cf": 1}),
    ("LAHF", "9f", {"zf": 1}, {"eax": 0x4200}),
    ("CLI", "fa", {"cpl": 1, "iopl": 1, "if_": 1}, {"if_": 0}),
    ("CLI", "fa", {"cpl": 1}, "privileged_operation"),
    ("STI", "fb", {"cpl": 3, "pvi": 1}, {"vif": 1}),
    ("STI", "fb", {"cpl": 3, "pvi": 1, "vip": 1}, "privileged_operation"),
    ("CLI", "fa", {"cpl": 2, "pvi": 1}, "privileged_operation"),
]

INNER: Values = {
    **AT, **RING3, **gate(GDT + 16, 0xEC, 8, 0x123, 1), **descriptor(1, 0x9B), **descriptor(4, 0x93, 0x7000),
    **words(TSS + 4, 0x800, 0x20),
}  # fmt: skip
TO_CODE: Changes = {"eip": 0x123, "selector[1]": 2, **cache(CS, 0x6000, 11)}
TO_RING3: Values = {
    **descriptor(3, 0xFB), **descriptor(4, 0xF3, 0x7000), **words(STACK + 0x100, 0x123, 0x1B),
    "selector[3]": 5, "seg_dpl[3]": 0, "seg_dpl[0]": 3, "seg_dpl[4]": 3, "seg_dpl[5]": 3, "esp": 0x100,
}  # fmt: skip
IN_RING3: Changes = {
    "cpl": 3, "eip": 0x123, "selector[1]": 6, "selector[2]": 8, "selector[3]": 0, "seg_valid[3]": 0,
    **cache(CS, 0x6000, 11, 3), **cache(SS, 0x7000, 3, 3),
}  # fmt: skip
FAR: list[Example] = [
    ("JMP far ptr16:32", "ea230100000800", descriptor(1, 0x9B), TO_CODE),
    ("JMP far ptr16:32", "ea230100000800", descriptor(1, 0x9A), {**TO_CODE, GDT + 13: 0x9B}),
    ("JMP far m16:32", "ff2f", {**descriptor(1, 0x9B), **words(DATA, 0x123, 8)}, TO_CODE),
    ("JMP far m16:32", "ffe8", {}, "invalid_opcode"),
    ("JMP far ptr16:32", "ea230100000000", {}, "general_protection 0"),
    ("JMP far ptr16:32", "ea23010000ff00", {"gdtr_limit": 0xFE}, "general_protection 252"),
    ("JMP far ptr16:32", "ea230100000800", descriptor(1, 0x1B), "not_present 8"),
    ("JMP far ptr16:32", "ea230100000800", descriptor(1, 0x93), "general_protection 8"),
    ("JMP far ptr16:32", "ea230100000800", descriptor(1, 0xFB), "general_protection 8"),
    ("JMP far ptr16:32", "ea230100000b00", descriptor(1, 0x9B), "general_protection 8"),
    ("JMP far ptr16:32", "ea230100000800", {"cpl": 3, **descriptor(1, 0x9B)}, "general_protection 8"),
    ("JMP far ptr16:32", "ea230100000800", {"cpl": 3, **descriptor(1, 0x9F)}, {**TO_CODE, **cache(CS, 0x6000, 15)}),
    ("JMP far ptr16:32", "ea001000000800", descriptor(1, 0x9B), "segment_fault"),
    ("JMP far ptr16:32", "ea000000001000", {**descriptor(1, 0x9B), **gate(GDT + 16, 0x8C, 8, 0x123)}, TO_CODE),
    ("JMP far ptr16:32", "ea000000001000", {"cpl": 3, **descriptor(1, 0x9B), **gate(GDT + 16, 0x8C, 8, 0x123)},
     "general_protection 16"),
    ("JMP far ptr16:32", "ea000000001000", INNER, "general_protection 8"),
    ("CALL far ptr16:32", "9a230100000800", {**AT, "selector[1]": 6, **descriptor(1, 0x9B)},
     {**TO_CODE, "esp": 0xF8, **words(STACK + 0xF8, 0x107, 0x18)}),
    ("CALL far ptr16:16", "669a23010800", {**AT, "selector[1]": 6, **descriptor(1, 0x9B)},
     {**TO_CODE, "esp": 0xFC, **halves(STACK + 0xFC, 0x106, 0x18)}),
    ("CALL far ptr16:32", "9a000000001000", INNER,
     {**TO_CODE, "cpl": 0, "selector[2]": 8, **cache(SS, 0x7000, 3), "esp": 0x7EC,
      **words(0x77EC, 0x107, 0x1B, 0, 0x100, 0x23)}),
    ("CALL far ptr16:32", "9a000000001000", {**INNER, "tr_limit": 10}, "invalid_tss 40"),
    ("CALL far ptr16:32", "9a000000001000", {**INNER, **words(TSS + 8, 0x23)}, "invalid_tss 32"),
    ("CALL far ptr16:32", "9a000000001000", {**INNER, **descriptor(4, 0x13)}, "bad_stack 32"),
    ("CALL far ptr16:32", "9a000000001000", {**INNER, **words(TSS + 4, 0x13)}, "bad_stack 32"),
    ("RETF 32", "cb", {**AT, **descriptor(1, 0x9B), **words(STACK + 0x100, 0x123, 8)}, {**TO_CODE, "esp": 0x108}),
    ("RETF 32 imm16", "ca0400", {**AT, **descriptor(1, 0x9B), **words(STACK + 0x100, 0x123, 8)},
     {**TO_CODE, "esp": 0x10C}),
    ("RETF 32", "cb", {**AT, "cpl": 3, **descriptor(1, 0x9B), **words(STACK + 0x100, 0x123, 8)},
     "general_protection 8"),
    ("RETF 32", "cb", {**TO_RING3, **words(STACK + 0x108, 0x200, 0x23)}, {**IN_RING3, "esp": 0x200}),
    ("RETF 32 imm16", "ca0400", {**TO_RING3, **words(STACK + 0x10C, 0x200, 0x23)}, {**IN_RING3, "esp": 0x204}),
    ("RETF 32", "cb", {**TO_RING3, **words(STACK + 0x108, 0x200, 0x20)}, "general_protection 32"),
    ("IRETD", "cf", {**AT, **descriptor(1, 0x9B), **words(STACK + 0x100, 0x123, 8, FLAGS)},
     {**TO_CODE, **LOADED, "if_": 1, "iopl": 3, "esp": 0x10C}),
    ("IRET", "66cf", {**AT, "ac": 1, **descriptor(1, 0x9B), **halves(STACK + 0x100, 0x123, 8, FLAGS & 0xFFFF)},
     {**TO_CODE, **LOADED, "id": 0, "if_": 1, "iopl": 3, "esp": 0x106}),
    ("IRETD", "cf", {**AT, "cpl": 3, **descriptor(3, 0xFB), **words(STACK + 0x100, 0x123, 0x1B, FLAGS)},
     {**LOADED, "eip": 0x123, "selector[1]": 6, **cache(CS, 0x6000, 11, 3), "esp": 0x10C}),
    ("IRETD", "cf", {**TO_RING3, **words(STACK + 0x108, FLAGS, 0x200, 0x23)},
     {**IN_RING3, **LOADED, "if_": 1, "iopl": 3, "esp": 0x200}),
    ("IRETD", "cf", {"nt": 1, **descriptor(1, 0x8B, TSS, 102), **halves(TSS, 8)}, "invalid_tss 8"),
    ("IRETD", "cf", {"nt": 1, **descriptor(1, 0x89, TSS, 103), **halves(TSS, 8), "gdtr_limit": 0x27}, "invalid_tss 8"),
    ("JMP far ptr16:32", "ea000000000800", descriptor(1, 0x8B, 0x6000, 103), "general_protection 8"),
    ("JMP far ptr16:32", "ea000000000800", descriptor(1, 0x89, 0x6000, 102), "invalid_tss 8"),
    ("JMP far ptr16:32", "ea000000000800", {"cpl": 3, **descriptor(1, 0x89, 0x6000, 103)}, "general_protection 8"),
    ("INT imm8", "cd80", gate(IDT + 0x400, 0x8E, 8, 0x123), "software_interrupt 128"),
    ("INT imm8", "cd80", {"cpl": 3, **gate(IDT + 0x400, 0xEF, 8, 0x123)}, "software_interrupt 128"),
    ("INT imm8", "cd80", {"cpl": 3, **gate(IDT + 0x400, 0x8E, 8, 0x123)}, "privileged_operation 1026"),
    ("INT imm8", "cd80", {"idtr_limit": 0x406}, "general_protection 1026"),
    ("INT imm8", "cd80", gate(IDT + 0x400, 0x8C, 8, 0x123), "general_protection 1026"),
    ("INT imm8", "cd80", gate(IDT + 0x400, 0x0E, 8, 0x123), "not_present 1026"),
    ("INT3", "cc", gate(IDT + 24, 0x8E, 8, 0x123), "software_interrupt 3"),
    ("INTO", "ce", {"of": 1, **gate(IDT + 32, 0x8E, 8, 0x123)}, "software_interrupt 4"),
    ("INTO", "ce", {}, {}),
]  # fmt: skip

LOADS_DS: Changes = {"selector[3]": 2, **cache(DS, 0x6000, 3)}
SEGMENTS: list[Example] = [
    ("MOV Sreg, r/m16", "8ed8", {"eax": 8, **descriptor(1, 0x93)}, LOADS_DS),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 8, **descriptor(1, 0x92)}, {**LOADS_DS, GDT + 13: 0x93}),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 8, **descriptor(1, 0x93, 0x12345678, 0xABCDE, 12)},
     {**LOADS_DS, **cache(DS, 0x12345678, 3, 0, 0xABCDEFFF)}),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 11, **descriptor(1, 0xF3)}, {**LOADS_DS, "rpl[3]": 3, "seg_dpl[3]": 3}),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 3}, {"rpl[3]": 3, "seg_valid[3]": 0}),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 11, **descriptor(1, 0x93)}, "general_protection 8"),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 8, "cpl": 3, **descriptor(1, 0x93)}, "general_protection 8"),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 8, "cpl": 3, **descriptor(1, 0x9F)}, {**LOADS_DS, "seg_type[3]": 15}),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 8, **descriptor(1, 0x99)}, "general_protection 8"),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 8, **descriptor(1, 0x82)}, "general_protection 8"),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 8, **descriptor(1, 0x13)}, "not_present 8"),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 0x100}, "general_protection 256"),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 12}, "general_protection 12"),
    ("MOV Sreg, r/m16", "8ed8", {"eax": 12, "ldtr_valid": 1, "ldtr_base": GDT, "ldtr_limit": 15, **descriptor(1, 0x93)},
     {**LOADS_DS, "selector[3]": 3}),
    ("MOV Sreg, r/m16", "8ed0", {"eax": 8, **descriptor(1, 0x93)}, {"selector[2]": 2, **cache(SS, 0x6000, 3)}),
    ("MOV Sreg, r/m16", "8ed0", {"eax": 0}, "general_protection 0"),
    ("MOV Sreg, r/m16", "8ed0", {"eax": 11, **descriptor(1, 0xF3)}, "general_protection 8"),
    ("MOV Sreg, r/m16", "8ed0", {"eax": 8, **descriptor(1, 0x91)}, "general_protection 8"),
    ("MOV Sreg, r/m16", "8ed0", {"eax": 8, **descriptor(1, 0x13)}, "bad_stack 8"),
    ("MOV r/m16, Sreg", "8cc8", {**RING3}, {"eax": None}),
    ("MOV r/m16, Sreg", "668cc8", {**RING3, "eax": 0x12340000}, {"eax": 0x1234001B}),
    ("MOV r/m16, Sreg", "8c17", {**RING3}, {DATA: 0x23}),
    ("POP SS", "17", {**AT, **descriptor(1, 0x93), **halves(STACK + 0x100, 8)},
     {"esp": 0x104, "selector[2]": 2, **cache(SS, 0x6000, 3)}),
    ("LDS r32, m16:32", "c507", {**descriptor(1, 0x93), **words(DATA, 0x99, 8)}, {**LOADS_DS, "eax": 0x99}),
    ("LSS r32, m16:32", "0fb227", {**descriptor(1, 0x93), **words(DATA, 0x99, 8)},
     {"esp": 0x99, "selector[2]": 2, **cache(SS, 0x6000, 3)}),
    ("LFS r16, m16:16", "660fb407", {"eax": 0x10000, **halves(DATA, 0x99)}, {"eax": 0x10099, "seg_valid[4]": 0}),
    ("LGS r32, m16:32", "0fb507", {**words(DATA, 0x99, 3)}, {"eax": 0x99, "rpl[5]": 3, "seg_valid[5]": 0}),
    ("LES r32, m16:32", "c4c0", {}, "invalid_opcode"),
    ("LAR r32, r/m32", "0f02c3", {"ebx": 8, **descriptor(1, 0x93)}, {"eax": 0x409300, "zf": 1}),
    ("LAR r16, r/m16", "660f02c3", {"ebx": 8, **descriptor(1, 0x89)}, {"eax": 0x8900, "zf": 1}),
    ("LAR r32, r/m32", "0f02c3", {"ebx": 8, "zf": 1, **descriptor(1, 0x8E)}, {"zf": 0}),
    ("LAR r32, r/m32", "0f02c3", {"ebx": 0, "zf": 1}, {"zf": 0}),
    ("LAR r32, r/m32", "0f02c3", {"ebx": 8, "cpl": 1, "zf": 1, **descriptor(1, 0x93)}, {"zf": 0}),
    ("LSL r32, r/m32", "0f03c3", {"ebx": 8, **descriptor(1, 0x93, 0, 1, 12)}, {"eax": 0x1FFF, "zf": 1}),
    ("LSL r32, r/m32", "0f03c3", {"ebx": 8, "zf": 1, **descriptor(1, 0x8C)}, {"zf": 0}),
    ("VERR r/m16", "0f00e3", {"ebx": 8, "cpl": 3, **descriptor(1, 0x9F)}, {"zf": 1}),
    ("VERR r/m16", "0f00e3", {"ebx": 8, "zf": 1, **descriptor(1, 0x99)}, {"zf": 0}),
    ("VERW r/m16", "0f00eb", {"ebx": 8, **descriptor(1, 0x93)}, {"zf": 1}),
    ("VERW r/m16", "0f00eb", {"ebx": 0x800, "zf": 1}, {"zf": 0}),
    ("ARPL r/m16, r16", "63d8", {"eax": 0x10, "ebx": 3}, {"eax": 0x13, "zf": 1}),
    ("ARPL r/m16, r16", "63d8", {"eax": 0x13, "ebx": 3, "zf": 1}, {"zf": 0}),
]  # fmt: skip

SYSTEM: list[Example] = [
    ("SGDT m", "0f0107", {"cpl": 3}, {**halves(DATA, 0xFF), **words(DATA + 2, GDT)}),
    ("SIDT m", "660f010f", {"idtr_base": 0x12345678}, {**halves(DATA, 0x7FF), **words(DATA + 2, 0x345678)}),
    ("SGDT m", "0f01c0", {}, "invalid_opcode"),
    ("LGDT m", "0f0117", {**halves(DATA, 5), **words(DATA + 2, 0x12345678)},
     {"gdtr_base": 0x12345678, "gdtr_limit": 5}),
    ("LIDT m", "660f011f", words(DATA + 2, 0x12345678), {"idtr_base": 0x345678, "idtr_limit": 0}),
    ("LGDT m", "0f0117", {"cpl": 1}, "privileged_operation 0"),
    ("SLDT r/m16", "0f0007", {"cpl": 3, "ldtr_selector": 0x48}, {DATA: 0x48}),
    ("STR r/m16", "660f00c8", {"cpl": 3, "eax": 0x70000}, {"eax": 0x70028}),
    ("SMSW r/m16", "0f0127", {"cpl": 3, "ts": 1, "ne": 1}, {DATA: 0x39}),
    ("LLDT r/m16", "0f00d0", {"eax": 8, **descriptor(1, 0x82)},
     {"ldtr_selector": 8, "ldtr_base": 0x6000, "ldtr_limit": 0xFFF, "ldtr_valid": 1}),
    ("LLDT r/m16", "0f00d0", {"eax": 1, "ldtr_valid": 1}, {"ldtr_selector": 1, "ldtr_valid": 0}),
    ("LLDT r/m16", "0f00d0", {"eax": 8, **descriptor(1, 0x89)}, "general_protection 8"),
    ("LLDT r/m16", "0f00d0", {"eax": 12, **descriptor(1, 0x82)}, "general_protection 12"),
    ("LTR r/m16", "0f00d8", {"eax": 8, **descriptor(1, 0x89)},
     {"tr_selector": 8, "tr_base": 0x6000, "tr_limit": 0xFFF, GDT + 13: 0x8B}),
    ("LTR r/m16", "0f00d8", {"eax": 8, **descriptor(1, 0x8B)}, "general_protection 8"),
    ("LMSW r/m16", "0f01f0", {"eax": 0xC, "mp": 1}, {"mp": 0, "em": 1, "ts": 1}),
    ("CLTS", "0f06", {"ts": 1}, {"ts": 0}),
    ("CLTS", "0f06", {"cpl": 3}, "privileged_operation 0"),
    ("MOV r32, CR0", "0f20c0", {"pg": 1, "wp": 1, "am": 1}, {"eax": 0x80050011}),
    ("MOV CR0, r32", "0f22c0", {"eax": 0x60000029}, {"cd": 1, "nw": 1, "ne": 1, "ts": 1}),
    ("MOV CR0, r32", "0f22c0", {"eax": 0}, {"pe": 0}),
    ("MOV CR0, r32", "0f22c0", {"eax": 0x80000000}, "general_protection 0"),
    ("MOV CR0, r32", "0f22c0", {"eax": 0x20000001}, "general_protection 0"),
    ("MOV CR3, r32", "0f22d8", {"eax": 0x12000}, {"cr3": 0x12000}),
    ("MOV CR4, r32", "0f22e0", {"eax": 0x5F}, {"vme": 1, "pvi": 1, "tsd": 1, "de": 1, "pse": 1, "mce": 1}),
    ("MOV CR4, r32", "0f22e0", {"eax": 0x20}, "general_protection 0"),
    ("MOV r32, DR", "0f21f0", {"dr[6]": 5}, {"eax": 5}),
    ("MOV r32, DR", "0f21e0", {"dr[6]": 5}, {"eax": 5}),
    ("MOV r32, DR", "0f21e0", {"de": 1}, "invalid_opcode"),
    ("MOV DR, r32", "0f23c0", {"dr[7]": 0x2000}, "debug"),
    ("MOV DR, r32", "0f23f0", {"eax": 0x1007}, {"dr[6]": 0xFFFF0FF7}),
    ("MOV DR, r32", "0f23f8", {"eax": MINUS}, {"dr[7]": 0xFFFF27FF}),
    ("MOV DR, r32", "0f23c0", {"eax": 7, "cpl": 2}, "privileged_operation 0"),
    ("RDTSC", "0f31", {"cpl": 3, "msr[16]": 0x500000007}, {"edx": 5, "eax": 7}),
    ("RDTSC", "0f31", {"cpl": 3, "tsd": 1}, "privileged_operation 0"),
    ("RDMSR", "0f32", {"ecx": 0x11, "msr[17]": 1 << 32}, {"edx": 1}),
    ("RDMSR", "0f32", {"ecx": 0x14}, "general_protection 0"),
    ("WRMSR", "0f30", {"ecx": 0x10, "edx": 1}, {"msr[16]": 1 << 32}),
    ("CPUID", "0fa2", {"cpl": 3}, {"eax": 1, "ebx": 0x756E6547, "edx": 0x49656E69, "ecx": 0x6C65746E}),
    ("HLT", "f4", {}, {"halted": 1}),
    ("HLT", "f4", {"cpl": 3}, "privileged_operation 0"),
    ("INVD", "0f08", {}, {}),
    ("WBINVD", "0f09", {"cpl": 1}, "privileged_operation 0"),
    ("INVLPG m", "0f0138", {"cpl": 3}, "privileged_operation 0"),
    ("INVLPG m", "0f01f8", {}, "invalid_opcode"),
    ("RSM", "0faa", {}, "invalid_opcode"),
]  # fmt: skip

INPUT_OUTPUT: list[Example] = [
    ("IN AL, imm8", "e460", {"port[96]": 5, "eax": 0x1234}, {"eax": 0x1205}),
    ("IN EAX, DX", "ed", {"edx": 0x1FFFE, "port[65534]": 1, "port[65535]": 2, "port[0]": 3}, {"eax": 0x30201}),
    ("OUT DX, AX", "66ef", {"edx": 0x60, "eax": 0x12345}, {"port[96]": 0x45, "port[97]": 0x23}),
    ("OUT imm8, AL", "e660", {"cpl": 3, "iopl": 3, "eax": 7}, {"port[96]": 7}),
    ("OUT imm8, AL", "e660", {"cpl": 3, "eax": 7}, "privileged_operation 0"),
    ("OUT imm8, AL", "e660", {**BITMAP, "eax": 7}, {"port[96]": 7}),
    ("OUT imm8, AL", "e660", {**BITMAP, "eax": 7, TSS + 0x68 + 12: 1}, "privileged_operation 0"),
    ("OUT imm8, AL", "e660", {**BITMAP, "eax": 7, "tr_limit": 0x68 + 12}, "privileged_operation 0"),
    ("OUT imm8, EAX", "e765", {**BITMAP, TSS + 0x68 + 13: 1}, "privileged_operation 0"),
    ("OUT imm8, AL", "e665", {**BITMAP, TSS + 0x68 + 13: 1, "eax": 7}, {"port[101]": 7}),
]

FLOATING: list[Example] = [
    ("WAIT", "9b", {"mp": 1, "ts": 1}, "device_not_available"),
    ("ESC D9 DB /0, load 32", "d907", {"ts": 1}, "device_not_available"),
    ("ESC D8 DA, load 32", "d8c1", {"em": 1}, "device_not_available"),
    ("ESC D9 DD /7, store control or status", "dd3f", {"em": 1}, "device_not_available"),
    ("ESC D9 /1", "d90f", {}, "invalid_opcode"),
]

EXAMPLES = (
    MOVES + ACCESSES + ARITHMETIC + SHIFTS + BITS + DECIMAL + STRINGS + STACKS + NEAR + FAR + SEGMENTS + SYSTEM
    + INPUT_OUTPUT + FLOATING
)  # fmt: skip


@pytest.fixture(scope="module")
def pentium() -> Isa:
    """The machine."""
    return load("x86-pentium")


@pytest.fixture(scope="module")
def umip() -> Isa:
    """The variant."""
    return load("x86-pentium-umip")


@pytest.fixture(scope="module")
def decoder(pentium: Isa) -> Decoder:
    """The decoder of both."""
    return Decoder(pentium)


put, plain = partial(states.put, general=GENERAL), partial(states.plain, general=GENERAL)


def state(isa: Isa, values: Changes) -> State:
    """The state that the examples start from, except for `values`."""
    result = initial_state(isa.machine, 0x10000)
    start: dict[str | int, int | None] = {
        "pe": 1, "eip": 0x100, "gdtr_base": GDT, "gdtr_limit": 0xFF, "idtr_base": IDT, "idtr_limit": 0x7FF,
        "tr_selector": 0x28, "tr_base": TSS, "tr_limit": 102,
    }  # fmt: skip
    for s in range(6):
        start |= cache(s, STACK if s == SS else DATA, 11 if s == CS else 3)
    for name, value in (start | dict(values)).items():
        put(result, name, value or 0)
    return result


def execute(isa: Isa, decoder: Decoder, name: str, code: str, before: State) -> tuple[Outcome, Outcome]:
    """One instruction, with what is undefined once all zeros, once all ones."""
    units = list(bytes.fromhex(code))
    decoded = decoder.decode(units)
    assert decoded is not None
    assert (decoded[0], decoded[2]) == (name, len(units))
    body = isa.instruction(name).body
    zeros, ones = (
        Interpretation(open=lambda site, unpredictable: 0),
        Interpretation(open=lambda site, unpredictable: -1),
    )
    first = Evaluator(isa.machine, zeros).run(body, decoded[1], before)
    return first, Evaluator(isa.machine, ones).run(body, decoded[1], before)


@pytest.mark.parametrize(("name", "code", "before", "after"), EXAMPLES, ids=lambda value: str(value)[:30])
def test_examples(pentium: Isa, decoder: Decoder, name: str, code: str, before: Values, after: Changes | str) -> None:
    """Each instruction does what the manual says, and nothing else."""
    given = state(pentium, before)
    outcomes = execute(pentium, decoder, name, code, given)
    if isinstance(after, str):
        for outcome in outcomes:
            assert outcome.kind == "traps"
            assert " ".join([outcome.trap, *map(str, outcome.args)]).startswith(after)
            assert plain(outcome.state) == plain(given)
        return
    here = before.get("eip", 0x100)
    expected = plain(state(pentium, {**before, "eip": here + len(bytes.fromhex(code)), **after}))
    zeros, ones = (plain(outcome.state) for outcome in outcomes)
    undefined = {part for part, value in after.items() if value is None}
    assert {part for part in zeros.keys() | ones.keys() if zeros.get(part) != ones.get(part)} == undefined
    for found in (zeros, ones):
        assert {k: v for k, v in found.items() if k not in undefined} == {
            k: v for k, v in expected.items() if k not in undefined
        }


CONDITIONS = {
    "O": "of", "NO": "not of", "B": "cf", "AE": "not cf", "E": "zf", "NE": "not zf",
    "BE": "cf or zf", "A": "not (cf or zf)", "S": "sf", "NS": "not sf", "P": "pf", "NP": "not pf",
    "L": "sf != of", "GE": "sf == of", "LE": "zf or sf != of",
    "G": "not zf and sf == of",
}  # fmt: skip


@pytest.mark.parametrize("code", range(16))
def test_conditions(pentium: Isa, decoder: Decoder, code: int) -> None:
    """SETcc and Jcc test what the manual's table of conditions says, for all values of the five flags."""
    name, formula = list(CONDITIONS.items())[code]
    for number in range(32):
        flags: dict[str | int, int] = {f: number >> i & 1 for i, f in enumerate(("of", "cf", "zf", "sf", "pf"))}
        holds = bool(eval(formula, {str(f): value for f, value in flags.items()}))
        setting, _ = execute(pentium, decoder, f"SET{name} r/m8", f"0f9{code:x}c0", state(pentium, flags))
        jump, _ = execute(pentium, decoder, f"J{name} rel8", f"7{code:x}10", state(pentium, flags))
        assert setting.state.files["gpr"][0] == holds
        assert jump.state.registers["eip"] == (0x112 if holds else 0x102)


def test_every_mnemonic_has_an_example(pentium: Isa) -> None:
    """No mnemonic goes untested."""
    shown = {name.split()[0] for name, *_ in EXAMPLES}
    shown |= {f"{start}{name}" for name in CONDITIONS for start in ("J", "SET")}
    assert len(EXAMPLES) > 350
    assert {row.name.split()[0] for row in pentium.instructions} == shown


def ranges(text: str) -> set[int]:
    """Hexadecimal numbers and ranges."""
    bounds = [part.split("-") for part in text.split()]
    return {n for pair in bounds for n in range(int(pair[0], 16), int(pair[-1], 16) + 1)}


# The opcode map of the manual: what is no instruction. D6 and F1 are not documented; 67 is the address size prefix,
# which is outside the machine described.
NO_ONE_BYTE = ranges("67 d6 f1")
NO_TWO_BYTE = ranges("04 05 07 0a-1f 24-2f 33-7f a6 a7 ae b8 b9 c2-c6 d0-ff")
GROUPS = {
    "80": "", "c0": "", "d2": "", "f6": "", "fe": "2-7", "ff": "7", "8f": "1-7", "c6": "1-7", "0f00": "6 7",
    "0f01": "5", "0fba": "0-3", "0fc7": "0 2-7", "0f20": "1 5-7", "0f21": "", "0f22": "1 5-7", "8c": "6 7",
    "8e": "1 6 7",
}  # fmt: skip


def test_the_opcode_map(decoder: Decoder) -> None:
    """Every opcode of one and of two bytes is an instruction, or is known to be none."""
    rest = [0x05] * 12

    def missing(start: list[int]) -> set[int]:
        return {op for op in range(256) if not any(decoder.decode([*start, op, m << 3, *rest]) for m in range(8))}

    assert missing([]) == NO_ONE_BYTE
    assert missing([0x0F]) == NO_TWO_BYTE


@pytest.mark.parametrize("code", GROUPS)
def test_opcode_groups(decoder: Decoder, code: str) -> None:
    """Opcodes that the ModRM byte extends have no further instructions."""
    units = list(bytes.fromhex(code))
    assert {m for m in range(8) if not decoder.decode([*units, m << 3 | 7, *[5] * 8])} == ranges(GROUPS[code])


@pytest.mark.parametrize("code", ["f08907", "f090", "f00107f0", "f03907", "f00fbc07", "6689", "f0f0ff07"])
def test_what_is_no_instruction(decoder: Decoder, code: str) -> None:
    """LOCK stands only before some instructions; an instruction that is cut short is none."""
    decoded = decoder.decode(list(bytes.fromhex(code)))
    assert (decoded is not None) == (code == "f00107f0")


def test_single_step(pentium: Isa, decoder: Decoder) -> None:
    """The trap flag acts on the instruction after the one that sets it."""
    setting, _ = execute(pentium, decoder, "POPFD", "9d", state(pentium, {**AT, **words(STACK + 0x100, 0x100)}))
    assert (setting.state.registers["tf"], setting.after) == (1, ())
    stepped, _ = execute(pentium, decoder, "XCHG EAX, r32", "90", state(pentium, {"tf": 1}))
    assert stepped.after == ("debug",)


def test_stack_segment_delays_the_single_step(pentium: Isa, decoder: Decoder) -> None:
    """After MOV SS the single-step trap comes one instruction late."""
    before = state(pentium, {"tf": 1, "eax": 8, **descriptor(1, 0x93)})
    outcome, _ = execute(pentium, decoder, "MOV Sreg, r/m16", "8ed0", before)
    assert outcome.after == ()


def test_task_switch(pentium: Isa, decoder: Decoder) -> None:
    """JMP to a task state segment: TR, the busy bits and CR0.TS change, and the state is that of the new task."""
    given = state(pentium, {**descriptor(1, 0x89, 0x6000, 103), **descriptor(5, 0x8B, TSS, 103)})
    outcome, _ = execute(pentium, decoder, "JMP far ptr16:32", "ea000000000800", given)
    found = plain(outcome.state)
    assert (found["tr_selector"], found["tr_base"], found["tr_limit"], found["ts"]) == (8, 0x6000, 103, 1)
    assert (found[GDT + 8 + 5], found[GDT + 40 + 5]) == (0x8B, 0x89)
    nested, _ = execute(pentium, decoder, "CALL far ptr16:32", "9a000000000800", given)
    assert (plain(nested.state)["nt"], plain(nested.state)[GDT + 40 + 5]) == (1, 0x8B)
    assert plain(nested.state)["esp"] == found["esp"]


def deliver(isa: Isa, kind: str, args: Values, before: State) -> State:
    """The state after the trap sequence of a kind, for an instruction of two bytes."""
    sequence = isa.machine.traps[kind].deliver
    assert sequence is not None
    names = {parameter: args[parameter] for parameter in isa.machine.traps[kind].args}
    evaluator = Evaluator(isa.machine)
    body = Body({}, {}, Const(2, 32), sequence)
    return evaluator.run(body, names, before).state


def test_interrupt_on_the_same_stack(pentium: Isa) -> None:
    """An interrupt gate clears IF and TF; flags, CS and EIP are pushed."""
    before = {**AT, "if_": 1, "tf": 1, "nt": 1, "selector[1]": 6, **descriptor(1, 0x9B), **gate(IDT, 0x8E, 8, 0x123)}
    after = plain(deliver(pentium, "divide_error", {}, state(pentium, before)))
    frame = words(STACK + 0xF4, 0x100, 0x18, 0x4302)
    expected: Changes = {**before, **TO_CODE, **frame, "esp": 0xF4, "if_": 0, "tf": 0, "nt": 0, "stepping": 1}
    assert {k: v for k, v in after.items() if k != "stepping"} == {
        k: v for k, v in plain(state(pentium, expected)).items() if k != "stepping"
    }


def test_fault_to_an_inner_stack(pentium: Isa) -> None:
    """A trap gate leaves IF; SS and ESP are pushed on the stack of the task state segment, the error code last."""
    before = {**INNER, "if_": 1, **gate(IDT + 13 * 8, 0x8F, 8, 0x123)}
    after = plain(deliver(pentium, "segment_fault", {}, state(pentium, before)))
    frame = words(0x77E8, 0, 0x100, 0x1B, 0x202, 0x100, 0x23)
    expected: Changes = {
        **before, **TO_CODE, **frame, "cpl": 0, "selector[2]": 8, **cache(SS, 0x7000, 3), "esp": 0x7E8,
    }  # fmt: skip
    assert after == plain(state(pentium, expected))


UMIP_ROWS = {
    "SGDT m": "0f0107",
    "SIDT m": "0f010f",
    "SLDT r/m16": "0f0007",
    "SMSW r/m16": "0f0127",
    "STR r/m16": "0f000f",
}


@pytest.mark.parametrize("name", UMIP_ROWS)
def test_user_mode_instruction_prevention(umip: Isa, decoder: Decoder, name: str) -> None:
    """With CR4.UMIP they trap outside ring 0, without it and in ring 0 they complete."""

    def run(values: Values) -> Outcome:
        return execute(umip, decoder, name, UMIP_ROWS[name], state(umip, values))[0]

    refused = run({"umip": 1, "cpl": 3})
    assert (refused.trap, refused.args) == ("privileged_operation", (0,))
    assert {run({"umip": 1}).kind, run({"cpl": 3}).kind} == {"completes"}


def test_cr4_of_the_variant(umip: Isa, decoder: Decoder) -> None:
    """CR4.UMIP is bit 11."""
    written, _ = execute(umip, decoder, "MOV CR4, r32", "0f22e0", state(umip, {"eax": 0x85F}))
    assert written.state.registers["umip"] == 1
    read, _ = execute(umip, decoder, "MOV r32, CR4", "0f20e0", written.state)
    assert read.state.files["gpr"][0] == 0x85F


def test_lint(pentium: Isa, umip: Isa) -> None:
    """The warnings: modes that are not considered, and state that the monitor leaves as the guest's."""
    for isa in (pentium, umip):
        assert {warning.code for warning in isa.warnings} == {"unnamed-mode", "not-installed"}


def test_published_names(pentium: Isa) -> None:
    """The published list, and what is found beyond it, speak of instructions that the machine has."""
    file = Path(__file__).parents[1] / "verdicts/x86-pentium.yaml"
    critical = yaml.safe_load(file.read_text())["critical"]
    names = [name for table in list(critical.values())[:2] for entry in table.values() for name in entry]
    assert len(names) > 20
    assert {*names, *critical["beyond"]} <= {row.mnemonic for row in pentium.instructions}


TESTS = Path(__file__).parents[1]
SAMPLE = (
    "PUSH CS",
    "PUSHFD",
    "POPFD",
    "INT imm8",
    "MOV r/m16, Sreg",
    "LAR r32, r/m32",
    "SLDT r/m16",
    "SMSW r/m16",
    "CLI",
    "HLT",
    "ADD EAX, imm32",
)


def test_a_sample_of_the_published_verdicts(pentium: Isa) -> None:
    """Some of the published list, two privileged ones and an innocuous one, analyzed."""
    result = analyze(pentium, only=SAMPLE, models=("extended",), jobs=2)
    rows = {row.name: row for row in result.extended.instructions}
    assert set(rows) == set(SAMPLE)
    assert {name for name, row in rows.items() if row.critical is Answer.YES} == set(SAMPLE[:8])
    assert {name for name, row in rows.items() if row.privileged is Answer.YES} == {"CLI", "HLT"}
    direct = {row.name: row.trap_and_emulate for row in result.exact.instructions}
    assert direct["ADD EAX, imm32"] == "direct"
    assert direct["POPFD"] == direct["PUSHFD"] == direct["SLDT r/m16"] == "wrong"


def published_names() -> set[str]:
    """Mnemonics that the published list names, and those found beyond it."""
    published = yaml.safe_load((TESTS / "verdicts/x86-pentium.yaml").read_text())
    tables = [table for table in published["critical"].values() if isinstance(table, dict)]
    named = {name for table in tables for entry in table.values() for name in entry}
    return named | set(published["critical"]["beyond"])


def test_the_published_verdicts(answers: Callable[[str], tuple[Analysis, ...]]) -> None:
    """The list and what is beyond it, as sets."""
    (analysis,) = answers("x86-pentium")
    theorems, rows = analysis.extended.theorems, analysis.extended.instructions
    assert {row.mnemonic for row in rows if row.critical is Answer.YES} == published_names()
    assert (theorems.vmm.holds, theorems.hvmm.holds) == (Answer.NO, Answer.NO)
