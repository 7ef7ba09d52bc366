"""Remedy: hardware assist, as S/370 interpretive execution or VT-x: a mode for guests in which instructions are
intercepted. The guest's own machine stays as it was."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.remedies.variant import Variant, amendments, fresh, under, variant
from analyzer.spec.model import Isa, Mode
from analyzer.spec.written import Tree

SUFFIX = "assisted"


def assisted(base: Isa, names: Iterable[str]) -> Variant:
    """The machine with a guest mode for each real mode in which a monitor runs guests, and the instructions `names`
    intercepted there."""
    guest, intercept = fresh(base, "guest"), fresh(base, "intercept")
    targets = {base.modes[real].name: base.modes[real] for m in base.monitors.values() for real in m.modes.values()}
    tree: Tree = {
        "components": {guest: {"width": 1, "role": "mode", "description": "guest mode"}},
        "modes": {
            **{name: {"when": {guest: 0}} for name in base.modes},
            **{guest_mode(base, m): {"kind": "monitor", "when": {**m.when, guest: 1}} for m in targets.values()},
        },
        "monitors": {
            monitor.name: {"modes": {virtual: guest_mode(base, base.modes[m]) for virtual, m in monitor.modes.items()}}
            for monitor in base.monitors.values()
        },
        "traps": {intercept: {"class": "privileged", "description": "The hypervisor intercepts it."}},
        "amend": amendments(base, names, under(f"{guest} == 1", f"trap({intercept})")),
    }
    what = "In guest mode, the instructions that may not run directly are intercepted."
    return variant(base, SUFFIX, "with a guest mode", what, tree)


def guest_mode(base: Isa, mode: Mode) -> str:
    """The name of the guest mode beside a mode."""
    return fresh(base, f"guest_{mode.name}")
