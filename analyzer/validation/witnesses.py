"""Witnesses run again in the simulator, and the programs that are built from those of wrong instructions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from analyzer.language.evaluate import State
from analyzer.language.operators import mask
from analyzer.monitors.allocator import Allocator, Region
from analyzer.monitors.virtual import VirtualMachine
from analyzer.simulator.bare import Bare
from analyzer.simulator.engine import Engine, MachineFault, Trap
from analyzer.simulator.machine import Machine
from analyzer.simulator.runtime import DEFAULT
from analyzer.spec.model import Isa, Mode, Monitor, Place
from analyzer.validation.lockstep import Difference, registers, strayed
from analyzer.verdict import Run, Start, Witness


def machine_in(isa: Isa, start: Start, engine: Engine) -> Bare:
    """A bare machine in the whole state of a witness's run."""
    machine = Bare(isa, max(1, start.storage_size), engine)
    put(machine, start)
    for place, unit in start.storage.items():
        machine.memory[place] = unit
    opened(machine, start)
    return machine


def put(machine: Machine, start: Start) -> None:
    """Give the components of a machine the values of a state."""
    machine.state.registers.update(start.registers)
    for name, values in machine.state.files.items():
        values.clear()
        values.update(start.files.get(name, {}))
    machine.touched()


def opened(machine: Machine, start: Start) -> None:
    """Let what the specification leaves open have the values of the witness."""
    functions, values = start.functions, start.open

    def function(name: str, args: tuple[int, ...]) -> int:
        known = functions.get((name, args))
        return DEFAULT.function(name, args) if known is None else known

    def value(site: str, unpredictable: bool) -> int:
        known = values.get((site, unpredictable))
        return DEFAULT.open(site, unpredictable) if known is None else known

    machine.live.function, machine.live.open = function, value


def replayed(isa: Isa, witness: Witness, engine: Engine) -> str:
    """Run all runs of a witness in the simulator: what is not as the witness says, nothing if all is."""
    for run in witness.runs:
        problem = _replayed(isa, run, engine)
        if problem:
            return f"the run in {run.mode} mode {problem}"
    return ""


def _replayed(isa: Isa, run: Run, engine: Engine) -> str:
    if run.start is None:
        return "has no whole state"
    machine = machine_in(isa, run.start, engine)
    try:
        trap = engine.step(machine.live, machine.cache, chained=False)
    except MachineFault as fault:
        return f"cannot go on: {fault}"
    outcome = "traps" if trap and not trap.after else "continues" if machine.live.continues else "completes"
    if (outcome, trap.kinds[0] if trap and not trap.after else "") != (run.outcome, run.trap):
        return f"{outcome} in the simulator, not {run.outcome} {run.trap}".rstrip()
    state = machine.state
    for name, value in (dict.fromkeys(run.after, 0) | dict(run.before)).items():
        if name != engine.pc or name in run.after:
            expected, found = run.after.get(name, value), valued(state, name, machine)
            if found != expected:
                return f"leaves {found:#x} in {name}, not {expected:#x}"
    return ""


def valued(state: State, name: str, machine: Machine) -> int:
    """The value of a component, register (`ac[3]`) or unit of storage (`real[17]`)."""
    file, _, index = name.rstrip("]").partition("[")
    if not index:
        return state.registers[file]
    return state.files[file].get(int(index), 0) if file in state.files else machine.memory[int(index)]


class Witnessed(Allocator):
    """Loads what the real state of a witness has, instead of what the specification's `install` says."""

    def __init__(self, isa: Isa, monitor: Monitor, region: Region, engine: Engine, real: Start) -> None:
        super().__init__(isa, monitor, region, engine)
        self.real = real

    def once(self) -> Iterator[tuple[Place, int]]:
        """Nothing more."""
        return iter(())

    def loaded(self, virtual: State, mode: Mode) -> tuple[tuple[Place, int], ...]:
        """The hidden components of the witness."""
        return tuple(self._hidden(virtual))

    def _hidden(self, virtual: State) -> Iterator[tuple[Place, int]]:
        for component in self.isa.machine.with_role("mode", "relocation", "control"):
            name = component.name
            if component.count is None:
                yield Place(name), self.real.registers[name]
            else:
                values = self.real.files.get(name, {})
                known = set(values) | set(virtual.files[name])
                yield from ((Place(name, index), values.get(index, 0)) for index in sorted(known))


