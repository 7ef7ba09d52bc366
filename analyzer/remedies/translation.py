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
from analyzer.spec.model import Isa, Mode, Monitor
from analyzer.spec.written import Tree

SUFFIX = "translated"
CALLOUT = "callout"
SUPERVISOR, OTHERS = 1, 2  # values of the component that tells translated code: replaced in place, called out


@dataclass(frozen=True)
class Translation:
    """What translated code does: instruction to its replacement; all others are translated identically. `called`: the
    trap by which a callout enters the monitor."""

    variant: Variant
    called: str
    replacements: Mapping[str, Replacement]

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
    return Translation(_variant(base, monitor, deriver, found, frozenset(user)), fresh(base, CALLOUT), found)


def _variant(
    base: Isa, monitor: Monitor, deriver: Deriver, found: Mapping[str, Replacement], user: frozenset[str]
) -> Variant:
    flag, called = fresh(base, "translated"), fresh(base, CALLOUT)
    record = {name: deriver.record[name] for name in deriver.record if any(name in r.record for r in found.values())}
    everywhere = any(mode.kind == "other" for mode in base.guest_modes.values())
    components = base.machine.components
    functions = {name: text for each in found.values() for name, text in each.functions.items()}
    tree: Tree = {
        "components": {
            flag: {"width": 2, "role": "mode", "description": "which code is translated"},
            **{
                held: {"width": components[name].width, "role": "control", "description": f"the guest's {name}"}
                for name, held in record.items()
            },
        },
        **_modes(base, monitor, flag, bool(user)),
        "traps": {called: {"class": "privileged", "description": "Translated code calls the monitor."}},
        "functions": list(functions.values()),
        "amend": amendments(
            base, found, {name: _text(each, flag, called, everywhere or name in user) for name, each in found.items()}
        ),
    }
    conjuncts = [f"({monitor.relation_text})"] if monitor.relation else []
    conjuncts += [f"real.{held} == virtual.{name}" for name, held in record.items()]
    tree["monitors"] = {
        monitor.name: {
            "modes": tree.pop("mapped"),
            "relation": " and ".join(conjuncts) or "1 == 1",
            "shared": {**monitor.shared, **record},
            "install": {held: f"virtual.{name}" for name, held in record.items()},
        }
    }
    what = "The machine as translated code finds it, with the virtual CPU record beside its own state."
    return variant(base, SUFFIX, "translated", what, tree)


def _text(replacement: Replacement, flag: str, called: str, others: bool) -> str:
    """What stands before an instruction's own semantics; `others`: it calls out in translated code of other modes."""
    call = f"trap({called})"
    if replacement.reason:
        return under(f"{flag} != 0" if others else f"{flag} == {SUPERVISOR}", call)
    in_place = under(f"{flag} == {SUPERVISOR}", replacement.text, "return")
    return in_place + (under(f"{flag} == {OTHERS}", call) if others else "")


def _modes(base: Isa, monitor: Monitor, flag: str, user: bool) -> Tree:
    """The modes of translated code, and in which of them code of each virtual mode runs."""
    modes: Tree = {name: {"when": {flag: 0}} for name in base.modes}
    mapped: dict[str, str] = {}
    for mode in base.guest_modes.values():
        real = base.modes[monitor.modes[mode.name]]
        if mode.kind == "user" and not user:
            continue
        number = SUPERVISOR if mode.kind == "supervisor" else OTHERS
        name = fresh(base, f"{'translated' if number == SUPERVISOR else 'called_out'}_{real.name}")
        modes[name] = _mode(real, flag, number)
        mapped[mode.name] = name
    return {"modes": modes, "mapped": mapped}


def _mode(real: Mode, flag: str, number: int) -> Tree:
    return {"kind": "monitor", "when": {**real.when, flag: number}}
