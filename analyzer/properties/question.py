"""Questions, and what they are asked about.

A question is put at one of five levels: `abstract` (any translation and placement: may only prove), `installed` (the
specification's translation, the guest in one contiguous region, real hidden state as the monitor installs it: gives
witnesses, and quickly), `uniform` (the same in plain states: the guest at the beginning of storage, every unit of which
has one value, and all of which exists but for a guest's; the instruction stands at one place: addresses and tables cost
little), `exact` (any real hidden state: gives witnesses), `general` (any placement: proves
what `abstract` could not).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from analyzer.language.declarations import Machine, Role
from analyzer.language.effects import EffectAnalysis
from analyzer.language.evaluate import State
from analyzer.language.ir import Expr, Field, Indexed, walk
from analyzer.simulator.compile import Compiled
from analyzer.symbolic.runs import Region, Run
from analyzer.symbolic.terms import Term

Level = Literal["abstract", "uniform", "installed", "exact", "general"]
INSTALLED: tuple[Level, ...] = ("uniform", "installed")
PLACED: tuple[Level, ...] = ("uniform", "installed", "exact")
STANDING: tuple[Level, ...] = ("uniform", "exact")
WITNESSES: tuple[Level, ...] = (*INSTALLED, "exact")
Names = Mapping[str, Term]
FILL = "$fill"
PLACE = 1024  # above what traps use on most machines
OWN = "own"  # the run of a question about single states
ALL_KINDS = ("supervisor", "user", "other")  # of modes in which a guest may be
ALL_HIDDEN: tuple[Role, ...] = ("mode", "relocation", "control")


@dataclass(frozen=True)
class View:
    """A run of a question: `virtual`, `real`, or `own` for a question about single states; `run` is `None` where
    only its hidden state matters."""

    label: str
    names: Names
    run: Run


@dataclass(frozen=True)
class Question:
    """Can `claim` hold under `premises`? Shown, if so, by the states of `views`. `parts`, if any: conditions of which
    the claim is the disjunction, each easier than the whole."""

    label: str
    level: Level
    premises: tuple[Term, ...]
    claim: Term
    views: tuple[View, ...]
    region: Region | None = None
    parts: tuple[Term, ...] = ()

    @property
    def common(self) -> frozenset[str]:
        """The components of which it has one value in all runs."""
        first, *others = self.views
        return frozenset(name for name, term in first.names.items() if all(view.names[name] is term for view in others))


@dataclass(frozen=True)
class Pair:
    """The guest's state and the real state in which its code runs, executed."""

    level: Level
    virtual: View
    real: View
    premises: tuple[Term, ...]
    region: Region | None


class Sides(Mapping[str, Term]):
    """Two states' components by their names with `virtual.` and `real.` in front, looked up when they are asked for;
    besides, what `extra` names."""

    def __init__(self, sides: Mapping[str, Names], extra: Names) -> None:
        self.sides = sides
        self.extra = extra

    def __getitem__(self, name: str) -> Term:
        """The term of a component; raises `KeyError`."""
        side, _, component = name.partition(".")
        return self.extra[name] if name in self.extra else self.sides[side][component]

    def __iter__(self) -> Iterator[str]:
        """All names."""
        yield from self.extra
        for side, names in self.sides.items():
            yield from (f"{side}.{name}" for name in names)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.extra) + sum(map(len, self.sides.values()))


@dataclass
class Tools:
    """What serves all monitors of a machine, made when it is first used: the machine compiled, and the effects of its
    functions."""

    compiled: Compiled | None = None
    effects: EffectAnalysis | None = None


@dataclass
class Facts:
    """Answers about the machine as a whole under one monitor.

    `open`: relocation of a real state in which no read or write is refused, by name, or `None`; `lends`: whether a real
    state can translate as any supervisor state does; `small`: states in which most instructions complete, by label:
    `own`, of a supervisor, and `real`, of a guest; `None` where there is none.
    """

    asked: bool = False
    open: Mapping[str, int] | None = None
    lends: bool | None = None
    small: dict[str, State | None] = field(default_factory=dict)
    tools: Tools = field(default_factory=Tools)


def place_of_code(machine: Machine, place: int = PLACE) -> int:
    """Where an instruction stands in a plain state: there, or half-way to the last address, if that is less."""
    return min(place, 1 << machine.pc.width >> 1)


def mentions(expression: Expr) -> set[str]:
    """The components that a conjunct of a relation, or an installed value, speaks of."""
    names = {n.name for n in walk(expression) if isinstance(n, Field)}
    names |= {n.file for n in walk(expression) if isinstance(n, Indexed)}
    return {name.split(".", 1)[1] for name in names if name.startswith(("real.", "virtual."))}


def mentions_control(machine: Machine, expression: Expr) -> bool:
    """Whether a conjunct of a relation speaks of a control component."""
    return any(machine.components[name].role == "control" for name in mentions(expression))
