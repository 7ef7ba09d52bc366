"""Measure how fast guests run, bare and under each monitor. Prints a table; nothing is asserted here.

A guest is loaded and run again and again on one machine; the best time counts, so that compiling its code does not.
"""

from __future__ import annotations

import time
from pathlib import Path

from analyzer import load
from analyzer.encoding.assembly.assembler import assemble
from analyzer.encoding.assembly.program import Program
from analyzer.monitors.host import Host
from analyzer.monitors.virtual import MONITORS
from analyzer.simulator.bare import Bare, reset
from analyzer.simulator.boot import boot
from analyzer.simulator.machine import Machine
from analyzer.spec.model import Isa

MACHINES = ("pdp10-ka10", "x86-pentium")
GUESTS = ("sort", "sieve", "checksum")
TARGET = 3.0  # million instructions per second, bare
RUNS = 12
LIMIT = 10_000_000


def speeds(machines: dict[str, Machine], program: Program) -> dict[str, float]:
    """Million instructions per second of each, at best; they take turns, so that what else goes on strikes them all."""
    best = dict.fromkeys(machines, 0.0)
    for _ in range(RUNS):
        for way, machine in machines.items():
            reset(machine)
            boot(machine, program)
            begun, start = machine.counts.instructions, time.perf_counter()
            stop = machine.run(LIMIT)
            seconds = time.perf_counter() - start
            if stop.reason != "halted":
                raise SystemExit(f"{program.name}: {stop.reason} {stop.message}")
            best[way] = max(best[way], (machine.counts.instructions - begun) / seconds / 1e6)
    return best


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
    for name in MACHINES:
        isa = load(name)
        for guest in GUESTS:
            path = isa.folder / "programs" / f"{guest}.s"
            program = assemble(isa, Path(path).read_text(encoding="utf-8"), path.name)
            found = speeds(machines(isa), program)
            for way, speed in found.items():
                target = f"{speed / TARGET:9.2f}" if way == "bare" else f"{'':9}"
                print(f"{name + ' ' + guest:24} {way:18} {speed:9.2f} {target} {speed / found['bare']:8.2f}")


if __name__ == "__main__":
    main()
