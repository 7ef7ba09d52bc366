"""Instructions of RV64, written from the manuals: text, state in, state out.

In an example `a0` and so on are general registers, a number a byte of storage, `tlb[n]` an entry of the translation
cache, and everything else a component. What the last column does not list must stay as it was, except the program
counter, which moves over the instruction; a text is the trap expected. The state before is machine mode at 100H.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

import pytest
import yaml

from analyzer import analyze, load
from analyzer.encoding.assembly.assembler import Assembler
from analyzer.encoding.codec import Decoder
from analyzer.language.evaluate import Evaluator, Outcome, State, initial_state
from analyzer.monitors.session import Session
from analyzer.spec.model import Isa
from analyzer.verdict import Answer
from tests.machines import states

Values = Mapping[str | int, int]
Example = tuple[str, Values, Values | str]

ABI = (
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
    "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
)  # fmt: skip
ROOT = Path(__file__).parents[2]
USER, SUPERVISOR, MACHINE = 0, 1, 3
TOP, ALL = 1 << 63, (1 << 64) - 1

# Volume I, chapter 24, and Volume II, chapter 7: the words of the opcode tables, fields filled in.
WORDS = [
    ("ADDI a0, a0, 1", 0x00150513), ("ADDI sp, sp, -16", 0xFF010113), ("LI a0, -1", 0xFFF00513),
    ("NOP", 0x00000013), ("MV a0, a1", 0x00058513), ("SLLI a0, a0, 32", 0x02051513),
    ("SRAI a0, a0, 63", 0x43F55513), ("SRAIW a0, a0, 31", 0x41F5551B), ("SUB a0, a1, a2", 0x40C58533),
    ("SLTU a0, a1, a2", 0x00C5B533), ("SUBW a0, a1, a2", 0x40C5853B), ("LUI a0, 0x12345", 0x12345537),
    ("AUIPC a0, 0x12345", 0x12345517), ("LD a0, 8(sp)", 0x00813503), ("LBU a0, -1(a1)", 0xFFF5C503),
    ("SD ra, 8(sp)", 0x00113423), ("SB a0, -1(a1)", 0xFEA58FA3), ("JAL ra, .+8", 0x008000EF),
    ("J .-4", 0xFFDFF06F), ("JALR ra, 0(a0)", 0x000500E7), ("RET", 0x00008067),
    ("BEQ a0, a1, .+16", 0x00B50863), ("BNEZ a0, .-4", 0xFE051EE3), ("BGEU a0, a1, .+4094", 0x7EB57FE3),
    ("MUL a0, a1, a2", 0x02C58533), ("DIVW a0, a1, a2", 0x02C5C53B), ("REMU a0, a1, a2", 0x02C5F533),
    ("LR.D a0, (a1)", 0x1005B52F), ("SC.D a0, a2, (a1)", 0x18C5B52F), ("AMOADD.W a0, a2, (a1)", 0x00C5A52F),
    ("AMOSWAP.D a0, a2, (a1)", 0x08C5B52F), ("AMOMAXU.W a0, a2, (a1)", 0xE0C5A52F), ("FENCE.I", 0x0000100F),
    ("ECALL", 0x00000073), ("EBREAK", 0x00100073), ("SRET", 0x10200073), ("MRET", 0x30200073),
    ("WFI", 0x10500073), ("SFENCE.VMA", 0x12000073), ("CSRRW a0, mstatus, a1", 0x30059573),
    ("CSRR a0, mhartid", 0xF1402573), ("CSRWI mscratch, 5", 0x3402D073), ("CSRR a0, time", 0xC0102573),
    ("CSRC sip, a1", 0x1445B073), ("CSRR a0, hpmcounter 31", 0xC1F02573), ("CSRW satp, a0", 0x18051073),
]  # fmt: skip


def bytes_of_ones(address: int, count: int) -> dict[str | int, int]:
    """Bytes in storage, all ones."""
    return {address + i: 0xFF for i in range(count)}


def double(address: int, value: int) -> dict[str | int, int]:
    """A double word in storage."""
    return {address + i: value >> 8 * i & 0xFF for i in range(8)}


INTEGER: list[Example] = [
    ("ADDI a0, a1, -1", {"a1": 0}, {"a0": ALL}),
    ("ADDI zero, a1, 1", {"a1": 5}, {}),
    ("SLTI a0, a1, -1", {"a1": TOP}, {"a0": 1}),
    ("SLTIU a0, a1, -1", {"a1": 5}, {"a0": 1}),
    ("XORI a0, a1, -1", {"a1": 5}, {"a0": ALL - 5}),
    ("ORI a0, a1, 0x70", {"a1": 5}, {"a0": 0x75}),
    ("ANDI a0, a1, -2", {"a1": ALL}, {"a0": ALL - 1}),
    ("SLLI a0, a1, 63", {"a1": 3}, {"a0": TOP}),
    ("SRLI a0, a1, 63", {"a1": TOP}, {"a0": 1}),
    ("SRAI a0, a1, 62", {"a1": TOP}, {"a0": ALL - 1}),
    ("ADDIW a0, a1, 1", {"a1": 0x7FFFFFFF}, {"a0": ALL - 0x7FFFFFFF}),
    ("ADDIW a0, a1, 0", {"a1": 0x5_80000000}, {"a0": ALL - 0x7FFFFFFF}),
    ("SLLIW a0, a1, 31", {"a1": 3}, {"a0": ALL - 0x7FFFFFFF}),
    ("SRLIW a0, a1, 4", {"a1": 0x5_80000000}, {"a0": 0x08000000}),
    ("SRAIW a0, a1, 4", {"a1": 0x5_80000000}, {"a0": ALL - 0x07FFFFFF}),
    ("ADD a0, a1, a2", {"a1": ALL, "a2": 2}, {"a0": 1}),
    ("SUB a0, a1, a2", {"a1": 1, "a2": 2}, {"a0": ALL}),
    ("SLL a0, a1, a2", {"a1": 1, "a2": 65}, {"a0": 2}),
    ("SLT a0, a1, a2", {"a1": TOP, "a2": 0}, {"a0": 1}),
    ("SLTU a0, a1, a2", {"a1": TOP, "a2": 0}, {}),
    ("XOR a0, a1, a2", {"a1": 6, "a2": 3}, {"a0": 5}),
    ("SRL a0, a1, a2", {"a1": TOP, "a2": 127}, {"a0": 1}),
    ("SRA a0, a1, a2", {"a1": TOP, "a2": 63}, {"a0": ALL}),
    ("OR a0, a1, a2", {"a1": 6, "a2": 3}, {"a0": 7}),
    ("AND a0, a1, a2", {"a1": 6, "a2": 3}, {"a0": 2}),
    ("ADDW a0, a1, a2", {"a1": 0x7FFFFFFF, "a2": 1}, {"a0": ALL - 0x7FFFFFFF}),
    ("SUBW a0, a1, a2", {"a1": 0, "a2": 1}, {"a0": ALL}),
    ("SLLW a0, a1, a2", {"a1": 1, "a2": 33}, {"a0": 2}),
    ("SRLW a0, a1, a2", {"a1": ALL, "a2": 1}, {"a0": 0x7FFFFFFF}),
    ("SRAW a0, a1, a2", {"a1": 0x80000000, "a2": 31}, {"a0": ALL}),
    ("LUI a0, 0x80000", {}, {"a0": ALL - 0x7FFFFFFF}),
    ("AUIPC a0, 1", {}, {"a0": 0x1100}),
    ("MUL a0, a1, a2", {"a1": ALL, "a2": 3}, {"a0": ALL - 2}),
    ("MULH a0, a1, a2", {"a1": ALL, "a2": 3}, {"a0": ALL}),
    ("MULHSU a0, a1, a2", {"a1": ALL, "a2": ALL}, {"a0": ALL}),
    ("MULHU a0, a1, a2", {"a1": ALL, "a2": ALL}, {"a0": ALL - 1}),
    ("DIV a0, a1, a2", {"a1": ALL - 6, "a2": 2}, {"a0": ALL - 2}),
    ("DIV a0, a1, a2", {"a1": TOP, "a2": ALL}, {"a0": TOP}),
    ("DIV a0, a1, a2", {"a1": ALL - 6}, {"a0": ALL}),
    ("DIVU a0, a1, a2", {"a1": 7}, {"a0": ALL}),
    ("REM a0, a1, a2", {"a1": ALL - 6, "a2": 2}, {"a0": ALL}),
    ("REM a0, a1, a2", {"a1": TOP, "a2": ALL}, {}),
    ("REM a0, a1, a2", {"a1": ALL - 6}, {"a0": ALL - 6}),
    ("REMU a0, a1, a2", {"a1": 7, "a2": 4}, {"a0": 3}),
    ("MULW a0, a1, a2", {"a1": 0x40000000, "a2": 2}, {"a0": ALL - 0x7FFFFFFF}),
    ("DIVW a0, a1, a2", {"a1": 0x80000000, "a2": 0xFFFFFFFF}, {"a0": ALL - 0x7FFFFFFF}),
    ("DIVUW a0, a1, a2", {"a1": 0xFFFFFFFF, "a2": 0}, {"a0": ALL}),
    ("REMW a0, a1, a2", {"a1": 0x80000001, "a2": 0}, {"a0": ALL - 0x7FFFFFFE}),
    ("REMUW a0, a1, a2", {"a1": 0xFFFFFFFF, "a2": 0x10}, {"a0": 15}),
]

MEMORY: list[Example] = [
    ("LB a0, 1(a1)", {"a1": 0x200, 0x201: 0x80}, {"a0": ALL - 0x7F}),
    ("LBU a0, 1(a1)", {"a1": 0x200, 0x201: 0x80}, {"a0": 0x80}),
    ("LH a0, -1(a1)", {"a1": 0x202, 0x201: 1, 0x202: 0x80}, {"a0": ALL - 0x7FFE}),
    ("LHU a0, (a1)", {"a1": 0x200, 0x201: 0x80}, {"a0": 0x8000}),
    ("LW a0, (a1)", {"a1": 0x200, 0x203: 0x80}, {"a0": ALL - 0x7FFFFFFF}),
    ("LWU a0, (a1)", {"a1": 0x200, 0x203: 0x80}, {"a0": 0x80000000}),
    ("LD a0, (a1)", {"a1": 0x203, **double(0x203, 0x0102030405060708)}, {"a0": 0x0102030405060708}),
    ("SB a0, (a1)", {"a0": 0x1234, "a1": 0x200}, {0x200: 0x34}),
    ("SH a0, (a1)", {"a0": 0x1234, "a1": 0x201}, {0x201: 0x34, 0x202: 0x12}),
    ("SW a0, -4(a1)", {"a0": ALL, "a1": 0x204}, bytes_of_ones(0x200, 4)),
    ("SD a0, (a1)", {"a0": 0x0102030405060708, "a1": 0x200}, double(0x200, 0x0102030405060708)),
    ("LD a0, (a1)", {"a1": 0xFFF9}, f"access_fault {0x10000} 0"),
    ("SD a0, (a1)", {"a1": 0xFFF9}, f"access_fault {0x10000} 1"),
    ("FENCE", {}, {}),
    ("FENCE.I", {}, {}),
    ("LR.W a0, (a1)", {"a1": 0x200, 0x203: 0x80}, {"a0": ALL - 0x7FFFFFFF, "reserved": 1, "reservation": 0x200}),
    ("LR.D a0, (a1)", {"a1": 0x204}, f"misaligned_data {0x204} 4"),
    ("SC.D a0, a2, (a1)", {"a1": 0x204}, f"misaligned_data {0x204} 6"),
    ("SC.W a0, a2, (a1)", {"a1": 0x200, "a2": 7, "reserved": 1, "reservation": 0x200}, {0x200: 7, "reserved": 0}),
    ("SC.W a0, a2, (a1)", {"a1": 0x200, "a2": 7, "reserved": 1}, {"a0": 1, "reserved": 0}),
    ("SC.W a0, a2, (a1)", {"a1": 0x200, "a2": 7, "reservation": 0x200}, {"a0": 1}),
    ("AMOSWAP.W a0, a2, (a1)", {"a1": 0x200, "a2": 7, 0x203: 0x80}, {"a0": ALL - 0x7FFFFFFF, 0x200: 7, 0x203: 0}),
    ("AMOADD.D a0, a2, (a1)", {"a1": 0x200, "a2": 2, **double(0x200, ALL)}, {"a0": ALL, **double(0x200, 1)}),
    ("AMOXOR.D a1, a1, (a1)", {"a1": 0x200}, {"a1": 0, 0x201: 2}),
    ("AMOAND.W a0, a2, (a1)", {"a1": 0x200, "a2": 6, 0x200: 3}, {"a0": 3, 0x200: 2}),
    ("AMOOR.W a0, a2, (a1)", {"a1": 0x200, "a2": 6, 0x200: 3}, {"a0": 3, 0x200: 7}),
    ("AMOMIN.W a0, a2, (a1)", {"a1": 0x200, "a2": 0xFFFFFFFF, 0x200: 3},
     {"a0": 3, **bytes_of_ones(0x200, 4)}),
    ("AMOMAX.W a0, a2, (a1)", {"a1": 0x200, "a2": 0xFFFFFFFF, 0x200: 3}, {"a0": 3}),
    ("AMOMINU.W a0, a2, (a1)", {"a1": 0x200, "a2": 0xFFFFFFFF, 0x200: 3}, {"a0": 3}),
    ("AMOMAXU.W a0, a2, (a1)", {"a1": 0x200, "a2": 0xFFFFFFFF, 0x200: 3},
     {"a0": 3, **bytes_of_ones(0x200, 4)}),
    ("AMOADD.D a0, a2, (a1)", {"a1": 0x201}, f"misaligned_data {0x201} 6"),
]  # fmt: skip

BRANCHES: list[Example] = [
    ("JAL ra, .+0x100", {}, {"ra": 0x104, "pc": 0x200}),
    ("JALR ra, 5(ra)", {"ra": 0x200}, {"ra": 0x104, "pc": 0x204}),
    ("JALR ra, 2(a0)", {"a0": 0x200}, f"misaligned_fetch {0x202}"),
    ("BEQ a0, a1, .+8", {"a0": 1, "a1": 1}, {"pc": 0x108}),
    ("BEQ a0, a1, .+8", {"a0": 1}, {}),
    ("BEQ a0, a1, .+6", {}, f"misaligned_fetch {0x106}"),
    ("BEQ a0, a1, .+6", {"a0": 1}, {}),
    ("BNE a0, a1, .-8", {"a0": 1}, {"pc": 0xF8}),
    ("BLT a0, a1, .+8", {"a0": TOP}, {"pc": 0x108}),
    ("BGE a0, a1, .+8", {"a0": TOP}, {}),
    ("BLTU a0, a1, .+8", {"a0": TOP}, {}),
    ("BGEU a0, a1, .+8", {"a0": TOP}, {"pc": 0x108}),
]

STATUS: Values = {
    "mstatus_mie": 1, "mstatus_mpie": 1, "mstatus_sie": 1, "mstatus_spie": 1, "spp": 1, "mpp": 3, "mprv": 1, "sum": 1,
    "mxr": 1, "tvm": 1, "tw": 1, "tsr": 1,
}  # fmt: skip
SYSTEM: list[Example] = [
    ("ECALL", {}, "environment_call"),
    ("EBREAK", {"privilege": USER}, "breakpoint"),
    ("MRET", {"mepc": 0x200, "mpp": SUPERVISOR, "mprv": 1, "mstatus_mpie": 1},
     {"pc": 0x200, "privilege": SUPERVISOR, "mpp": USER, "mprv": 0, "mstatus_mie": 1}),
    ("MRET", {"mepc": 0x200, "mpp": MACHINE, "mprv": 1}, {"pc": 0x200, "mpp": USER, "mstatus_mpie": 1}),
    ("MRET", {"privilege": SUPERVISOR}, "refused"),
    ("SRET", {"privilege": SUPERVISOR, "sepc": 0x200, "mstatus_spie": 1},
     {"pc": 0x200, "privilege": USER, "mstatus_sie": 1}),
    ("SRET", {"sepc": 0x200, "spp": 1, "mprv": 1, "tsr": 1},
     {"pc": 0x200, "privilege": SUPERVISOR, "spp": 0, "mprv": 0, "mstatus_spie": 1}),
    ("SRET", {"privilege": SUPERVISOR, "tsr": 1}, "refused"),
    ("SRET", {"privilege": USER}, "refused"),
    ("WFI", {"tw": 1}, {"waiting": 1}),
    ("WFI", {"privilege": SUPERVISOR}, {"waiting": 1}),
    ("WFI", {"privilege": SUPERVISOR, "tw": 1}, "refused"),
    ("WFI", {"privilege": USER}, "refused"),
    ("SFENCE.VMA", {"tlb_valid": 5, "tvm": 1}, {"tlb_valid": 0}),
    ("SFENCE.VMA", {"privilege": SUPERVISOR, "tvm": 1}, "refused"),
    ("SFENCE.VMA", {"privilege": USER}, "refused"),
    ("CSRR a0, mstatus", STATUS, {"a0": 0xA007E19AA}),
    ("CSRR a0, sstatus", STATUS, {"a0": 0x2000C0122}),
    ("CSRW mstatus, a0", {"a0": ALL}, STATUS),
    ("CSRW mstatus, a0", {"a0": 0x1000, "mpp": 1}, {}),
    ("CSRW sstatus, a0", {"privilege": SUPERVISOR, "a0": ALL},
     {"mstatus_sie": 1, "mstatus_spie": 1, "spp": 1, "sum": 1, "mxr": 1}),
    ("CSRRW a0, mscratch, a0", {"a0": 5, "mscratch": 6}, {"a0": 6, "mscratch": 5}),
    ("CSRRS a0, mscratch, a1", {"a1": 5, "mscratch": 6}, {"a0": 6, "mscratch": 7}),
    ("CSRRC a0, mscratch, a1", {"a1": 5, "mscratch": 6}, {"a0": 6, "mscratch": 2}),
    ("CSRRSI a0, mscratch, 9", {"mscratch": 6}, {"a0": 6, "mscratch": 15}),
    ("CSRRCI a0, mscratch, 2", {"mscratch": 6}, {"a0": 6, "mscratch": 4}),
    ("CSRRWI zero, mscratch, 31", {"mscratch": 6}, {"mscratch": 31}),
    ("CSRR a0, mscratch", {"privilege": SUPERVISOR}, "refused"),
    ("CSRR a0, sscratch", {"privilege": USER}, "refused"),
    ("CSRR a0, misa", {}, {"a0": TOP | 1 << 0 | 1 << 8 | 1 << 12 | 1 << 18 | 1 << 20}),
    ("CSRW misa, zero", {}, {}),
    ("CSRW mhartid, zero", {}, "illegal"),
    ("CSRRS a0, mhartid, a1", {}, "illegal"),
    ("CSRR a0, mhartid", {"a0": 9}, {"a0": 0}),
    ("CSRR a0, mhartid", {"privilege": USER}, "refused"),
    ("CSRW medeleg, a0", {"a0": ALL}, {"medeleg": 0xB3FF}),
    ("CSRW mideleg, a0", {"a0": ALL}, {"mideleg": 7}),
    ("CSRW mie, a0", {"a0": ALL}, {"mie": 7, "sie": 7}),
    ("CSRW mip, a0", {"a0": ALL}, {"seip": 1, "stip": 1, "ssip": 1}),
    ("CSRR a0, sip", {"ssip": 1, "stip": 1, "mideleg": 1}, {"a0": 2}),
    ("CSRW sip, a0", {"a0": ALL, "mideleg": 7}, {"ssip": 1}),
    ("CSRW sip, a0", {"a0": ALL}, {}),
    ("CSRR a0, sie", {"mie": 7, "sie": 7, "mideleg": 2}, {"a0": 0x20}),
    ("CSRW sie, a0", {"a0": 0x22, "sie": 4, "mideleg": 2}, {"sie": 6}),
    ("CSRW mtvec, a0", {"a0": 0x1003}, {"mtvec": 0x1001}),
    ("CSRW stvec, a0", {"a0": 0x1001}, {"stvec": 0x1001}),
    ("CSRW mepc, a0", {"a0": 0x1003}, {"mepc": 0x1000}),
    ("CSRW sepc, a0", {"a0": 0x1003}, {"sepc": 0x1000}),
    ("CSRW satp, a0", {"a0": 8 << 60 | 5 << 44 | 3, "tlb_valid": 5}, {"satp_mode": 8, "satp_ppn": 3, "tlb_valid": 0}),
    ("CSRW satp, a0", {"a0": 9 << 60 | 3, "tlb_valid": 5}, {}),
    ("CSRR a0, satp", {"privilege": SUPERVISOR, "satp_mode": 0, "satp_ppn": 3}, {"a0": 3}),
    ("CSRR a0, satp", {"privilege": SUPERVISOR, "tvm": 1}, "refused"),
    ("CSRR a0, cycle", {"privilege": SUPERVISOR, "mcycle": 5, "mcounteren": 1}, {"a0": 5}),
    ("CSRR a0, cycle", {"privilege": SUPERVISOR, "mcounteren": 6, "scounteren": 7}, "refused"),
    ("CSRR a0, time", {"privilege": USER, "mtime": 5, "mcounteren": 2, "scounteren": 2}, {"a0": 5}),
    ("CSRR a0, time", {"privilege": USER, "mcounteren": 2, "scounteren": 5}, "refused"),
    ("CSRR a0, time", {"privilege": USER, "mcounteren": 5, "scounteren": 2}, "refused"),
    ("CSRR a0, instret", {"minstret": 5}, {"a0": 5}),
    ("CSRW instret, zero", {"minstret": 5}, "illegal"),
    ("CSRR a0, hpmcounter 3", {"a0": 5}, {"a0": 0}),
    ("CSRR a0, hpmcounter 3", {"privilege": SUPERVISOR, "mcounteren": 7}, "refused"),
    ("CSRW mhpmcounter 3, a0", {"a0": 5}, {}),
    ("CSRRWI a0, mhpmevent 31, 5", {"a0": 5}, {"a0": 0}),
]  # fmt: skip


def cached(index: int, page: int, place: int, rights: int) -> dict[str | int, int]:
    """An entry of the translation cache in use: virtual and physical page, D U X W R."""
    return {f"tlb[{index}]": page >> 5 << 49 | place << 5 | rights, "tlb_valid": 1 << index | 1 << 32}


CODE: Values = {"tlb[32]": 0b00100, "satp_mode": 8}  # page 0, for the supervisor's fetches
SUPER: Values = {"privilege": SUPERVISOR, **CODE}
AS_USER: Values = {"satp_mode": 8, "privilege": USER, "tlb[32]": 0b01100}
FAR: Values = {"a1": 0x40003010, **double(0x5010, 7)}
PAGED: list[Example] = [
    ("LD a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40003, 5, 0b00001)}, {"a0": 7}),
    ("LD a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40003, 5, 0b00110)}, f"page_fault {0x40003010} 0"),
    ("LD a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40003, 5, 0b00100), "mxr": 1}, {"a0": 7}),
    ("LD a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40003, 5, 0b01001)}, f"page_fault {0x40003010} 0"),
    ("LD a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40003, 5, 0b01001), "sum": 1}, {"a0": 7}),
    ("LD a0, (a1)", {**FAR, **AS_USER, **cached(3, 0x40003, 5, 0b01001)}, {"a0": 7}),
    ("LD a0, (a1)", {**FAR, **AS_USER, **cached(3, 0x40003, 5, 0b00001)}, f"page_fault {0x40003010} 0"),
    ("LD a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40023, 5, 0b00001)}, f"tlb_miss {0x40003010} 0"),
    ("LD a0, (a1)", {**FAR, **SUPER, **cached(4, 0x40003, 5, 0b00001)}, f"tlb_miss {0x40003010} 0"),
    ("LD a0, (a1)", {**FAR, "satp_mode": 8, "mprv": 1, "mpp": 1, **cached(3, 0x40003, 5, 0b00001)}, {"a0": 7}),
    ("LD a0, (a1)", {"a1": 0x5010, **double(0x5010, 7), "satp_mode": 8}, {"a0": 7}),
    ("LD a0, (a1)", {**SUPER, "a1": 1 << 38, "tlb_valid": 1 << 32}, f"page_fault {1 << 38} 0"),
    ("SB a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40003, 5, 0b10011), "a0": 9}, {0x5010: 9}),
    ("SB a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40003, 5, 0b00011)}, f"page_fault {0x40003010} 1"),
    ("SB a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40003, 5, 0b10001)}, f"page_fault {0x40003010} 1"),
    ("SB a0, (a1)", {**FAR, **SUPER, **cached(3, 0x40003, 0x80005, 0b10011)}, f"access_fault {0x40003010} 1"),
]  # fmt: skip

EXAMPLES = INTEGER + MEMORY + BRANCHES + SYSTEM + PAGED


@cache
def machine() -> tuple[Isa, Assembler, Decoder]:
    isa = load("rv64")
    return isa, Assembler(isa), Decoder(isa)


def code(text: str) -> list[int]:
    """The bytes of an instruction at 100H."""
    units = machine()[1].assemble(f".org 0x100\n{text}\n", "example.s").units
    return [units[place] for place in sorted(units)]


put, plain = partial(states.put, general=ABI), partial(states.plain, general=ABI)


def state(values: Values) -> State:
    """The state that the examples start from, except for `values`."""
    result = initial_state(machine()[0].machine, 0x10000)
    for name, value in {"pc": 0x100, "privilege": MACHINE, **values}.items():
        put(result, name, value)
    return result


def execute(text: str, before: State) -> Outcome:
    """One instruction."""
    isa, _, decoder = machine()
    decoded = decoder.decode(code(text))
    assert decoded is not None
    return Evaluator(isa.machine).run(isa.instruction(decoded[0]).body, decoded[1], before)


@pytest.mark.parametrize(("text", "word"), WORDS)
def test_words(text: str, word: int) -> None:
    assert int.from_bytes(bytes(code(text)), "little") == word


@pytest.mark.parametrize(("text", "before", "after"), EXAMPLES, ids=lambda value: str(value)[:40])
def test_examples(text: str, before: Values, after: Values | str) -> None:
    """Each instruction does what the manuals say, and nothing else."""
    given = state(before)
    outcome = execute(text, given)
    if isinstance(after, str):
        assert outcome.kind == "traps"
        assert " ".join([outcome.trap, *map(str, outcome.args)]) == after
        assert plain(outcome.state) == plain(given)
    else:
        assert outcome.kind == "completes"
        assert plain(outcome.state) == plain(state({**before, "pc": 0x104, **after}))


def test_every_mnemonic_has_an_example() -> None:
    """No mnemonic goes untested, and no register."""
    isa = machine()[0]
    decoder = machine()[2]
    shown = {decoded[0] for text, *_ in EXAMPLES if (decoded := decoder.decode(code(text)))}
    untested = {row.name for row in isa.instructions} - shown
    by_others = {"SC.D", "CSR mcycle", "CSR minstret", "CSR mcause", "CSR mtval", "CSR scause", "CSR stval"}
    by_others |= {f"CSR {name}" for name in ("mvendorid", "marchid", "mimpid", "mconfigptr", "mcountinhibit")}
    by_others |= {f"CSR {name}" for name in ("mcounteren", "scounteren", "menvcfg", "senvcfg")}
    by_others |= {row.name for row in isa.instructions if row.name.startswith("AMO")}
    assert untested - by_others == {"undefined instruction"} & untested
    assert len(EXAMPLES) > 150


def test_lint() -> None:
    assert not machine()[0].warnings


# -- guests ----------------------------------------------------------------------------------------------------------

PROGRAMS = sorted(path.stem for path in (ROOT / "isa_specs/rv64/programs").glob("*.s"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_guests_end_as_they_expect(name: str) -> None:
    """The programs' own expectations, on the bare machine: computed apart where they compute something."""
    text = (ROOT / f"isa_specs/rv64/programs/{name}.s").read_text()
    program = machine()[1].assemble(text, f"{name}.s")
    assert len(program.expect) >= 2
    isa = machine()[0]
    (run,) = Session(isa, isa.monitors["supervisor_guest"]).run([program])
    assert run.passed
    assert run.ended == "halted"


