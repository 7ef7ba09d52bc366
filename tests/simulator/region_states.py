"""Random states in which code can be fetched, and instructions put where they are fetched from."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from analyzer.encoding.codec import EncodingError, encode_row
from analyzer.language.declarations import Component
from analyzer.language.evaluate import DoesNotEnd, Evaluator, State
from analyzer.language.operators import mask
from analyzer.simulator.memory import Memory
from analyzer.simulator.regions.cache import Regions
from analyzer.simulator.regions.context import LARGEST_FILE, Context
from analyzer.simulator.regions.fetch import Fetcher
from analyzer.simulator.regions.setting import Setting
from analyzer.spec.model import Instruction, Isa

SIZE = 1 << 11  # of storage; pages and blocks of the machines are no larger
TRIES = 400

# What a state must have so that code is fetched and storage reached; the rest is random.
GOOD: Mapping[str, Mapping[str, Sequence[int]]] = {
    "x86-pentium": {
        "pe": (1,),
        "vm": (0,),
        "tf": (0, 0, 0, 0, 0, 1),
        "seg_base": (0, 0, 1, 100, 64),
        "seg_limit": (SIZE - 1, SIZE - 65, 0xFFFFFFFF, 1000),
        "seg_type": (11, 3, 3, 7),
        "seg_valid": (1,),
        "seg_big": (1,),
    },
    "pdp10-ka10": {
        "low_protection": (3, 127, 255, 1),
        "low_relocation": (0, 1, 2),
        "high_protection": (0, 128, 130, 255),
        "high_relocation": (0, 128, 129, 130),
        "withheld": (0,),
    },
    "m680": {"base": (0, 0, 64), "bound": (SIZE - 65, 0x1FFFFFF), "trace": (0, 0, 0, 1), "tracing": (0,)},
    "pdp10-ki10": {"paging": (0,)},
    "rv64": {"privilege": (0, 1, 3), "satp_mode": (0,), "mprv": (0,)},
    "rv64-h": {"privilege": (0, 1, 3), "virtualization": (0,), "satp_mode": (0,), "mprv": (0,)},
    "third-generation": {"base": (0, 0, 5), "bound": (1000, 500)},
}


def some_number(rng: random.Random, width: int) -> int:
    """Small numbers, boundaries and addresses, as often as anything else."""
    top = (1 << width) - 1
    half = 1 << width - 1
    small = rng.getrandbits(4)
    near = rng.choice((0, top, half, half - 1)) + rng.randrange(-3, 4)
    place = rng.randrange(SIZE)
    return rng.choice((0, small, near, place, place, place & ~3, rng.getrandbits(width), rng.getrandbits(width))) & top


def some_component(rng: random.Random, component: Component, good: Mapping[str, Sequence[int]]) -> int:
    """A value of one component, or of one of its registers."""
    known = good.get(component.name)
    value = some_number(rng, component.width) if known is None or rng.random() < 0.02 else rng.choice(known)
    return value & ((1 << component.width) - 1)


def good_values(isa: Isa) -> Mapping[str, Sequence[int]]:
    """The entry of the table for a machine or for the one that it extends."""
    return next((values for name, values in GOOD.items() if isa.name.startswith(name)), {})


FETCHERS: dict[str, Fetcher] = {}


def fetcher(isa: Isa) -> Fetcher:
    """The one of a machine."""
    if isa.name not in FETCHERS:
        FETCHERS[isa.name] = Fetcher(isa)
    return FETCHERS[isa.name]


class Bench:
    """A machine whose storage is filled anew for each state, and the regions of its code.

    `longest`: the most instructions on a path of a region.
    """

    def __init__(self, isa: Isa, longest: int, hot: int = 0) -> None:
        self.isa = isa
        self.good = good_values(isa)
        self.context = Context(isa.machine)
        self.fetcher = fetcher(isa)
        unit, size = isa.machine.storage.unit, min(SIZE, 1 << isa.machine.storage.address)
        self.memory = Memory(unit, size)
        self.pool = Memory(unit, 3 * size)
        rng = random.Random(isa.name)
        self.pool.load(0, [some_number(rng, unit) for _ in range(3 * size)])
        self.regions = Regions(isa, self.memory, hot=hot, longest=longest, fetcher=self.fetcher)

    def some_state(self, rng: random.Random) -> State:
        """A random state; storage is what it is."""
        components = self.isa.machine.components.values()
        registers = {c.name: some_component(rng, c, self.good) for c in components if c.count is None}
        registers |= rng.choice(list(self.isa.modes.values())).when
        files = {
            c.name: {
                index: some_component(rng, c, self.good)
                for index in range(min(c.count, LARGEST_FILE))
                if rng.random() < 0.98
            }
            for c in components
            if c.count is not None
        }
        return State(registers, files, self.memory, self.memory.size)  # type: ignore[arg-type]  # a memory stands for the dict

    def refill(self, rng: random.Random) -> None:
        """Other units everywhere; the regions of before are void."""
        start = rng.randrange(2 * self.memory.size)
        self.memory.cells[:] = self.pool.cells[start : start + self.memory.size]  # type: ignore[index]  # a memory stands for the dict
        self.regions.clear()

    def setting(self, state: State) -> Setting:
        """The context of a state."""
        known = dict(zip(self.context.keys, self.context.of(state), strict=True))
        return Setting(self.isa.machine, known, state.storage_size, frozenset(), frozenset())

    def put(self, state: State, here: int, units: Sequence[int]) -> bool:
        """Put units where they are fetched from `here` on, if they can be."""
        setting, top, places = self.setting(state), mask(self.isa.machine.pc.width), list[int]()
        while len(places) < len(units):
            found = self.fetcher.places(setting, here + len(places) & top, len(units) - len(places))
            if not found:
                return False
            places += found
        if len(set(places[: len(units)])) < len(units):
            return False
        for place, unit in zip(places, units, strict=False):
            self.memory[place] = unit
        return True

    def ready(self, rng: random.Random, units: Sequence[int], at: int | None = None) -> State:
        """A random state, storage as well, whose program counter is on these units; `at`: where that is."""
        pc = self.isa.machine.pc
        self.refill(rng)
        for _ in range(TRIES):
            state = self.some_state(rng)
            here = rng.randrange(SIZE) if rng.random() < 0.9 else some_number(rng, pc.width)
            state.registers[pc.name] = (here if at is None else at) & mask(pc.width)
            if self.put(state, state.registers[pc.name], units):
                return state
        raise AssertionError("no state can fetch code")

    def copied(self, state: State) -> State:
        """A state like that of another bench."""
        self.memory.cells[:] = state.storage.cells  # type: ignore[index,attr-defined]  # a memory stands for the dict
        files = {name: dict(values) for name, values in state.files.items()}
        return State(dict(state.registers), files, self.memory, state.storage_size)  # type: ignore[arg-type]  # a memory stands for the dict

    def step(self, state: State) -> bool:
        """Execute one instruction in place, by the reference; whether it completes."""
        after = self.stepped(state)
        if after is None:
            return False
        state.registers.update(after.registers)
        for name, values in after.files.items():
            state.files[name].update(values)
        for place, unit in after.storage.items():
            if self.memory[place] != unit:
                self.memory[place] = unit
        return True

    def stepped(self, state: State) -> State | None:
        """The state after one instruction, by the reference; `None` where it does not simply complete."""
        fetched = self.fetcher.fetch(self.setting(state), self.memory, state.registers[self.isa.machine.pc.name])
        if fetched is None:
            return None
        try:
            outcome = Evaluator(self.isa.machine, loop_limit=100).run(fetched.body, fetched.fields, state)
        except DoesNotEnd:
            return None
        return outcome.state if outcome.kind == "completes" and not outcome.after else None


def some_units(isa: Isa, row: Instruction, rng: random.Random) -> list[int]:
    """An encoding of an instruction with random fields."""
    for _ in range(TRIES):
        encoding = rng.choice(row.encodings)
        form = rng.choice(encoding.forms)
        fields = {name: some_number(rng, width) for name, width in row.body.fields.items()} | dict(form.cases)
        fields |= {name: rng.choice(sorted(allowed)) for name, allowed in form.allowed.items()}
        for group in encoding.groups:
            allowed = encoding.prefixes[group.name]
            usual = group.none in allowed and rng.random() < 0.7
            fields[group.name] = group.none if usual else rng.choice(sorted(allowed))
        try:
            return encode_row(row, fields, isa.machine.program.unit)
        except EncodingError:
            continue
    raise AssertionError(f"{row.name} cannot be encoded")


def same_state(found: State, expected: State) -> None:
    """Compare whole states; what is not listed is 0."""
    assert found.registers == expected.registers
    for name, values in expected.files.items():
        other = found.files[name]
        assert {i: v for i, v in values.items() if v} == {i: v for i, v in other.items() if v}, name
    assert nonzero(found) == nonzero(expected)
    numbers = [*found.registers.values(), *(v for file in found.files.values() for v in file.values())]
    assert all(type(value) is int for value in numbers)


def nonzero(state: State) -> dict[int, int]:
    """The units of storage that are not 0."""
    storage: object = state.storage
    if isinstance(storage, Memory):
        return storage.listed()
    return {place: unit for place, unit in state.storage.items() if unit}
