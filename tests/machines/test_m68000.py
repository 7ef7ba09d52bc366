"""Instructions of the MC68000 and MC68010, written from the operation sections of the manual: code, state in and out.

In an example `d0` to `a7` are registers, a number a byte of storage, and everything else a component. What the last
column does not list must stay as it was, except PC, which moves over the instruction; `None` stands for a value that
the manual leaves undefined; a text is the trap expected. The state before is the supervisor's at 1000H.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from analyzer import analyze, load
from analyzer.encoding.codec import Decoder
from analyzer.language.evaluate import Evaluator, Interpretation, Outcome, State, initial_state
from analyzer.simulator.bare import Bare
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis, Answer

Values = Mapping[str | int, int]
Changes = Mapping[str | int, int | None]
Example = tuple[str, str, Values, Changes | str]

HERE = 0x1000
EVERYTHING = 0x1FFFFFF
MINUS = 0xFFFFFFFF
USER: Values = {"supervisor": 0, "other_sp": 0x8000}
NO_SIGN: Changes = {"nf": None, "vf": None}
VARIANTS = Path(__file__).parents[1] / "machines_for_tests"


def put(address: int, code: str) -> dict[str | int, int]:
    """Bytes in storage from `address` on."""
    return {address + i: byte for i, byte in enumerate(bytes.fromhex(code))}


MOVES: list[Example] = [
    ("MOVE.B <from>,<to>", "1200", {"d0": 0x180, "d1": 0x1234, "xf": 1, "cf": 1, "vf": 1},
     {"d1": 0x1280, "nf": 1, "cf": 0, "vf": 0}),
    ("MOVE.W <from>,<to>", "3010", {"a0": 0x2000, **put(0x2000, "8001")}, {"d0": 0x8001, "nf": 1}),
    ("MOVE.L <from>,<to>", "2018", {"a0": 0x2000, **put(0x2000, "00000001")}, {"d0": 1, "a0": 0x2004}),
    ("MOVE.B <from>,<to>", "101f", {"a7": 0x2000, **put(0x2000, "12")}, {"d0": 0x12, "a7": 0x2002}),
    ("MOVE.B <from>,<to>", "1f00", {"a7": 0x2000, "d0": 0x7F}, {"a7": 0x1FFE, **put(0x1FFE, "7f")}),
    ("MOVE.W <from>,<to>", "3100", {"a0": 0x2000, "d0": 0x12345678}, {"a0": 0x1FFE, **put(0x1FFE, "5678")}),
    ("MOVE.L <from>,<to>", "2108", {"a0": 0x2000}, {"a0": 0x1FFC, **put(0x1FFC, "00002000")}),
    ("MOVE.L <from>,<to>", "20d8", {"a0": 0x2000, **put(0x2000, "00000007")},
     {"a0": 0x2008, **put(0x2004, "00000007")}),
    ("MOVE.W <from>,<to>", "3028fffe", {"a0": 0x2002, **put(0x2000, "0102")}, {"d0": 0x102}),
    ("MOVE.W <from>,<to>", "303010fe", {"a0": 0x2002, "d1": 0x1FFFF, **put(0x1FFF, "000102")}, "address_error 8191 0"),
    ("MOVE.W <from>,<to>", "303010fe", {"a0": 0x2003, "d1": 0x1FFFF, **put(0x2000, "0102")}, {"d0": 0x102}),
    ("MOVE.W <from>,<to>", "303018fe", {"a0": 0x2002, "d1": 0x10000, **put(0x12000, "0102")}, {"d0": 0x102}),
    ("MOVE.W <from>,<to>", "303090fe", {"a0": 2, "a1": 0x2000, **put(0x2000, "0102")}, {"d0": 0x102}),
    ("MOVE.B <from>,<to>", "10388000", put(0xFF8000, "09"), {"d0": 9}),
    ("MOVE.B <from>,<to>", "103900012345", put(0x12345, "09"), {"d0": 9}),
    ("MOVE.B <from>,<to>", "103a000e", put(0x1010, "09"), {"d0": 9}),
    ("MOVE.B <from>,<to>", "103b0000", {"d0": 0x10, **put(0x1012, "09")}, {"d0": 9}),
    ("MOVE.B <from>,<to>", "103c12ff", {}, {"d0": 0xFF, "nf": 1}),
    ("MOVE.L <from>,<to>", "23fc1234567800002000", {}, put(0x2000, "12345678")),
    ("MOVE.W <from>,<to>", "3178 2000 0004", {"a0": 0x3000, **put(0x2000, "0102")}, put(0x3004, "0102")),
    ("MOVE.W <from>,<to>", "31bc0007 00fe", {"a0": 0x2002}, put(0x2000, "0007")),
    ("MOVE.L <from>,<to>", "2010", {"a0": 0x2001}, "address_error 8193 0"),
    ("MOVE.W <from>,<to>", "3080", {"a0": 0x2001}, "address_error 8193 1"),
    ("MOVE.B <from>,<to>", "1010", {"a0": 0x100, "bound": 0x100}, "bus_error 256 0"),
    ("MOVE.B <from>,<to>", "1010", {"a0": 0xFF000100, "bound": 0x2000, "base": 0x100, **put(0x200, "09"), "zf": 1},
     {"d0": 9, "zf": 0}),
    ("MOVEA.W <ea>,An", "307c8000", {"zf": 1}, {"a0": 0xFFFF8000}),
    ("MOVEA.L <ea>,An", "2248", {"a0": 5}, {"a1": 5}),
    ("MOVEQ #data,Dn", "7080", {}, {"d0": 0xFFFFFF80, "nf": 1}),
    ("LEA <ea>,An", "41e90010", {"a1": 0x2001}, {"a0": 0x2011}),
    ("LEA <ea>,An", "41fa0010", {}, {"a0": 0x1012}),
    ("PEA <ea>", "4851", {"a1": 0x2001, "a7": 0x3000}, {"a7": 0x2FFC, **put(0x2FFC, "00002001")}),
    ("EXG Dx,Dy", "c141", {"d0": 1, "d1": 2}, {"d0": 2, "d1": 1}),
    ("EXG Ax,Ay", "c149", {"a0": 1, "a1": 2}, {"a0": 2, "a1": 1}),
    ("EXG Dx,Ay", "c189", {"d0": 1, "a1": 2}, {"d0": 2, "a1": 1}),
    ("SWAP Dn", "4840", {"d0": 0x12348000}, {"d0": 0x80001234, "nf": 1}),
    ("EXT.W Dn", "4880", {"d0": 0x12345680}, {"d0": 0x1234FF80, "nf": 1}),
    ("EXT.L Dn", "48c0", {"d0": 0x12348000}, {"d0": 0xFFFF8000, "nf": 1}),
    ("LINK An,#d16", "4e56fff8", {"a6": 0x11223344, "a7": 0x3000},
     {"a6": 0x2FFC, "a7": 0x2FF4, **put(0x2FFC, "11223344")}),
    ("LINK An,#d16", "4e57fff8", {"a7": 0x3000}, {"a7": 0x2FF4, **put(0x2FFC, "00002ffc")}),
    ("UNLK An", "4e5e", {"a6": 0x2FFC, **put(0x2FFC, "11223344")}, {"a6": 0x11223344, "a7": 0x3000}),
    ("MOVEP.W Dn,d16(An)", "01880001", {"d0": 0x1234, "a0": 0x2000}, {**put(0x2001, "12"), **put(0x2003, "34")}),
    ("MOVEP.L Dn,d16(An)", "01c80000", {"d0": 0x12345678, "a0": 0x2000},
     {0x2000: 0x12, 0x2002: 0x34, 0x2004: 0x56, 0x2006: 0x78}),
    ("MOVEP.W d16(An),Dn", "01080000", {"d0": 0xFFFF0000, "a0": 0x2000, **put(0x2000, "12003400")},
     {"d0": 0xFFFF1234}),
    ("MOVEP.L d16(An),Dn", "01480000", {"a0": 0x2000, **put(0x2000, "1200340056007800")}, {"d0": 0x12345678}),
    ("MOVEM.W <list>,<ea>", "48908001", {"d0": 0x10001, "a7": 0x2000, "a0": 0x3000}, put(0x3000, "00012000")),
    ("MOVEM.L <list>,-(An)", "48e78001", {"d0": 1, "a7": 0x3000}, {"a7": 0x2FF8, **put(0x2FF8, "0000000100003000")}),
    ("MOVEM.W <list>,-(An)", "48a08080", {"d0": 1, "a0": 0x3000}, {"a0": 0x2FFC, **put(0x2FFC, "00013000")}),
    ("MOVEM.W <ea>,<list>", "4cb80101 2000", put(0x2000, "80010002"), {"d0": 0xFFFF8001, "a0": 2}),
    ("MOVEM.L <ea>,<list>", "4cfa0002 000c", put(0x1010, "00000007"), {"d1": 7}),
    ("MOVEM.L (An)+,<list>", "4cd80101", {"a0": 0x2000, **put(0x2000, "0000000100000002")}, {"d0": 1, "a0": 0x2008}),
    ("MOVEM.W (An)+,<list>", "4c980002", {"a0": 0x2000, **put(0x2000, "ffff")}, {"d1": MINUS, "a0": 0x2002}),
]  # fmt: skip

OVER: Changes = {"nf": 1, "vf": 1}
CARRY: Changes = {"xf": 1, "cf": 1}
ARITHMETIC: list[Example] = [
    ("ADD.B <ea>,Dn", "d001", {"d0": 0x17F, "d1": 1}, {"d0": 0x180, **OVER}),
    ("ADD.W <ea>,Dn", "d041", {"d0": 0xFFFF, "d1": 1}, {"d0": 0, **CARRY, "zf": 1}),
    ("ADD.L <ea>,Dn", "d089", {"d0": 0x80000000, "a1": 0x80000000}, {"d0": 0, **CARRY, "zf": 1, "vf": 1}),
    ("ADD.W Dn,<ea>", "d158", {"d0": 1, "a0": 0x2000, **put(0x2000, "00ff")}, {"a0": 0x2002, **put(0x2000, "0100")}),
    ("SUB.B <ea>,Dn", "9001", {"d0": 0x80, "d1": 1}, {"d0": 0x7F, "vf": 1}),
    ("SUB.L <ea>,Dn", "9081", {"d1": 1}, {"d0": MINUS, **CARRY, "nf": 1}),
    ("SUB.B Dn,<ea>", "9120", {"d0": 1, "a0": 0x2001, **put(0x2000, "05")}, {"a0": 0x2000, **put(0x2000, "04")}),
    ("AND.W <ea>,Dn", "c041", {"d0": 0x1FF00, "d1": 0x8FFF, "cf": 1, "xf": 1}, {"d0": 0x18F00, "nf": 1, "cf": 0}),
    ("AND.L Dn,<ea>", "c190", {"d0": 3, "a0": 0x2000, **put(0x2000, "00000006")}, put(0x2000, "00000002")),
    ("OR.B <ea>,Dn", "803c0080", {"d0": 1}, {"d0": 0x81, "nf": 1}),
    ("OR.W Dn,<ea>", "8150", {"d0": 1, "a0": 0x2000, **put(0x2000, "0100")}, put(0x2000, "0101")),
    ("EOR.L Dn,<ea>", "b181", {"d0": 5, "d1": 5}, {"d1": 0, "zf": 1}),
    ("CMP.B <ea>,Dn", "b001", {"d0": 3, "d1": 5, "xf": 0}, {"nf": 1, "cf": 1}),
    ("CMP.L <ea>,Dn", "b089", {"d0": 5, "a1": 5, "xf": 1}, {"zf": 1}),
    ("ADDA.W <ea>,An", "d0fcffff", {"a0": 5, "zf": 1}, {"a0": 4}),
    ("SUBA.L <ea>,An", "91c1", {"a0": 5, "d1": 6}, {"a0": MINUS}),
    ("CMPA.W <ea>,An", "b0fc8000", {"a0": 0xFFFF8000}, {"zf": 1}),
    ("CMPM.B (Ay)+,(Ax)+", "b308", {"a0": 0x2000, "a1": 0x2001, **put(0x2000, "0102")},
     {"a0": 0x2001, "a1": 0x2002}),
    ("CMPM.W (Ay)+,(Ax)+", "b148", {"a0": 0x2000, **put(0x2000, "00020001")}, {"a0": 0x2004, "nf": 1, "cf": 1}),
    ("ADDX.L Dy,Dx", "d181", {"d0": MINUS, "xf": 1, "zf": 1}, {"d0": 0, "cf": 1}),
    ("ADDX.L Dy,Dx", "d181", {"d0": 1, "zf": 1}, {"zf": 0}),
    ("ADDX.B -(Ay),-(Ax)", "d308", {"a0": 0x2001, "a1": 0x2003, "xf": 1, **put(0x2000, "010005")},
     {"a0": 0x2000, "a1": 0x2002, "xf": 0, **put(0x2002, "07")}),
    ("SUBX.W Dy,Dx", "9141", {"xf": 1, "zf": 1}, {"d0": 0xFFFF, "cf": 1, "nf": 1, "zf": 0}),
    ("SUBX.L -(Ay),-(Ax)", "9389", {"a1": 0x2008, "zf": 1, **put(0x2000, "0000000500000005")},
     {"a1": 0x2000, 0x2003: 0}),
    ("NEG.B <ea>", "4400", {"d0": 0x80}, {**CARRY, **OVER}),
    ("NEGX.W <ea>", "4040", {"zf": 1, "xf": 1}, {"d0": 0xFFFF, "zf": 0, "nf": 1, "cf": 1}),
    ("NOT.L <ea>", "4680", {"cf": 1}, {"d0": MINUS, "nf": 1, "cf": 0}),
    ("CLR.W <ea>", "4240", {"d0": 0x12345678, "nf": 1}, {"d0": 0x12340000, "nf": 0, "zf": 1}),
    ("TST.B <ea>", "4a18", {"a0": 0x2000, "vf": 1, **put(0x2000, "80")}, {"a0": 0x2001, "vf": 0, "nf": 1}),
    ("ADDI.W #data,<ea>", "0679 0001 00002000", put(0x2000, "7fff"), {**put(0x2000, "8000"), **OVER}),
    ("SUBI.B #data,<ea>", "0400ff01", {"d0": 1}, {"d0": 0, "zf": 1}),
    ("ANDI.L #data,<ea>", "0280 0000ffff", {"d0": 0x12345678}, {"d0": 0x5678}),
    ("ORI.W #data,<ea>", "00508000", {"a0": 0x2000}, {**put(0x2000, "8000"), "nf": 1}),
    ("EORI.B #data,<ea>", "0a000001", {"d0": 1}, {"d0": 0, "zf": 1}),
    ("CMPI.L #data,<ea>", "0c80 00000001", {}, {"nf": 1, "cf": 1}),
    ("ADDQ.B #q,<ea>", "5000", {"d0": 0xF8}, {"d0": 0, **CARRY, "zf": 1}),
    ("SUBQ.W #q,<ea>", "5340", {"d0": 1}, {"d0": 0, "zf": 1}),
    ("ADDQ.W #q,An", "5248", {"a0": 0xFFFF, "zf": 1}, {"a0": 0x10000}),
    ("SUBQ.L #q,An", "5188", {"a0": 7}, {"a0": MINUS}),
    ("MULU <ea>,Dn", "c0c1", {"d0": 0x1FFFF, "d1": 0xFFFF, "cf": 1}, {"d0": 0xFFFE0001, "nf": 1, "cf": 0}),
    ("MULS <ea>,Dn", "c1fcffff", {"d0": 5}, {"d0": 0xFFFFFFFB, "nf": 1}),
    ("DIVU <ea>,Dn", "80fc0003", {"d0": 0x10000, "cf": 1, "vf": 1}, {"d0": 0x15555, "cf": 0, "vf": 0}),
    ("DIVU <ea>,Dn", "80fc0001", {"d0": 0x10000}, {"nf": None, "zf": None, "vf": 1}),
    ("DIVS <ea>,Dn", "81fcfffe", {"d0": 7}, {"d0": 0x1FFFD, "nf": 1}),
    ("DIVS <ea>,Dn", "81fcffff", {"d0": 0x80000000}, {"nf": None, "zf": None, "vf": 1}),
    ("DIVS <ea>,Dn", "81fcffff", {"d0": 0x8000}, {"nf": 1}),
    ("DIVS <ea>,Dn", "81fcffff", {"d0": 0xFFFF8000}, {"nf": None, "zf": None, "vf": 1}),
    ("DIVS <ea>,Dn", "81fc0001", {"d0": 0xFFFF8000}, {"d0": 0x8000, "nf": 1}),
    ("CHK <ea>,Dn", "41bc0005", {"d0": 5}, {"nf": None, "zf": None, "vf": None, "cf": None}),
    ("ABCD Dy,Dx", "c101", {"d0": 0x45, "d1": 0x37, "xf": 1, "zf": 1}, {"d0": 0x83, "xf": 0, "zf": 0, **NO_SIGN}),
    ("ABCD Dy,Dx", "c101", {"d0": 0x99, "d1": 1, "zf": 1}, {"d0": 0, **CARRY, **NO_SIGN}),
    ("ABCD -(Ay),-(Ax)", "c309", {"a1": 0x2002, **put(0x2000, "1905")}, {"a1": 0x2000, 0x2000: 0x24, **NO_SIGN}),
    ("SBCD Dy,Dx", "8101", {"d1": 1, "zf": 1}, {"d0": 0x99, **CARRY, "zf": 0, **NO_SIGN}),
    ("SBCD -(Ay),-(Ax)", "8109", {"a0": 0x2003, "a1": 0x2001, **put(0x2000, "050034")},
     {"a0": 0x2002, "a1": 0x2000, 0x2002: 0x29, **NO_SIGN}),
    ("NBCD <ea>", "4800", {"d0": 0x123}, {"d0": 0x177, **CARRY, **NO_SIGN}),
    ("NBCD <ea>", "4800", {"zf": 1}, NO_SIGN),
]  # fmt: skip

SHIFTS: list[Example] = [
    ("ASL.B Dx,Dy", "e320", {"d1": 1, "d0": 0x40}, {"d0": 0x80, **OVER}),
    ("ASL.B Dx,Dy", "e320", {"d1": 63, "d0": 1}, {"d0": 0, "vf": 1, "zf": 1, "xf": 0}),
    ("ASL.W Dx,Dy", "e360", {"d0": 0x8000, "cf": 1, "xf": 1, "vf": 1}, {"nf": 1, "cf": 0, "vf": 0}),
    ("ASL.L Dx,Dy", "e3a0", {"d1": 32, "d0": 1}, {"d0": 0, **CARRY, "zf": 1, "vf": 1}),
    ("ASR.W #q,Dn", "e040", {"d0": 0x8080}, {"d0": 0xFF80, **CARRY, "nf": 1}),
    ("ASR.B Dx,Dy", "e220", {"d1": 40, "d0": 0x80}, {"d0": 0xFF, **CARRY, "nf": 1}),
    ("LSL.B #q,Dn", "e308", {"d0": 0x1C1}, {"d0": 0x182, **CARRY, "nf": 1}),
    ("LSR.L Dx,Dy", "e2a8", {"d1": 33, "d0": MINUS}, {"d0": 0, "zf": 1}),
    ("LSR.W #q,Dn", "e248", {"d0": 1}, {"d0": 0, **CARRY, "zf": 1}),
    ("ROL.W #q,Dn", "e358", {"d0": 0x8000, "xf": 0}, {"d0": 1, "cf": 1}),
    ("ROR.B Dx,Dy", "e238", {"d1": 8, "d0": 0x81, "xf": 1}, {"cf": 1, "nf": 1}),
    ("ROR.L Dx,Dy", "e2b8", {"d0": 1, "cf": 1, "xf": 1}, {"cf": 0}),
    ("ROXL.B #q,Dn", "e310", {"d0": 0x80, "xf": 1}, {"d0": 1, "cf": 1}),
    ("ROXL.L Dx,Dy", "e3b0", {"xf": 1}, {"cf": 1, "zf": 1}),
    ("ROXR.W #q,Dn", "e250", {"d0": 1}, {"d0": 0, **CARRY, "zf": 1}),
    ("ROXR.B Dx,Dy", "e230", {"d1": 9, "d0": 0x81}, {"nf": 1}),
    ("ASL <ea>", "e1d0", {"a0": 0x2000, **put(0x2000, "4001")}, {**put(0x2000, "8002"), **OVER}),
    ("ROXR <ea>", "e4e0", {"a0": 0x2002, "xf": 1, **put(0x2000, "0002")},
     {"a0": 0x2000, "xf": 0, "nf": 1, **put(0x2000, "8001")}),
    ("BTST Dx,Dn", "0300", {"d1": 33, "d0": 2}, {}),
    ("BTST #bit,Dn", "08000021", {"d0": 1}, {"zf": 1}),
    ("BCHG Dx,Dn", "0340", {"d1": 31}, {"d0": 0x80000000, "zf": 1}),
    ("BCLR #bit,Dn", "08800000", {"d0": 1, "zf": 1}, {"d0": 0, "zf": 0}),
    ("BSET #bit,Dn", "08c0001f", {}, {"d0": 0x80000000, "zf": 1}),
    ("BCHG Dx,<ea>", "0350", {"d1": 9, "a0": 0x2000}, {0x2000: 2, "zf": 1}),
    ("BCLR #bit,<ea>", "0890000f", {"a0": 0x2000, 0x2000: 0xFF}, {0x2000: 0x7F}),
    ("BSET #bit,<ea>", "08f90000 00002001", {}, {0x2001: 1, "zf": 1}),
    ("BTST Dx,<ea>", "013c0080", {"d0": 7}, {}),
    ("BTST #bit,<ea>", "083a0000 000c", put(0x1010, "01"), {}),
    ("TAS <ea>", "4ad0", {"a0": 0x2001, "vf": 1}, {0x2001: 0x80, "zf": 1, "vf": 0}),
]  # fmt: skip

AT: Values = {"a7": 0x3000}
CONTROL: list[Example] = [
    ("BRA.S <near>", "60fe", {}, {"pc": HERE}),
    ("BRA.S <near>", "60ff", {}, "address_error 4097 2"),
    ("BRA.W <far>", "60000100", {}, {"pc": 0x1102}),
    ("BNE.S <near>", "6610", {"zf": 1}, {}),
    ("BNE.W <far>", "6600fffe", {}, {"pc": HERE}),
    ("BSR.S <near>", "6110", AT, {"pc": 0x1012, "a7": 0x2FFC, **put(0x2FFC, "00001002")}),
    ("BSR.W <far>", "61000010", AT, {"pc": 0x1012, "a7": 0x2FFC, **put(0x2FFC, "00001004")}),
    ("DBF Dn,<far>", "51c80010", {"d0": 0x10000}, {"d0": 0x1FFFF}),
    ("DBF Dn,<far>", "51c80010", {"d0": 1}, {"d0": 0, "pc": 0x1012}),
    ("DBEQ Dn,<far>", "57c80010", {"d0": 1, "zf": 1}, {}),
    ("DBT Dn,<far>", "50c80010", {"d0": 1}, {}),
    ("SEQ <ea>", "57c0", {"d0": 0x100, "zf": 1}, {"d0": 0x1FF}),
    ("SF <ea>", "51d8", {"a0": 0x2000, 0x2000: 0xFF}, {"a0": 0x2001, 0x2000: 0}),
    ("JMP <ea>", "4ed0", {"a0": 0x12345678}, {"pc": 0x12345678}),
    ("JMP <ea>", "4ef82001", {}, "address_error 8193 2"),
    ("JSR <ea>", "4eb900002000", AT, {"pc": 0x2000, "a7": 0x2FFC, **put(0x2FFC, "00001006")}),
    ("RTS", "4e75", {**AT, **put(0x3000, "00002000")}, {"pc": 0x2000, "a7": 0x3004}),
    ("RTR", "4e77", {**AT, **put(0x3000, "ffff00002000")},
     {"pc": 0x2000, "a7": 0x3006, "xf": 1, "nf": 1, "zf": 1, "vf": 1, "cf": 1}),
    ("NOP", "4e71", {}, {}),
    ("TRAP #vector", "4e4f", {}, "call 15"),
    ("TRAPV", "4e76", {}, {}),
    ("ILLEGAL", "4afc", {}, "illegal_instruction"),
    ("LINE A #code", "a123", {}, "line_a 291"),
    ("LINE F #code", "f123", {}, "line_f 291"),
]  # fmt: skip

TO_USER: Values = {**AT, "other_sp": 0x2000, **put(0x400, "0000400000000100")}
IN_USER: Changes = {"supervisor": 0, "a7": 0x2000, "other_sp": 0x3000, "base": 0x4000, "bound": 0x100}
SYSTEM: list[Example] = [
    ("MOVE from SR", "40c0", {"trace": 1, "interrupt_mask": 5, "xf": 1, "zf": 1}, {"d0": 0xA514, "tracing": 1}),
    ("MOVE from SR", "40c0", {**USER, "nf": 1}, {"d0": 8}),
    ("MOVE to CCR", "44fcff15", {}, {"xf": 1, "zf": 1, "cf": 1}),
    ("MOVE to SR", "46fcf71f", {},
     {"trace": 1, "interrupt_mask": 7, "xf": 1, "nf": 1, "zf": 1, "vf": 1, "cf": 1}),
    ("MOVE to SR", "46fc0000", TO_USER, IN_USER),
    ("MOVE to SR", "46fc0000", USER, "privilege_violation"),
    ("ORI to CCR", "003c0011", {"nf": 1}, CARRY),
    ("ANDI to CCR", "023c0001", {"nf": 1, "cf": 1}, {"nf": 0}),
    ("EORI to CCR", "0a3c0003", {"cf": 1}, {"cf": 0, "vf": 1}),
    ("ORI to SR", "007c0700", {}, {"interrupt_mask": 7}),
    ("ANDI to SR", "027cdfff", TO_USER, IN_USER),
    ("EORI to SR", "0a7c2000", TO_USER, IN_USER),
    ("ORI to SR", "007c0700", USER, "privilege_violation"),
    ("MOVE to USP", "4e60", {"a0": 7}, {"other_sp": 7}),
    ("MOVE from USP", "4e68", {"other_sp": 7}, {"a0": 7}),
    ("MOVE from USP", "4e68", USER, "privilege_violation"),
    ("RESET", "4e70", {"request": 5}, {"request": 0}),
    ("RESET", "4e70", USER, "privilege_violation"),
    ("STOP #data", "4e722300", {"nf": 1}, {"interrupt_mask": 3, "nf": 0, "stopped": 1}),
    ("STOP #data", "4e720300", {}, "privilege_violation"),
    ("STOP #data", "4e722300", USER, "privilege_violation"),
]  # fmt: skip

RETURN: Example = (
    "RTE", "4e73", {**TO_USER, **put(0x3000, "001f00002000")},
    {**IN_USER, "other_sp": 0x3006, "pc": 0x2000, "xf": 1, "nf": 1, "zf": 1, "vf": 1, "cf": 1},
)  # fmt: skip
EXAMPLES = [*MOVES, *ARITHMETIC, *SHIFTS, *CONTROL, *SYSTEM, RETURN]

NEWER: list[Example] = [
    ("MOVE from SR", "40c0", {"interrupt_mask": 5}, {"d0": 0x2500}),
    ("MOVE from SR", "40c0", USER, "privilege_violation"),
    ("MOVE from CCR", "42c0", {**USER, "nf": 1}, {"d0": 8}),
    ("MOVEC VBR,Rn", "4e7a8801", {"vbr": 0x800}, {"a0": 0x800}),
    ("MOVEC SFC,Rn", "4e7a0000", {"sfc": 5, "d0": MINUS}, {"d0": 5}),
    ("MOVEC Rn,DFC", "4e7b0001", {"d0": 9}, {"dfc": 1}),
    ("MOVEC Rn,USP", "4e7b0800", {"d0": 9}, {"other_sp": 9}),
    ("MOVEC Rn,VBR", "4e7b8801", USER, "privilege_violation"),
    ("MOVES.B <ea>,Rn", "0e108000", {"a0": 0x10, "sfc": 1, **put(0x400, "0000400000000100"), 0x4010: 0x80},
     {"a0": 0xFFFFFF80}),
    ("MOVES.W Rn,<ea>", "0e580800", {"d0": 0x1234, "a0": 0xFE, "dfc": 2, **put(0x400, "0000400000000100")},
     {"a0": 0x100, **put(0x40FE, "1234")}),
    ("MOVES.L Rn,<ea>", "0e900800", {"d0": 1, "a0": 0xFE, "dfc": 1, **put(0x400, "0000400000000100")},
     "bus_error 254 1"),
    ("MOVES.L <ea>,Rn", "0e901000", {"a0": 0x2000, "sfc": 5, **put(0x2000, "00000007")}, {"d1": 7}),
    ("MOVES.W <ea>,Rn", "0e501000", {"a0": 0x2000, "sfc": 7}, "bus_error 8192 0"),
    ("MOVES.W <ea>,Rn", "0e501000", USER, "privilege_violation"),
    ("RTD #d16", "4e740008", {**AT, **put(0x3000, "00002000")}, {"pc": 0x2000, "a7": 0x300C}),
    ("BKPT #number", "484b", {}, "breakpoint 3"),
    ("RTE", "4e73", {**TO_USER, **put(0x3000, "0000000020000020")},
     {**IN_USER, "pc": 0x2000, "other_sp": 0x3008}),
    ("RTE", "4e73", {**TO_USER, **put(0x3000, "0000000020008008")},
     {**IN_USER, "pc": 0x2000, "other_sp": 0x303A}),
    ("RTE", "4e73", {**TO_USER, **put(0x3000, "0000000020002000")}, "format_error"),
    ("CLR.B <ea>", "4210", {"a0": 0x2000, 0x2000: 5}, {0x2000: 0, "zf": 1}),
]  # fmt: skip


@pytest.fixture(scope="module")
def plain() -> Isa:
    """The MC68000."""
    return load("m68000")


@pytest.fixture(scope="module")
def newer() -> Isa:
    """The MC68010."""
    return load("m68010")


def state(isa: Isa, values: Changes) -> State:
    """The state that the examples start from, except for `values`."""
    result = initial_state(isa.machine, 0x1000000)
    start: dict[str | int, int | None] = {"pc": HERE, "supervisor": 1, "bound": EVERYTHING}
    for name, value in (start | dict(values)).items():
        if isinstance(name, int):
            result.storage[name] = value or 0
        elif re.fullmatch(r"[da][0-7]", name):
            result.files[name[0]][int(name[1])] = value or 0
        else:
            assert name in result.registers, name
            result.registers[name] = value or 0
    return result


def parts(result: State) -> dict[str | int, int]:
    """A state to compare; what is 0 does not count."""
    found: dict[str | int, int] = {}
    found.update(result.registers.items())
    found.update(result.storage.items())
    found |= {f"{name}{i}": value for name, file in result.files.items() for i, value in file.items()}
    return {name: value for name, value in found.items() if value}


def execute(isa: Isa, name: str, code: str, before: State) -> tuple[Outcome, Outcome]:
    """One instruction, with what is undefined once all zeros, once all ones."""
    units = list(bytes.fromhex(code))
    decoded = Decoder(isa).decode(units)
    assert decoded is not None
    assert (decoded[0], decoded[2]) == (name, len(units))
    body = isa.instruction(name).body
    zeros, ones = (Interpretation(open=lambda site, unpredictable, v=v: v) for v in (0, -1))  # type: ignore[misc]
    return Evaluator(isa.machine, zeros).run(body, decoded[1], before), Evaluator(isa.machine, ones).run(
        body, decoded[1], before
    )


def holds(isa: Isa, example: Example) -> None:
    """The example, on this machine."""
    name, code, before, after = example
    given = state(isa, before)
    outcomes = execute(isa, name, code, given)
    if isinstance(after, str):
        for outcome in outcomes:
            assert " ".join([outcome.trap, *map(str, outcome.args)]) == after
            assert parts(outcome.state) == parts(given)
        return
    expected = parts(state(isa, {**before, "pc": HERE + len(bytes.fromhex(code)), **after}))
    zeros, ones = (parts(outcome.state) for outcome in outcomes)
    undefined = {part for part, value in after.items() if value is None}
    assert {part for part in zeros.keys() | ones.keys() if zeros.get(part) != ones.get(part)} == undefined
    for found in (zeros, ones):
        assert {k: v for k, v in found.items() if k not in undefined} == {
            k: v for k, v in expected.items() if k not in undefined
        }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: " ".join(example[:2]))
def test_examples(plain: Isa, example: Example) -> None:
    """Each instruction does what the manual says, and nothing else."""
    holds(plain, example)


@pytest.mark.parametrize("example", NEWER, ids=lambda example: " ".join(example[:2]))
def test_examples_of_the_newer_machine(newer: Isa, example: Example) -> None:
    """What the MC68010 adds and changes."""
    holds(newer, example)


CONDITIONS = {
    "T": "True", "F": "False", "HI": "not (cf or zf)", "LS": "cf or zf", "CC": "not cf", "CS": "cf", "NE": "not zf",
    "EQ": "zf", "VC": "not vf", "VS": "vf", "PL": "not nf", "MI": "nf", "GE": "nf == vf", "LT": "nf != vf",
    "GT": "nf == vf and not zf", "LE": "zf or nf != vf",
}  # fmt: skip


@pytest.mark.parametrize("code", range(16))
def test_conditions(plain: Isa, code: int) -> None:
    """Scc, DBcc and Bcc test what the manual's table of conditions says, for all values of the four flags."""
    name, formula = list(CONDITIONS.items())[code]
    for number in range(16):
        flags: dict[str | int, int] = {f: number >> i & 1 for i, f in enumerate(("nf", "zf", "vf", "cf"))}
        true = bool(eval(formula, {str(f): value for f, value in flags.items()}))
        set_, _ = execute(plain, f"S{name} <ea>", f"5{code:x}c0", state(plain, flags))
        assert set_.state.files["d"][0] == (0xFF if true else 0)
        count, _ = execute(plain, f"DB{name} Dn,<far>", f"5{code:x}c80010", state(plain, {**flags, "d0": 1}))
        assert count.state.registers["pc"] == (HERE + 4 if true else 0x1012)
        if code > 1:
            branch, _ = execute(plain, f"B{name}.S <near>", f"6{code:x}10", state(plain, flags))
            assert branch.state.registers["pc"] == (0x1012 if true else HERE + 2)


