"""One summary of each instruction: its outcome, and separately its final state, as terms over the initial state.

The summary speaks of a neutral run. Its free names are

    a component's name          its initial value (arrays for register files)
    `$cells`, `$outside`        storage: the guest's own words, and words outside its placement
    `$size`                     number of units of real storage
    `translate(a, k)`           the cell that a program address names, `fault(a, k)` whether the access faults
    `inside(x)`, `cell(x)`      whether a real address lies in the placement, and which cell it is
    fields, by their names

`instantiate` in `runs.py` turns it into the run of a guest's or of the real machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.symbolic.terms import Term

CELLS, OUTSIDE, SIZE, PC_WRITTEN = "$cells", "$outside", "$size", "$pc_written"
RUN_SPECIFIC = "!"  # functions and variables whose name ends so have a value of their own in each run


@dataclass(frozen=True, slots=True)
class TrapEvent:
    """A place where the instruction may trap: when `guard` holds and no earlier event's does.

    `kind` is `""` where the abstract translation refuses an access. `committed` is the state that is kept, if the
    instruction committed before; otherwise the initial one is.
    """

    guard: Term
    kind: str
    trap_class: str
    committed: Mapping[str, Term] | None


@dataclass(frozen=True, slots=True)
class Access:
    """An access to program space, when `guard` holds: real address `real` where the translation is exact."""

    guard: Term
    address: Term
    kind: int
    real: Term | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What an instruction does.

    `final`: components, `$cells` and `$outside` after completing; it means nothing where a trap occurs.
    `completes`: no trap occurs. `results`: visible results (name to term) other than state: what `execute` and
    `trap_after` show.
    `tails`: conditions under which a loop ran further than it was unrolled.
    """

    traps: tuple[TrapEvent, ...]
    final: Mapping[str, Term]
    completes: Term
    results: Mapping[str, Term]
    accesses: tuple[Access, ...]
    reals: tuple[Term, ...]
    tails: tuple[Term, ...]
    exact: bool
