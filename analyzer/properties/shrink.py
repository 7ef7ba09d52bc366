"""Small witnesses: values are made smaller one after the other, as long as the evaluator still sees what is claimed.

No solver is asked: `rebuild` keeps the witness whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from analyzer.language.declarations import HIDDEN_ROLES
from analyzer.language.evaluate import State
from analyzer.language.operators import mask
from analyzer.properties.found import Existence, Found, execute
from analyzer.properties.rebuild import Rebuilder, copy_component
from analyzer.properties.subject import Subject

MAX_PASSES = 3


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


@dataclass
class _Draft:
    """What a witness follows from: fields, the guest's (or only) state, and where the guest lies."""

    fields: dict[str, int]
    state: State
    placement: dict[str, int]


@dataclass(frozen=True)
class _Place:
    """A value of a draft that may be made smaller."""

    get: Callable[[_Draft], int]
    put: Callable[[_Draft, int], None]


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
            places = list(self.places())
            self.clear(places)
            for place in places:
                self.lower(place)
            if self.found is before:
                break
        return self.found

    def clear(self, places: Sequence[_Place]) -> None:
        """Set to 0 what can be: all at once, else one half after the other."""
        draft = self.draft()
        places = [place for place in places if place.get(draft)]
        if not places or self.attempt(places, lambda value: 0) or len(places) == 1:
            return
        half = len(places) // 2
        self.clear(places[:half])
        self.clear(places[half:])

    def lower(self, place: _Place) -> None:
        """Try 1, and then to clear bits, many before few."""
        value = place.get(self.draft())
        if value > 1 and not self.attempt([place], lambda value: 1):
            self.clear_bits(place, 0, value.bit_length())

    def clear_bits(self, place: _Place, low: int, high: int) -> None:
        """Clear the bits from `low` up to `high` as far as possible."""
        bits = (mask(high - low) << low) & place.get(self.draft())
        if not bits or self.attempt([place], lambda value: value & ~bits) or high - low == 1:
            return
        middle = (low + high) // 2
        self.clear_bits(place, middle, high)
        self.clear_bits(place, low, middle)

    def attempt(self, places: Sequence[_Place], change: Callable[[int], int]) -> bool:
        """Change the values at the places; keep the witness if it still shows the same."""
        draft = self.draft()
        for place in places:
            place.put(draft, change(place.get(draft)))
        size = draft.placement
        if size and not 1 <= size["size"] <= size["real_size"] - size["base"]:
            return False
        smaller = self.rebuilt(draft.fields, draft.state, draft.placement)
        if smaller is None or not self.shows(smaller):
            return False
        self.found = smaller
        return True

    def draft(self) -> _Draft:
        """The present witness, to be changed."""
        found = self.found
        return _Draft(dict(found.fields), found.executions[0].before.copy(), dict(found.placement))

    def places(self) -> Iterator[_Place]:
        """Fields first, then the state in the order of the specification, storage and its place last."""
        for name in self.subject.body.fields:
            yield _entry(lambda d: d.fields, name)
        yield from self.state_places()
        for name in ("base", "size", "real_size") if self.installed else ():
            yield _entry(lambda d: d.placement, name)

    def state_places(self) -> Iterator[_Place]:
        """The values of the state. Where the real hidden state does not follow from the guest's, mode and relocation
        stay."""
        state = self.found.executions[0].before
        fixed = () if self.installed or len(self.found.executions) == 1 else ("mode", "relocation")
        for role in ("mode", "relocation", "control", "pc", "visible"):
            for component in self.machine.with_role(role) if role not in fixed else ():
                if component.count is None:
                    yield _entry(lambda d: d.state.registers, component.name)
                else:
                    yield from (_element(component.name, index) for index in sorted(state.files[component.name]))
        for place in sorted(state.storage):
            yield _listed(lambda d: d.state.storage, place)


def _entry(table: Callable[[_Draft], dict[str, int]], name: str) -> _Place:
    return _Place(lambda d: table(d)[name], lambda d, value: table(d).update({name: value}))


def _element(file: str, index: int) -> _Place:
    return _listed(lambda d: d.state.files[file], index)


def _listed(table: Callable[[_Draft], dict[int, int]], index: int) -> _Place:
    """An element of a register file or of storage; those that are 0 are not listed."""

    def put(draft: _Draft, value: int) -> None:
        if value:
            table(draft)[index] = value
        else:
            table(draft).pop(index, None)

    return _Place(lambda d: table(d).get(index, 0), put)


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
