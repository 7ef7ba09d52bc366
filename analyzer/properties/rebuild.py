"""A whole witness from the guest's state alone: the instruction where it is fetched, and the real state that follows.

In a pair whose real hidden state is what the monitor installs, that state follows the guest's; relation and agreement
hold by the check of the installation. In any other pair the real mode and relocation stay as they are, so that
agreement, a matter of these alone, is kept as long as the guest's stay, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from analyzer.encoding.codec import EncodingError
from analyzer.language.declarations import HIDDEN_ROLES
from analyzer.language.evaluate import DoesNotEnd, State
from analyzer.language.ir import Expr
from analyzer.properties.found import Found, Uniform
from analyzer.properties.question import INSTALLED
from analyzer.properties.replay import encoded, tried
from analyzer.properties.subject import Subject
from analyzer.simulator.runtime import Trapped


class Rebuilder:
    """Rebuilds one witness with other fields or another state of the guest."""

    def __init__(self, subject: Subject, found: Found) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.compiled = subject.compiled
        self.found = found
        self.interpretation = found.executions[0].interpretation  # of what both states have in common
        self.trusted = True  # the real hidden state follows from the guest's already
        self.installed = found.level in INSTALLED and bool(found.placement)
        self.hidden = self.machine.with_role(*HIDDEN_ROLES)
        self.units: tuple[Mapping[str, int], list[int]] = ({}, [])  # of the fields that were encoded last
        self.loaded: dict[tuple[object, ...], int | dict[int, int]] = {}  # what the monitor installs, by what it reads

    def whole(self, fields: Mapping[str, int] | None = None) -> Found | None:
        """The witness itself, or with other fields, of which only the guest's state is taken as it is."""
        self.trusted = False
        return self.rebuilt(self.found.fields if fields is None else fields, self.found.executions[0].before.copy())

    def rebuilt(
        self, fields: Mapping[str, int], state: State, placement: Mapping[str, int] | None = None
    ) -> Found | None:
        """A whole witness from the guest's state, which is changed: invariants, code in place, the real state that
        follows from it. `placement`: another place for the guest's storage."""
        subject = self.subject
        placement = placement or self.found.placement
        if placement:
            state.storage_size = placement["size"]
        try:
            units = self.encoded(fields)
        except EncodingError:
            return None
        try:
            if not self.put_code(units, state) or not self.valid(state):
                return None
            states = [state]
            if len(self.found.executions) == 2:
                real = self.real_state(state, placement)
                if not self.fetches(units, real) or not self.valid(real):
                    return None
                states.append(real)
            executions = [
                tried(subject, execution, fields, before)
                for execution, before in zip(self.found.executions, states, strict=True)
            ]
        except (DoesNotEnd, Trapped):
            return None
        return replace(self.found, fields=fields, executions=tuple(executions), placement=placement)

    def encoded(self, fields: Mapping[str, int]) -> list[int]:
        """The units of the instruction with these fields."""
        if not self.units[1] or self.units[0] != fields:
            self.units = fields, encoded(self.subject, fields)
        return self.units[1]

    def valid(self, state: State) -> bool:
        """Whether a state satisfies the invariants and is in a mode."""
        modes = self.subject.isa.modes.values()
        in_mode = any(all(state.registers[name] == value for name, value in mode.when.items()) for mode in modes)
        return in_mode and all(self.evaluate(e, {}, state) for e in self.subject.isa.invariants)

    def code_places(self, units: list[int], state: State) -> list[int | None]:
        """The real addresses from which the instruction is fetched, `None` where the translation refuses or does not
        end."""
        here = state.registers[self.machine.pc.name]
        try:
            return self.compiled.places_of_code(here, len(units), state, self.interpretation)
        except DoesNotEnd:
            return [None] * len(units)

    def evaluate(self, expression: Expr, given: Mapping[str, int], state: State) -> int:
        """The value of an expression in a state of the witness."""
        return self.compiled.evaluate(expression, given, state, self.interpretation)

    def put_code(self, units: list[int], state: State) -> bool:
        """Put the instruction where it is fetched."""
        places = self.code_places(units, state)
        for place, unit in zip(places, units, strict=True):
            if place is None or place >= state.storage_size:
                return False
            state.storage[place] = unit
        return True

    def fetches(self, units: list[int], state: State) -> bool:
        """Whether the instruction is fetched without a fault."""
        return None not in self.code_places(units, state)

    def real_state(self, virtual: State, placement: Mapping[str, int]) -> State:
        """The real state of the pair: visible state and storage are the guest's."""
        before = self.found.executions[1].before
        state = State(dict(before.registers), dict(before.files))
        kept = self.trusted and placement == self.found.placement and self.same_hidden(virtual)
        names = virtual if kept or not self.installed else self.named(virtual)
        for component in self.machine.components.values():
            if component.role in HIDDEN_ROLES:
                if kept:
                    continue
                if self.installed:
                    self.install(component.name, names, state, placement)
                elif self.common(component.name):
                    share_component(component.name, virtual, state)
            else:
                share_component(component.name, virtual, state)
        base = placement.get("base", 0)
        state.storage_size = placement.get("real_size", virtual.storage_size)
        outside = {p: u for p, u in before.storage.items() if not self.placed(p, self.found.placement)}
        listed = {p: u for p, u in outside.items() if placement and not self.placed(p, placement)}
        listed |= {base + n: unit for n, unit in virtual.storage.items() if n < virtual.storage_size}
        state.storage = Uniform(virtual.storage.value, listed) if isinstance(virtual.storage, Uniform) else listed
        return state

    def listed(self) -> Found | None:
        """The witness with storage that is no longer uniform: it lists what the runs read, and is 0 elsewhere."""
        found = self.found
        base, size = found.placement.get("base", 0), found.executions[0].before.storage_size
        states = []
        guest: dict[int, int] = {}
        for number, execution in enumerate(found.executions):
            before, shift = execution.before.copy(), base if number else 0
            assert isinstance(before.storage, Uniform)
            storage = before.storage = Uniform(before.storage.value, before.storage)
            tried(self.subject, execution, found.fields, before)
            values = {place: storage.get(place) for place in sorted(storage.read)}
            guest |= {place - shift: unit for place, unit in values.items() if 0 <= place - shift < size}
            before.storage = {place: unit for place, unit in values.items() if not 0 <= place - shift < size}
            states.append(before)
        states[0].storage = {place: unit for place, unit in sorted(guest.items()) if unit}
        executions = [replace(e, before=state) for e, state in zip(found.executions, states, strict=True)]
        self.found = replace(found, executions=tuple(executions))
        return self.rebuilt(found.fields, states[0].copy(), found.placement)

    def same_hidden(self, virtual: State) -> bool:
        """Whether the guest's hidden state is that of the witness, so that the real one stays, too."""
        before = self.found.executions[0].before
        return all(
            virtual.registers[c.name] == before.registers[c.name]
            if c.count is None
            else virtual.files[c.name] == before.files[c.name]
            for c in self.hidden
        )

    def placed(self, place: int, placement: Mapping[str, int]) -> bool:
        """Whether a real address belongs to the guest; without a placement all do."""
        return not placement or placement["base"] <= place < placement["base"] + placement["size"]

    def common(self, name: str) -> bool:
        """Whether the question has one value of a component in both runs."""
        return name in self.found.common

    def named(self, virtual: State) -> State:
        """The guest's state with its register files also as `virtual.file`, as what is installed names them."""
        files = {f"virtual.{name}": values for name, values in virtual.files.items()}
        return State(virtual.registers, {**virtual.files, **files}, virtual.storage, virtual.storage_size)

    def install(self, name: str, virtual: State, state: State, placement: Mapping[str, int]) -> None:
        """Load what the monitor installs; components that the question has in common are as they are."""
        if self.common(name):
            share_component(name, virtual, state)
        elif self.machine.components[name].role == "mode":
            isa, modes = self.subject.isa, self.subject.monitor.modes
            for mode in isa.guest_modes.values():
                if all(virtual.registers[n] == v for n, v in mode.when.items()):
                    state.registers[name] = isa.modes[modes[mode.name]].when[name]
                    return
        elif name not in self.subject.monitor.install:
            share_component(name, virtual, state)
        else:
            self.load(name, virtual, state, placement)

    def load(self, name: str, virtual: State, state: State, placement: Mapping[str, int]) -> None:
        """Load what the monitor's expression for a component gives, which is remembered."""
        reads = self.subject.installed_from[name]
        files, registers = virtual.files, virtual.registers
        read = (tuple(files[n].items()) if n in files else registers[n] for n in reads)
        key = name, placement["base"], placement["size"], *read
        known = self.loaded.get(key)
        if known is None:
            given = {f"virtual.{n}": registers[n] for n in reads if n in registers}
            given |= {"region.base": placement["base"], "region.size": placement["size"]}
            known = self.loaded[key] = self.computed(name, given, virtual)
        if isinstance(known, int):
            state.registers[name] = known
        else:
            state.files[name] = known

    def computed(self, name: str, given: Mapping[str, int], virtual: State) -> int | dict[int, int]:
        """What the monitor's expression for a component gives."""
        count, expression = self.machine.components[name].count, self.subject.monitor.install[name]
        if count is None:
            return self.evaluate(expression, given, virtual)
        values = {i: self.evaluate(expression, {**given, "index": i}, virtual) for i in range(count)}
        return {index: value for index, value in values.items() if value}


def copy_component(name: str, source: State, target: State) -> None:
    """Give a component of `target` its value in `source`."""
    if name in source.registers:
        target.registers[name] = source.registers[name]
    else:
        target.files[name] = dict(source.files[name])


def share_component(name: str, source: State, target: State) -> None:
    """The same, of states whose register files do not change any more."""
    if name in source.registers:
        target.registers[name] = source.registers[name]
    else:
        target.files[name] = source.files[name]
