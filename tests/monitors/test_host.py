"""Several guests on one machine: where they lie, that they do not disturb each other, and the session around them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from analyzer.monitors.allocator import Region
from analyzer.monitors.host import Host, NoRoom, nested, regions
from analyzer.monitors.session import Session
from analyzer.monitors.virtual import MONITORS, VirtualMachine
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import boot
from analyzer.simulator.machine import Stop
from tests.monitors.test_virtual import KINDS, SMALL, hosted
from tests.simulator.guests import (
    BUSY,
    KA10,
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

LIMIT = 3000
BAD = {
    "traps for ever": f".org 1\n.word {psw(0, 64, 0, 256)}\n.org 64\nSVC\n.start 64",
    "jumps out of its storage": "B 1000",
    "overwrites its vectors": "LI r1, 77\nST r1, 1\nSVC",
    "reaches beyond its storage": "LBAR all\nST r1, 300\nall: .word 1024\n.state gpr[1] = 5",
    "moves beyond its storage": "LBAR far\n.org 10\nfar: .word 300 << 11 | 1024",
}
GOOD = {"small": SMALL, "third": BUSY["third"][1]}

# -- where guests lie ------------------------------------------------------------------------------------------------

RESIDENT = "monitors: {default: {resident: {size: 10, align: 16, storage: {'2': [5, 6]}}}}\n"


def test_regions_are_aligned_and_apart() -> None:
    isa = variant(RESIDENT)
    placed, end = regions(isa, isa.monitors["default"], [20, 16, 1])
    assert placed == [Region(16, 20), Region(48, 16), Region(64, 1)]
    assert end == 65


def test_no_room() -> None:
    isa = machine(THIRD)
    monitor = isa.monitors["default"]
    assert regions(isa, monitor, [480, 480])[1] == 1024
    with pytest.raises(NoRoom, match="2 guests need 0x401 units"):
        regions(isa, monitor, [480, 481])
    with pytest.raises(NoRoom):
        nested(isa, monitor, MONITORS["hybrid"], 1024 - 64 * 2, 3)


def test_the_monitors_tables_stand_in_each_machine_that_it_runs_on() -> None:
    isa = variant(RESIDENT)
    real, guests = nested(isa, isa.monitors["default"], MONITORS["hybrid"], 20, 2)
    for under in (real, guests[0]):
        assert [under.memory[place] for place in range(1, 5)] == [0, 5, 6, 0]
    assert guests[1].memory.listed() == {}


def test_withheld_where_the_machine_cannot_map() -> None:
    """A KA10 guest whose storage is not whole blocks runs interpreted, and as on the bare machine."""
    isa = machine(KA10)
    text = ".org 0o100\nMOVEI 1,3\nloop: SOJG 1,loop\nHALT"
    guest = hosted(MONITORS["trap-and-emulate"], isa, text, size=0o1000).guests[0]
    bare = loaded(isa, text, 0o1000)
    assert guest.run(20) == bare.run(20)
    assert whole(guest) == whole(bare)
    assert guest.counts.direct == 0


# -- guests in turns -------------------------------------------------------------------------------------------------


def alone(text: str) -> tuple[Stop, object]:
    """How a program ends on the bare machine."""
    bare = loaded(THIRD, text)
    return bare.run(LIMIT), whole(bare)


@KINDS
@pytest.mark.parametrize("quantum", [7, 1000])
@pytest.mark.parametrize("bad", BAD)
def test_a_guest_that_goes_wrong_does_not_disturb_the_others(
    bad: str, quantum: int, kind: type[VirtualMachine]
) -> None:
    texts = [GOOD["small"], BAD[bad], GOOD["third"]]
    host = hosted(kind, machine(THIRD), *texts, size=256)
    stops = host.run(LIMIT, quantum)
    for text, stop, guest in zip(texts, stops, host.guests, strict=True):
        assert (stop, whole(guest)) == alone(text)
    assert outside(host) == {}


def outside(host: Host) -> Mapping[int, int]:
    """What is not 0 outside all guests."""
    own = {place for region in host.regions for place in range(region.base, region.base + region.size)}
    return {place: unit for place, unit in host.real.memory.listed().items() if place not in own}


def test_the_guests_that_go_wrong_do() -> None:
    ends = {name: alone(text)[0] for name, text in BAD.items()}
    assert {name for name, stop in ends.items() if stop.reason == "fault"} == set(BAD)
    assert {name: alone(text)[0].reason for name, text in GOOD.items()} == {"small": "halted", "third": "limit"}


@KINDS
@pytest.mark.parametrize("name", ["clock", "timer"])
def test_each_guest_has_its_own_timer(name: str, kind: type[VirtualMachine]) -> None:
    isa, text = machine(BUSY[name][0]), BUSY[name][1]
    host = hosted(kind, isa, text, text)
    host.run(4500, 300)
    bare = loaded(isa, text)
    bare.run(4500)
    for guest in host.guests:
        assert (whole(guest), guest.counts.interrupts) == (whole(bare), 2)


# -- sessions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("under", ["bare", *MONITORS])
def test_a_session_tells_how_each_program_ended(under: str) -> None:
    isa = machine(THIRD)
    programs = [
        program(isa, SMALL + ".expect halted\n.expect gpr[2] = 6\n", "small"),
        program(isa, BAD["traps for ever"], "bad"),
    ]
    first, second = Session(isa, isa.monitors["default"], under, limit=LIMIT).run(programs)
    assert (first.program, first.under, first.ended, first.instructions) == ("small", under, "halted", 12)
    assert first.disappointed == ("expected 6 in gpr[2], found 5",)
    assert first.state["gpr[2]"] == 5
    assert (second.ended, first.passed, second.passed) == ("fault", False, False)
    assert "endless trap loop" in second.message


def test_what_a_program_may_expect() -> None:
    isa = machine(KA10)
    text = """
        .org 0o100
        MOVEI 1,5
        MOVEM 1,0o200
        DATAO 0o120,letter
