"""Small witnesses: values are made smaller one after the other, as long as the evaluator still sees what is claimed.

No solver is asked: `rebuild` keeps the witness whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from analyzer.language.declarations import HIDDEN_ROLES, Component
from analyzer.language.evaluate import State
from analyzer.language.operators import mask
from analyzer.properties.found import Existence, Found, Uniform
from analyzer.properties.rebuild import Rebuilder, copy_component
from analyzer.properties.replay import encoded, replayed, tried
from analyzer.properties.subject import Subject

MAX_PASSES = 3


def shrink(subject: Subject, existence: Existence) -> Existence:
    """The same answer with a smaller witness."""
    found = existence.found
    if found is None or existence.shows is None:
        return existence
    known = (small for large, small in subject.shrunk if large is found)
    smaller = next((small for small in known if existence.shows(small)), None)
    if smaller is None:  # one that another question made smaller may not answer this one
        shrinker = _Shrinker(subject, existence)
        smaller = replayed(subject, shrinker.run())
        subject.shrunk.append((found, smaller))
        subject.kindred.prefer(smaller, shrinker.uniform, found)
    parting = existence.shows(smaller)
    return replace(existence, found=smaller, parting=parting) if parting else existence


@dataclass
class _Draft:
    """What a witness follows from: fields, the guest's (or only) state, and where the guest lies."""

    fields: dict[str, int]
    state: State
    placement: dict[str, int]


@dataclass(frozen=True)
class _Place:
    """A value of a draft that may be made smaller. `name` tells it from the others."""

    name: tuple[str, str | int]
    get: Callable[[_Draft], int]
    put: Callable[[_Draft, int], None]


_Step = tuple[_Place, Callable[[int], int]]  # what to do with a value


def _zero(value: int) -> int:
    return 0


def _one(value: int) -> int:
    return 1


def _shifted(by: int, value: int) -> int:
    """A power of two, which is a bound rather than a pattern, made smaller."""
    return value >> by if value.bit_count() == 1 else value


def _highest_bit(value: int) -> int:
    return 1 << value.bit_length() >> 1


LARGE_STEPS: tuple[Callable[[int], int], ...] = (
    _zero, _one, _highest_bit, *(partial(_shifted, n) for n in (16, 8, 4, 2, 1)),
)  # fmt: skip


def _cleared(bits: int, value: int) -> int:
    return value & ~bits


