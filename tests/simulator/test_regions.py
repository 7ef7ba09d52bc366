"""Regions and the evaluator agree: instructions, programs, code that changes, contexts; the whole state compared.

The ordinary run takes a sample of the large machines' instructions; with `VMMCHECK_STATES` set, every instruction in so
many states.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import pytest

from analyzer.encoding.codec import encode
from analyzer.language.declarations import Body
from analyzer.language.effects import EffectAnalysis
from analyzer.language.evaluate import State, initial_state
from analyzer.simulator.memory import GRANULE, Memory
from analyzer.simulator.regions.cache import Regions
from analyzer.spec.load import load
from analyzer.spec.model import Instruction, Isa
from tests.simulator.guests import LARGE
from tests.simulator.region_states import SIZE, Bench, same_state, some_units
from tests.symbolic.test_agreement import STATES

ORDINARY = ("third-generation", "pdp10-ka10", "x86-pentium")
RELATIVE = {"rel": (1, 1), "d8": (2, 1), "d16": (2, 1), "offset": (4, 2)}  # field of a jump: its step and unit
SAMPLE = 60  # instructions of a large machine in the ordinary run
FEWEST = {
    "third-generation": 21, "m68000": 280, "m68010": 280, "pdp10-ka10": 330, "pdp10-ki10": 330, "rv64": 80,
    "rv64-h": 80, "x86-pentium": 440,
    "x86-pentium-umip": 440,
}  # fmt: skip


@cache
def machine(name: str) -> Isa:
    return load(name)


def rows_of(isa: Isa, most: int | None) -> Iterator[Instruction]:
    """The instructions, at most `most` of them, evenly."""
    step = 1 if most is None else -(-len(isa.instructions) // most)
    yield from isa.instructions[::step]


# -- instructions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LARGE + ("third-generation",) if STATES else (*ORDINARY, "rv64"))
def test_instructions(name: str) -> None:
    """A region of one instruction: it completes as by the reference, or is not executed at all."""
    isa, ended, executed = machine(name), Counter[tuple[bool, bool]](), set[str]()
    bench = Bench(isa, 1)
    for row in rows_of(isa, SAMPLE if name in LARGE and not STATES else None):
        for number in range(STATES or 6):
            rng = random.Random(f"{name} {row.name} {number}")
            state = bench.ready(rng, some_units(isa, row, rng))
            before, expected = state.copy(), bench.stepped(state)
            done = bench.regions.run(state, 1)
            assert done in (0, 1)
            same_state(state, before if not done or expected is None else expected)
            assert expected is not None or not done, f"{row.name} does not complete"
            ended[bool(done), expected is not None] += 1
            if done:
                executed.add(row.name)
    assert ended[True, True] >= ended.total() // 5
    if not STATES:
        return
    assert len(executed) >= FEWEST[name] * min(1, STATES / 20)


def eligible(bench: Bench, row: Instruction, tries: int) -> bool:
    """Whether some form of an instruction is executed in a region in some state."""
    for number in range(tries):
        rng = random.Random(f"{row.name} {number}")
        state = bench.ready(rng, some_units(bench.isa, row, rng))
        if bench.regions.run(state, 1):
            return True
    return False


ORDINARY_ROWS: Mapping[str, Sequence[str]] = {
    "pdp10-ka10": (
        "MOVE", "MOVEI", "MOVEM", "MOVNS", "EXCH", "ADD", "ADDI", "SUBM", "IMUL", "IDIV", "MULI", "DIV", "AOBJN",
        "SOJG", "AOJA", "CAML", "CAIE", "JUMPN", "SKIPE", "AOS", "SOSG", "TRNE", "TLO", "TDNN", "JSP",
        "JRST 0", "JRST 2", "PUSHJ", "POPJ", "PUSH", "POP", "HRRZ", "HLLM", "HRLZI", "AND", "SETOM", "XORB", "LSH",
        "ASH", "ROT", "JSR", "JFFO", "LDB", "DPB",
    ),
    "rv64": (
        "ADDI", "ADDIW", "SLLI", "ADD", "SUBW", "SLTU", "LUI", "AUIPC", "MUL", "DIVU", "REMW", "LD", "LBU", "SW", "SD",
        "JAL", "JALR", "BEQ", "BLTU", "AMOADD.W", "LR.D", "SC.D", "FENCE",
    ),
    "x86-pentium": (
        "MOV r32, r/m32", "MOV r/m32, r32", "MOV r8, r/m8", "MOV r/m8, imm8", "MOVZX r32, r/m8", "LEA r32, m",
        "ADD r/m32, r32", "ADC r32, r/m32", "SUB r/m32, imm8", "CMP r/m32, r32", "TEST r/m8, imm8", "XOR r32, r/m32",
        "INC r32", "DEC r/m32", "NEG r/m32", "NOT r/m8", "IMUL r32, r/m32", "MUL r/m32", "DIV r/m32", "IDIV r/m32",
        "SHL r/m32, imm8", "SAR r/m32, CL", "JLE rel8", "JB rel32", "JMP rel8", "JMP r/m32", "LOOP rel8",
        "CALL rel32", "CALL r/m32", "RET 32", "PUSH r32", "POP r32", "PUSH r/m32", "PUSHAD", "POPAD", "LEAVE 32",
        "SETG r/m8", "XCHG r/m32, r32", "CDQ", "MOVSB", "STOSD", "CLC", "PUSHFD", "BT r/m32, imm8", "BSWAP r32",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY_ROWS)
def test_ordinary_code_is_eligible(name: str) -> None:
    isa = machine(name)
    bench = Bench(isa, 1)
    missing = [row for row in ORDINARY_ROWS[name] if not eligible(bench, isa.instruction(row), 40)]
    assert not missing


# -- programs --------------------------------------------------------------------------------------------------------


def jumps(isa: Isa, body: Body) -> bool:
    """Whether a body may set the program counter."""
    effects = EffectAnalysis(isa.machine.functions, isa.machine.operands)
    return isa.machine.pc.name in effects.block(body.semantics, body.operands).writes


def some_program(isa: Isa, rng: random.Random, here: int) -> list[int]:
    """Some units of code; jumps lead into it more often than not."""
    units: list[int] = []
    for _ in range(rng.randrange(2, 9)):
        kind = rng.choices(("any", "inner", "jump"), (4, 3, 3))[0]
        row = isa.instruction(rng.choice(names(isa.name)[kind]))
        units += aimed(isa, row, rng, here, len(units)) if kind == "jump" else some_units(isa, row, rng)
    return units


@cache
def names(name: str) -> Mapping[str, Sequence[str]]:
    """Instructions of which programs are made: `any` that do not end most programs, those among them that do not touch
    storage, and jumps whose target is a field."""
    isa, effects = machine(name), EffectAnalysis(machine(name).machine.functions, machine(name).machine.operands)
    hidden = {c.name for c in isa.machine.components.values() if c.hidden}
    out: Mapping[str, list[str]] = {"any": [], "inner": [], "jump": []}
    for row in isa.instructions:
        does = effects.block(row.body.semantics, row.body.operands)
        limited = any(form.allowed for encoding in row.encodings for form in encoding.forms)
        if limited or does.uninterpreted or does.writes & hidden or not does.writes | does.stores:
            continue
        out["any"].append(row.name)
        if jumps(isa, row.body):
            if row.body.fields.keys() & {"y", *RELATIVE} and not (row.body.operands or does.stores):
                out["jump"].append(row.name)
        elif not does.loads | does.stores:
            out["inner"].append(row.name)
    return {kind: found or out["any"] for kind, found in out.items()}


def aimed(isa: Isa, row: Instruction, rng: random.Random, here: int, offset: int) -> list[int]:
    """A jump to some place of the program."""
    fields = dict.fromkeys(row.body.fields, rng.getrandbits(3))
    fields |= {group.name: group.none for group in row.encodings[0].groups}
    fields |= {name: 0 for name in ("x", "i") if name in fields}
    fields |= {"opsize": 1} if "16" in row.name else {}
    for name in fields.keys() & RELATIVE.keys():
        step, unit = RELATIVE[name]
        fields[name] = -rng.randrange(step, offset + 4 + step, step) // unit % (1 << row.body.fields[name])
    if "y" in fields:
        fields["y"] = here + rng.randrange(offset + 2)
    return encode(isa, row.name, fields)


@pytest.mark.parametrize(("name", "count"), [*((name, 60) for name in ORDINARY), ("m68000", 20), ("rv64", 20)])
def test_programs(name: str, count: int) -> None:
    """Regions with random budgets against single steps; what regions do not execute is stepped."""
    isa, executed = machine(name), 0
    bench, reference = Bench(isa, 20), Bench(isa, 20)
    for number in range(STATES * 5 or count):
        rng = random.Random(f"{name} {number}")
        here = rng.randrange(0o100, 0o400, 4)
        state = bench.ready(rng, some_program(isa, rng, here), here)
        other = reference.copied(state)
        for _ in range(12):
            done = bench.regions.run(state, rng.choice((1, 3, 20, 20, 40)))
            executed += done
            for _ in range(done):
                assert reference.step(other)
            same_state(state, other)
            if not done:
                if not bench.step(state):
                    break
                reference.step(other)
                bench.regions.context_changed()
    assert executed >= 200


# -- code that changes -----------------------------------------------------------------------------------------------


class Pdp10:
    """Programs for the KA10 at 0o400, in executive mode."""

    isa = machine("pdp10-ka10")

    @classmethod
    def word(cls, name: str, a: int = 0, y: int = 0, x: int = 0) -> int:
        """An instruction word."""
        fields = dict.fromkeys(cls.isa.instruction(name).body.fields, 0) | {"y": y, "x": x}
        return encode(cls.isa, name, fields | ({"a": a} if "a" in fields else {}))[0]

    @classmethod
    def start(cls, bench: Bench, words: Sequence[int]) -> State:
        """A state at the beginning of a program."""
        state = bench.some_state(random.Random(1))
        state.registers |= dict.fromkeys(state.registers, 0) | {"pc": 0o400}
        bench.memory.load(0, [0] * bench.memory.size)
        bench.memory.load(0o400, words)
        return state


def finish(bench: Bench, state: State, budget: int = 1000) -> tuple[int, int]:
    """Execute up to `budget` instructions; how many in regions, and how many steps."""
    fast = slow = 0
    while fast + slow < budget:
        done = bench.regions.run(state, budget - fast - slow)
        fast += done
        if not done:
            if not bench.step(state):
                break
            slow += 1
            bench.regions.context_changed()
    return fast, slow


def test_code_that_changes() -> None:
    """A loop that counts an address in one of its own instructions, and one whose data lie beside its code."""
    word, isa = Pdp10.word, Pdp10.isa
    program = [word("MOVEI", 1, 100), word("SETOM", 0, 0o1000), word("AOS", 0, 0o401), word("SOJG", 1, 0o401)]
    for words, fewest in ((program, 20), ([*program[:2], word("AOS", 0, 0o405), word("SOJG", 1, 0o401), 0, 0], 200)):
        bench, reference = Bench(isa, 20, hot=2), Bench(isa, 20)
        state, other = Pdp10.start(bench, words), Pdp10.start(reference, words)
        fast, slow = finish(bench, state, 290)
        for _ in range(fast + slow):
            assert reference.step(other)
        same_state(state, other)
        assert fast + slow == 290
        assert fast >= fewest


def test_an_instruction_that_writes_the_next_one() -> None:
    """The one that was there is not executed any more, though it stands in the region."""
    word, isa = Pdp10.word, Pdp10.isa
    words = [word("MOVEM", 2, 0o402), word("MOVEI", 3, 1), word("MOVEI", 3, 2), word("SOJG", 1, 0o400)]
    bench = Bench(isa, 20)
    state = Pdp10.start(bench, words)
    state.files["ac"] |= {1: 3, 2: word("MOVEI", 3, 7), 3: 0}
    assert bench.regions.run(state, 100) >= 4
    assert state.files["ac"][3] == 7


# -- contexts --------------------------------------------------------------------------------------------------------


def test_contexts() -> None:
    """The same code in two modes, with different relocation; what changes the context is not executed."""
    word, isa = Pdp10.word, Pdp10.isa
    words = [word("AOS", 0, 0o300), word("AOS", 0, 0o300), word("JRST 1", 0, 0o400)]
    bench = Bench(isa, 20)
    state = Pdp10.start(bench, words)
    for place, value in enumerate(words):
        bench.memory[0o2400 + place] = value
    state.registers |= {"low_protection": 0, "low_relocation": 1}
    assert bench.regions.run(state, 100) == 2
    assert bench.step(state)
    assert state.registers["user"] == 1
    bench.regions.context_changed()
    assert bench.regions.run(state, 100) >= 2
    assert bench.memory[0o300] == 2
    assert bench.memory[0o2300] >= 2
    assert len(bench.regions.tables) == 2


def test_stops_and_devices() -> None:
    """What may write a component in `stop`, and what touches a device's, is left to the slow path."""
    word, isa = Pdp10.word, Pdp10.isa
    words = [word("MOVEI", 1, 5), word("JRST 4", 0, 0o400)]
    bench = Bench(isa, 20)
    state = Pdp10.start(bench, words)
    assert bench.regions.run(state, 10, frozenset(("halted",))) == 1
    state.registers["pc"] = 0o400
    assert bench.regions.run(state, 10) >= 2
    regions = Regions(isa, bench.memory, frozenset(("halted",)), hot=0)
    state.registers["pc"] = 0o400
    assert regions.run(state, 10) == 1


