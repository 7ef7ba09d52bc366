"""What the specification allows against what the emulator did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.oracle.emulator import Result
from tests.oracle.simulated import Ending

OUTCOME = "outcome"
STORAGE = "storage"


@dataclass(frozen=True, slots=True)
class Difference:
    """A place, or `outcome`, in which both differ; the bits that the specification leaves open are 0 in both."""

    where: str
    specified: int | str
    emulated: int | str

    def __str__(self) -> str:
        shown = [f"{v:#x}" if isinstance(v, int) else v for v in (self.specified, self.emulated)]
        return f"{self.where}: {shown[0]}, the emulator {shown[1]}"

    @property
    def what(self) -> str:
        """The place as lists name it: a component, a register, or `storage`."""
        return STORAGE if self.where.startswith("real[") else self.where

    def within(self, mask: int) -> bool:
        """Whether only these bits differ."""
        if isinstance(self.specified, str) or isinstance(self.emulated, str):
            return False
        return not (self.specified ^ self.emulated) & ~mask


def differences(endings: Sequence[Ending], result: Result, before: Mapping[int, int]) -> list[Difference]:
    """In what a result is none that the specification allows: nothing if it agrees.

    `before`: the units that stood in storage, at least at the addresses that either wrote. Where the outcome differs
    nothing else is looked at.
    """
    same = [ending for ending in endings if ending.outcome == result.outcome]
    if not same:
        return [Difference(OUTCOME, endings[0].outcome, result.outcome)]
    first = same[0]
    out = []
    for name, found in result.values.items():
        value = first.values[name]
        known = ~0
        for other in same[1:]:
            known &= ~(value ^ other.values[name])
        if (value ^ found) & known:
            out.append(Difference(name, value & known, found & known))
    for place in sorted(set(result.storage).union(*(ending.storage for ending in same))):
        value = first.storage.get(place, before[place])
        known = ~0
        for other in same[1:]:
            known &= ~(value ^ other.storage.get(place, before[place]))
        found = result.storage.get(place, before[place])
        if (value ^ found) & known:
            out.append(Difference(f"real[{place:#x}]", value & known, found & known))
    return out
