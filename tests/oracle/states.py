"""The states from which a form is run: arbitrary values and boundaries, and both sides of every condition.

Half of the states are drawn anew. The others are changes of those that took a side of a condition which none before
had taken; a marked machine (`sides.py`) tells.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from analyzer.language.effects import EffectAnalysis
from analyzer.language.evaluate import State
from analyzer.language.ir import Const, walk
from analyzer.spec.model import Isa
from tests.oracle.emulator import COMPLETES, Case, Driver
from tests.oracle.forms import Form, fields_of, units_of
from tests.oracle.simulated import FAULT, Ending, Simulated

MANY = 64  # registers; of larger files some have values
BACKGROUNDS = 32  # values of the components that an instruction does not read
TRIES = 20  # draws of a state in which the instruction can be fetched
AGAIN = 3  # draws of a state in which it does not trap as it often does
SHARE = 5  # more than one of so many is often


@dataclass(slots=True)
class Drawn:
    """A form's fields and a case.

    `units` are the instruction, `places` the real addresses where it and what is behind it stand. `ending` is how it
    ends where what is open is 0.
    """

    fields: dict[str, int]
    case: Case
    units: list[int]
    places: list[int]
    ending: Ending


class Values:
    """Arbitrary values: boundaries, the specification's own constants and their neighbors, places in storage."""

    def __init__(self, isa: Isa, driver: Driver) -> None:
        machine = isa.machine
        blocks = [row.body.semantics for row in isa.instructions] + [f.body for f in machine.functions.values()]
        self.constants: dict[int, list[int]] = {}
        for node in (node for block in blocks for node in walk(block)):
            if isinstance(node, Const) and node.width > 1:
                near = {node.value, node.value + 1, node.value - 1}
                self.constants.setdefault(node.width, []).extend(v & ((1 << node.width) - 1) for v in near)
        self.constants = {width: sorted(set(values)) for width, values in self.constants.items()}
        self.hints, self.address = driver.hints, machine.storage.address
        self.area = driver.area or range(driver.size)

    def __call__(self, rng: random.Random, width: int) -> int:
        """A value of `width` bits."""
        if width == 1:
            return rng.getrandbits(1)
        full = (1 << width) - 1
        kind = rng.random()
        if kind < 0.2:
            return rng.choice((0, full, 1, full >> 1, (full >> 1) + 1, full - 1))
        if kind < 0.3:
            return rng.getrandbits(min(width, 5))
        if kind < 0.4 and width in self.constants:
            return rng.choice(self.constants[width])
        if kind < 0.6 and width in self.hints:
            return rng.choice(self.hints[width])
        if kind < 0.75 and width * 2 > self.address:
            return rng.choice(self.area) & full
        return rng.getrandbits(width)


