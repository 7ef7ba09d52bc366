"""What is constant in a region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.language.declarations import Machine
from analyzer.simulator.regions.context import Key


@dataclass(frozen=True, slots=True)
class Setting:
    """What is constant in a region: the context, and the size of storage. `closed` components are not touched."""

    machine: Machine
    context: Mapping[Key, int]
    size: int
    closed: frozenset[str]
    unwritten: frozenset[str]
