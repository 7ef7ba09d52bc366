"""The bare machine: traps, chains, commits, halting, interrupts, timer, console, limits, code that changes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer import load
from analyzer.encoding.codec import encode
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import DoesNotFit, boot
from analyzer.simulator.machine import Counts, Stop
from tests.simulator.guests import (
    BUSY,
    KA10,
    TABLES,
    THIRD,
    X86,
    engine,
    loaded,
    machine,
    program,
    psw,
    register,
    registers,
    variant,
    whole,
)

TWINS = Path(__file__).parents[1] / "twins"
HALTED, LIMIT = Stop("halted"), Stop("limit")

# -- traps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instruction", "kind"),
    [("SVC", "svc"), ("LD r1, 16", "memorytrap"), ("ST r1, 300", "memorytrap"), ("HLT", "refused"),
     (".word 0", "no_instruction"), ("B 16\n.org 80", "memorytrap")],
)  # fmt: skip
def test_a_trap_exchanges_the_status_words(instruction: str, kind: str) -> None:
    """In user mode, in words 64 to 79; the instruction leaves nothing but the old status word."""
    vector = psw(0, 32, 5, 200)
    bare = loaded(THIRD, f"""
        .org 1
        .word {vector}
        .org 67
        {instruction}
        .start 3
        .state user = 1
        .state base = 64
        .state bound = 16
        .state gpr[1] = 9
    """)  # fmt: skip
    jumps = instruction.startswith("B")
    for _ in range(1 + jumps):
        assert bare.step() is None
    assert bare.memory[0] == psw(1, 16 if jumps else 3, 64, 16)
    assert registers(bare, "user", "pc", "base", "bound") == (0, 32, 5, 200)
    assert bare.counts.traps == {kind: 1}
    assert (bare.time, bare.counts.direct) == (1 + jumps, int(jumps))
    assert register(bare, "gpr", 1) == 9


def test_no_trap_sequence_is_a_fault() -> None:
    isa = load(TWINS / "exact")
    bare = Bare(isa, 8, engine(isa))
    bare.memory.load(0, encode(isa, "traps-traps-call", {"r": 0, "y": 0}))
    bare.state.registers["bound"] = 8
    assert bare.run(5) == Stop("fault", "the machine declares no trap sequence for request")


def test_a_trap_sequence_that_traps_is_a_fault_and_leaves_no_trace() -> None:
    isa = variant(
        'traps: {svc: {deliver: "real[3] = 7\\nsave()"}}\nfunctions: |\n  def save():\n      mem[1000] = psw()\n'
    )
    bare = loaded(isa, "SVC")
    before = whole(bare)
    assert bare.run(5) == Stop("fault", "the trap sequence of svc traps itself (memorytrap)")
    assert whole(bare) == before


def test_a_trap_sequence_past_the_end_of_storage_is_a_fault() -> None:
    isa = variant("traps: {svc: {deliver: 'real[1000] = 7'}}\n")
    assert loaded(isa, "SVC").run(5) == Stop("fault", "the trap sequence of svc goes past the end of real storage")


def test_traps_without_end_are_a_fault() -> None:
    """The new status word leads to the instruction that trapped."""
    bare = loaded(THIRD, f".org 1\n.word {psw(0, 64, 0, 256)}\n.org 62\nLI r1, 1\nLI r2, 2\nSVC\n.start 62")
    message = "endless trap loop: 1000 traps in a row, the last svc"
    assert bare.run(10_000) == Stop("fault", message)


def test_a_thousand_traps_with_an_instruction_between_are_no_fault() -> None:
    bare = loaded(THIRD, f".org 1\n.word {psw(0, 64, 0, 256)}\n.org 64\nLI r1, 1\nSVC\n.start 64")
    assert bare.run(4000) == LIMIT
    assert bare.counts.traps == {"svc": 2000}


def test_storage_past_the_end_is_a_fault_and_leaves_no_trace() -> None:
    text = "instructions:\n  - name: RST\n    encoding: '1000 0001 r:3 --------------- y:10'\n    semantics: |\n"
    isa = variant(text + "      gpr[r] = 1\n      real[y] = gpr[r]\n")
    bare = loaded(isa, "LI r2, 5\nRST r2, 256")
    message = "an access past the end of real storage, for which there is no trap"
    assert bare.run(5) == Stop("fault", message)
    assert register(bare, "gpr", 2) == 5
    assert (bare.time, bare.counts.direct) == (1, 1)


def test_a_program_that_does_not_fit() -> None:
    with pytest.raises(DoesNotFit, match="0x100"):
        loaded(THIRD, ".org 256\nHLT")
    assert loaded(THIRD, ".org 256\nHLT", storage=257).run(3) == HALTED


def test_a_trap_after_completion() -> None:
    """With TF set the instruction completes, and the debug trap saves the address of the next and the flags."""
    bare = loaded(X86, TABLES + """
        .org 0x100
        INC EAX
        INC EAX
        .org 0x300
        HLT
        .start 0x100
        .state tf = 1
    """)  # fmt: skip
    assert bare.run(10_000) == HALTED
    stack = register(bare, "gpr", 4)
    assert (register(bare, "gpr", 0), stack) == (1, 0x3000 - 12)
    assert long(bare, stack) == 0x101
    assert long(bare, stack + 8) & 0x100
    assert registers(bare, "tf", "if_") == (0, 0)
    assert bare.counts.traps == {"debug": 1}


def long(bare: Bare, place: int) -> int:
    """Four bytes."""
    return int.from_bytes(bytes(bare.memory[place + n] for n in range(4)), "little")


# -- instructions that execute others, and that commit --------------------------------------------------------------


def test_a_chain() -> None:
    """The skip is counted from the first XCT."""
    bare = loaded(KA10, ".org 0o100\nXCT first\nfirst: XCT second\nsecond: AOSA 5")
    assert bare.step() is None
    assert registers(bare, "pc") == (0o102,)
    assert register(bare, "ac", 5) == 1
    assert (bare.time, bare.live.executed) == (1, ["XCT", "XCT", "AOSA"])


def test_a_trap_in_a_chain_leaves_what_those_before_it_did() -> None:
    """XCT executes a LUUO, which stores in 40 and executes 41, whose address is outside. It was called from XCT."""
    bare = loaded(KA10, """
        .org 0o41
        JSR 0o200
        .org 0o2040
        .word 0o123
        MOVE 3,0o400000
        .org 0o2100
        XCT 0o101
        .word 0o001000000000
        .start 0o100
        .state user = 1
        .state low_relocation = 1
    """)  # fmt: skip
    assert bare.step() is None
    assert bare.live.executed == ["XCT", "LUUO", "MOVE"]
    assert bare.memory[0o2040] == 0o001000000000
    assert bare.memory[0o40] == 0o400000
    assert bare.memory[0o200] & 0o777777 == 0o101  # the PC word: after XCT
    assert registers(bare, "user", "pc", "memory_protection") == (0, 0o201, 1)


def test_a_chain_without_end_is_a_fault() -> None:
    bare = loaded(KA10, ".org 0o100\nMOVEI 1,7\nXCT .")
    assert bare.run(10) == Stop("fault", "1000 instructions execute each other and none ends")
    assert (bare.time, bare.counts.direct, register(bare, "ac", 1)) == (1, 1, 7)


@pytest.mark.parametrize("op", ["ILDB", "IDPB"])
def test_what_was_committed_stays(op: str) -> None:
    """The byte's address is outside: the pointer stands on the next byte, the flag says so, the rest is as before."""
    bare = loaded(KA10, f"""
        .org 0o2100
        {op} 5,0o101
        .word 0o440700400000
        .org 0o41
        JSR 0o200
        .start 0o100
        .state user = 1
        .state low_relocation = 1
        .state ac[5] = 0o55
    """)  # fmt: skip
    assert bare.step() is None
    assert bare.memory[0o2101] == 0o350700400000  # 7 bits from the left
    assert bare.memory[0o200] >> 31 & 1  # the PC word: Byte Interrupt
    assert register(bare, "ac", 5) == 0o55


