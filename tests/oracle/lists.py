"""Where an emulator is known to deviate, and what cannot be compared: `lists/<machine>.yaml`.

An entry of either list says of which forms (`forms`: patterns of names, all unless given), modes (`modes`) and states
it speaks: `when` is a condition in the language of the specification, over components, prefixes and the fields that
`fields` declares with their widths (`m.rm` is written m_rm in it; an operand has its class in place of a width). Where
its evaluation traps it does not hold. A deviation has `evidence`, what is not comparable a `reason`.

`functions` is text in that language, for the conditions.

A deviation says what differs: either the outcome, `specified`, patterns of the trap's kind in the specification
(`completes` for none), and `emulated`, patterns of the driver's word; or `values`, patterns of places, `storage` for
all of it, in which only the bits of `mask` differ, where the outcome is one of `specified` in both. `gap: true` says
that the specification, not the emulator, is incomplete; `rare: true` that a whole run may meet no state of it, and that
it is not out of date then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from analyzer.language.evaluate import Evaluator, State
from analyzer.spec.load import varied
from analyzer.spec.model import Isa
from tests.oracle.compare import OUTCOME, Difference
from tests.oracle.emulator import Result
from tests.oracle.forms import Form
from tests.oracle.simulated import Ending
from tests.oracle.states import Drawn

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
    fields: Mapping[str, int | str] = field(default_factory=dict)
    specified: Sequence[str] = ("*",)
    emulated: Sequence[str] = ()
    values: Sequence[str] = ()
    mask: int = -1
    gap: bool = False
    rare: bool = False
    used: int = 0

    def speaks_of(self, form: str, mode: str) -> bool:
        """Whether it is about this form in this mode."""
        return _matches(form, self.forms) and _matches(mode, self.modes)

    def allows(self, found: Sequence[Difference], endings: Sequence[Ending], result: Result) -> bool:
        """Whether all that differs is what it says."""
        if not any(_matches(ending.kind, self.specified) for ending in endings):
            return False
        if found[0].where == OUTCOME:
            return _matches(result.outcome, self.emulated)
        return all(_matches(each.what, self.values) and each.within(self.mask) for each in found)


class Lists:
    """Both lists of a machine."""

    def __init__(self, isa: Isa, text: str) -> None:
        read: dict[str, Any] = yaml.safe_load(text) or {}
        self.deviations = _entries(read, "deviations", "evidence")
        self.not_comparable = _entries(read, "not_comparable", "reason")
        self.entries = {entry.name: entry for entry in (*self.deviations, *self.not_comparable)}
        self.machine = varied(isa, _variant(isa, read.get("functions", ""), self.entries.values())).machine
        self.evaluator = Evaluator(self.machine)
        self.about: dict[tuple[str, str], frozenset[str]] = {}

    def excluded(self, form: str, mode: str) -> Entry | None:
        """What says that nothing of a form in a mode can be compared."""
        for entry in self.not_comparable:
            if entry.when == ALWAYS and entry.speaks_of(form, mode):
                entry.used += 1
                return entry
        return None

    def not_compared(self, form: Form, drawn: Drawn, state: State) -> Entry | None:
        """What says that this state cannot be compared."""
        return self._first(self.not_comparable, form, drawn, state)

    def deviation(
        self, form: Form, drawn: Drawn, state: State, found: Sequence[Difference], endings: Sequence[Ending],
        result: Result,
    ) -> Entry | None:  # fmt: skip
        """The deviation that explains a difference, if one does."""
        allowed = [entry for entry in self.deviations if entry.allows(found, endings, result)]
        return self._first(allowed, form, drawn, state)

    def _about(self, form: str, mode: str) -> frozenset[str]:
        """The names of the entries that speak of a form in a mode."""
        if (form, mode) not in self.about:
            names = frozenset(entry.name for entry in self.entries.values() if entry.speaks_of(form, mode))
            self.about[form, mode] = names
        return self.about[form, mode]

    def _first(self, entries: Sequence[Entry], form: Form, drawn: Drawn, state: State) -> Entry | None:
        about = self._about(form.name, drawn.case.mode)
        for entry in entries:
            if entry.name in about and self._holds(entry, form, drawn, state):
                entry.used += 1
                return entry
        return None

    def _holds(self, entry: Entry, form: Form, drawn: Drawn, state: State) -> bool:
        if entry.when == ALWAYS:
            return True
        fields = drawn.fields
        args = tuple(name if isinstance(kind, str) else fields.get(name, 0) for name, kind in entry.fields.items())
        condition = self.machine.functions[entry.name]
        held = self.evaluator.returned(condition, args, form.row.body.operands, fields, state)
        return held is not None and bool(held[0])


def lists_of(isa: Isa) -> Lists:
    """The lists of a machine; both empty if it has none."""
    file = FOLDER / f"{isa.name}.yaml"
    return Lists(isa, file.read_text() if file.exists() else "")


def _entries(read: Mapping[str, Any], key: str, why: str) -> list[Entry]:
    return [
        Entry(f"{key}_{number}", **{"evidence" if name == why else name: value for name, value in each.items()})
        for number, each in enumerate(read.get(key) or (), 1)
    ]


def _variant(isa: Isa, functions: str, entries: Iterable[Entry]) -> str:
    """The conditions as functions of a variant of the machine."""
    text = functions
    for entry in entries:
        parameters = ", ".join(f"{name.replace('.', '_')}: {width}" for name, width in entry.fields.items())
        text += f"\ndef {entry.name}({parameters}) -> 1:\n    return {entry.when}\n"
    return VARIANT.format(isa=isa.name) + indent(text or "def none():\n    pass\n", "  ")


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(name == pattern or fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in patterns)
