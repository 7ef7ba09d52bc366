"""Remedy: binary translation. The machine as translated code finds it: it has the virtual CPU record beside its own
state, and in translated code an instruction that may not run directly acts on the record, or calls the monitor out.

The real modes of translated code are modes of the monitor. Code of a mode in which every instruction may run directly
is not translated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from analyzer.remedies.replacement import Deriver, Replacement, callout
from analyzer.remedies.variant import Variant, amendments, fresh, under, variant
from analyzer.spec.model import Isa, Monitor
from analyzer.spec.written import Tree

SUFFIX = "translated"
FLAG, CALLOUT = "translated", "callout"
SUPERVISOR, OTHERS = 1, 2  # values of the component that tells translated code: replaced in place, called out


@dataclass(frozen=True)
class Translation:
    """What translated code does: instruction to its replacement; all others are translated identically. `called`: the
    trap by which a callout enters the monitor; `flag`: the component that tells which code is translated, 0 for none;
    `elsewhere`: the instructions that call out in translated code of modes that are not supervisor's."""

    variant: Variant
    called: str
    flag: str
    replacements: Mapping[str, Replacement]
    elsewhere: frozenset[str]

    @property
    def inline(self) -> tuple[str, ...]:
        """The instructions that are replaced in place."""
        return tuple(name for name, each in self.replacements.items() if not each.reason)

    @property
    def callouts(self) -> tuple[str, ...]:
        """The instructions that call out."""
        return tuple(name for name, each in self.replacements.items() if each.reason)


def translated(
    base: Isa, monitor: Monitor, names: Iterable[str], *, user: Collection[str] = (),
    refused: Mapping[str, str] | None = None,
) -> Translation:  # fmt: skip
    """The machine with code of supervisor modes translated, and of others that are no user modes; also that of user
    modes if some instructions, `user`, may not run directly there. `names`: the instructions that are not translated
    identically; `refused`: those of them that call out for a reason that is known already."""
    deriver, refused = Deriver(base, monitor), refused or {}
    wanted = set(names)
    rows = [row for row in base.instructions if row.name in wanted]
    found = {row.name: callout(refused[row.name]) if row.name in refused else deriver.derive(row) for row in rows}
    everywhere = any(mode.kind == "other" for mode in base.guest_modes.values())
    elsewhere = frozenset(found) if everywhere else frozenset(found).intersection(user)
    record = deriver.used(found.values())
    writer = Writer(base, monitor, found, elsewhere, record, bool(user), fresh(base, FLAG), fresh(base, CALLOUT))
    return Translation(writer.variant(), writer.called, writer.flag, found, elsewhere)


@dataclass(frozen=True)
class Writer:
    """Writes the variant: see `Translation`. `record`: hidden component to its name in the record; `user`: code of user
    modes is translated, too."""

    base: Isa
    monitor: Monitor
    replacements: Mapping[str, Replacement]
    elsewhere: frozenset[str]
    record: Mapping[str, str]
    user: bool
    flag: str
    called: str

    def variant(self) -> Variant:
        """The machine."""
        functions = {name: text for each in self.replacements.values() for name, text in each.functions.items()}
        modes, mapped = self.modes()
        tree: Tree = {
            "components": self.components(),
            "modes": modes,
            "traps": {self.called: {"class": "privileged", "description": "Translated code calls the monitor."}},
            "functions": list(functions.values()),
            "amend": amendments(self.base, self.replacements, {name: self.text(name) for name in self.replacements}),
            "monitors": {self.monitor.name: self.monitored(mapped)},
        }
        what = "The machine as translated code finds it, with the virtual CPU record beside its own state."
        return variant(self.base, SUFFIX, "translated", what, tree)

    def components(self) -> Tree:
        """What tells translated code, and the record."""
        own = self.base.machine.components
        return {
            self.flag: {"width": 2, "role": "mode", "description": "which code is translated"},
            **{
                held: {"width": own[name].width, "role": "control", "description": f"the guest's {name}"}
                for name, held in self.record.items()
            },
        }

    def modes(self) -> tuple[Tree, Mapping[str, str]]:
        """The modes, with those of translated code, and in which of them code of each virtual mode runs."""
        modes: Tree = {name: {"when": {self.flag: 0}} for name in self.base.modes}
        mapped: dict[str, str] = {}
        for mode in self.base.guest_modes.values():
            real = self.base.modes[self.monitor.modes[mode.name]]
            if mode.kind == "user" and not self.user:
                continue
            number, what = (SUPERVISOR, "translated") if mode.kind == "supervisor" else (OTHERS, "called_out")
            name = mapped[mode.name] = fresh(self.base, f"{what}_{real.name}")
            modes[name] = {"kind": "monitor", "when": {**real.when, self.flag: number}}
        return modes, mapped

    def monitored(self, mapped: Mapping[str, str]) -> Tree:
        """The monitor, which keeps the guest's own values in the record."""
        own = self.base.machine.components
        changing = {name: held for name, held in self.record.items() if own[name].role != "mode"}  # modes are only read
        conjuncts = [f"({self.monitor.relation_text})"] if self.monitor.relation else []
        conjuncts += [f"real.{held} == virtual.{name}" for name, held in self.record.items()]
        entry: Tree = {
            "modes": dict(mapped),
            "relation": " and ".join(conjuncts),
            "shared": {**self.monitor.shared, **changing},
            "install": {held: f"virtual.{name}" for name, held in self.record.items()},
        }
        return {key: value for key, value in entry.items() if value}

    def text(self, name: str) -> str:
        """What stands before an instruction's own semantics."""
        replacement, call = self.replacements[name], f"trap({self.called})"
        if replacement.reason:
            return under(f"{self.flag} != 0" if name in self.elsewhere else f"{self.flag} == {SUPERVISOR}", call)
        in_place = under(f"{self.flag} == {SUPERVISOR}", replacement.text, "return")
        return in_place + (under(f"{self.flag} == {OTHERS}", call) if name in self.elsewhere else "")
