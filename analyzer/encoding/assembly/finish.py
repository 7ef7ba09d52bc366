"""From statements that have their places to a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from analyzer.diagnostics import Span
from analyzer.encoding.assembly.expressions import Expression, bits_text, evaluate, short
from analyzer.encoding.assembly.program import Expectation, Program
from analyzer.encoding.assembly.statements import Code, Data, Keep, Setting, Start, Statement
from analyzer.encoding.assembly.symbols import Symbols
from analyzer.encoding.assembly.tokens import Problem
from analyzer.encoding.codec import split
from analyzer.language.declarations import Component, Machine


@dataclass(slots=True)
class Finisher:
    """Makes a program of placed statements; `report` is told what is wrong."""

    machine: Machine
    radix: int
    statements: Sequence[Statement]
    symbols: Symbols
    report: Callable[[Problem], None]
    units: dict[int, int] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    code: dict[int, int] = field(default_factory=dict)  # address of an instruction to its end
    keep: list[tuple[int, int]] = field(default_factory=list)  # first and last address
    state: list[tuple[str, int | None, int]] = field(default_factory=list)
    expect: list[Expectation] = field(default_factory=list)
    over: bool = False

    def program(self, name: str) -> Program:
        """The program, which is complete if nothing was reported."""
        for statement in self.statements:
            try:
                self._finish(statement)
            except Problem as problem:
                self.report(problem)
        values: dict[str, int] = {}
        for symbol, span in self.symbols.places.items():
            try:
                values[symbol] = self.symbols.value(symbol, span)
            except Problem as problem:
                self.report(problem)
        return Program(name, self.units, self._start(), tuple(self.state), tuple(self.expect), values, self.lines,
                       frozenset(self.code), frozenset(self._kept()))  # fmt: skip

    def _kept(self) -> Iterator[int]:
        """The instructions of which a unit is to be kept."""
        for address, end in self.code.items():
            if any(first < end and address <= last for first, last in self.keep):
                yield address

    def _start(self) -> int:
        """The program counter at the start: where `.start` says, or where the program begins."""
        starts = [s for s in self.statements if isinstance(s, Start)]
        for again in starts[1:]:
            hint = f"the first one is on line {starts[0].span.line}"
            self.report(Problem("duplicate-start", "a second .start", hint, again.span))
        if not starts:
            return next((s.address for s in self.statements if isinstance(s, Code | Data)), 0)
        self.symbols.here = starts[0].address
        try:
            return self._number(starts[0].value, self.machine.pc, starts[0].span)
        except Problem as problem:
            self.report(problem)
            return 0

    def _finish(self, statement: Statement) -> None:
        match statement:
            case Data():
                self._data(statement)
            case Code():
                self.symbols.here = statement.address
                candidate = statement.candidates[statement.chosen]
                fields = candidate.fields(statement.address, self.symbols)
                units = candidate.units(fields, self.machine.program.unit)
                self._store(statement.address, units, statement.span)
                self.code[statement.address] = statement.address + statement.length
            case Keep():
                self.keep.append(self._range(statement))
            case Setting():
                self._setting(statement)

    def _data(self, data: Data) -> None:
        space = self.machine.program
        bits = space.unit * data.size
        for number, (expression, span) in enumerate(zip(data.values, data.spans, strict=True)):
            self.symbols.here = address = data.address + number * data.size
            value = self._fitting(evaluate(expression, self.symbols), bits, span, bits_text(bits))
            units = split(value, bits, space.unit)
            self._store(address, units[::-1] if space.order == "little" else units, span)

    def _store(self, address: int, units: list[int], span: Span) -> None:
        """Put units into storage; only the first of several that stand over others is reported."""
        taken = next((at for at in range(address, address + len(units)) if at in self.units), None)
        if taken is not None and not self.over:
            start = next(at for at in range(taken, -1, -1) if at in self.lines)
            hint = f"that of line {self.lines[start]}; check .org"
            self.report(Problem("overlap", f"address {short(taken, self.radix)} already has a content", hint, span))
        self.over = taken is not None
        if not self.over:
            self.lines[address] = span.line
            self.units.update(enumerate(units, address))

    def _range(self, keep: Keep) -> tuple[int, int]:
        """The first and the last address that are to be kept."""
        self.symbols.here, size = keep.address, 1 << self.machine.storage.address
        first, last = (
            self._index(bound, size, "storage", span)
            for bound, span in zip((keep.first, keep.last), keep.spans, strict=True)
        )
        if last < first:
            message = f".keep {short(first, self.radix)}, {short(last, self.radix)}"
            raise Problem("bad-value", message, "the first address, then the last", keep.span)
        return first, last

    def _setting(self, setting: Setting) -> None:
        """A component or a unit of storage with its value, for the start or the end."""
        self.symbols.here = setting.address
        if not isinstance(setting.value, Expression):
            self.expect.append((setting.kind, None, None, setting.value))
            return
        component = self.machine.components.get(setting.name or "")
        index = None
        if setting.index is not None:
            storage = 1 << self.machine.storage.address
            count, what = (component.count or 0, setting.name) if component else (storage, "storage")
            index = self._index(setting.index, count, what or "", setting.span)
        if component is None:
            number = evaluate(setting.value, self.symbols)
            value = self._fitting(number, self.machine.storage.unit, setting.span, "a unit of storage")
            self.expect.append(("storage", None, index, value))
            return
        value = self._number(setting.value, component, setting.span)
        if setting.directive == ".state":
            self.state.append((component.name, index, value))
        else:
            self.expect.append(("component", component.name, index, value))

    def _index(self, expression: Expression, count: int, what: str, span: Span) -> int:
        """The number as an index of `what`, which has `count` of them. Raises `Problem` if it has none such."""
        index = evaluate(expression, self.symbols)
        if not 0 <= index < count:
            hint = f"from 0 to {short(count - 1, self.radix)}"
            raise Problem("bad-index", f"{what} has no index {short(index, self.radix)}", hint, span)
        return index

    def _number(self, expression: Expression, component: Component, span: Span) -> int:
        return self._fitting(evaluate(expression, self.symbols), component.width, span, f"'{component.name}'")

    def _fitting(self, number: int, bits: int, span: Span, what: str) -> int:
        """The number as `bits` bits, signed or not. Raises `Problem` if it does not fit."""
        low, high = -(1 << (bits - 1)), (1 << bits) - 1
        if not low <= number <= high:
            hint = f"it has {bits_text(bits)}: {short(low, self.radix)} to {short(high, self.radix)}"
            raise Problem("does-not-fit", f"{short(number, self.radix)} does not fit {what}", hint, span)
        return number & high
