"""Remedy: hardware in which the instruction traps in the modes in which the monitor runs guests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer.remedies.variant import Variant, amendments, refusal, running_guests, under, variant
from analyzer.spec.model import Isa, Monitor

SUFFIX = "trapping"


def trapping(base: Isa, monitor: Monitor, names: Iterable[str], conditions: Mapping[str, str] | None = None) -> Variant:
    """The machine in which the instructions `names` trap in the real modes of guests: always, or where the condition
    over the machine's state and their operands holds that `conditions` gives."""
    statement, kinds = refusal(base)
    running = running_guests(base, monitor)

    def text(name: str) -> str:
        condition = (conditions or {}).get(name)
        return under(f"({running}) and ({condition})" if condition else running, statement)

    names = tuple(names)
    tree = {"traps": kinds, "amend": amendments(base, names, {name: text(name) for name in names})}
    what = f"The instructions that may not run directly trap where the monitor {monitor.name} runs guests."
    return variant(base, SUFFIX, "trapping", what, tree)