class _Shrinker(Rebuilder):
    """Makes one witness small."""

    def __init__(self, subject: Subject, existence: Existence) -> None:
        assert existence.found is not None and existence.shows is not None
        super().__init__(subject, existence.found)
        self.existence = existence
        self.shows = existence.shows
        self.failed: set[object] = set()  # changes of the present witness that were tried
        self.uniform = self.found  # as small as it can be made while storage is uniform, if it is

    def run(self) -> Found:
        """While storage is uniform, values need not suit what stands where; then with a list of what is read."""
        if isinstance(self.found.executions[0].before.storage, Uniform):
            if not self.subject.brief and not self.found.small:
                self.sweep()
                self.uniform = replace(self.found, small=True)
            listed = self.listed()
            if listed is None or not self.shows(listed):  # the witness as it was found can be listed
                listed = _Shrinker(self.subject, self.existence).listed()
            assert listed is not None
            self.found = listed
            self.failed.clear()
        if self.subject.brief:
            return self.found
        self.sweeps()
        return replace(self.found, small=True)

    def sweeps(self) -> None:
        """Pass after pass, until one changes nothing; what was in the way in one pass may be gone in the next. One that
        was small for a kindred instruction needs the last."""
        if not self.found.small:
            self.sweep()
        for _ in range(MAX_PASSES):
            before = self.found
            self.step((_zero, _one), (1,))
            if self.found is before:
                break

    def sweep(self) -> None:
        """Large steps before small ones; most values can be 0."""
        present = self.present()
        self.halves([(place, _zero) for place in self.places() if place.get(present)])
        self.step(LARGE_STEPS, (8, 1))

    def step(self, changes: Iterable[Callable[[int], int]], widths: Iterable[int]) -> None:
        """Every change to every place; then clear so many bits at a time."""
        present = self.present()
        places = [place for place in self.places() if place.get(present)]
        for change in changes:
            self.singly((place, change) for place in places)
        for bits in widths:
            for place in places:
                self.singly(self.parts(place, bits))

    def parts(self, place: _Place, bits: int) -> list[_Step]:
        """Clearing so many bits at a time, the highest first."""
        value = place.get(self.present())
        return [(place, partial(_cleared, mask(bits) << low)) for low in reversed(range(0, value.bit_length(), bits))]

    def singly(self, steps: Iterable[_Step]) -> None:
        """Take the steps that can be taken, one after the other."""
        for step in steps:
            self.attempt([step])

    def halves(self, steps: Sequence[_Step]) -> None:
        """Take the steps that can be taken: all at once, else one half after the other."""
        if not steps or self.attempt(steps) or len(steps) == 1:
            return
        half = len(steps) // 2
        self.halves(steps[:half])
        self.halves(steps[half:])

    def attempt(self, steps: Sequence[_Step]) -> bool:
        """Take all the steps that make something smaller; keep the witness if it still shows the same."""
        present = self.present()
        values = [(place, place.get(present), smaller) for place, smaller in steps]
        changes = [(place, new) for place, value, smaller in values if (new := smaller(value)) < value]
        tried = tuple([(place.name, new) for place, new in changes])
        if not changes or tried in self.failed:
            return False
        self.failed.add(tried)
        draft = self.draft()
        for place, new in changes:
            place.put(draft, new)
        size = draft.placement
        if size and not 1 <= size["size"] <= size["real_size"] - size["base"]:
            return False
        smaller_witness = self.rebuilt(draft.fields, draft.state, draft.placement)
        if smaller_witness is None or not self.shows(smaller_witness):
            return False
        self.found = smaller_witness
        self.failed.clear()
        return True

    def draft(self) -> _Draft:
        """The present witness, to be changed; places copy the one that they change."""
        found, before = self.found, self.found.executions[0].before
        state = State(dict(before.registers), dict(before.files), before.storage.copy(), before.storage_size)
        return _Draft(dict(found.fields), state, dict(found.placement))

    def present(self) -> _Draft:
        """The present witness, to be read."""
        found = self.found
        return _Draft(dict(found.fields), found.executions[0].before, dict(found.placement))

    def places(self) -> Iterator[_Place]:
        """Fields first, then the state in the order of the specification, storage and its place last."""
        absent = {g.name: g.none for encoding in self.subject.instruction.encodings for g in encoding.groups}
        for name in self.subject.body.fields:
            yield _field(name, absent.get(name, 0))
        yield from self.state_places()
        for name in ("base", "size", "real_size") if self.installed else ():
            yield _entry("placement", lambda d: d.placement, name)

    def state_places(self) -> Iterator[_Place]:
        """The values of the state."""
        state = self.found.executions[0].before
        for role in ("mode", "relocation", "control", "pc", "visible"):
            for component in self.machine.with_role(role):
                if not self.free(component):
                    continue
                if component.count is None:
                    yield _entry("register", lambda d: d.state.registers, component.name)
                else:
                    yield from (_element(component.name, index) for index in sorted(state.files[component.name]))
        if isinstance(state.storage, Uniform):
            return
        units = encoded(self.subject, self.found.fields)
        code = set(self.code_places(units, state))
        for place in sorted(state.storage.keys() - code):
            yield _unit(place)

    def free(self, component: Component) -> bool:
        """Whether a component of the guest's state may change: of a pair whose real hidden state does not follow from
        it only where that keeps the agreement of the translations."""
        if self.installed or len(self.found.executions) == 1 or component.role not in ("mode", "relocation"):
            return True
        ignores = self.subject.translation_ignores_mode
        return component.role == "relocation" and ignores and self.common(component.name)


def _field(name: str, least: int) -> _Place:
    """A field; `least` counts as 0: the value of a group of prefixes none of which is present."""

    def put(draft: _Draft, value: int) -> None:
        draft.fields[name] = value ^ least

    return _Place(("field", name), lambda d: d.fields[name] ^ least, put)


def _entry(kind: str, table: Callable[[_Draft], dict[str, int]], name: str) -> _Place:
    return _Place((kind, name), lambda d: table(d)[name], lambda d, value: table(d).update({name: value}))


def _element(file: str, index: int) -> _Place:
    def put(draft: _Draft, value: int) -> None:
        values = draft.state.files[file] = dict(draft.state.files[file])
        _set(values, index, value)

    return _Place((file, index), lambda d: d.state.files[file].get(index, 0), put)


def _unit(place: int) -> _Place:
    def put(draft: _Draft, value: int) -> None:
        _set(draft.state.storage, place, value)

    return _Place(("storage", place), lambda d: d.state.storage.get(place, 0), put)


def _set(values: dict[int, int], index: int, value: int) -> None:
    """Set an element; those that are 0 are not listed."""
    if value:
        values[index] = value
    else:
        values.pop(index, None)


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
        same = replace(found, executions=(virtual, tried(subject, real, found.fields, state)))
        if not existence.raw(same):
            needed.append(component.name)
    return tuple(needed or differing or ("placement",))


def _value(state: State, name: str) -> object:
    if name in state.registers:
        return state.registers[name]
    return {index: value for index, value in state.files[name].items() if value}
