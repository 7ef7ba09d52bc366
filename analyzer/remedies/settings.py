"""What a monitor may fix: the real values of small control components.

A component may be fixed if nothing but instructions depends on it: the place of code does not (nor does the
translation, by the rules of the language), no invariant speaks of it, and the relation ties it to nothing but its own
virtual value. So every setting is as total as the relation without it, and a pair stays one when the real value of such
a component is changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer.language.declarations import Component
from analyzer.language.effects import EffectAnalysis
from analyzer.language.ir import Const, Expr, Field, If, apply, walk
from analyzer.language.printer import Printer
from analyzer.properties.question import mentions
from analyzer.spec.model import Isa, Monitor

MAX_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Pin:
    """A control component whose real value is fixed: it is the constant `value`, or, if `None`, the guest's own value.

    `declared`: this is what the monitor as it is declared loads.
    """

    component: str
    width: int
    value: int | None
    declared: bool

    def __str__(self) -> str:
        return f"real.{self.component} == {self.text}"

    @property
    def text(self) -> str:
        """What the monitor installs, in the language."""
        return f"virtual.{self.component}" if self.value is None else str(self.value)

    @property
    def installed(self) -> Expr:
        """The same as an expression."""
        return Field(self.text, self.width) if self.value is None else Const(self.value, self.width)

    @property
    def conjunct(self) -> Expr:
        """The conjunct of the relation that says so."""
        return apply("eq", Field(f"real.{self.component}", self.width), self.installed)

    @property
    def cost(self) -> tuple[int, int, int]:
        """Bits that are constants, bits that follow the guest, and whether it departs from what is declared: the least
        comes first."""
        fixed = self.value is not None
        return self.width if fixed else 0, 0 if fixed else self.width, 0 if self.declared else 1


Setting = tuple[Pin, ...]  # of different components, in the order of the specification
Pins = Mapping[str, tuple[Pin, ...]]  # component to the ways in which it may be fixed, the cheapest first


def cost(setting: Iterable[Pin]) -> tuple[int, int, int]:
    """What the pins of a setting cost together; it grows with every pin."""
    bits, following, departures = 0, 0, 0
    for pin in setting:
        a, b, c = pin.cost
        bits, following, departures = bits + a, following + b, departures + c
    return bits, following, departures


def fixable(isa: Isa, monitor: Monitor) -> Pins:
    """The components that the monitor may fix, in the order of the specification, and how.

    Constants are all tried. The guest's own value is tried only where the declared monitor loads it already: in a
    control component it is a risk that only the author of the specification can judge.
    """
    bound = _depended_upon(isa)
    tied = [(_real(conjunct), mentions(conjunct)) for conjunct in monitor.relation]
    return {
        c.name: tuple(sorted(_pins(c, monitor), key=lambda pin: pin.cost))
        for c in isa.machine.with_role("control")
        if c.count is None and c.width <= MAX_WIDTH and c.name not in bound and c.name not in monitor.shared
        and all(both == {c.name} for real, both in tied if c.name in real)
    }  # fmt: skip


def _pins(component: Component, monitor: Monitor) -> Iterator[Pin]:
    name, width = component.name, component.width
    own = Pin(name, width, None, True)
    loaded = monitor.install.get(name, own.installed)
    if loaded == own.installed:
        yield own
    for value in range(1 << width):
        yield Pin(name, width, value, loaded == Const(value, width))


def _depended_upon(isa: Isa) -> frozenset[str]:
    """The components on which invariants and the place of code depend."""
    machine = isa.machine
    analysis = EffectAnalysis(machine.functions, machine.operands)
    blocks = [machine.functions[name].body for name in ("code",) if name in machine.functions]
    return frozenset().union(*(analysis.block(block).reads for block in (*blocks, *isa.invariants)))


def _real(conjunct: Expr) -> set[str]:
    """The single components of whose real value a conjunct speaks."""
    fields = (node.name for node in walk(conjunct) if isinstance(node, Field))
    return {name.removeprefix("real.") for name in fields if name.startswith("real.")}


def dropped(monitor: Monitor, pins: Pins) -> tuple[Expr, ...]:
    """The conjuncts of the declared relation for which a setting is found anew."""
    return tuple(conjunct for conjunct in monitor.relation if _real(conjunct) & pins.keys())


def declared(monitor: Monitor, pins: Pins) -> Setting | None:
    """The setting that makes the monitor the one that is declared; `None` where it fixes in other ways."""
    ways = [pin for each in pins.values() for pin in each if pin.conjunct in monitor.relation]
    fixed = {pin.component for pin in ways}
    as_declared = all(pin.declared for pin in ways) and len(fixed) == len(ways)
    return tuple(ways) if as_declared and len(dropped(monitor, pins)) == len(ways) else None


def configured(isa: Isa, monitor: Monitor, pins: Pins, setting: Setting) -> Monitor:
    """The monitor that fixes the components of a setting, and no other one of `pins`."""
    gone = dropped(monitor, pins)
    kept = tuple(conjunct for conjunct in monitor.relation if conjunct not in gone)
    relation = (*kept, *(pin.conjunct for pin in setting))
    install = {**monitor.install, **{pin.component: pin.installed for pin in setting}}
    return replace(monitor, relation=relation, relation_text=written(isa, relation), install=install)


def written(isa: Isa, conjuncts: Iterable[Expr]) -> str:
    """Conjuncts as one condition in the language; `true` for none."""
    printer = Printer(isa.machine.bit_order)
    texts = [(printer.expression(each, sized=True), isinstance(each, If)) for each in conjuncts]
    return " and ".join(f"({text})" if compound else text for text, compound in texts) or "true"