def mnemonic(name: str) -> str:
    """The first word of a name, without its size."""
    return name.split()[0].split(".")[0]


def test_every_mnemonic_has_an_example(plain: Isa, newer: Isa) -> None:
    """No mnemonic goes untested."""
    shown = {mnemonic(name) for name, *_ in EXAMPLES} | {f"{s}{c}" for c in CONDITIONS for s in ("DB", "S")}
    shown |= {f"B{c}" for c in CONDITIONS} - {"BT", "BF"}
    assert {mnemonic(row.name) for row in plain.instructions} == shown | {"DIVU", "LSR"}
    added = {row.name for row in newer.instructions} - {row.name for row in plain.instructions}
    assert {mnemonic(name) for name in added} <= {mnemonic(name) for name, *_ in NEWER}
    assert (len(EXAMPLES) > 170, len(NEWER) >= 20, len(added) > 15) == (True, True, True)


# Operation words that are an instruction, by the operation code map (prm, section 8) and its addressing categories.
DATA_ALTERABLE = {*range(8), *range(16, 0o72)}
MEMORY_ALTERABLE = DATA_ALTERABLE - {*range(8)}
CONTROL_MODES = {*range(0o20, 0o30), *range(0o50, 0o74)}


@pytest.mark.parametrize(
    ("start", "modes"),
    [
        (0x4000, DATA_ALTERABLE), (0x4200, DATA_ALTERABLE), (0x4A80, DATA_ALTERABLE),
        (0x4AC0, DATA_ALTERABLE | {0o74}), (0x0640, DATA_ALTERABLE), (0x0800, DATA_ALTERABLE | {0o72, 0o73}),
        (0x0840, DATA_ALTERABLE), (0x0140, DATA_ALTERABLE | {*range(8, 16)}), (0x41C0, CONTROL_MODES),
        (0x4EC0, CONTROL_MODES), (0x4840, CONTROL_MODES | {*range(8)}), (0xE0C0, MEMORY_ALTERABLE),
        (0xC0C0, {*range(8), *range(16, 0o75)}), (0xD040, {*range(0o75)}), (0xD000, {*range(8), *range(16, 0o75)}),
        (0xD0C0, {*range(0o75)}), (0x5040, {*range(0o72)}), (0x5000, DATA_ALTERABLE), (0x40C0, DATA_ALTERABLE),
        (0x44C0, {*range(8), *range(16, 0o75)}),
    ],
)  # fmt: skip
def test_addressing_categories(plain: Isa, start: int, modes: set[int]) -> None:
    """Each group of operation words admits the addressing modes of its category, and no other."""
    decoder = Decoder(plain)
    found = {m for m in range(64) if decoder.decode([start + m >> 8, start + m & 0xFF, *[0] * 12])}
    assert found == modes


