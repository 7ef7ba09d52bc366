"""An emulator of nothing, whose process ends at one program counter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.language.evaluate import State
from analyzer.simulator.engine import Trap
from tests.oracle.emulator import Case, Driver, Result


class Fragile(Driver):
    """Ends its process at 7."""

    isa, emulator, modes, size, seen = "toy", "none", ("user",), 16, ()

    def settle(self, state: State, mode: str) -> None:
        """Nothing."""

    def outcome(self, trap: Trap | None, state: State) -> str:
        """Nothing."""
        return ""

    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """The program counter is the outcome."""
        for case in cases:
            if case.registers["pc"] == 7:
                raise SystemExit
            yield Result(str(case.registers["pc"]))
