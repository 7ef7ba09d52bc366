"""Where an emulator is known to deviate, and what cannot be compared: `lists/<machine>.yaml`.

An entry of either list says of which forms (`forms`: patterns of names, all unless given), modes (`modes`) and states
it speaks: `when` is a condition in the language of the specification, over components, prefixes and the fields that
`fields` declares with their widths. A deviation has `evidence`, what is not comparable a `reason`.

A deviation says what differs: `outcome: {specified: ..., emulated: ...}`, the trap's kind in the specification and the
driver's word, both patterns; or `values`: patterns of places, `storage` for all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from analyzer.language.evaluate import Evaluator, State
from analyzer.spec.load import varied
from analyzer.spec.model import Isa
from tests.oracle.compare import OUTCOME, Difference
from tests.oracle.emulator import Case, Result
from tests.oracle.simulated import Ending

FOLDER = Path(__file__).parent / "lists"
ALWAYS = "1"
VARIANT = "isa: {isa}-oracle\nextends: {isa}\ntitle: conditions\ndescription: Conditions of lists.\nfunctions: |\n"


@dataclass(slots=True)
class Entry:
    """One entry; `used` counts the states it spoke of."""

    name: str
    evidence: str
    forms: Sequence[str] = ("*",)
    modes: Sequence[str] = ("*",)
    when: str = ALWAYS
    fields: Mapping[str, int] = field(default_factory=dict)
    outcome: Mapping[str, str] = field(default_factory=dict)
    values: Sequence[str] = ()
    used: int = 0

    def speaks_of(self, form: str, mode: str) -> bool:
        """Whether it is about this form in this mode."""
        return _matches(form, self.forms) and _matches(mode, self.modes)

    def allows(self, found: Sequence[Difference], endings: Sequence[Ending], result: Result) -> bool:
        """Whether all that differs is what it says."""
        if found[0].where == OUTCOME:
            given = self.outcome
            return bool(given) and fnmatchcase(result.outcome, given.get("emulated", "*")) and any(
                fnmatchcase(ending.kind, given.get("specified", "*")) for ending in endings
            )  # fmt: skip
        return all(_matches(each.what, self.values) for each in found)


class Lists:
    """Both lists of a machine."""

    def __init__(self, isa: Isa, text: str) -> None:
        read: dict[str, Any] = yaml.safe_load(text) or {}
        self.deviations = _entries(read, "deviations", "evidence")
        self.not_comparable = _entries(read, "not_comparable", "reason")
        self.entries = {entry.name: entry for entry in (*self.deviations, *self.not_comparable)}
        self.machine = varied(isa, _variant(isa, self.entries.values())).machine
        self.evaluator = Evaluator(self.machine)

    def excluded(self, form: str, mode: str) -> Entry | None:
        """What says that nothing of a form in a mode can be compared."""
        for entry in self.not_comparable:
            if entry.when == ALWAYS and entry.speaks_of(form, mode):
                entry.used += 1
                return entry
        return None

    def not_compared(self, form: str, fields: Mapping[str, int], case: Case) -> Entry | None:
        """What says that this state cannot be compared."""
        return self._first(self.not_comparable, form, fields, case)

    def deviation(
        self, form: str, fields: Mapping[str, int], case: Case, found: Sequence[Difference],
        endings: Sequence[Ending], result: Result,
    ) -> Entry | None:  # fmt: skip
        """The deviation that explains a difference, if one does."""
        allowed = [entry for entry in self.deviations if entry.allows(found, endings, result)]
        return self._first(allowed, form, fields, case)

    def _first(self, entries: Sequence[Entry], form: str, fields: Mapping[str, int], case: Case) -> Entry | None:
        for entry in entries:
            if entry.speaks_of(form, case.mode) and self._holds(entry, fields, case):
                entry.used += 1
                return entry
        return None

    def _holds(self, entry: Entry, fields: Mapping[str, int], case: Case) -> bool:
        self.evaluator.state = State(case.registers, case.files, case.storage, 0)
        self.evaluator.fields = fields
        args = tuple(fields.get(name, 0) for name in entry.fields)
        return bool(self.evaluator.call(self.machine.functions[entry.name], args)[0])


def lists_of(isa: Isa) -> Lists:
    """The lists of a machine; both empty if it has none."""
    file = FOLDER / f"{isa.name}.yaml"
    return Lists(isa, file.read_text() if file.exists() else "")


def _entries(read: Mapping[str, Any], key: str, why: str) -> list[Entry]:
    return [
        Entry(f"{key}_{number}", **{"evidence" if name == why else name: value for name, value in each.items()})
        for number, each in enumerate(read.get(key) or (), 1)
    ]


def _variant(isa: Isa, entries: Any) -> str:
    text = VARIANT.format(isa=isa.name)
    for entry in entries:
        parameters = ", ".join(f"{name}: {width}" for name, width in entry.fields.items())
        text += f"  def {entry.name}({parameters}) -> 1:\n      return {entry.when}\n\n"
    return text + "  def oracle_has_functions():\n      pass\n"


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(name == pattern or fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in patterns)