def test_budgets_and_records() -> None:
    """Never more than allowed; nothing at all while writes are recorded."""
    word, isa = Pdp10.word, Pdp10.isa
    bench = Bench(isa, 20)
    state = Pdp10.start(bench, [word("AOJA", 1, 0o400)])
    for budget in (0, 1, 2, 7, 100):
        assert bench.regions.run(state, budget) == budget
    bench.memory.records.append(set())
    assert bench.regions.run(state, 10) == 0


def test_standing_still_is_left_to_the_machine() -> None:
    word, isa = Pdp10.word, Pdp10.isa
    bench = Bench(isa, 20)
    assert bench.regions.run(Pdp10.start(bench, [word("JRST 0", 0, 0o400)]), 100) == 0
    state = Pdp10.start(bench, [word("JUMPE", 1, 0o400), word("MOVEI", 1, 0), word("JRST 0", 0, 0o400)])
    state.files["ac"][1] = 5
    assert bench.regions.run(state, 100) == 3


def test_caches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    word, isa = Pdp10.word, Pdp10.isa
    bench = Bench(isa, 1)
    state = Pdp10.start(bench, [word("AOJA", 1, 0o401 + i) for i in range(50)])
    monkeypatch.setattr("analyzer.simulator.regions.cache.MOST_REGIONS", 7)
    done = 0
    for _ in range(100):
        done += bench.regions.run(state, 1)
        assert bench.regions.count <= 7
    assert done >= 40


