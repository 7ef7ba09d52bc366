"""A whole witness from the guest's state alone: the instruction where it is fetched, and the real state that follows.

In a pair whose real hidden state is what the monitor installs, that state follows the guest's; relation and agreement
hold by the check of the installation. In any other pair the real mode and relocation stay as they are, so that
agreement, a matter of these alone, is kept as long as the guest's stay, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from analyzer.encoding.codec import EncodingError
from analyzer.language.declarations import ACCESS_KINDS, HIDDEN_ROLES
from analyzer.language.evaluate import DoesNotEnd, State
from analyzer.properties.found import Found, Uniform, encoded, tried
from analyzer.properties.question import INSTALLED
from analyzer.properties.subject import Subject
from analyzer.simulator.runtime import Trapped


class Rebuilder:
    """Rebuilds one witness with other fields or another state of the guest."""

    def __init__(self, subject: Subject, found: Found) -> None:
        self.subject = subject
        self.machine = subject.machine
        self.compiled = subject.compiled
        self.found = found
        self.trusted = True  # the real hidden state follows from the guest's already
        self.installed = found.question.level in INSTALLED and bool(found.placement)

    def whole(self) -> Found | None:
        """The witness itself, of which only the guest's state is taken as it is."""
        self.trusted = False
        return self.rebuilt(self.found.fields, self.found.executions[0].before.copy())

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
            units = encoded(subject, fields)
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

    def valid(self, state: State) -> bool:
        """Whether a state satisfies the invariants and is in a mode."""
        modes = self.subject.isa.modes.values()
        in_mode = any(all(state.registers[name] == value for name, value in mode.when.items()) for mode in modes)
        return in_mode and all(self.compiled.evaluate(e, {}, state) for e in self.subject.isa.invariants)

    def code_places(self, units: list[int], state: State) -> Iterator[int | None]:
        """The real addresses from which the instruction is fetched."""
        machine = self.machine
        pc = machine.pc
        for i in range(len(units)):
            address = (state.registers[pc.name] + i) & ((1 << pc.width) - 1)
            if "code" in machine.functions:
                (address,) = self.compiled.call(machine.functions["code"], (address,), state)
            yield self.compiled.translated(machine.program.name, address, ACCESS_KINDS["execute"], state)

    def put_code(self, units: list[int], state: State) -> bool:
        """Put the instruction where it is fetched."""
        places = list(self.code_places(units, state))
        for place, unit in zip(places, units, strict=True):
            if place is None or place >= state.storage_size:
                return False
            state.storage[place] = unit
        return True

    def fetches(self, units: list[int], state: State) -> bool:
        """Whether the instruction is fetched without a fault."""
        return None not in list(self.code_places(units, state))

    def real_state(self, virtual: State, placement: Mapping[str, int]) -> State:
        """The real state of the pair: visible state and storage are the guest's."""
        before = self.found.executions[1].before
        state = before.copy()
        kept = self.trusted and placement == self.found.placement and self.same_hidden(virtual)
        for component in self.machine.components.values():
            if component.role in HIDDEN_ROLES:
                if kept:
                    continue
                if self.installed:
                    self.install(component.name, virtual, state, placement)
                elif self.common(component.name):
                    copy_component(component.name, virtual, state)
            else:
                copy_component(component.name, virtual, state)
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
        hidden = self.machine.with_role(*HIDDEN_ROLES)
        return all(
            virtual.registers[c.name] == before.registers[c.name]
            if c.count is None
            else virtual.files[c.name] == before.files[c.name]
            for c in hidden
        )

    def placed(self, place: int, placement: Mapping[str, int]) -> bool:
        """Whether a real address belongs to the guest; without a placement all do."""
        return not placement or placement["base"] <= place < placement["base"] + placement["size"]

    def common(self, name: str) -> bool:
        """Whether the question has one name for a component in both runs."""
        virtual, real = self.found.question.views
        return virtual.names[name] is real.names[name]

    def install(self, name: str, virtual: State, state: State, placement: Mapping[str, int]) -> None:
        """Load what the monitor installs; components that the question has in common are copied."""
        if self.common(name):
            copy_component(name, virtual, state)
            return
        component, isa = self.machine.components[name], self.subject.isa
        monitor = self.subject.monitor
        if component.role == "mode":
            for mode in isa.guest_modes.values():
                if all(virtual.registers[n] == v for n, v in mode.when.items()):
                    state.registers[name] = isa.modes[monitor.modes[mode.name]].when[name]
            return
        expression = monitor.install.get(name)
        if expression is None:
            copy_component(name, virtual, state)
            return
        given = {f"virtual.{n}": v for n, v in virtual.registers.items()}
        given |= {"region.base": placement["base"], "region.size": placement["size"]}
        known = virtual.copy()
        known.files |= {f"virtual.{n}": values for n, values in virtual.files.items()}
        if component.count is None:
            state.registers[name] = self.compiled.evaluate(expression, given, known)
            return
        values = {i: self.compiled.evaluate(expression, {**given, "index": i}, known) for i in range(component.count)}
        state.files[name] = {index: value for index, value in values.items() if value}


def copy_component(name: str, source: State, target: State) -> None:
    """Give a component of `target` its value in `source`."""
    if name in source.registers:
        target.registers[name] = source.registers[name]
    else:
        target.files[name] = dict(source.files[name])
