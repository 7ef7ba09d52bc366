"""What events cost, in cycles, from a small YAML file that anybody can change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analyzer.spec.data import read_data

EVENTS = ("direct", "trap", "intercept", "hypercall", "callout", "inline", "interpreted", "translated")
UNIT = "direct"
SHIPPED = Path(__file__).with_name("costs.yaml")
MOST = 1 << 40


class BadCosts(ValueError):
    """The file does not say what every event costs; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Costs:
    """`cycles` of each of `EVENTS`, and the `sources` of these numbers."""

    cycles: Mapping[str, float]
    sources: Mapping[str, str]

    def of(self, events: Mapping[str, float]) -> float:
        """The cycles of so many events of each kind."""
        return sum(self.cycles[name] * number for name, number in events.items())


def read_costs(path: Path | None = None) -> Costs:
    """The costs in a file, or the shipped ones. Raises `BadCosts`, or `SpecError` where it cannot be read."""
    file = path or SHIPPED
    data = read_data(file)
    if not isinstance(data, dict):
        raise BadCosts(f"{file}: it must be a mapping of {', '.join(EVENTS)}")
    unknown = [str(name) for name in data if name not in EVENTS]
    if unknown:
        raise BadCosts(f"{file}: there is no event {unknown[0]!r}; the events are {', '.join(EVENTS)}")
    entries = {name: _entry(file, name, data.get(name)) for name in EVENTS}
    return Costs(
        {name: entry[0] for name, entry in entries.items()}, {name: entry[1] for name, entry in entries.items()}
    )


def _entry(file: Path, name: str, entry: object) -> tuple[float, str]:
    if not isinstance(entry, dict) or not {"cycles"} <= entry.keys() <= {"cycles", "source"}:
        raise BadCosts(f"{file}: {name}: write {{cycles: NUMBER, source: WHERE IT IS FROM}}")
    cycles = entry["cycles"]
    if isinstance(cycles, bool) or not isinstance(cycles, int | float) or not 0 <= cycles <= MOST:
        raise BadCosts(f"{file}: {name}: {cycles!r} is no number of cycles")
    if name == UNIT and cycles == 0:
        raise BadCosts(f"{file}: {name}: it is what the others are compared with, so that it cannot be 0")
    return cycles, str(entry.get("source", ""))
