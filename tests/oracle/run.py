"""A machine's whole comparison: every form in every mode, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from analyzer.language.evaluate import State
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis
from tests.oracle.compare import Difference, differences
from tests.oracle.emulator import Driver, Emulator, Result, image
from tests.oracle.forms import Form, forms
from tests.oracle.lists import Lists
from tests.oracle.sides import Reach, marked
from tests.oracle.simulated import Ending, Simulated
from tests.oracle.states import Drawn, States
from tests.oracle.witnesses import witnessed

DRAWN = 10  # states drawn at most for each that is wanted, some of which cannot be compared
AGREES, DEVIATES, NOT_COMPARED, DISAGREES = "agrees", "deviates", "not compared", "disagrees"


@dataclass(slots=True)
class Disagreement:
    """A case in which the emulator does what neither the specification nor a listed deviation says."""

    form: str
    drawn: Drawn
    found: list[Difference]
    ending: Ending
    result: Result


@dataclass(slots=True)
class Tally:
    """What came of a machine's comparison.

    `cases`: how many agreed, deviated as listed, are not compared, disagree. `forms`: the same of forms in a mode, by
    the worst of their cases but those of witnesses. `fewer`: forms in a mode of which fewer states than wanted could be
    compared, and how many. `overwriting`: how many are not compared because the instruction writes over itself, which
    an emulator that translates code may not notice in time. `witnesses`: how many states were those of runs of
    witnesses, `as_they_are` of them without a change but to the instruction's place. `sides`: sides of conditions that
    were taken, and `possible` all.
    """

    cases: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    fewer: dict[str, int] = field(default_factory=dict)
    disagreements: list[Disagreement] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    sides: set[str] = field(default_factory=set)
    possible: set[str] = field(default_factory=set)
    overwriting: int = 0
    witnesses: int = 0
    as_they_are: int = 0
    taken_in_forms: int = 0
    possible_in_forms: int = 0


class Comparison:
    """Compares one machine with one emulator."""

    def __init__(self, isa: Isa, make: Callable[[], Driver], lists: Lists) -> None:
        self.isa, self.driver, self.lists = isa, make(), lists
        self.image = image(self.driver, isa)
        telling = marked(isa)
        self.simulated = Simulated(telling, self.driver, self.image)
        self.states = States(isa, self.driver, self.simulated)
        self.reach = Reach(telling.machine)
        self.rows = {row.name: row.body for row in telling.instructions}
        self.emulator = Emulator(make, self.image)
        self.tally = Tally()

    def all_forms(self, count: int, wanted: Callable[[Form], bool] = lambda form: True) -> Tally:
        """Compare each wanted form in each mode, from so many states that can be compared if they are found."""
        waiting: tuple[Form, str, list[Drawn], list[list[Ending]]] | None = None
        for form, mode in ((form, mode) for form in forms(self.isa) if wanted(form) for mode in self.driver.modes):
            if self.lists.excluded(form.name, mode) is not None:
                self.tally.forms[NOT_COMPARED] += 1
                continue
            drawn, endings = self.specified(form, islice(self.states.of(form, mode), DRAWN * count), count)
            if len(drawn) < count:
                self.tally.fewer[f"{form.name} in {mode}"] = len(drawn)
            if waiting is not None:
                self.finish(*waiting)
            self.emulator.submit([each.case for each in drawn])
            waiting = form, mode, drawn, endings
        if waiting is not None:
            self.finish(*waiting)
        return self.tally

    def witnesses(self, analysis: Analysis) -> Tally:
        """Compare in the states of all witnesses of an analysis."""
        for form, found in witnessed(self.isa, analysis, self.states):
            self.tally.witnesses += len(found)
            self.tally.as_they_are += sum(same for _, same in found)
            drawn, endings = self.specified(form, (each for each, _ in found))
            self.emulator.submit([each.case for each in drawn])
            self.finish(form, "", drawn, endings)
        return self.tally

    def specified(
        self, form: Form, states: Iterable[Drawn], count: int | None = None
    ) -> tuple[list[Drawn], list[list[Ending]]]:
        """The cases that can be compared, the first `count` if that is given, and what the specification allows."""
        drawn: list[Drawn] = []
        endings: list[list[Ending]] = []
        for each in states:
            if self.lists.not_compared(form, each, self.state(each)) is not None:
                self.tally.cases[NOT_COMPARED] += 1
                continue
            allowed = list(self.simulated.endings(each.case, each.units, each.ending))
            if any(not ending.storage.keys().isdisjoint(each.places) for ending in allowed):
                self.tally.cases[NOT_COMPARED] += 1
                self.tally.overwriting += 1
                continue
            each.case.read = tuple(sorted(set().union(*(ending.storage for ending in allowed))))
            drawn.append(each)
            endings.append(allowed)
            if len(drawn) == count:
                break
        return drawn, endings

    def finish(self, form: Form, mode: str, drawn: list[Drawn], endings: list[list[Ending]]) -> None:
        """Compare what was submitted last: states of one mode, or of several, where `mode` is empty."""
        results = self.emulator.collect()
        kinds = Counter(self.one(form, *each) for each in zip(drawn, endings, results, strict=True))
        self.tally.cases += kinds
        if mode and kinds:
            self.tally.forms[next(kind for kind in (DISAGREES, DEVIATES, AGREES) if kinds[kind])] += 1
        self._cover(form, drawn)

    def one(self, form: Form, drawn: Drawn, endings: list[Ending], result: Result) -> str:
        """Compare one case; what came of it."""
        state = self.state(drawn)
        found = differences(endings, result, state.storage)
        self.tally.outcomes[endings[0].kind] += 1
        if not found:
            return AGREES
        if self.lists.deviation(form, drawn, state, found, endings, result) is not None:
            return DEVIATES
        self.tally.disagreements.append(Disagreement(form.name, drawn, found, endings[0], result))
        return DISAGREES

    def state(self, drawn: Drawn) -> State:
        """The whole state of a case."""
        case = drawn.case
        return State(case.registers, case.files, _Before(case.storage, self.image), self.driver.size)

    def _cover(self, form: Form, drawn: list[Drawn]) -> None:
        possible = self.reach.of(self.rows[form.row.name], form.pattern.cases)
        taken = set().union(*(each.ending.sides for each in drawn)) & possible
        self.tally.sides |= taken
        self.tally.possible |= possible
        self.tally.taken_in_forms += len(taken)
        self.tally.possible_in_forms += len(possible)

    def stale(self) -> Iterator[str]:
        """Entries of the lists that no case needed, but for rare ones."""
        for entry in self.lists.entries.values():
            if not entry.used and not entry.rare:
                yield f"{entry.name}: {', '.join(entry.forms)} when {entry.when}: {entry.evidence}"

    def close(self) -> None:
        """End the emulator."""
        self.emulator.close()


class _Before(dict[int, int]):
    """The units before a case: its own over the image."""

    def __init__(self, own: dict[int, int], units: list[int]) -> None:
        super().__init__(own)
        self.units = units

    def __missing__(self, place: int) -> int:
        return self.units[place]

    def copy(self) -> _Before:
        """An independent one."""
        return _Before(self, self.units)

    def get(self, place: int, default: int = 0) -> int:  # type: ignore[override]  # as the evaluator calls it
        """The unit at a place."""
        return self[place]
