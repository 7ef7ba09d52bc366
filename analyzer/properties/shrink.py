"""Small witnesses: values are made smaller one after the other, as long as the evaluator still sees what is claimed.

No solver is asked. In a pair whose real hidden state is what the monitor installs, that state follows the guest's, and
relation and agreement hold by the check of the installation; in any other pair mode and relocation stay as they are,
so that agreement, a matter of these alone, is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from analyzer.encoding.codec import EncodingError
from analyzer.language.declarations import ACCESS_KINDS, HIDDEN_ROLES
from analyzer.language.evaluate import DoesNotEnd, Evaluator, State
from analyzer.properties.evidence import Execution, Existence, Found, encoded, execute
from analyzer.properties.subject import Subject

Setter = Callable[[State, int], None]


def shrink(subject: Subject, existence: Existence) -> Existence:
    """The same answer with a smaller witness."""
    found = existence.found
    if found is None or existence.shows is None:
        return existence
    key = id(found)
    if key not in subject.shrunk:
        subject.shrunk[key] = _Shrinker(subject, existence).run()
    smaller = subject.shrunk[key]
    assert isinstance(smaller, Found)
    parting = existence.shows(smaller)
    return replace(existence, found=smaller, parting=parting) if parting else existence


class _Shrinker:
    """Makes one witness small."""

    def __init__(self, subject: Subject, existence: Existence) -> None:
        assert existence.found is not None and existence.shows is not None
        self.subject = subject
        self.machine = subject.machine
        self.found = existence.found
        self.shows = existence.shows
        self.installed = self.found.question.level == "installed" and bool(self.found.placement)

    def run(self) -> Found:
        """Fields first, then the state in the order of the specification, storage last."""
        for name in self.subject.body.fields:
            self.lower(self.found.fields[name], lambda value, name=name: self.with_field(name, value))  # type: ignore[misc]
        for get, put in self.places():
            self.lower(get(self.found.executions[0].before), lambda value, put=put: self.with_value(put, value))  # type: ignore[misc]
        return self.found

    def lower(self, value: int, change: Callable[[int], Found | None]) -> None:
        """Try 0, 1 and then to clear one bit after the other."""
        for small in (0, 1):
            if value > small and self.accept(change(small)):
                return
        for bit in reversed(range(value.bit_length())):
            if value >> bit & 1 and self.accept(change(value & ~(1 << bit))):
                value &= ~(1 << bit)

    def accept(self, smaller: Found | None) -> bool:
        """Keep a smaller witness if it still shows the same."""
        if smaller is None or not self.shows(smaller):
            return False
        self.found = smaller
        return True

    # -- places ----------------------------------------------------------------------------------------------

    def places(self) -> Iterator[tuple[Callable[[State], int], Setter]]:
        """What may be made smaller, as getters and setters of the guest's (or only) state."""
        fixed = () if self.installed or len(self.found.executions) == 1 else ("mode", "relocation")
        state = self.found.executions[0].before
        for role in ("mode", "relocation", "control", "pc", "visible"):
            for component in self.machine.components.values() if role not in fixed else ():
                if component.role != role:
                    continue
                if component.count is None:
                    yield _register(component.name)
                else:
                    for index in sorted(state.files[component.name]):
                        yield _element(component.name, index)
        for place in sorted(state.storage):
            yield _unit(place)

    def with_field(self, name: str, value: int) -> Found | None:
        """The witness with another value of a field."""
        fields = {**self.found.fields, name: value}
        return self.rebuilt(fields, self.found.executions[0].before.copy())

    def with_value(self, put: Setter, value: int) -> Found | None:
        """The witness with another value in the guest's state."""
        state = self.found.executions[0].before.copy()
        put(state, value)
        return self.rebuilt(dict(self.found.fields), state)

    # -- consistent witnesses --------------------------------------------------------------------------------

    def rebuilt(self, fields: dict[str, int], state: State) -> Found | None:
        """A whole witness from the guest's state: invariants, code in place, the real state that follows from it."""
        subject = self.subject
        try:
            units = encoded(subject, fields)
        except EncodingError:
            return None
        evaluator = Evaluator(self.machine)
        if not self.put_code(evaluator, units, state) or not self.valid(evaluator, state):
            return None
        states = [state]
        if len(self.found.executions) == 2:
            real = self.real_state(evaluator, state)
            if not self.fetches(evaluator, units, real) or not self.valid(evaluator, real):
                return None
            states.append(real)
        try:
            executions = [
                execute(subject, execution, fields, before)
                for execution, before in zip(self.found.executions, states, strict=True)
            ]
        except DoesNotEnd:
            return None
        return replace(self.found, fields=fields, executions=tuple(executions))

    def valid(self, evaluator: Evaluator, state: State) -> bool:
        """Whether a state satisfies the invariants and is in a mode."""
        modes = self.subject.isa.modes.values()
        in_mode = any(all(state.registers[name] == value for name, value in mode.when.items()) for mode in modes)
        return in_mode and all(evaluator.evaluate(e, {}, state) for e in self.subject.isa.invariants)

    def code_places(self, evaluator: Evaluator, units: list[int], state: State) -> Iterator[int | None]:
        """The real addresses from which the instruction is fetched."""
        machine = self.machine
        pc = machine.pc
        for i in range(len(units)):
            address = (state.registers[pc.name] + i) & ((1 << pc.width) - 1)
            if "code" in machine.functions:
                (address,) = evaluator.call(machine.functions["code"], (address,))
            yield evaluator.translated(machine.program.name, address, ACCESS_KINDS["execute"], state)

    def put_code(self, evaluator: Evaluator, units: list[int], state: State) -> bool:
        """Put the instruction where it is fetched."""
        places = list(self.code_places(evaluator, units, state))
        for place, unit in zip(places, units, strict=True):
            if place is None or place >= state.storage_size:
                return False
            state.storage[place] = unit
        return True

    def fetches(self, evaluator: Evaluator, units: list[int], state: State) -> bool:
        """Whether the instruction is fetched without a fault."""
        return None not in list(self.code_places(evaluator, units, state))

    def real_state(self, evaluator: Evaluator, virtual: State) -> State:
        """The real state of the pair: visible state and storage are the guest's."""
        before = self.found.executions[1].before
        state = before.copy()
        for component in self.machine.components.values():
            if component.role in HIDDEN_ROLES:
                if self.installed:
                    self.install(evaluator, component.name, virtual, state)
                elif component.role == "control" and self.common(component.name):
                    _copy(component.name, virtual, state)
            else:
                _copy(component.name, virtual, state)
        base = self.found.placement.get("base", 0)
        state.storage = {p: u for p, u in before.storage.items() if not base <= p < base + virtual.storage_size}
        state.storage |= {base + n: unit for n, unit in virtual.storage.items() if n < virtual.storage_size}
        return state

    def common(self, name: str) -> bool:
        """Whether the question has one name for a component in both runs."""
        virtual, real = self.found.question.views
        return virtual.names[name] is real.names[name]

    def install(self, evaluator: Evaluator, name: str, virtual: State, state: State) -> None:
        """Load what the monitor installs; components that the question has in common are copied."""
        if self.common(name):
            _copy(name, virtual, state)
            return
        component, isa = self.machine.components[name], self.subject.isa
        monitor = self.subject.monitor
        if component.role == "mode":
            for mode in isa.modes.values():
                if all(virtual.registers[n] == v for n, v in mode.when.items()):
                    state.registers[name] = isa.modes[monitor.modes[mode.name]].when[name]
            return
        expression = monitor.install.get(name)
        if expression is None:
            _copy(name, virtual, state)
            return
        given = {f"virtual.{n}": v for n, v in virtual.registers.items()}
        given |= {"region.base": self.found.placement["base"], "region.size": self.found.placement["size"]}
        known = virtual.copy()
        known.files |= {f"virtual.{n}": values for n, values in virtual.files.items()}
        if component.count is None:
            state.registers[name] = evaluator.evaluate(expression, given, known)
            return
        values = {i: evaluator.evaluate(expression, {**given, "index": i}, known) for i in range(component.count)}
        state.files[name] = {index: value for index, value in values.items() if value}


