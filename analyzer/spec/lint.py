"""What is suspicious in a machine that can be analyzed: things declared and never used, gaps in monitors."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping

from analyzer.diagnostics import Diagnostics, Span
from analyzer.language.check import Scope
from analyzer.language.effects import EffectAnalysis
from analyzer.language.evaluate import Evaluator, initial_state
from analyzer.spec.model import Isa
from analyzer.spec.reserved import RESERVED_FUNCTIONS
from analyzer.spec.schema import SpecificationFile

WORD = re.compile(r"\w+")
DEFINED = re.compile(r"^def\s+\w+", re.MULTILINE)


def lint_machine(
    isa: Isa, spec: SpecificationFile, scope: Scope, restrictions: Iterable[str], diagnostics: Diagnostics
) -> None:
    """Report the warnings about the machine as a whole. `restrictions` are those of the instructions' fields."""
    used = {word for text in _texts(isa, spec, scope, restrictions) for word in WORD.findall(text)}
    for what, name, span in _declared(spec, scope):
        if name not in used:
            diagnostics.warning(span, "unused", f"{what} '{name}' is never used", "remove it, or say what uses it")
    _unnamed_modes(isa, spec, diagnostics)
    _uninstalled(isa, diagnostics)
    _sources(isa, diagnostics)


def _texts(isa: Isa, spec: SpecificationFile, scope: Scope, restrictions: Iterable[str]) -> Iterator[str]:
    """Every text that may use a name, definitions without the name that they define."""
    yield from (row.text for row in isa.instructions)
    yield from restrictions
    yield from {DEFINED.sub("", signature.source.text) for signature in scope.signatures.values()}
    yield from (str(trap.deliver) for trap in spec.traps.values() if trap.deliver)
    yield from (str(space.translate) for space in spec.spaces.values() if space.translate)
    yield from (str(text) for text in spec.invariants)
    for monitor in spec.monitors.values():
        yield str(monitor.relation or "")
        yield from (str(text) for text in monitor.install.values())
    for operand in spec.operands.values():
        for case in operand.cases:
            yield from (str(text) for text in (case.__pydantic_extra__ or {}).values())
            yield str(case.where or "")


def _declared(spec: SpecificationFile, scope: Scope) -> Iterator[tuple[str, str, Span]]:
    for component in scope.components.values():
        if component.role != "pc":
            yield "component", component.name, component.span
    for trap in scope.traps.values():
        yield "trap", trap.name, trap.span
    for function in scope.uninterpreted.values():
        yield "uninterpreted function", function.name, function.span
    for signature in scope.signatures.values():
        if signature.name not in RESERVED_FUNCTIONS:
            yield "function", signature.name, signature.span
    for constant in spec.constants:
        yield "constant", str(constant), constant.span
    for space in scope.spaces.values():
        if space.role == "system":
            yield "space", space.name, space.span


def _unnamed_modes(isa: Isa, spec: SpecificationFile, diagnostics: Diagnostics) -> None:
    widths = [(c.name, c.width) for c in isa.machine.components.values() if c.role == "mode"]
    if not spec.modes or sum(width for _, width in widths) > 8:
        return
    named = {tuple(mode.when.get(name) for name, _ in widths) for mode in isa.modes.values()}
    values = itertools.product(*(range(1 << width) for _, width in widths))
    names = [name for name, _ in widths]
    unnamed = [v for v in values if v not in named and not _excluded(isa, dict(zip(names, v, strict=True)))]
    if unnamed:
        shown = ", ".join(f"{name} = {value}" for (name, _), value in zip(widths, unnamed[0], strict=True))
        diagnostics.warning(next(iter(spec.modes)).span, "unnamed-mode", f"no mode has {shown}",
                            "such states are not considered")  # fmt: skip


def _excluded(isa: Isa, when: Mapping[str, int]) -> bool:
    """Whether an invariant says that the mode components never have these values."""
    effects = EffectAnalysis(isa.machine.functions, isa.machine.operands)
    about = [invariant for invariant in isa.invariants if effects.block(invariant).reads <= when.keys()]
    state = initial_state(isa.machine, 1)
    state.registers.update(when)
    return not all(Evaluator(isa.machine).evaluate(invariant, {}, state) for invariant in about)


def _uninstalled(isa: Isa, diagnostics: Diagnostics) -> None:
    hidden = [c.name for c in isa.machine.with_role("relocation", "control")]
    for monitor in isa.monitors.values():
        missing = [name for name in hidden if name not in monitor.install]
        if missing and monitor.install:
            diagnostics.warning(monitor.span, "not-installed", f"no install for {_some(missing)}",
                                "the real component then has the guest's value")  # fmt: skip


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _sources(isa: Isa, diagnostics: Diagnostics) -> None:
    """Every instruction cites one of the sources; a family is told once."""
    hint = f"the keys of 'sources' are {', '.join(isa.sources)}" if isa.sources else "sources: {manual: ...}"
    for row in isa.instructions:
        key = row.source.split(",")[0].strip()
        if not key:
            diagnostics.warning(row.span, "no-source", f"'{row.name}' cites no source", 'source: "manual, section"')
        elif key not in isa.sources:
            diagnostics.warning(row.span, "unknown-source", f"'{row.name}' cites '{key[:60]}'", hint)
