"""The states of the analyzer's witnesses, as far as an emulator can be in them."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.language.evaluate import State
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis, Run, Witness
from tests.oracle.forms import Form, forms
from tests.oracle.states import Drawn, States


def all_witnesses(analysis: Analysis) -> Iterator[tuple[str, Witness]]:
    """Every witness of an analysis, with its instruction's name."""
    for model in analysis.models.values():
        for row in model.instructions:
            yield from ((row.name, witness) for witness in row.witnesses.values())
    for result in analysis.exact.instructions:
        yield from ((result.name, witness) for witness in result.witnesses.values())


def witnessed(isa: Isa, analysis: Analysis, states: States) -> Iterator[tuple[Form, list[tuple[Drawn, bool]]]]:
    """By form, the states of all runs of all witnesses, and whether the emulator can be in them as they are.

    A mode in which the emulator cannot be is replaced by its last one, its users'.
    """
    found: dict[str, list[tuple[Drawn, bool]]] = {}
    known = {(form.row.name, tuple(sorted(form.pattern.cases.items()))): form for form in reversed(list(forms(isa)))}
    for name, witness in all_witnesses(analysis):
        row = isa.instruction(name)
        cases = {f"{operand}.case": witness.fields.get(f"{operand}.case", 0) for operand in row.body.operands}
        form = known[name, tuple(sorted(cases.items()))]
        fields = dict.fromkeys(row.body.fields, 0) | cases | dict(witness.fields)
        for run in witness.runs:
            drawn = _drawn(states, form, fields, run)
            if drawn is not None:
                found.setdefault(form.name, []).append((drawn, _same(run, drawn, isa.machine.pc.name)))
    for form in known.values():
        if form.name in found:
            yield form, found[form.name]


def _drawn(states: States, form: Form, fields: dict[str, int], run: Run) -> Drawn | None:
    assert run.start is not None
    driver = states.driver
    mode = run.mode if run.mode in driver.modes else driver.modes[-1]
    files: dict[str, dict[int, int]] = {}
    for component in states.isa.machine.components.values():
        if component.count is not None:
            values = run.start.files.get(component.name, {})
            files[component.name] = dict.fromkeys(range(min(component.count, 64)), 0) | dict(values)
    storage = {place: unit for place, unit in run.start.storage.items() if place < driver.size}
    return states.given(form, fields, State(dict(run.start.registers), files, storage, driver.size), mode)


def _same(run: Run, drawn: Drawn, pc: str) -> bool:
    """Whether only the place of the instruction was changed."""
    assert run.start is not None
    before = run.start
    changed = {name for name, value in drawn.case.registers.items() if before.registers.get(name, 0) != value}
    files = all(
        before.files.get(name, {}).get(index, 0) == value
        for name, values in drawn.case.files.items()
        for index, value in values.items()
    )
    return changed <= {pc} and files and all(place in drawn.case.storage for place in before.storage)
