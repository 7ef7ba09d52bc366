"""Guests run with remedies: in lockstep with the bare machine, then at full speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.encoding.assembly.program import Program
from analyzer.monitors import TRAP
from analyzer.monitors.paravirtual import Paravirtual
from analyzer.monitors.session import disappointed
from analyzer.monitors.virtual import VirtualMachine
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import boot
from analyzer.simulator.engine import Engine
from analyzer.validation.fixed import Ran
from analyzer.validation.guests import Guest
from analyzer.validation.lockstep import Comparison, Lockstep
from analyzer.validation.validate import differently
from analyzer.validation.ways import Way, events

LIMIT = 250_000  # instructions and traps in which a guest ends
GIVEN = 1_000_000  # one that is given
PART = 20_000  # of one that does not: it is run for so long


class Runner:
    """Runs guests, each way. Ways on one machine share the bare one with which they are compared: a task is such ways
    and a guest, by number."""

    def __init__(self, ways: Sequence[Way], programs: Sequence[Guest], limit: int = LIMIT) -> None:
        self.programs = programs
        self.limit = limit
        machines: dict[int, list[Way]] = {}
        for way in ways:
            machines.setdefault(id(way.isa), []).append(way)
        self.together = list(machines.values())
        self.engines: dict[int, Engine] = {}
        self.tasks = [(ways, guest) for ways in range(len(self.together)) for guest in range(len(programs))]

    def engine(self, ways: int) -> Engine:
        """The engine of a machine: it compiles what guests execute once."""
        if ways not in self.engines:
            self.engines[ways] = Engine(self.together[ways][0].isa)
        return self.engines[ways]

    def ends(self, program: Program, engine: Engine) -> bool:
        """Whether a guest ends on the bare machine."""
        bare = Bare(engine.isa, engine.isa.simulation.storage, engine)
        boot(bare, program)
        return bare.run(self.limit).reason != "limit"

    def run(self, task: tuple[int, int]) -> list[Ran]:
        """Run one guest each way that its machine serves."""
        ways, guest, engine = self.together[task[0]], self.programs[task[1]], self.engine(task[0])
        storage, program = engine.isa.simulation.storage, guest.program
        bare, compared = Bare(engine.isa, storage, engine), [way.guest(program, storage, engine) for way in ways]
        boot(bare, program)
        lockstep = Lockstep(bare, *compared)
        lockstep.run(PART)
        ended = not lockstep.goes_on or self.ends(program, engine)
        limit = self.limit if ended else PART
        found = []
        for way, virtual, comparison in zip(ways, compared, lockstep.run(limit), strict=True):
            monitored = way.guest(program, storage, engine)
            stop = monitored.run(limit)
            failure = diverged(comparison) or differently(bare, comparison.stop, monitored, stop)
            if not failure and ended and TRAP not in way.remedies:  # there the guest's machine is another one
                failure = "; ".join(disappointed(monitored, program, stop))
            executed, happened = remedied(way, virtual, lockstep.executed), dict(events(way, monitored))
            steps, instructions = comparison.steps, monitored.counts.instructions
            found.append(
                Ran(way.remedy, program.name, guest.wrong, steps, instructions, executed, happened, failure, ended)
            )
        return found


def remedied(way: Way, guest: VirtualMachine, executed: Mapping[str, int]) -> dict[str, int]:
    """What a guest executed under a remedy: of a ported one's instructions that need hypercalls, only these."""
    if way.patcher is None or not isinstance(guest, Paravirtual):
        return dict(executed)
    others = {name: number for name, number in executed.items() if name not in way.patcher.numbers}
    return others | guest.hypercalls


def diverged(comparison: Comparison) -> str:
    """How a comparison ended with a divergence, in words."""
    found = comparison.divergence
    if found is None:
        return ""
    names = " executing ".join(found.executed) or "a trap"
    parts = "; ".join(f"{d.what} is {d.bare:#x}, here {d.monitored:#x}" for d in found.differences[:3])
    return f"diverges after {found.time} instructions, at {found.pc:#x}, {names}: {parts or found.message}"