@pytest.mark.parametrize(("code", "kind", "negative"), [("41bc0005", 6, 0), ("41bcffff", 0, 0), ("80fc0000", 0, 0)])
def test_exceptions_after_the_instruction(plain: Isa, code: str, kind: int, negative: int) -> None:
    """CHK and a division by zero complete, and the exception follows; a trace comes after it."""
    name = "CHK <ea>,Dn" if code.startswith("41") else "DIVU <ea>,Dn"
    trap = "out_of_bounds" if code.startswith("41") else "zero_divide"
    outcome, _ = execute(plain, name, code, state(plain, {"d0": 6, "trace": 1}))
    assert (outcome.kind, outcome.after) == ("completes", (trap, "traced"))
    assert outcome.state.registers["nf"] == negative


def test_check_of_a_negative_number(plain: Isa) -> None:
    """N tells which bound was exceeded; the address is incremented."""
    outcome, _ = execute(plain, "CHK <ea>,Dn", "4198", state(plain, {"d0": 0x8000, "a0": 0x2000}))
    assert (outcome.after, outcome.state.registers["nf"]) == (("out_of_bounds",), 1)
    assert outcome.state.files["a"][0] == 0x2002


def step(isa: Isa, code: str, before: Values) -> dict[str, int]:
    """What one instruction at 1000H, and the exception to which it leads, change of the state of the whole machine."""
    machine = Bare(isa)
    machine.memory.load(HERE, list(bytes.fromhex(code)))
    machine.state.registers.update(state(isa, before).registers)
    for name, value in before.items():
        if isinstance(name, int):
            machine.memory[name] = value
        elif re.fullmatch(r"[da][0-7]", name):
            machine.state.files[name[0]][int(name[1])] = value
    machine.touched()
    machine.step()
    found: dict[str, int] = dict(machine.state.registers)
    found |= {f"a{i}": machine.state.files["a"][i] for i in range(8)}
    return {name: value for name, value in found.items() if value != before.get(name, 0)} | {
        "frame": int.from_bytes(bytes(machine.memory[n] for n in range(found["a7"], 0x3000)), "big")
    }