def parts(
    isa: Isa, monitor: Monitor, kind: type[VirtualMachine], witness: Witness, engine: Engine,
    prepare: Callable[[VirtualMachine], None] | None = None,
) -> tuple[Difference | str, ...]:  # fmt: skip
    """Run the guest of a pair bare and under a monitor, which loads what the specification says, one instruction: in
    what they part. `prepare` may change the guest before. The witness may be one of a machine that `isa` extends."""
    virtual, real = (run.start for run in witness.runs)
    assert virtual is not None and real is not None
    starts = virtual, real
    return tuple(_parted(isa, monitor, kind, witness.placement, starts, engine, "installed", prepare))


def diverges(
    isa: Isa, monitor: Monitor, kind: type[VirtualMachine], witness: Witness, engine: Engine
) -> tuple[tuple[Difference | str, ...], str]:
    """Run the guest of a pair bare and under a monitor, one instruction: in what they part, nothing if in nothing; and
    what the monitor loaded: `installed`, as the specification says, or else `related`, as in the witness."""
    virtual, real = (run.start for run in witness.runs)
    assert virtual is not None and real is not None
    for loaded in ("installed", "related"):
        parted = tuple(_parted(isa, monitor, kind, witness.placement, (virtual, real), engine, loaded))
        if parted:
            return parted, loaded
    return (), ""


def _parted(
    isa: Isa, monitor: Monitor, kind: type[VirtualMachine], placement: Mapping[str, int], starts: tuple[Start, Start],
    engine: Engine, loaded: str, prepare: Callable[[VirtualMachine], None] | None = None,
) -> Iterator[Difference | str]:  # fmt: skip
    bare, under = machine_in(isa, starts[0], engine), machine_in(isa, starts[1], engine)
    region = Region(placement.get("base", 0), bare.memory.size)
    guest = kind(under, monitor, region)
    put(guest, starts[0])
    opened(guest, starts[0])
    if prepare is not None:
        prepare(guest)
    if loaded == "related":
        guest.allocator = Witnessed(isa, monitor, region, engine, starts[1])
    outside = set(under.memory.listed())
    under.memory.records.append(outside)
    first = ended(lambda: engine.step(bare.live, bare.cache))
    second = ended(lambda: guest.advance(1)[1])
    if first != second:
        yield f"bare: {first}; under the monitor: {second}"
        return
    yield from registers(bare, guest)
    yield from strayed(guest)
    own, theirs = bare.state.storage.copy(), guest.state.storage.copy()
    for place in sorted(own.keys() | theirs.keys()):
        if own.get(place, 0) != theirs.get(place, 0):
            yield Difference(f"real[{place}]", own.get(place, 0), theirs.get(place, 0))
    for place in sorted(outside):
        if not region.base <= place < region.base + region.size:
            before, after = starts[1].storage.get(place, 0), under.memory[place]
            if before != after:
                yield Difference(f"real[{place}], outside the guest's storage", before, after)


def ended(step: Callable[[], Trap | None]) -> str:
    """How an instruction ended, in words, also if the machine cannot go on."""
    try:
        return outcome(step())
    except MachineFault as fault:
        return str(fault)


def outcome(trap: Trap | None) -> str:
    """How an instruction ended, in words; the values that a trap carries are part of it."""
    if trap is None or trap.after:
        return " ".join(("completes", *(trap.kinds if trap else ())))
    return f"traps ({trap.kinds[0]}{''.join(f' {arg & mask(64):#x}' for arg in trap.args)})"
