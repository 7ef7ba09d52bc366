"""Remedy: hardware in which the instruction traps outside supervisor mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer.remedies.variant import Variant, amendments, outside_supervisor, refusal, under, variant
from analyzer.spec.model import Isa

SUFFIX = "trapping"


def trapping(base: Isa, names: Iterable[str], conditions: Mapping[str, str] | None = None) -> Variant:
    """The machine in which the instructions `names` trap outside supervisor mode: always, or where the condition over
    the machine's state and their operands holds that `conditions` gives."""
    statement, kinds = refusal(base)
    outside = outside_supervisor(base)

    def text(name: str) -> str:
        condition = (conditions or {}).get(name)
        return under(f"({outside}) and ({condition})" if condition else outside, statement)

    names = tuple(names)
    tree = {"traps": kinds, "amend": amendments(base, names, {name: text(name) for name in names})}
    what = "The instructions that may not run directly trap outside supervisor mode."
    return variant(base, SUFFIX, "trapping", what, tree)
