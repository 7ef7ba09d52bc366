"""Components, spaces, modes, traps and the other declarations: from entries to the scope that semantics see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.diagnostics import Diagnostics, Span
from analyzer.encoding.pattern import PrefixGroup
from analyzer.language.check import Scope
from analyzer.language.declarations import Component, Space, TrapKind, UninterpretedFunction
from analyzer.spec.model import Mode
from analyzer.spec.schema import SpecificationFile
from analyzer.spec.text import Text


@dataclass(slots=True)
class Declarer:
    """Fills a scope. `root` is the place of the machine as a whole, for what is missing; `lost` as in `Reader`."""

    spec: SpecificationFile
    scope: Scope
    diagnostics: Diagnostics
    root: Span
    lost: set[str]

    def declare(self) -> None:
        """Everything but operand classes and functions, which need what is declared here."""
        self.scope.bit_order = self.spec.bit_order
        self._components()
        self._spaces()
        self.scope.constants.update({str(name): value for name, value in self.spec.constants.items()})
        for name, function in self.spec.uninterpreted.items():
            self.scope.uninterpreted[str(name)] = UninterpretedFunction(
                str(name), tuple(function.args), function.result, name.span
            )
        spec_names = self._names_once()
        for name, trap in self.spec.traps.items():
            args = {str(arg): width for arg, width in trap.args.items()}
            for arg in trap.args:
                if arg in spec_names:
                    hint = "choose another name"
                    self.diagnostics.error(arg.span, "duplicate-name", f"'{arg}' already means something else", hint)
            description = str(trap.description or "")
            self.scope.traps[str(name)] = TrapKind(
                str(name), trap.trap_class, args, None, trap.restartable, description, name.span
            )

    def _names_once(self) -> Mapping[str, Text]:
        """A name that semantics use means one thing. Gives all of them."""
        spec = self.spec
        seen: dict[str, Text] = {}
        for table in (spec.components, spec.spaces, spec.constants, spec.uninterpreted, spec.prefixes):
            for name in table:
                if name in seen:
                    hint = f"the first one is at {seen[name].span}; rename one"
                    self.diagnostics.error(name.span, "duplicate-name", f"'{name}' is declared twice", hint)
                seen.setdefault(name, name)
        return seen

    def _components(self) -> None:
        for name, entry in self.spec.components.items():
            if entry.count is not None and entry.count & (entry.count - 1):
                near = 1 << entry.count.bit_length()
                self.diagnostics.error(name.span, "bad-count", f"{entry.count} registers: not a power of two",
                                       f"for example count: {near}")  # fmt: skip
            if entry.count is not None and entry.role in ("pc", "mode"):
                self.diagnostics.error(name.span, "bad-count", f"a {entry.role} component cannot be a register file",
                                       "remove count")  # fmt: skip
            description = str(entry.description or "")
            self.scope.components[str(name)] = Component(
                str(name), entry.width, entry.role, entry.count, description, name.span
            )
        self._exactly_one("component", "pc", [n for n, c in self.spec.components.items() if c.role == "pc"])
        if not any(entry.role == "mode" for entry in self.spec.components.values()):
            self._missing("components", "mode component", "user: {width: 1, role: mode}")

    def _spaces(self) -> None:
        for name, entry in self.spec.spaces.items():
            if entry.wrap is not None and entry.wrap > entry.address:
                self.diagnostics.error(name.span, "out-of-range", f"wrap: {entry.wrap} is wider than an address",
                                       f"at most {entry.address}")  # fmt: skip
            if (entry.translate is not None) != (entry.role == "system"):
                message = "a system space names the function that translates it; no other space does"
                self.diagnostics.error(name.span, "bad-translate", message, "translate: function, with role: system")
            translate = {"program": "translate", "storage": None, "system": entry.translate}[entry.role]
            self.scope.spaces[str(name)] = Space(
                str(name), entry.address, entry.unit, entry.role, entry.order, entry.wrap,
                str(translate) if translate else None, entry.parcel, name.span,
            )  # fmt: skip
        for role in ("program", "storage"):
            self._exactly_one("space", role, [n for n, s in self.spec.spaces.items() if s.role == role])
        if len({entry.unit for entry in self.spec.spaces.values()}) > 1:
            units = ", ".join(f"{name}: {entry.unit}" for name, entry in self.spec.spaces.items())
            name = next(iter(self.spec.spaces))
            self.diagnostics.error(name.span, "bad-unit", f"spaces have different units ({units})", "one unit for all")

    def modes(self) -> dict[str, Mode]:
        """The modes, each with a value for every mode component."""
        wanted = {c.name: c.width for c in self.scope.components.values() if c.role == "mode"}
        out: dict[str, Mode] = {}
        seen: dict[tuple[tuple[str, int], ...], str] = {}
        for name, entry in self.spec.modes.items():
            when = {str(component): value for component, value in entry.when.items()}
            for component, value in entry.when.items():
                if component not in wanted:
                    hint = f"the mode components are {', '.join(wanted)}"
                    self.diagnostics.error(component.span, "unknown-name", f"'{component}' is no mode component", hint)
                elif value >> wanted[component]:
                    self._too_wide(component.span, value, wanted[component])
            missing = [component for component in wanted if component not in when]
            if missing:
                self.diagnostics.error(name.span, "missing-key", f"mode '{name}' says nothing about '{missing[0]}'",
                                       "when: a value for every mode component")  # fmt: skip
            key = tuple(sorted(when.items()))
            if key in seen:
                self.diagnostics.error(name.span, "duplicate-name", f"modes '{seen[key]}' and '{name}' are the same",
                                       "remove one, or tell them apart in 'when'")  # fmt: skip
            seen.setdefault(key, str(name))
            out[str(name)] = Mode(str(name), entry.kind, when)
        for kind in ("supervisor", "user"):
            if not any(entry.kind == kind for entry in self.spec.modes.values()):
                self._missing("modes", f"{kind} mode", f"modes: {{name: {{kind: {kind}, when: {{...}}}}}}")
        return out

    def prefixes(self) -> tuple[PrefixGroup, ...]:
        """The prefix groups, their units as numbers."""
        unit = next((space.unit for space in self.scope.spaces.values() if space.role == "program"), 0)
        out: list[PrefixGroup] = []
        seen: dict[int, str] = {}
        for name, entry in self.spec.prefixes.items():
            units: dict[int, int] = {}
            for bits, value in entry.units.items():
                if set(bits) - {"0", "1"} or (unit and len(bits) != unit):
                    self.diagnostics.error(bits.span, "bad-pattern", f"'{bits}' is no unit of {unit} bits",
                                           "a prefix is one unit of the program space, all bits fixed")  # fmt: skip
                    continue
                if int(bits, 2) in seen:
                    self.diagnostics.error(bits.span, "overlap", f"'{bits}' is also a prefix of '{seen[int(bits, 2)]}'",
                                           "a unit belongs to one group")  # fmt: skip
                seen[int(bits, 2)] = str(name)
                units[int(bits, 2)] = value
            for value in (entry.none, *units.values()):
                if value >> entry.width:
                    self._too_wide(name.span, value, entry.width)
            if entry.none in units.values():
                self.diagnostics.error(name.span, "bad-value", f"{entry.none} is both a prefix and none of them",
                                       "give 'none' a value of its own")  # fmt: skip
            out.append(PrefixGroup(str(name), entry.width, entry.none, units, entry.unlisted == "any"))
            self.scope.prefixes[str(name)] = entry.width
        return tuple(out)

    def translations(self, broken: Iterable[str]) -> None:
        """The functions that spaces name."""
        for name, space in self.spec.spaces.items():
            named = space.translate
            if named is not None and named not in self.scope.signatures and named not in broken:
                hint = f"it translates addresses of '{name}'"
                self.diagnostics.error(named.span, "unknown-name", f"no function '{named}'", hint)

    def _exactly_one(self, what: str, role: str, names: list[Text]) -> None:
        if not names:
            self._missing(f"{what}s", f"{what} with role '{role}'", f"one {what} has role: {role}")
        for extra in names[1:]:
            self.diagnostics.error(extra.span, "duplicate-role", f"a second {what} with role '{role}'",
                                   f"'{names[0]}' has it already")  # fmt: skip

    def _too_wide(self, span: Span, value: int, width: int) -> None:
        message = f"{value} does not fit {width} bit{'s' * (width != 1)}"
        self.diagnostics.error(span, "literal-too-wide", message, f"the largest is {(1 << width) - 1}")

    def _missing(self, section: str, what: str, hint: str) -> None:
        if section not in self.lost:
            self.diagnostics.error(self.root, "missing-role", f"there is no {what}", hint)
