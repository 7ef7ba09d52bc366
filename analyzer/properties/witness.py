"""Witnesses for people: the components that matter, two runs side by side, and where they part."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.language.evaluate import Interpretation, State
from analyzer.properties.found import Execution, Existence, Found
from analyzer.properties.replay import encoded, trial
from analyzer.properties.shrink import causes
from analyzer.properties.subject import Subject
from analyzer.verdict import Run, Start, Witness


def describe(subject: Subject, question: str, existence: Existence) -> Witness:
    """The witness of an existence that was found; `question` is the property's name."""
    found = existence.found
    assert found is not None
    fields = {name: value for name, value in found.fields.items() if _belongs(subject, found, name)}
    matter = {c.name for c in subject.machine.with_role("mode")} | set(causes(subject, existence))
    runs = tuple(_run(subject, found, execution, existence.parting, matter) for execution in found.executions)
    return Witness(
        question, fields, _encoding(subject, found), runs, existence.parting, found.placement,
        sentence(subject, question, existence),
    )  # fmt: skip


def _belongs(subject: Subject, found: Found, field: str) -> bool:
    """Whether a field is part of the form that the witness has: `m.rm` of another case of operand m is not."""
    operand, _, name = field.partition(".")
    if not name or name == "case" or operand not in subject.body.operands:
        return True
    cases = subject.machine.operands[subject.body.operands[operand]].cases
    return name in cases[found.fields[f"{operand}.case"]].fields


def _encoding(subject: Subject, found: Found) -> str:
    """The instruction's units in hexadecimal; nothing for a word that is no instruction."""
    units = encoded(subject, found.fields)
    digits = (subject.machine.program.unit + 3) // 4
    return " ".join(f"{unit:0{digits}x}" for unit in units)


def _run(subject: Subject, found: Found, execution: Execution, parting: Sequence[str], matter: set[str]) -> Run:
    """One run, with the components of those that matter and of those in which it parts from the other."""
    machine, outcome = subject.machine, execution.outcome
    flat_before, flat_after = flatten(execution.before), flatten(outcome.state)
    parted = {name.split(".", 1)[-1] for name in parting}
    shown = {
        n: v for n, v in flat_before.items() if _component(n) in matter | parted or (v and _guests(subject, found, n))
    }
    changed = {n: v for n, v in flat_after.items() if v != flat_before.get(n, 0) and n != machine.pc.name}
    for name in flat_before:
        if name not in flat_after:
            changed[name] = 0
    if machine.pc.name in parted and outcome.kind != "traps":
        changed[machine.pc.name] = flat_after[machine.pc.name]
    for name in changed:
        shown.setdefault(name, flat_before.get(name, 0))
    return Run(
        mode_name(subject, execution.before), _ordered(subject, shown), _ordered(subject, changed), outcome.kind,
        outcome.trap, machine.traps[outcome.trap].trap_class if outcome.trap else "", _result(execution),
        _start(subject, found, execution),
    )  # fmt: skip


def _start(subject: Subject, found: Found, execution: Execution) -> Start:
    """All that it takes to run the execution again."""
    before, given = execution.before, execution.interpretation
    functions: dict[tuple[str, tuple[int, ...]], int] = {}
    opened: dict[tuple[str, bool], int] = {}

    def function(name: str, args: tuple[int, ...]) -> int:
        return functions.setdefault((name, args), given.function(name, args))

    def value(site: str, unpredictable: bool) -> int:
        return opened.setdefault((site, unpredictable), given.open(site, unpredictable))

    if subject.leaves_open:
        trial(subject, execution.label, Interpretation(function, value), found.fields, before)
    files = {name: {index: v for index, v in values.items() if v} for name, values in before.files.items()}
    return Start(dict(before.registers), files, stored(before), before.storage_size, functions, opened)


def _guests(subject: Subject, found: Found, name: str) -> bool:
    """Whether a value is the guest's own (or of a single state), not one that the monitor loads."""
    component = subject.machine.components.get(_component(name))
    if component is None or not component.hidden or len(found.executions) == 1:
        return True
    return bool(flatten(found.executions[0].before).get(name))


def _ordered(subject: Subject, values: dict[str, int]) -> dict[str, int]:
    """In the order of the specification, storage last."""
    order = {name: i for i, name in enumerate(subject.machine.components)}
    return dict(
        sorted(values.items(), key=lambda item: (order.get(_component(item[0]), len(order)), len(item[0]), item[0]))
    )


def _component(flat: str) -> str:
    return flat.split("[", 1)[0]


def flatten(state: State) -> dict[str, int]:
    """Components, registers of files that are not 0 as `ac[3]`, storage units that are not 0 as `real[17]`; what lies
    past the end of storage is of a trial with more of it."""
    out = dict(state.registers)
    for name, values in state.files.items():
        out |= {f"{name}[{index}]": value for index, value in sorted(values.items()) if value}
    out |= {f"real[{place}]": unit for place, unit in stored(state).items()}
    return out


def stored(state: State) -> dict[int, int]:
    """The units of storage that are not 0, by place."""
    return {place: unit for place, unit in sorted(state.storage.items()) if unit and place < state.storage_size}


def _result(execution: Execution) -> str:
    outcome = execution.outcome
    parts = [f"trap after completion: {kind}" for kind in outcome.after]
    if outcome.kind == "continues":
        parts.append(f"executes {outcome.bits:#x}")
    return ", ".join(parts)


def mode_name(subject: Subject, state: State) -> str:
    """The mode a state is in."""
    for mode in subject.isa.modes.values():
        if all(state.registers[name] == value for name, value in mode.when.items()):
            return mode.name
    return "no mode"


def sentence(subject: Subject, question: str, existence: Existence) -> str:
    """One sentence that says what the witness shows."""
    found = existence.found
    assert found is not None
    name = subject.instruction.name
    parted = ", ".join(existence.parting)
    first, last = found.executions[0], found.executions[-1]
    if len(found.executions) == 1:
        return f"In {mode_name(subject, first.before)} mode {name} completes and changes {parted}."
    modes = mode_name(subject, first.before), mode_name(subject, last.before)
    if existence.parting == ("outcome",):
        return (
            f"On the guest's machine, in {modes[0]} mode, {name} {_outcome(first)}; "
            f"on the real one, in {modes[1]} mode, it {_outcome(last)}."
        )
    if existence.parting == ("restart",):
        return f"In the real machine {name} traps after part of its work, and cannot be resumed as it should."
    return f"Virtual {modes[0]} mode, real {modes[1]} mode: {name} completes in both runs, which part in {parted}."


def _outcome(execution: Execution) -> str:
    outcome = execution.outcome
    return f"traps ({outcome.trap})" if outcome.kind == "traps" else "completes"