loop:   JRST loop + {more}
        HALT
letter: .word 0o101
        .expect halted
        .expect output "A"
        .expect ac[1] = 5
        .expect pi_active = 0
        .expect storage[0o200] = 5
    """
    (run,) = Session(isa, isa.monitors["default"], limit=50_000).run([program(isa, text.format(more=1))])
    assert (run.disappointed, run.passed, run.output) == ((), True, "A")
    wrong = text.format(more=1).replace('"A"', '"B"').replace("= 5", "= 6").replace("= 0", "= 1")
    (run,) = Session(isa, isa.monitors["default"], limit=4).run([program(isa, wrong)])
    assert len(run.disappointed) == 5


def test_a_trace_has_a_line_for_each_step() -> None:
    isa, lines = machine(THIRD), list[str]()
    Session(isa, isa.monitors["default"], "trap-and-emulate", trace=lines.append).run([program(isa, SMALL)])
    assert [line.split() for line in lines[:3]] == [
        ["1", "0x10", "LI", "r1,", "3", "gpr[1]=0x3"],
        ["2", "0x11", "ADDI", "r1,", "r1,", "-1", "gpr[1]=0x2"],
        ["3", "0x12", "BNE", "r1,", "r0,", "loop"],
    ]
    assert "traps (svc)" in lines[10]
    assert "real[0x0]=" in lines[10]
    assert lines[-1].split() == ["12", "0x28", "HLT"]
    assert len(lines) == 12


def test_x86_guests_lie_at_whole_pages_behind_the_tables() -> None:
    isa = machine(X86)
    host = Host(isa, isa.monitors["default"], MONITORS["hybrid"], [0x1800, 0x1000], engine(isa))
    assert host.regions == [Region(0x11000, 0x1800), Region(0x13000, 0x1000)]
    assert [host.real.memory[0x15], host.real.memory[0x25]] == [0x9B, 0xFB]


def test_storage_of_a_session() -> None:
    isa = machine(THIRD)
    text = "LI r1, 1\nLBAR all\nSPSW 20\nHLT\nall: .word 2047"
    (run,) = Session(isa, isa.monitors["default"], storage=100).run([program(isa, text)])
    assert run.state["bound"] == 2047
    bare = Bare(isa, 100, engine(isa))
    boot(bare, program(isa, text))
    assert registers(bare, "bound") == (100,)
    bare.run(10)
    assert register(bare, "gpr", 1) == 1