VECTORS = put(8, "00005000") | put(4 * 47, "00006000") | put(4 * 9, "00007000") | put(4 * 30, "00004000")
FROM_USER: Values = {"pc": HERE, "supervisor": 0, "a7": 0x100, "other_sp": 0x3000, "bound": 0x2000, "zf": 1, **VECTORS}
SUPERVISED: dict[str, int] = {"supervisor": 1, "other_sp": 0x100, "bound": EVERYTHING}


def test_short_frame(plain: Isa, newer: Isa) -> None:
    """A call pushes PC and SR on the supervisor stack; the newer machine a format word before them."""
    frame = {**SUPERVISED, "pc": 0x6000, "a7": 0x2FFA, "frame": 0x0004_00001002}
    assert step(plain, "4e4f", FROM_USER) == frame
    assert step(newer, "4e4f", FROM_USER) == {**frame, "a7": 0x2FF8, "frame": 0x0004_00001002_00BC}


def test_a_call_is_traced_after_its_exception(plain: Isa) -> None:
    """The frame of the trace lies above that of the call, and names its handler."""
    found = step(plain, "4e4f", {**FROM_USER, "trace": 1})
    frames = 0x2004_00006000_8004_00001002
    assert found == {**SUPERVISED, "trace": 0, "pc": 0x7000, "a7": 0x2FF4, "frame": frames}