# -- halting ---------------------------------------------------------------------------------------------------------


def test_an_instruction_that_changes_nothing_halts() -> None:
    bare = loaded(THIRD, "LI r1, 5\nHLT")
    assert bare.run(10) == HALTED
    assert (bare.time, registers(bare, "pc")) == (2, (1,))


def test_a_jump_to_itself_halts_and_one_that_counts_does_not() -> None:
    assert loaded(THIRD, "here: B here").run(10) == HALTED
    assert loaded(THIRD, "here: JAL r0, here").run(10) == HALTED
    counting = loaded(THIRD, "here: ADDI r1, r1, 1\nB here")
    assert counting.run(10) == LIMIT
    assert register(counting, "gpr", 1) == 5


def test_a_declared_halt() -> None:
    bare = loaded(KA10, "HALT 0o200")
    assert bare.run(20_000) == HALTED
    assert registers(bare, "pc", "halted") == (0o200, 1)
    assert bare.counts.direct == 1


def test_halted_with_interrupts_waits_for_the_timer() -> None:
    bare = loaded(X86, TABLES + ".org 0x100\nSTI\nHLT\nINC EDX\n.org 0x300\nINC ECX\nIRETD\n.start 0x100")
    assert bare.run(2001) == LIMIT
    assert (bare.time, register(bare, "gpr", 1), bare.counts.interrupts) == (2001, 1, 1)
    assert registers(bare, "halted", "if_", "intr") == (0, 0, 0)
    assert bare.counts.direct == 3  # STI, HLT, INC ECX
    assert bare.run(2) == LIMIT
    assert (register(bare, "gpr", 2), registers(bare, "if_")) == (1, (1,))