class States:
    """Draws the cases of forms."""

    def __init__(self, isa: Isa, driver: Driver, simulated: Simulated) -> None:
        self.isa, self.driver, self.simulated = isa, driver, simulated
        self.value = Values(isa, driver)
        self.effects = EffectAnalysis(isa.machine.functions, isa.machine.operands)
        self.reads: dict[str, list[str]] = {}
        self.unit = isa.machine.program.unit
        self.pc = isa.machine.pc
        rng = random.Random(isa.name)
        self.backgrounds = [self._background(rng) for _ in range(BACKGROUNDS)]

    def of(self, form: Form, mode: str) -> Iterator[Drawn]:
        """States of a mode from which the form is run, without end; it ends where none is found anew."""
        rng = random.Random(f"{self.isa.name} {form.name} {mode}")
        good: list[Drawn] = []
        taken: set[str] = set()
        ended: Counter[str] = Counter()
        for number in count():
            drawn = self._unusual(form, mode, good if number % 2 else [], ended, rng)
            if drawn is None:
                return
            ended[drawn.ending.kind] += 1
            if drawn.ending.sides - taken:
                taken |= drawn.ending.sides
                good.append(drawn)
            yield drawn

    def given(self, form: Form, fields: dict[str, int], state: State, mode: str) -> Drawn | None:
        """A state that is given, as far as the emulator can be in it; `None` where nothing can be fetched."""
        state.registers.update(self.isa.modes[mode].when)
        self.driver.settle(state, mode)
        units = units_of(form, fields, self.unit)
        after = (state.registers[self.pc.name] + len(units)) & ((1 << self.pc.width) - 1)
        case = Case(mode, state.registers, state.files, state.storage, after)
        places = self.simulated.places(case, len(units))
        if len(places) < len(units):
            return None
        places += [places[-1] + i for i in range(1, len(self.driver.behind) + 1)]
        case.storage |= dict(zip(places, [*units, *self.driver.behind], strict=False))
        ending = self.simulated.step(case, units)
        return None if ending.kind == FAULT else Drawn(fields, case, units, places, ending)

    def _unusual(
        self, form: Form, mode: str, good: Sequence[Drawn], ended: Counter[str], rng: random.Random
    ) -> Drawn | None:
        """A state, if there are `good` ones a change of one; preferably one in which it does not trap as it often did,
        if it `ended` otherwise too."""
        for _ in range(AGAIN):
            drawn = (self._changed(form, rng.choice(good), rng) if good else None) or self._new(form, mode, rng)
            if drawn is None or drawn.ending.kind == COMPLETES or len(ended) == 1:
                break
            if ended[drawn.ending.kind] * SHARE <= ended.total():
                break
        return drawn

    def _new(self, form: Form, mode: str, rng: random.Random) -> Drawn | None:
        for _ in range(TRIES):
            drawn = self.given(form, fields_of(form, rng, self.value), self._state(form, rng), mode)
            if drawn is not None:
                return drawn
        return None

    def _background(self, rng: random.Random) -> State:
        registers, files = {}, {}
        for component in self.isa.machine.components.values():
            if component.count is None:
                registers[component.name] = self.value(rng, component.width)
            else:
                some = range(component.count) if component.count <= MANY else rng.sample(range(component.count), 8)
                files[component.name] = {index: self.value(rng, component.width) for index in some}
        return State(registers, files, {}, self.driver.size)

    def _state(self, form: Form, rng: random.Random) -> State:
        """What the instruction reads is drawn anew; what it does not read is of one of a few backgrounds."""
        state = rng.choice(self.backgrounds).copy()
        for name in self.components_read(form):
            component = self.isa.machine.components[name]
            if component.count is None:
                state.registers[name] = self.value(rng, component.width)
            else:
                values = state.files[name]
                values |= {index: self.value(rng, component.width) for index in values}
        return state

    def components_read(self, form: Form) -> list[str]:
        """The components that an instruction may read."""
        if form.row.name not in self.reads:
            body = form.row.body
            reads = self.effects.block(body.semantics, body.operands).reads
            self.reads[form.row.name] = sorted(reads | {self.pc.name})
        return self.reads[form.row.name]

    def _changed(self, form: Form, old: Drawn, rng: random.Random) -> Drawn | None:
        """Another state near one that got far."""
        fields, case = dict(old.fields), old.case
        files = {name: dict(values) for name, values in case.files.items()}
        state = State(dict(case.registers), files, dict(case.storage), self.driver.size)
        for _ in range(rng.randint(1, 3)):
            if old.ending.reads and rng.random() < 0.5:
                self._store(state, old.ending.reads, rng)
            elif fields and rng.random() < 0.3:
                drawn = fields_of(form, rng, self.value)
                name = rng.choice(sorted(fields))
                fields[name] = drawn[name]
            else:
                self._register(state, form, rng)
        return self.given(form, fields, state, case.mode)

    def _register(self, state: State, form: Form, rng: random.Random) -> None:
        """Give a component that the instruction reads another value."""
        component = self.isa.machine.components[rng.choice(self.components_read(form))]
        value = self.value(rng, component.width)
        if component.count is None:
            state.registers[component.name] = value
        else:
            index = rng.choice(sorted(state.files[component.name]) or [0])
            state.files[component.name][index] = value

    def _store(self, state: State, reads: list[int], rng: random.Random) -> None:
        """Give units that the instruction reads other values: those of a register, or arbitrary ones."""
        space = self.isa.machine.program
        size = min(rng.choice((1, 2, 4, 8)), len(reads))
        start = rng.randrange(len(reads) - size + 1)
        width = size * space.unit
        known: Mapping[int, int] = state.files[rng.choice(sorted(state.files))] if state.files else state.storage
        value = rng.choice(sorted(known.values()) or [0]) if rng.random() < 0.4 else self.value(rng, width)
        for offset in range(size):
            at = offset if space.order == "little" else size - 1 - offset
            if reads[start + offset] < self.driver.size:
                state.storage[reads[start + offset]] = value >> (at * space.unit) & ((1 << space.unit) - 1)
