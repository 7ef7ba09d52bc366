"""The tables and segments of the states in which the Pentium is compared."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

GDT, LDT, IDT, TSS = 0x1000, 0x1800, 0x2000, 0x3000
LDT_ENTRIES, TSS_SIZE = 8, 0x100
FAR, FAR_SIZE = 0x8000, 0x200  # selectors, one behind the other: far pointers and frames of returns
FLAT = 0xFFFFF
SEGMENTS = ("ES", "CS", "SS", "DS", "FS", "GS")
SETUPS = 12  # combinations of segments for each privilege level
SYSTEM_TYPES = range(16)


def descriptor(access: int, base: int = 0, limit: int = FLAT, flags: int = 0xC) -> int:
    """A segment descriptor; `access` is the byte with the type, `limit` in pages where `flags` has 8."""
    low = (limit & 0xFFFF) | (base & 0xFFFF) << 16
    high = (base >> 16 & 0xFF) | access << 8 | (limit >> 16 & 0xF) << 16 | flags << 20 | (base >> 24) << 24
    return low | high << 32


def gate(access: int, selector: int, offset: int, parameters: int = 0) -> int:
    """A call, interrupt, trap or task gate."""
    return (offset & 0xFFFF) | selector << 16 | (parameters | access << 8 | (offset >> 16) << 16) << 32


def _entries() -> Iterator[int]:
    yield 0
    for level in range(4):
        ring = level << 5
        yield from (descriptor(kind | ring) for kind in (0x9B, 0x93, 0x9F, 0x91, 0x99, 0x97, 0x92, 0x9A, 0x13, 0x1B))
        yield descriptor(0x93 | ring, 0x2000)
        yield descriptor(0x9B | ring, 0x1000)
        yield descriptor(0x93 | ring, 0, 0xFFF, 4)
    for level in (0, 3):
        yield descriptor(0x89 | level << 5, TSS, TSS_SIZE - 1, 0)
        yield descriptor(0x82 | level << 5, LDT, 8 * LDT_ENTRIES - 1, 0)
        yield from (gate(0x8C | level << 5, 8 * target | level, 0x5000) for target in (1, 3, 14, 40, 42))
        yield gate(0x85 | level << 5, 8 * 53, 0)
    for kind in SYSTEM_TYPES:
        yield descriptor(0x80 | kind, TSS, TSS_SIZE - 1, 0)
        yield descriptor(0xE0 | kind, TSS, 0x20, 0)
    yield descriptor(0x09, TSS, TSS_SIZE - 1, 0)
    yield descriptor(0x02, LDT, 8 * LDT_ENTRIES - 1, 0)


ENTRIES = tuple(_entries())
SELECTORS = tuple(8 * index | rpl for index in range(len(ENTRIES)) for rpl in (0, 3))


def tables() -> dict[int, int]:
    """The units of all tables."""
    rng = random.Random("x86 tables")
    out: dict[int, int] = {}
    ldt = [0, *(descriptor(kind) for kind in (0x9B, 0x93, 0xFB, 0xF3, 0x9F, 0x91, 0x82))]
    for place, descriptors in ((GDT, ENTRIES), (LDT, ldt), (IDT, tuple(_gates(rng)))):
        for index, value in enumerate(descriptors):
            out |= {place + 8 * index + i: value >> 8 * i & 0xFF for i in range(8)}
    chosen = [rng.choice(SELECTORS) for _ in range(FAR_SIZE // 2)]
    out |= {FAR + i: chosen[i // 2] >> 8 * (i % 2) & 0xFF for i in range(FAR_SIZE)}
    out |= {TSS + 102: 0x68, TSS + 103: 0}
    for level, selector in enumerate((0x10, 0x79, 0xE2)):
        stack = 0x9000 + 0x1000 * level | selector << 32
        out |= {TSS + 4 + 8 * level + i: stack >> 8 * i & 0xFF for i in range(8)}
    return out


def _gates(rng: random.Random) -> Iterator[int]:
    for _ in range(256):
        kind = rng.choice((0x8E, 0x8F, 0xEE, 0xEF, 0xEE, 0x85, 0xE5, 0x6E, 0xE6, 0xEC))
        yield gate(kind, rng.choice((8, 0x70)), 0x5000)


@cache
def setups(level: int) -> list[tuple[int, ...]]:
    """The selectors of ES, CS, SS, DS, FS and GS in each combination of a privilege level."""
    rng = random.Random(f"x86 segments {level}")
    own = 1 + 13 * level  # the first descriptor of the level
    code = [8 * index | level for index in (own, own + 11, *(3 + 13 * inner for inner in range(level + 1)))]
    stack = [8 * index | level for index in (own + 1, own + 1, own + 10)]
    data = [8 * (1 + 13 * outer + kind) | level for outer in range(level, 4) for kind in (1, 1, 10, 0)]
    rare = [0, 3, 8 * (own + 3) | level]  # null, and one that may not be written
    out = []
    for number in range(SETUPS):
        chosen = [rng.choice(rare if rng.random() < 0.1 else data) for _ in SEGMENTS]
        chosen[1], chosen[2] = code[number % len(code)], rng.choice(stack)
        out.append(tuple(chosen))
    return out


@cache
def cache_of(selector: int) -> dict[str, int]:
    """The descriptor cache that a selector of the global table is loaded with."""
    if selector >> 2 == 0:
        return {"seg_base": 0, "seg_limit": 0, "seg_type": 0, "seg_dpl": 0, "seg_big": 0, "seg_valid": 0}
    entry = ENTRIES[selector >> 3]
    limit = (entry & 0xFFFF) | (entry >> 48 & 0xF) << 16
    return {
        "seg_base": (entry >> 16 & 0xFFFFFF) | entry >> 56 << 24,
        "seg_limit": limit << 12 | 0xFFF if entry >> 55 & 1 else limit,
        "seg_type": entry >> 40 & 0xF,
        "seg_dpl": entry >> 45 & 3,
        "seg_big": entry >> 54 & 1,
        "seg_valid": 1,
    }
