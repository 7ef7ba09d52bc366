"""The symbols of a program and their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from analyzer.diagnostics import Span, did_you_mean
from analyzer.encoding.assembly.expressions import Expression, evaluate
from analyzer.encoding.assembly.tokens import Consequence, Problem

MAX_CHAIN = 50  # definitions that need each other


@dataclass(slots=True)
class Symbols:
    """Labels and definitions, as far as they are known: a pass over the program adds them one by one.

    `given` have a value from the start. `places` is where the program defines a name, wherever that is. `here` is the
    current address. A definition in `broken` was reported.
    """

    given: Mapping[str, int]
    places: dict[str, Span] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    labels: dict[str, int] = field(default_factory=dict)
    definitions: dict[str, tuple[Expression, int]] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    here: int = 0
    waiting: list[str] = field(default_factory=list)

    def place(self, name: str, span: Span, reserved: Iterable[str]) -> None:
        """Note that the program defines `name` at `span`. Raises `Problem` if it may not."""
        if name in self.places:
            hint = f"the first one is on line {self.places[name].line}; choose another name"
            raise Problem("duplicate-symbol", f"'{name}' is defined twice", hint, span)
        if name.upper() in reserved:
            hint = "it is a register or another word of the machine; choose another name"
            raise Problem("reserved-name", f"'{name}' means something else", hint, span)
        self.places[name] = span

    def begin(self) -> None:
        """Begin a pass: nothing is known."""
        self.labels.clear()
        self.definitions.clear()
        self.values.clear()

    def value(self, name: str, span: Span) -> int:
        """The value of a symbol named at `span`; raises `Problem`."""
        if name == ".":
            return self.here
        if name in self.labels:
            return self.labels[name]
        if name in self.broken:
            raise Consequence("undefined-symbol", f"'{name}' has no value", "see its definition", span)
        if name in self.definitions:
            return self._defined(name, span)
        if name in self.places:
            hint = f"it is defined on line {self.places[name].line}; define it above"
            raise Problem("undefined-symbol", f"'{name}' has no value yet", hint, span)
        if name in self.given:
            return self.given[name]
        hint = did_you_mean(name, [*self.places, *self.given], "a label is defined by 'name:', a number by 'name = 5'")
        raise Problem("undefined-symbol", f"'{name[:60]}' is not defined", hint, span)

    def _defined(self, name: str, span: Span) -> int:
        if name not in self.values:
            if name in self.waiting or len(self.waiting) > MAX_CHAIN:
                problem = "needs its own value" if name in self.waiting else "needs too many others"
                raise Problem("circular-definition", f"'{name}' {problem}", "give one of them a number", span)
            expression, address = self.definitions[name]
            before, self.here = self.here, address
            self.waiting.append(name)
            try:
                self.values[name] = evaluate(expression, self)
            finally:
                self.waiting.pop()
                self.here = before
        return self.values[name]
