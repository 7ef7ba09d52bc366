"""What remedies cost, as bars: a chart for each kind of event, a bar for each remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.report.fix import label
from analyzer.validation.costs import EVENTS
from analyzer.validation.fixed import Workload

FULL = 100.0  # the length of the longest bar
TITLES: Mapping[str, str] = {
    "direct": "Run directly", "trap": "Traps", "intercept": "Intercepts", "hypercall": "Hypercalls",
    "callout": "Callouts", "inline": "Replaced in place", "interpreted": "Interpreted", "translated": "Translated",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """A number of a remedy; `length` up to `FULL`."""

    label: str
    value: str
    length: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one unit, which share their scale."""

    title: str
    unit: str
    bars: tuple[Bar, ...]


def charts(workloads: Sequence[Workload]) -> Iterator[Chart]:
    """The charts of the events that happened, and of the slowdown. Where nothing was run, none."""
    ran = [each for each in workloads if each.instructions]
    for event in EVENTS:
        numbers = [each.per_thousand.get(event, 0.0) for each in ran]
        if any(numbers):
            yield _chart(TITLES[event], "per 1000 instructions", ran, numbers)
    if ran:
        yield _chart("Slowdown", "times the bare machine", ran, [each.slowdown for each in ran])


def _chart(title: str, unit: str, workloads: Sequence[Workload], numbers: Sequence[float]) -> Chart:
    most = max(numbers) or 1.0
    bars = (
        Bar(label(each.remedy), f"{number:.1f}", round(FULL * number / most, 2))
        for each, number in zip(workloads, numbers, strict=True)
    )
    return Chart(title, unit, tuple(bars))
