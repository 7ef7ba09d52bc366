"""Small witnesses: values are made smaller one after the other, as long as the evaluator still sees what is claimed.

No solver is asked: `rebuild` keeps the witness whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from analyzer.language.declarations import HIDDEN_ROLES
from analyzer.language.evaluate import State
from analyzer.properties.found import Existence, Found, execute
from analyzer.properties.rebuild import Rebuilder, copy_component
from analyzer.properties.subject import Subject

MAX_PASSES = 3
Setter = Callable[[State, int], None]


def shrink(subject: Subject, existence: Existence) -> Existence:
    """The same answer with a smaller witness."""
    found = existence.found
    if found is None or existence.shows is None:
        return existence
    known = next((small for large, small in subject.shrunk if large is found), None)
    if known is None:
        known = _Shrinker(subject, existence).run()
        subject.shrunk.append((found, known))
    smaller = known
    assert isinstance(smaller, Found)
    parting = existence.shows(smaller)
    return replace(existence, found=smaller, parting=parting) if parting else existence


class _Shrinker(Rebuilder):
    """Makes one witness small."""

    def __init__(self, subject: Subject, existence: Existence) -> None:
        assert existence.found is not None and existence.shows is not None
        super().__init__(subject, existence.found)
        self.shows = existence.shows

    def run(self) -> Found:
        """Pass after pass, until one changes nothing; what was in the way in one pass may be gone in the next."""
        for _ in range(MAX_PASSES):
            before = self.found
            self.sweep()
            if self.found is before:
                break
        return self.found

    def sweep(self) -> None:
        """Fields first, then the state in the order of the specification, storage and its place last."""
        for name in self.subject.body.fields:
            self.lower(self.found.fields[name], partial(self.with_field, name))
        for get, put in self.places():
            self.lower(get(self.found.executions[0].before), partial(self.with_value, put))
        for name in ("base", "size", "real_size") if self.installed else ():
            self.lower(self.found.placement[name], partial(self.with_place, name))

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
        for place in sorted(self.found.executions[0].before.storage):
            yield _unit(place)

    def with_place(self, name: str, value: int) -> Found | None:
        """The witness with the guest's storage elsewhere, or of another size."""
        placement = {**self.found.placement, name: value}
        if not 1 <= placement["size"] <= placement["real_size"] - placement["base"]:
            return None
        return self.rebuilt(self.found.fields, self.found.executions[0].before.copy(), placement)

    def with_field(self, name: str, value: int) -> Found | None:
        """The witness with another value of a field."""
        fields = {**self.found.fields, name: value}
        return self.rebuilt(fields, self.found.executions[0].before.copy())

    def with_value(self, put: Setter, value: int) -> Found | None:
        """The witness with another value in the guest's state."""
        state = self.found.executions[0].before.copy()
        put(state, value)
        return self.rebuilt(self.found.fields, state)


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


def causes(subject: Subject, existence: Existence) -> tuple[str, ...]:
    """Hidden components without whose difference the runs of a pair would not part; where no single one is needed, all
    that differ; `placement` where only the place of the guest's storage is left."""
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
        copy_component(component.name, virtual.before, state)
        same = replace(found, executions=(virtual, execute(subject, real, found.fields, state)))
        if not existence.raw(same):
            needed.append(component.name)
    return tuple(needed or differing or ("placement",))


def _value(state: State, name: str) -> object:
    if name in state.registers:
        return state.registers[name]
    return {index: value for index, value in state.files[name].items() if value}
