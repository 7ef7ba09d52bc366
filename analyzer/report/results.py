"""Results of the commands that analyze nothing."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Shipped:
    """A machine that is shipped: its name and title."""

    isa: str
    title: str


@dataclass(frozen=True, slots=True)
class Lint:
    """What is wrong or suspicious in a machine's specification; `isa` as it was named on the command line."""

    isa: str
    diagnostics: tuple[Diagnostic, ...]