def test_halted_without_interrupts_halts() -> None:
    bare = loaded(X86, "CLI\nHLT")
    assert bare.run(100_000) == HALTED
    assert (bare.counts.direct, bare.counts.interrupts) == (2, 0)


# -- timer, interrupts, console --------------------------------------------------------------------------------------


def test_the_clock_interrupts_through_its_channel() -> None:
    bare = loaded(KA10, """
        .org 0o42
        JSR 0o200
        .org 0o100
loop:   AOJA 1,loop
        .start 0o100
        .state pi_active = 1
        .state pi_enabled = 0o100
        .state clock_enabled = 1
        .state processor_channel = 1
        .org 0o201
        HALT
    """)  # fmt: skip
    assert bare.run(2000) == LIMIT
    assert (register(bare, "ac", 1), bare.counts.interrupts) == (2000, 0)
    assert bare.step() is None
    assert (register(bare, "ac", 1), bare.counts.interrupts) == (2000, 1)
    assert bare.memory[0o200] & 0o777777 == 0o100
    assert registers(bare, "pi_held", "clock", "halted") == (0o100, 1, 1)


@pytest.mark.parametrize("off", ["pi_active", "pi_enabled", "clock_enabled", "processor_channel"])
def test_a_clock_that_is_off_does_not_interrupt(off: str) -> None:
    on = {"pi_active": 1, "pi_enabled": 0o100, "clock_enabled": 1, "processor_channel": 1} | {off: 0}
    states = "\n".join(f".state {name} = {value}" for name, value in on.items())
    bare = loaded(KA10, f".org 0o42\nJSR 0o200\n.org 0o100\nloop: AOJA 1,loop\n.start 0o100\n{states}")
    assert bare.run(2500) == LIMIT
    assert (register(bare, "ac", 1), bare.counts.interrupts) == (2500, 0)


def test_an_interrupt_pushes_where_it_returns_to() -> None:
    bare = loaded(X86, TABLES + ".org 0x100\nSTI\nloop: INC EAX\nJMP loop\n.org 0x300\nHLT\n.start 0x100")
    assert bare.run(2001) == LIMIT
    stack = register(bare, "gpr", 4)
    assert (stack, long(bare, stack), long(bare, stack + 4)) == (0x3000 - 12, 0x102, 8)
    assert (register(bare, "gpr", 0), registers(bare, "halted")) == (1000, (1,))


@pytest.mark.parametrize(
    ("name", "text"),
    [(KA10, ".org 0o100\nDATAO 0o120,text\nDATAO 0o120,text + 1\nHALT\ntext: .word 0o110\n.word 0o711"),
     (X86, "MOV EDX, 0x3F8\nMOV AL, 0x48\nOUT DX, AL\nMOV AL, 0xC9\nOUT DX, AL\nMOV EDX, 0x3F9\nOUT DX, AL\nHLT")],
)  # fmt: skip
def test_the_console_prints_seven_bits(name: str, text: str) -> None:
    bare = loaded(name, text)
    assert bare.run(20_000) == HALTED
    assert bare.output == "HI"