def _register(name: str) -> tuple[Callable[[State], int], Setter]:
    return (lambda state: state.registers[name]), (lambda state, value: state.registers.update({name: value}))


def _element(name: str, index: int) -> tuple[Callable[[State], int], Setter]:
    return (lambda state: state.files[name].get(index, 0)), (lambda state, value: _put(state.files[name], index, value))


def _unit(place: int) -> tuple[Callable[[State], int], Setter]:
    return (lambda state: state.storage.get(place, 0)), (lambda state, value: _put(state.storage, place, value))


def _put(table: dict[int, int], index: int, value: int) -> None:
    """Set an element; elements that are 0 are not listed."""
    if value:
        table[index] = value
    else:
        table.pop(index, None)


def _copy(name: str, source: State, target: State) -> None:
    if name in source.registers:
        target.registers[name] = source.registers[name]
    else:
        target.files[name] = dict(source.files[name])


def causes(subject: Subject, existence: Existence) -> tuple[str, ...]:
    """Hidden components without whose difference the runs of a pair would not part; where no single one is needed, all that
    differ; `placement` where only the place of the guest's storage is left."""
    found = existence.found
    if found is None or len(found.executions) != 2 or existence.raw is None:
        return ()
    virtual, real = found.executions
    differing, needed = [], []
    for component in subject.components(*HIDDEN_ROLES):
        if _value(virtual.before, component.name) == _value(real.before, component.name):
            continue
        differing.append(component.name)
        state = real.before.copy()
        _copy(component.name, virtual.before, state)
        same = replace(found, executions=(virtual, execute(subject, real, found.fields, state)))
        if not existence.raw(same):
            needed.append(component.name)
    return tuple(needed or differing or ("placement",))


def _value(state: State, name: str) -> object:
    if name in state.registers:
        return state.registers[name]
    return {index: value for index, value in state.files[name].items() if value}


__all__ = ["Execution", "causes", "shrink"]
