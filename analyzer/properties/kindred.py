"""Witnesses that instructions of one kind lend one another, tried before the solver is asked.

Instructions that read and write the same hidden state differ in their operands mostly: what shows one of them
sensitive often shows the next one sensitive, too, when that stands where the first one stood. No answer rests on the
likeness: a lent witness is run with the instruction that borrows it, and must show what is asked.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from analyzer.language.declarations import HIDDEN_ROLES, Machine
from analyzer.language.effects import Effects
from analyzer.properties.found import Found

Asked = tuple[Hashable, ...]  # what tells a question about an instruction from the others
KEPT = 4  # witnesses of a question


@dataclass
class Kindred:
    """The witnesses of instructions that were analyzed before, by the question that they answer, the best first."""

    known: dict[Asked, list[Found]] = field(default_factory=dict)
    refuted: set[Asked] = field(default_factory=set)  # the questions that one was proved to have no witness of

    def witnesses(self, asked: Asked) -> tuple[Found, ...]:
        """Those that answered a question."""
        return tuple(self.known.get(asked, ()))

    def remember(self, asked: Asked, found: Found) -> None:
        """A witness that answers a question: the latest is the best."""
        known = [other for other in self.known.get(asked, ()) if other is not found]
        self.known[asked] = [found, *known][:KEPT]

    def prefer(self, smaller: Found, found: Found) -> None:
        """Of two witnesses of one instruction the smaller one, where the other is remembered."""
        for asked, known in self.known.items():
            if found in known:
                self.remember(asked, smaller)


def kind(machine: Machine, effects: Effects) -> Hashable:
    """What instructions of one kind have in common: the hidden components that they read and write."""
    hidden = {component.name for component in machine.with_role(*HIDDEN_ROLES)}
    return frozenset(effects.reads & hidden), frozenset(effects.writes & hidden)