def test_trace(plain: Isa) -> None:
    """An instruction that began with T set is followed by a trace; its frame names the next instruction."""
    found = step(plain, "7007", {**FROM_USER, "trace": 1})
    expected = {**SUPERVISED, "trace": 0, "tracing": 1, "zf": 0, "pc": 0x7000, "a7": 0x2FFA}
    assert found == {**expected, "frame": 0x8000_00001002}


def test_long_frame(plain: Isa) -> None:
    """A bus error pushes four more words: about the access, its address, and the instruction."""
    frame = 0x0019_00123456_1010_0004_00001002
    found = step(plain, "1010", {**FROM_USER, "a0": 0x123456})
    assert found == {**SUPERVISED, "pc": 0x5000, "a7": 0x2FF2, "frame": frame}


def test_long_frame_of_the_newer_machine(newer: Isa) -> None:
    """29 words; the program counter is that of the instruction, so that it begins again."""
    frame = 0x0004_00001000_8008_0001_00123456 << 8 * 44
    found = step(newer, "1080", {**FROM_USER, "a0": 0x123456})
    assert found == {**SUPERVISED, "pc": 0x5000, "a7": 0x2FC6, "frame": frame}


def test_interrupt(plain: Isa) -> None:
    """A level above the mask interrupts, becomes the mask, and the device is acknowledged."""
    before: Values = {**FROM_USER, "interrupt_mask": 5, "request": 6, "request_vector": 30, "stopped": 1}
    before = {**before, **put(0x4000, "4e71")}
    found = step(plain, "4e71", before)  # and the handler's first instruction
    assert found == {
        **SUPERVISED, "interrupt_mask": 6, "request": 0, "stopped": 0, "pc": 0x4002, "a7": 0x2FFA,
        "frame": 0x0504_00001000,
    }  # fmt: skip
    assert "pc" not in step(plain, "4e71", {**before, "interrupt_mask": 6}), "it stays stopped"


