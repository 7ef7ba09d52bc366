"""Which instructions need a remedy, as an analysis says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.verdict import Analysis, Answer


@dataclass(frozen=True, slots=True)
class Need:
    """An instruction that may not run directly: whether it is `critical` (layer 1, extended), and its verdicts under
    both monitor constructions (layer 2)."""

    instruction: str
    critical: Answer
    trap_and_emulate: str
    hybrid: str

    @property
    def trapping(self) -> bool:
        """Whether it always traps as it is: a monitor always has control, and interprets it."""
        return self.trap_and_emulate == "traps"


@dataclass(frozen=True, slots=True)
class Needs:
    """All of them, in the order of the specification, and those that are not `direct` but need nothing because they
    trap."""

    rows: tuple[Need, ...]
    privileged: tuple[str, ...]

    @property
    def repaired(self) -> tuple[str, ...]:
        """Those that have to be changed: all that do not trap as they are."""
        return tuple(row.instruction for row in self.rows if not row.trapping)

    @property
    def user(self) -> tuple[str, ...]:
        """Those that may not run directly in virtual user modes."""
        return tuple(row.instruction for row in self.rows if row.hybrid in ("wrong", "unknown"))


def needs(analysis: Analysis) -> Needs:
    """What needs a remedy: critical, wrong, or undecided. The word that is no instruction is nobody's to amend."""
    critical = {row.name: row.critical for row in analysis.extended.instructions}
    named: Mapping[str, str] = {row.name: row.mnemonic for row in analysis.extended.instructions}
    rows, privileged = [], []
    for exact in analysis.exact.instructions:
        need = Need(exact.name, critical[exact.name], exact.trap_and_emulate, exact.hybrid)
        sound = {need.trap_and_emulate, need.hybrid} <= {"direct", "traps"}
        if not sound or need.critical in (Answer.YES, Answer.UNKNOWN):
            rows.append(need)
        elif need.trapping and exact.name in named:
            privileged.append(exact.name)
    return Needs(tuple(rows), tuple(privileged))
