"""Where the statements of a program stand: addresses and lengths that agree, the shortest that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyzer.encoding.assembly.statements import Code, Data, Definition, Label, Move, Statement
from analyzer.encoding.assembly.symbols import Symbols
from analyzer.encoding.assembly.tokens import Problem

PATIENCE = 30  # passes, after which what does not fit takes its longest form at once


@dataclass(slots=True)
class Layout:
    """Places statements in an address space of `size` units; `report` is told what is wrong."""

    statements: Sequence[Statement]
    symbols: Symbols
    size: int
    report: Callable[[Problem], None]

    def place(self) -> None:
        """Give every statement its address and every instruction its form.

        Instructions only grow from pass to pass, so that this ends.
        """
        passes = 0
        while True:
            self._pass()
            passes += 1
            codes = [s for s in self.statements if isinstance(s, Code) and len(s.candidates) > 1]
            grown = [code.grow(self.symbols, passes > PATIENCE) for code in codes]
            if not any(grown):
                return

    def _pass(self) -> None:
        """Addresses with the lengths of today."""
        self.symbols.begin()
        address = 0
        outside = False
        for statement in self.statements:
            match statement:
                case Label(name=name):
                    self.symbols.labels[name] = address
                case Definition(name=name, value=value):
                    self.symbols.definitions[name] = (value, address)
                case Move():
                    self.symbols.here = address
                    try:
                        address = statement.target(address, self.symbols)
                    except Problem as problem:
                        self.report(problem)
                case Data() | Code():
                    statement.address = address
                    address += statement.length
                case _:
                    statement.address = address
            if address > self.size and not outside:
                outside = True
                hint = f"storage has addresses from 0 to {self.size - 1}"
                self.report(Problem("bad-address", "beyond the end of storage", hint, statement.span))
            elif address <= self.size:
                outside = False
