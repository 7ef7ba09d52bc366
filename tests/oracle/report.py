"""What a comparison found, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tests.oracle.run import AGREES, DEVIATES, DISAGREES, NOT_COMPARED, Comparison, Disagreement

SHOWN = 30  # disagreements, one of each kind


def summary(comparison: Comparison, stale: Sequence[str]) -> Iterator[str]:
    """The counts, each disagreement once for each form and kind, and what in the lists is out of date."""
    tally, driver = comparison.tally, comparison.driver
    yield f"{driver.isa} against {driver.emulator}, modes {', '.join(driver.modes)}"
    for what, counts in (("forms in a mode", tally.forms), ("states", tally.cases)):
        shown = ", ".join(f"{counts[kind]} {words}" for kind, words in WORDS.items())
        yield f"  {what}: {counts.total() - counts[NOT_COMPARED]} compared: {shown}"
    yield f"  of these of runs of witnesses: {tally.witnesses}, {tally.as_they_are} of them as they are in what is read"
    yield f"  of these not comparable because the instruction writes over itself: {tally.overwriting}"
    yield f"  sides of conditions taken: {len(tally.sides)} of {len(tally.possible)}"
    yield f"  the same in each form: {tally.taken_in_forms} of {tally.possible_in_forms}"
    yield f"  outcomes: {', '.join(f'{count} {kind}' for kind, count in tally.outcomes.most_common())}"
    yield f"  emulator processes that ended: {comparison.emulator.aborted}"
    yield f"  not read back: {', '.join(unseen(comparison))}"
    yield from (f"  only {count} states found for {name}" for name, count in tally.fewer.items())
    for entry in comparison.lists.entries.values():
        yield f"  {entry.used} {entry.name}: {', '.join(entry.forms)}: {entry.evidence}"
    yield from disagreements(driver.isa, tally.disagreements)
    yield from (f"  OUT OF DATE: no state needs {line}" for line in stale)


WORDS = {
    AGREES: "agree", DEVIATES: "deviate as listed", DISAGREES: "DISAGREE", NOT_COMPARED: "not comparable",
}  # fmt: skip


def unseen(comparison: Comparison) -> Iterator[str]:
    """The components that the emulator does not give back, or not all registers of."""
    seen = set(comparison.driver.seen)
    for component in comparison.isa.machine.components.values():
        places = [component.name] if component.count is None else [
            f"{component.name}[{i}]" for i in range(component.count)
        ]  # fmt: skip
        missing = [place for place in places if place not in seen]
        if missing:
            yield component.name if len(missing) == len(places) else ", ".join(missing)


def disagreements(isa: str, found: Sequence[Disagreement]) -> Iterator[str]:
    """One of each form, mode and kind."""

    def key(each: Disagreement) -> tuple[str, ...]:
        return each.form, each.drawn.case.mode, each.ending.kind, *(d.what for d in each.found)

    groups = groupby(sorted(found, key=key), key)
    for number, (_, group) in enumerate(groups):
        same = list(group)
        if number < SHOWN:
            yield from shown(isa, same[0], len(same))
    yield from [f"  {len(found)} states disagree"] if found else []


def shown(isa: str, each: Disagreement, count: int) -> Iterator[str]:
    """A disagreement: the state, both results, and how to run it again."""
    case = each.drawn.case
    yield f"  DISAGREES in {count} states: {each.form} in {case.mode}: {each.ending.kind}"
    yield from (f"    {difference}" for difference in each.found)
    yield f"    fields {each.drawn.fields}"
    yield f"    registers { {name: value for name, value in case.registers.items() if value} }"
    yield f"    files { {name: values for name, values in case.files.items() if any(values.values())} }"
    yield f"    storage { {hex(place): unit for place, unit in case.storage.items()} }"
    yield f"    again: python -m tests.oracle {isa} --form '{each.form}'"