# -- storage ---------------------------------------------------------------------------------------------------------


def test_a_part_of_storage() -> None:
    """A machine whose storage begins anywhere inside another's: words of several bytes, and code that is written."""
    isa = machine("x86-pentium")
    whole = Memory(8, 5000)
    memory, bench = whole.part(1003, SIZE), Bench(isa, 20)
    code = [0x89, 0x03, 0x66, 0x89, 0x43, 0x05, 0x8B, 0x53, 0x03, 0x40, 0x83, 0xF8, 0x50, 0x75, 0xF1]
    bench.memory.load(0x100, code)
    memory.load(0, list(bench.memory.cells))  # type: ignore[call-overload]  # a memory stands for the dict
    state = initial_state(isa.machine, SIZE)
    state.registers |= {"eip": 0x100, "pe": 1, "cpl": 3}
    state.files |= {name: dict.fromkeys(range(6), 1) for name in ("seg_valid", "seg_big")}
    state.files["seg_limit"] = dict.fromkeys(range(6), SIZE - 1)
    state.files["seg_type"] = {i: 11 if i == 1 else 3 for i in range(6)}
    state.files["gpr"] = dict.fromkeys(range(8), 0) | {3: 0x201}
    ends = []
    for storage, regions in ((bench.memory, bench.regions), (memory, Regions(isa, memory, hot=0, longest=20))):
        each = State(dict(state.registers), {n: dict(v) for n, v in state.files.items()}, storage, SIZE)  # type: ignore[arg-type]  # a memory stands for the dict
        assert regions.run(each, 300) == 300
        assert all(storage.code[place + storage.base >> GRANULE] for place in range(0x100, 0x10F))
        before = regions.count
        storage[0x100] = 0x90
        assert regions.count < before
        ends.append(each)
    same_state(*ends)
    assert ends[0].files["gpr"][2]


def test_values_that_share_parts() -> None:
    """Doubling again and again: values are graphs, which nothing unfolds."""
    word, isa = Pdp10.word, Pdp10.isa
    words = [word("ADD", 1, 1), word("HRLS", 1, 1), word("XOR", 2, 1)] * 18 + [word("ANDI", 1, 0o77)]
    bench, reference = Bench(isa, 60), Bench(isa, 60)
    state, other = Pdp10.start(bench, words), Pdp10.start(reference, words)
    state.files["ac"] |= {1: 12345, 2: 99}
    other.files["ac"] |= {1: 12345, 2: 99}
    done = bench.regions.run(state, 60)
    assert done >= 55
    for _ in range(done):
        assert reference.step(other)
    same_state(state, other)