# -- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, 1, 7, 1999, 2000, 2001, 4500])
def test_the_limit_is_exact(limit: int) -> None:
    bare = loaded(KA10, ".org 0o100\nloop: AOJA 1,loop")
    assert bare.run(limit) == LIMIT
    assert (bare.time, bare.counts.direct, register(bare, "ac", 1)) == (limit, limit, limit)


END = 4500


def ends(name: str, *splits: int) -> tuple[Stop, int, str, Counts, object]:
    """All that is known of a machine that ran up to each of these times."""
    isa, text = BUSY[name]
    bare = loaded(isa, text)
    stop = LIMIT
    for end in [*sorted(splits), END]:
        if stop == LIMIT:
            stop = bare.run(end - bare.time)
    return stop, bare.time, bare.output, bare.counts, whole(bare)


without_parts = cache(ends)


@pytest.mark.parametrize("name", BUSY)
@settings(max_examples=6)
@given(splits=st.lists(st.integers(0, END), max_size=8))
def test_running_in_parts_is_running(name: str, splits: list[int]) -> None:
    assert ends(name, *splits) == without_parts(name)


@pytest.mark.parametrize("name", BUSY)
def test_stepping_is_running(name: str) -> None:
    assert ends(name, *range(END)) == without_parts(name)


def test_the_busy_programs_are_busy() -> None:
    interrupts = {name: without_parts(name)[3].interrupts for name in BUSY}
    assert interrupts == {"clock": 2, "timer": 2, "idle": 2, "stopped": 0, "third": 0, "fault": 0}
    assert [name for name in BUSY if without_parts(name)[0] == HALTED] == ["stopped"]
    assert [name for name in BUSY if without_parts(name)[0].reason == "fault"] == ["fault"]


# -- code that changes -----------------------------------------------------------------------------------------------

CHANGING = """
        LD r3, new
again:  LI r1, 1
        ST r3, again
        BNE r1, r2, again
        HLT
new:    LI r1, 2
        .state gpr[2] = 2
"""


def test_code_that_a_program_changes_is_decoded_anew() -> None:
    bare = loaded(THIRD, CHANGING)
    assert bare.run(20) == HALTED
    assert (register(bare, "gpr", 1), bare.time) == (2, 8)


@pytest.mark.parametrize("view", ["whole", "part"])
def test_code_that_another_view_changes_is_decoded_anew(view: str) -> None:
    bare = loaded(THIRD, ".org 64\nagain: ADDI r1, r1, 1\nB again")
    assert bare.run(20) == LIMIT
    memory, place = (bare.memory, 64) if view == "whole" else (bare.memory.part(60, 30), 4)
    (memory[place],) = encode(machine(THIRD), "ADDI", {"r": 1, "s": 1, "n": 100})
    assert bare.run(20) == LIMIT
    assert register(bare, "gpr", 1) == 10 + 1000


def test_code_is_found_again_where_it_moved() -> None:
    """The same address under another relocation is another instruction."""
    bare = loaded(THIRD, """
        LPSW over
over:   .word 66 << 11 | 2
        .org 64
        .org 66
        LI r1, 1
        LI r2, 2
        .org 20
        LI r1, 3
        LI r2, 4
        .start 0
    """)  # fmt: skip
    bare.run(3)
    assert [register(bare, "gpr", n) for n in (1, 2)] == [1, 2]
    bare.state.registers.update(pc=0, base=20)
    bare.touched()
    bare.run(2)
    assert [register(bare, "gpr", n) for n in (1, 2)] == [3, 4]


def test_booting_loads_units_and_state() -> None:
    isa = machine(THIRD)
    bare = Bare(isa, 32, engine(isa))
    boot(bare, program(isa, ".org 30\n.word 5\n.start 9\n.state gpr[3] = 8\n.state user = 1"))
    assert bare.memory.listed() == {30: 5}
    assert registers(bare, "pc", "user", "bound") == (9, 1, 32)
    assert register(bare, "gpr", 3) == 8
