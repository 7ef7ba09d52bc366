"""What instructions of one kind lend one another, tried before the solver is asked.

Instructions that read and write the same hidden state differ in their operands mostly: what shows one of them
sensitive often shows the next one sensitive, too, when that stands where the first one stood. No answer rests on the
likeness: a lent witness is run with the instruction that borrows it, and must show what is asked; a lent state or
value only says what to ask about first.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from analyzer.language.declarations import HIDDEN_ROLES, Machine
from analyzer.language.effects import Effects
from analyzer.properties.found import Found
from analyzer.properties.question import Level

Item = TypeVar("Item")
Values = Mapping[str, int | Mapping[int, int]]  # of a state, by the names that terms have; of register files by index
Asked = tuple[Hashable, ...]  # what tells a question about an instruction from the others
KEPT = 4  # witnesses of a question, states that refute, field values


@dataclass
class Kindred:
    """What was found out about instructions that were analyzed before.

    `known`: their witnesses, by the question that they answer, the best first; `places`: the level and the part of the
    claim at which the solver found the latest, asked without further premises; `refuted`: the questions that were
    proved to have no witness of the latest.

    Of *privileged*: `refuting`: states that refuted it at some field values, each with the name of the question that
    it answers, and `barren`: values of fields or of bits of them, by name, at which an instruction completes in no
    supervisor state, of those that no state had refuted before; the latest first.
    """

    known: dict[Asked, list[Found]] = field(default_factory=dict)
    places: dict[Asked, tuple[Level, int]] = field(default_factory=dict)
    refuted: set[Asked] = field(default_factory=set)
    refuting: list[tuple[str, Values]] = field(default_factory=list)
    barren: list[Mapping[str, int]] = field(default_factory=list)

    def witnesses(self, asked: Asked) -> tuple[Found, ...]:
        """Those that answered a question."""
        return tuple(self.known.get(asked, ()))

    def remember(self, asked: Asked, found: Found) -> None:
        """A witness that answers a question: the latest is the best."""
        known = [other for other in self.known.get(asked, ()) if other is not found]
        self.known[asked] = [found, *known][:KEPT]

    def prefer(self, *versions: Found) -> None:
        """Of versions of a witness, where the last is remembered, all, in this order."""
        *better, found = versions
        for asked, known in self.known.items():
            if found in known:
                for each in reversed(better):
                    self.remember(asked, each)


def keep(latest: list[Item], item: Item) -> None:
    """Put an item before the others, of which the oldest may go."""
    latest[:] = [item, *(each for each in latest if each != item)][:KEPT]


def kind(machine: Machine, effects: Effects) -> Hashable:
    """What instructions of one kind have in common: the hidden components that they read and write."""
    hidden = {component.name for component in machine.with_role(*HIDDEN_ROLES)}
    return frozenset(effects.reads & hidden), frozenset(effects.writes & hidden)
