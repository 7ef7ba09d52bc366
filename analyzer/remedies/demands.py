"""Under which settings one instruction may run directly or always traps: a counterexample-guided search.

Settings are visited as a tree, one component after the other, those that fix less first. A counterexample, a pair on
which the square breaks, refutes every setting under which it still breaks when its real state has the values of that
setting; all of a subtree, if it breaks whatever the components hold that are not chosen yet. Only where all known pairs
leave a setting open, the solver is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import product

from analyzer.language.evaluate import DoesNotEnd, State
from analyzer.properties.found import Existence, Found
from analyzer.properties.openness import noninterfering, resumable
from analyzer.properties.replay import tried
from analyzer.properties.square import parting, wrong
from analyzer.properties.subject import Subject
from analyzer.properties.witness import describe
from analyzer.remedies.settings import Pin, Pins, Setting, configured, cost
from analyzer.simulator.runtime import Trapped
from analyzer.spec.model import Isa, Monitor
from analyzer.verdict import Answer, Witness

EVERY_KIND = ("supervisor", "other", "user")
MAX_VISITS = 20_000
MAX_VALUES = 4096
NOTHING = "it depends on nothing that the monitor may fix"


@dataclass(frozen=True, slots=True)
class Demand:
    """What one instruction demands of the monitor's setting.

    `answer`: whether some setting makes it sound, that is, not wrong under a trap-and-emulate monitor. `settings`: all
    minimal ones; the empty setting, if it is one, is the only one: the instruction demands nothing. `undecided`:
    settings that could not be decided, they or what extends them. `reason`: why they could not, or why no setting can
    help. `witness`: a pair that breaks if nothing is fixed, not made small.
    """

    name: str
    answer: Answer
    settings: tuple[Setting, ...] = ()
    undecided: tuple[Setting, ...] = ()
    reason: str = ""
    witness: Witness | None = None

    @property
    def complete(self) -> bool:
        """Whether all minimal settings are known."""
        return not self.undecided

    def met(self, setting: Setting) -> bool:
        """Whether the setting is known to make the instruction sound."""
        return any(set(minimal) <= set(setting) for minimal in self.settings)

    def refused(self, setting: Setting) -> bool:
        """Whether the instruction is known to be wrong under the setting."""
        return not any(set(known) <= set(setting) for known in (*self.settings, *self.undecided))


def unknown(name: str, reason: str) -> Demand:
    """A demand of which nothing is known."""
    return Demand(name, Answer.UNKNOWN, undecided=((),), reason=reason)


@dataclass
class Pair:
    """A counterexample; its real state is tried with other values of the components that may be fixed."""

    subject: Subject
    found: Found
    known: dict[tuple[int, ...], bool] = field(default_factory=dict)

    def breaks(self, values: Mapping[str, int]) -> bool:
        """Whether the square breaks on the pair when components of the real state have these values."""
        state = self.found.executions[1].before.copy()
        state.registers.update(values)
        key = tuple(values.values())
        if key not in self.known:
            self.known[key] = self._parts(state)
        return self.known[key]

    def _parts(self, state: State) -> bool:
        virtual, real = self.found.executions
        try:
            changed = tried(self.subject, real, self.found.fields, state)
        except (DoesNotEnd, Trapped):
            return False
        return bool(parting(self.subject, replace(self.found, executions=(virtual, changed))))

    def refutes(self, setting: Setting, rest: Pins, names: Pins) -> bool:
        """Whether it breaks under a setting whatever the components `rest` hold; the others of `names` that the setting
        leaves open keep their values."""
        if 1 << sum(_width(ways) for ways in rest.values()) > MAX_VALUES:
            return False
        virtual, real = (execution.before.registers for execution in self.found.executions)
        values = {name: real[name] for name in names}
        values |= {p.component: virtual[p.component] if p.value is None else p.value for p in setting}
        tuples = product(*(range(1 << _width(ways)) for ways in rest.values()))
        return all(self.breaks(values | dict(zip(rest, each, strict=True))) for each in tuples)

    def hangs_on(self, name: str, names: Pins) -> bool:
        """Whether another value of one component alone mends it."""
        return not self.refutes((), {name: names[name]}, names)


def _width(ways: tuple[Pin, ...]) -> int:
    return ways[0].width


class Search:
    """Searches the settings of one instruction. `pins`: all that the monitor may fix; `subject`: the instruction under
    the monitor that fixes nothing; `known`: a setting under which it is sound, if one is known."""

    def __init__(self, isa: Isa, monitor: Monitor, pins: Pins, subject: Subject, known: Setting | None = None) -> None:
        self.isa, self.monitor, self.all_pins, self.subject = isa, monitor, pins, subject
        touched = subject.effects.reads | subject.effects.writes
        self.pins = {name: ways for name, ways in pins.items() if name in touched}
        self.sound: list[Setting] = [] if known is None else [tuple(p for p in known if p.component in touched)]
        self.undecided: dict[Setting, str] = {}
        self.pairs: list[Pair] = []
        self.first: Existence | None = None
        self.visits = 0

    def demand(self) -> Demand:
        """What the instruction demands."""
        name = self.subject.instruction.name
        if noninterfering(self.subject) and resumable(self.subject):
            return Demand(name, Answer.YES, ((),))
        if () not in self.sound:
            self.ask(())
        if () in self.sound:
            return Demand(name, Answer.YES, ((),))
        self.visit((), self.ordered())
        undecided = {s: why for s, why in self.undecided.items() if not self.refuted(s, {})}
        if self.visits > MAX_VISITS:
            undecided[()] = "too many settings to try"
        answer = Answer.YES if self.sound else Answer.UNKNOWN if undecided else Answer.NO
        reason = next(iter(undecided.values()), "" if self.pins else NOTHING)
        shown = describe(self.subject, "trap_and_emulate", self.first) if self.first else None
        return Demand(name, answer, self.in_order(self.minimal()), self.in_order(undecided), reason, shown)

    def minimal(self) -> list[Setting]:
        """The sound settings that extend no other one: the one known from the start may."""
        return [each for each in self.sound if not any({*other} < {*each} for other in self.sound)]

    def ordered(self) -> Pins:
        """The components, those first on which the first pair hangs: subtrees are then refuted early."""
        first = self.pairs[:1]
        names = sorted(self.pins, key=lambda name: not any(pair.hangs_on(name, self.pins) for pair in first))
        return {name: self.pins[name] for name in names}

    def in_order(self, settings: Iterable[Setting]) -> tuple[Setting, ...]:
        """Settings, the smallest and cheapest first, their components in the order of the specification."""
        place = {pin: place for place, pin in enumerate(pin for ways in self.pins.values() for pin in ways)}
        ordered = [tuple(sorted(setting, key=place.__getitem__)) for setting in settings]
        return tuple(sorted(ordered, key=lambda each: (len(each), cost(each), [place[pin] for pin in each])))

    def visit(self, chosen: Setting, rest: Pins) -> None:
        """Decide all settings that fix what is chosen and, of the components `rest`, any. What fixes less comes first,
        so that what is found is minimal."""
        self.visits += 1
        if self.visits > MAX_VISITS:
            return
        if rest:
            name, *others = rest
            for pin in (None, *rest[name]):
                if self.covered(chosen) or self.refuted(chosen, rest):
                    return
                self.visit(chosen if pin is None else (*chosen, pin), {other: rest[other] for other in others})
        elif not self.covered(chosen) and not self.refuted(chosen, {}) and chosen not in self.undecided:
            self.ask(chosen)

    def covered(self, setting: Setting) -> bool:
        """Whether a setting extends one that is sound."""
        return any(set(minimal) <= set(setting) for minimal in self.sound)

    def refuted(self, setting: Setting, rest: Pins) -> bool:
        """Whether a known pair refutes a setting, whatever is fixed of the components `rest`."""
        return any(pair.refutes(setting, rest, self.pins) for pair in self.pairs)

    def ask(self, setting: Setting) -> None:
        """Ask the solver about a setting."""
        existence = wrong(self.under(setting), EVERY_KIND)
        if existence.answer is Answer.NO:
            self.sound.append(setting)
        elif existence.found is None:
            self.undecided[setting] = existence.reason
        else:
            self.pairs.append(Pair(self.subject, existence.found))
            self.first = self.first or existence

    def under(self, setting: Setting) -> Subject:
        """The instruction under the monitor with a setting; runs, terms and known pairs are shared."""
        out = copy(self.subject)
        out.monitor = configured(self.isa, self.monitor, self.all_pins, setting)
        out.built = {}
        return out
