"""Shared components: those whose guest value stands in a real component while guest code runs directly.

The relation must say so, or a guest could change the one without the other; and the monitor loads the guest's value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.diagnostics import Diagnostics, did_you_mean
from analyzer.language.check import Scope
from analyzer.language.declarations import Component
from analyzer.language.ir import Apply, Const, Expr, Field, Indexed
from analyzer.spec.schema import MonitorEntry
from analyzer.spec.text import Text


@dataclass(slots=True)
class SharedReader:
    """Reads what a monitor shares, of a machine whose components are known."""

    scope: Scope
    diagnostics: Diagnostics

    def read(self, entry: MonitorEntry, relation: tuple[Expr, ...] | None) -> dict[str, Component]:
        """Hidden component to the real one that holds it; what is wrong is reported and left out. `relation`: its
        conjuncts, `None` where they are not known."""
        out: dict[str, Component] = {}
        for name, holder in entry.shared.items():
            component = hidden(name, self.scope, self.diagnostics)
            held = component if holder == name else hidden(holder, self.scope, self.diagnostics)
            if component is None or held is None:
                continue
            if self._fits(component, held, holder, out) and self._related(component, held, holder, relation):
                out[component.name] = held
        return out

    def _fits(self, component: Component, held: Component, at: Text, known: Mapping[str, Component]) -> bool:
        """Whether a component may stand in another one."""
        others = [name for name, each in known.items() if each == held]
        for each in (component, held):
            if each.role == "mode":
                hint = "'modes' says in which mode guest code runs"
                self.diagnostics.error(at.span, "bad-shared", f"'{each.name}' is a mode component", hint)
                return False
        if (component.width, component.count) != (held.width, held.count):
            times = f", {component.count} times" if component.count else ""
            hint = f"'{component.name}' has {component.width} bits{times}"
            message = f"'{held.name}' cannot hold '{component.name}'"
            self.diagnostics.error(at.span, "width-mismatch", message, hint)
        elif others:
            hint = "every shared component stands in one of its own"
            self.diagnostics.error(at.span, "bad-shared", f"'{held.name}' holds '{others[0]}' already", hint)
        else:
            return True
        return False

    def _related(
        self, component: Component, held: Component, at: Text, relation: tuple[Expr, ...] | None
    ) -> bool:  # fmt: skip
        """Whether conjuncts of the relation say that they are equal; of register files, for each register."""
        equal = {frozenset(pair) for pair in _equations(relation or ())}
        names = f"real.{held.name}", f"virtual.{component.name}"
        for index in range(component.count or 1) if relation is not None else ():
            if frozenset(_place(name, component, index) for name in names) not in equal:
                real, virtual = (name if component.count is None else f"{name}[{index}]" for name in names)
                message = f"the relation does not say that {virtual} stands in {real}"
                hint = f"relation: {real} == {virtual}, joined to the rest by 'and'"
                self.diagnostics.error(at.span, "bad-shared", message, hint)
                return False
        return True


def loaded(shared: Mapping[str, Component]) -> dict[str, Expr]:
    """What a monitor installs in the holders, unless it says otherwise: the guest's values."""
    return {
        held.name: Field(f"virtual.{name}", held.width)
        if held.count is None
        else Indexed(f"virtual.{name}", Field("index", held.index_width), held.width)
        for name, held in shared.items()
    }


def hidden(name: Text, scope: Scope, diagnostics: Diagnostics) -> Component | None:
    """The hidden component that a monitor names; `None` after reporting that there is none."""
    component = scope.components.get(name)
    if component is not None and component.hidden:
        return component
    known = [c.name for c in scope.components.values() if c.hidden]
    hint = did_you_mean(name, known, f"the hidden components are {', '.join(known)}")
    diagnostics.error(name.span, "unknown-name", f"'{name}' is no hidden component", hint)
    return None


def _place(name: str, component: Component, index: int) -> Expr:
    if component.count is None:
        return Field(name, component.width)
    return Indexed(name, Const(index, component.index_width), component.width)


def _equations(relation: tuple[Expr, ...]) -> Iterator[tuple[Expr, Expr]]:
    """The conjuncts that say that two components, or registers, are equal."""
    for conjunct in relation:
        match conjunct:
            case Apply(
                op="eq",
                args=(Field() | Indexed(index=Const()) as left, Field() | Indexed(index=Const()) as right),
            ):
                yield left, right
