"""How much storage a witness has."""

from __future__ import annotations

import pytest

from analyzer import analyze, load
from analyzer.verdict import Run


def witnesses(machine: str, name: str) -> list[tuple[Run, ...]]:
    (row,) = analyze(load(machine), only=(name,)).models["extended"].instructions
    return [witness.runs for witness in row.witnesses.values()]


@pytest.mark.parametrize("name", ["MOVE to SR", "RTE"])
def test_a_single_state_has_all_that_addresses_can_name(name: str) -> None:
    """The MC68000's bound register lies at the end of storage; an access past the end is undefined."""
    alone = [runs for runs in witnesses("m68000", name) if len(runs) == 1]
    assert alone
    assert all(run.start is not None and run.start.storage_size == 1 << 24 for (run,) in alone)
