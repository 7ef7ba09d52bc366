"""Guests ported to the paravirtual monitor, and beside them the machine that runs them as they were."""

from __future__ import annotations

import json
from collections.abc import Collection, Container
from dataclasses import replace
from functools import cache
from pathlib import Path

from analyzer.encoding.assembly.assembler import Assembler
from analyzer.monitors.host import Host
from analyzer.monitors.paravirtual import Paravirtual
from analyzer.monitors.virtual import TrapAndEmulate
from analyzer.remedies.patch import Carrier, Patcher, Ported, carriers
from analyzer.simulator.boot import boot
from analyzer.spec.model import Isa
from analyzer.validation.lockstep import GOES_ON, Comparison, Lockstep, registers
from tests.simulator.guests import engine, loaded, machine

REPORTS = Path(__file__).parents[2] / "reports"
STEPS, LIMIT = 4000, 1_000_000  # compared one by one, and in all


@cache
def judged(name: str) -> dict[str, str]:
    """What the committed report of a machine says of its instructions under trap-and-emulate."""
    report = json.loads((REPORTS / name / "report.json").read_text(encoding="utf-8"))
    return {row["name"]: row["trap_and_emulate"] for row in report["results"][0]["exact"]["instructions"]}


def judged_as(name: str, verdict: str) -> frozenset[str]:
    """The instructions that the report judges so."""
    return frozenset(row for row, found in judged(name).items() if found == verdict)


@cache
def shipped_carriers(name: str) -> tuple[Carrier, ...]:
    """The carriers of a shipped machine."""
    return carriers(machine(name), judged_as(name, "traps"))


@cache
def tools(name: str) -> tuple[Assembler, Patcher]:
    """The assembler of a shipped machine, and the patcher for its wrong instructions."""
    isa = machine(name)
    return Assembler(isa), Patcher(isa, judged_as(name, "wrong"), shipped_carriers(name))


def ported(
    name: str, text: str, keep: Container[int] | None = None, hypercalls: Collection[Carrier] | None = None,
    names: Collection[str] = (),
) -> Ported:  # fmt: skip
    """A program for a shipped machine, with hypercalls for its wrong instructions, or for `names`; those at `keep`
    stay, if it is given, instead of those that the program says."""
    assembler, patcher = tools(name)
    if hypercalls is not None or names:
        given = shipped_carriers(name) if hypercalls is None else hypercalls
        patcher = Patcher(patcher.isa, names or patcher.numbers, given)
    program = assembler.assemble(text, "program")
    if keep is not None:
        program = replace(program, kept=frozenset(address for address in program.code if address in keep))
    return patcher.patched(program)


def guest_of(isa: Isa, kind: type[TrapAndEmulate], found: Ported, size: int | None = None) -> TrapAndEmulate:
    """A ported guest under a monitor, which is told of its sites if it heeds them."""
    monitor = next(iter(isa.monitors.values()))
    (guest,) = Host(isa, monitor, kind, [size or isa.simulation.storage], engine(isa)).guests
    assert isinstance(guest, TrapAndEmulate)
    if isinstance(guest, Paravirtual):
        guest.port(found)
    boot(guest, found.program)
    return guest


def compared(
    name: str, text: str, found: Ported, kind: type[TrapAndEmulate] = Paravirtual
) -> tuple[Comparison, TrapAndEmulate]:
    """A ported guest under a monitor and the bare machine, which runs `text` as it is: in lockstep at first, then at
    full speed to the end; and the guest."""
    isa = machine(name)
    bare, guest = loaded(isa, text), guest_of(isa, kind, found)
    comparison = Lockstep(bare, guest).run(STEPS)[0]
    if comparison.divergence is None:
        if comparison.stop == GOES_ON:
            stop = bare.run(LIMIT)
            assert guest.run(LIMIT) == stop
            comparison = Comparison(bare.time, stop)
        assert tuple(registers(bare, guest)) == ()
        assert guest.output == bare.output
        assert guest.state.storage.copy() == bare.memory.listed()
    return comparison, guest
