"""Fields that are written as names or numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.encoding.assembly.elements import Given, Read, Shown, Words
from analyzer.encoding.assembly.expressions import Constant, bits_text, short
from analyzer.encoding.assembly.lines import Line, parse_expression
from analyzer.encoding.assembly.syntax import Notation
from analyzer.encoding.assembly.tokens import PREFIXES

DIGITS = {2: "b", 8: "o", 16: "x"}


@dataclass(frozen=True, slots=True)
class Number:
    """A field of `width` bits; addresses have `pc` bits, numbers without a prefix the radix `radix`.

    `before` and `after` stand around it; `by_name` are values of names in capitals, `shown_as` names of values.
    """

    field: str
    width: int
    pc: int
    radix: int
    notation: Notation
    before: Words
    after: Words
    by_name: Mapping[str, int]
    shown_as: Mapping[int, str]

    def read(self, line: Line, at: int) -> Sequence[Read]:
        """A name or an expression, or nothing if it may be left out."""
        out = list(self._written(line, at))
        absent = self.notation.default if self.notation.omit is None else self.notation.omit
        if absent is not None:
            out.append((at, (Given(self.field, Constant(absent)),)))
        return out

    def _written(self, line: Line, at: int) -> Iterator[Read]:
        for inner, _ in self.before.read(line, at):
            for end, given in self._value(line, inner):
                for after, _ in self.after.read(line, end):
                    yield after, (given,)

    def _value(self, line: Line, at: int) -> Iterator[tuple[int, Given]]:
        token = line.tokens[at]
        line.furthest = max(line.furthest, at)
        if (named := self.by_name.get(token.text.upper())) is not None:
            yield at + 1, Given(self.field, Constant(named))
        elif self.notation.numbers:
            if self.notation.sign and token.text not in ("+", "-") or self.notation.bare and token.text == "(":
                return
            if (found := parse_expression(line, at)) is not None:
                yield found[1], Given(self.field, found[0], self, line.span(at, found[1] - 1))

    def limits(self) -> tuple[int, int]:
        """The least and the greatest value of the field."""
        low = 0 if self.notation.signed is False else -(1 << (self.width - 1))
        signed = self.notation.signed is True or self.notation.relative and self.width < self.pc
        signed = signed or self.width < self.notation.extended
        return low, (1 << (self.width - signed)) - 1

    def encoded(self, number: int, next_address: int) -> int | None:
        """The bits of the field for the number written; `None` if it does not fit."""
        if self.notation.relative:
            half = 1 << (self.pc - 1)
            distance = number - next_address + self.notation.behind
            value, rest = (distance + half) % (2 * half) - half, int(not -half <= number < 2 * half)
        else:
            value, rest = divmod(number - self.notation.plus, self.notation.times)
            if (bits := self.notation.extended) and number >> (bits - 1) == 1:
                value -= 1 << bits
        low, high = self.limits()
        return value & ((1 << self.width) - 1) if low <= value <= high and rest == 0 else None

    def complaint(self, number: int, next_address: int) -> tuple[str, str, str]:
        """Code, message and hint for a number that does not fit."""
        low, high = (short(limit * self.notation.times + self.notation.plus, self.radix) for limit in self.limits())
        written = short(number, self.radix)
        if self.notation.relative:
            message = f"{written} is {short(number - next_address, self.radix)} away from the next instruction"
            return "out-of-reach", message, f"'{self.field}' reaches from {low} to {high}"
        every = f", in steps of {self.notation.times}" if self.notation.times > 1 else ""
        hint = f"it has {bits_text(self.width)}: {low} to {high}{every}"
        return "does-not-fit", f"{written} does not fit '{self.field}'", hint

    def write(self, shown: Shown) -> str | None:
        """The name or number with what stands around it; nothing for a value that is left out."""
        value = shown.fields[self.field]
        if value == self.notation.omit:
            return ""
        if value in self.shown_as:
            text = self.shown_as[value]
        elif self.notation.numbers:
            text = self._number(value, shown)
        else:
            return None
        return self.before.text + text + self.after.text

    def tells(self, shown: Shown) -> Collection[str]:
        """Its field."""
        return (self.field,)

    def literals(self) -> Iterator[Words]:
        """What stands around it."""
        yield from (self.before, self.after)

    def _number(self, value: int, shown: Shown) -> str:
        notation, top = self.notation, 1 << (self.width - 1)
        if notation.relative or notation.signed or notation.sign or notation.extended:
            value = (value ^ top) - top
        if notation.extended:
            value %= 1 << notation.extended
        if notation.relative:
            value = (value + shown.next - notation.behind) % (1 << self.pc)
        value = value * notation.times + notation.plus
        if (notation.relative or notation.address) and value in shown.labels:
            return shown.labels[value]
        text = number_text(abs(value), shown.shown, shown.radix)
        return f" {'-' if value < 0 else '+'} {text}" if notation.sign else "-" * (value < 0) + text


def number_text(value: int, shown: int, radix: int) -> str:
    """A number of at least 0 in the radix `shown`, where numbers without a prefix have the radix `radix`."""
    if value < min(shown, radix, 10):
        return str(value)
    if shown == 10:
        return str(value) if radix == 10 else f"{value}."
    digits = f"{value:{DIGITS[shown]}}"
    return digits if shown == radix and shown != 16 else PREFIXES[shown] + digits