SAMPLE = ("MOVE.B <from>,<to>", "ADD.L <ea>,Dn", "RTS", "TAS <ea>")


@pytest.mark.parametrize(("name", "verdict"), [("m68000-demand", "wrong"), ("m68010-demand", "direct")])
def test_storage_on_demand(name: str, verdict: str) -> None:
    """A monitor that maps late must resume after bus errors: the second reason for the newer machine."""
    result = analyze(load(VARIANTS / name), only=[*SAMPLE, "NOP"])
    rows = {row.name: row.trap_and_emulate for row in result.exact.instructions}
    assert rows == {**dict.fromkeys(SAMPLE, verdict), "NOP": "direct"}


def test_a_hybrid_monitor_with_the_guests_mask() -> None:
    """What a user program sees of SR is then its own; what a supervisor sees is not."""
    result = analyze(load(VARIANTS / "m68000-masked"), only=["MOVE from SR"])
    (row,) = [each for each in result.exact.instructions if each.name == "MOVE from SR"]
    assert (row.trap_and_emulate, row.hybrid) == ("wrong", "direct")


def test_published_verdicts(answers: Callable[[str], tuple[Analysis, ...]]) -> None:
    """The critical instructions, as sets, are those of the published account."""
    for name in ("m68000", "m68010"):
        (result,) = answers(name)
        expected = yaml.safe_load((Path(__file__).parents[1] / f"verdicts/{name}.yaml").read_text())
        for model, found in result.models.items():
            critical = {row.name for row in found.instructions if row.critical is not Answer.NO}
            assert critical == set(expected["critical"])
            theorems = {name: getattr(found.theorems, name).holds is Answer.YES for name in ("vmm", "hvmm")}
            assert theorems == expected["theorems"][model]
        wrong = {row.name for row in result.exact.instructions if row.trap_and_emulate == "wrong"}
        assert wrong == set(expected["critical"])


def test_lint(plain: Isa, newer: Isa) -> None:
    """Nothing is suspicious."""
    assert [warning.code for isa in (plain, newer) for warning in isa.warnings] == []
