"""Measure how fast guests run, bare and under each monitor. Prints a table; nothing is asserted here.

A guest is loaded and run again and again on one machine; the best time counts, so that compiling its code does not.
"""

from __future__ import annotations

import re
import time

from analyzer import load
from analyzer.encoding.assembly.assembler import assemble
from analyzer.encoding.assembly.program import Program
from analyzer.monitors.host import Host
from analyzer.monitors.virtual import MONITORS
from analyzer.simulator.bare import Bare, reset
from analyzer.simulator.boot import boot
from analyzer.simulator.machine import Machine
from analyzer.spec.model import Isa

LONGER = {  # guests, and parameters of theirs with which they run long enough to be measured
    "pdp10-ka10": {
        "sort": {"n": "600."},
        "sieve": {"limit": "12000."},
        "checksum": {"repeat": "40."},
    },
    "x86-pentium": {
        "sort": {"N": "600"},
        "sieve": {"LIMIT": "30000", "ROOT": "174"},
        "checksum": {"ROUNDS": "40"},
    },
}
TARGET = 3.0  # million instructions per second, bare
ROUNDS = 6
SLICE = 1.0  # seconds of each machine in a round
LIMIT = 10_000_000


def speeds(machines: dict[str, Machine], program: Program) -> dict[str, float]:
    """Million instructions per second of each, at best; they take turns, so that what else goes on strikes them all."""
    best = dict.fromkeys(machines, 0.0)
    for _ in range(ROUNDS):
        for way, machine in machines.items():
            end = time.process_time() + SLICE
            while time.process_time() < end:
                best[way] = max(best[way], speed(machine, program))
    return best


def speed(machine: Machine, program: Program) -> float:
    """Million instructions per second of one run."""
    reset(machine)
    boot(machine, program)
    begun, start = machine.counts.instructions, time.process_time()
    stop = machine.run(LIMIT)
    seconds = time.process_time() - start
    if stop.reason != "halted":
        raise SystemExit(f"{program.name}: {stop.reason} {stop.message}")
    return (machine.counts.instructions - begun) / seconds / 1e6


def longer(isa: Isa, guest: str, parameters: dict[str, str]) -> Program:
    """A guest with other values of its parameters, which it defines by lines `NAME = VALUE`."""
    path = isa.folder / "programs" / f"{guest}.s"
    text = path.read_text(encoding="utf-8")
    for name, value in parameters.items():
        text, replaced = re.subn(rf"^{name} = \S+", f"{name} = {value}", text, flags=re.MULTILINE)
        if replaced != 1:
            raise SystemExit(f"{path.name} does not define {name} once")
    return assemble(isa, text, path.name)


def machines(isa: Isa) -> dict[str, Machine]:
    """A bare machine, and one guest under each monitor."""
    monitor = next(iter(isa.monitors.values()))
    out: dict[str, Machine] = {"bare": Bare(isa)}
    for name, kind in MONITORS.items():
        out[name] = Host(isa, monitor, kind, [isa.simulation.storage]).guests[0]
    return out


def main() -> None:
    """Print the table."""
    print(f"{'guest':24} {'way':18} {'million/s':>9} {'of target':>9} {'of bare':>8}")
    for name, guests in LONGER.items():
        isa = load(name)
        for guest, parameters in guests.items():
            found = speeds(machines(isa), longer(isa, guest, parameters))
            for way, speed in found.items():
                target = f"{speed / TARGET:9.2f}" if way == "bare" else f"{'':9}"
                print(f"{name + ' ' + guest:24} {way:18} {speed:9.2f} {target} {speed / found['bare']:8.2f}")


if __name__ == "__main__":
    main()