def test_there_are_guests() -> None:
    assert len(PROGRAMS) >= 9


# -- verdicts --------------------------------------------------------------------------------------------------------

SAMPLE = ("CSR satp", "CSR cycle", "SFENCE.VMA", "SRET", "WFI", "ECALL", "JALR", "LD")


@pytest.mark.parametrize("monitor", ["supervisor_guest", "machine_firmware"])
def test_a_sample_of_the_verdicts(monitor: str) -> None:
    """What the manual says traps is privileged, and nothing is critical or undecided."""
    result = analyze(machine()[0], only=SAMPLE, monitor=monitor, models=("extended",))
    rows = {row.name: row for row in result.extended.instructions}
    assert {name for name, row in rows.items() if row.privileged is Answer.YES} == set(SAMPLE[:5])
    assert {name for name, row in rows.items() if row.critical is not Answer.NO} == set()
    exact = {row.name: row.trap_and_emulate for row in result.exact.instructions}
    assert {name for name, answer in exact.items() if answer == "direct"} == {"JALR", "LD"}


def test_counters_are_critical_where_they_are_open(tmp_path: Path) -> None:
    (tmp_path / "machine.yaml").write_text(
        "isa: open-counters\nextends: rv64\ntitle: Open\ndescription: Monitors that leave counters open.\n"
        "monitors:\n  supervisor_guest:\n    relation: real.mcounteren == 7 and real.scounteren == 7\n"
        '    install: {mcounteren: "7", scounteren: "7"}\n'
    )
    result = analyze(load(tmp_path), only=("CSR cycle", "CSR sscratch"), monitor="supervisor_guest")
    rows = {row.name: row for row in result.extended.instructions}
    assert rows["CSR cycle"].critical is Answer.YES
    assert rows["CSR sscratch"].critical is Answer.NO
    assert {row.name for row in result.exact.instructions if row.trap_and_emulate == "wrong"} == {"CSR cycle"}


def test_the_published_verdicts() -> None:
    """The committed report: what the manual says traps is privileged, and the conditions of the theorems hold."""
    published = yaml.safe_load((ROOT / "tests/verdicts/rv64.yaml").read_text())
    results = json.loads((ROOT / "reports/rv64/report.json").read_text())["results"]
    assert [result["monitor"] for result in results] == ["supervisor_guest", "machine_firmware"]
    named = {name for names in published["privileged"].values() if isinstance(names, list) for name in names}
    named |= {row.name for row in machine()[0].instructions if row.mnemonic == "CSR"}
    for result in results:
        extended = result["models"]["extended"]
        assert {row["name"] for row in extended["instructions"] if row["privileged"] == "yes"} == named
        answers = {name: "yes" if holds else "no" for name, holds in published["theorems"].items()}
        assert {name: extended["theorems"][name]["holds"] for name in answers} == answers
