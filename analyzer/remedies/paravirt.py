"""Paravirtualization: the interface between a ported guest and its monitor, derived from what the instructions do.

The words are those of `Hypercall`; `abi_text` is what a porter of a guest works from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from analyzer.encoding.assembly.disassembler import Disassembler
from analyzer.language.effects import EffectAnalysis, Effects
from analyzer.remedies.patch import Carrier, carrier_for, numbers
from analyzer.spec.model import Instruction, Isa

Forms = tuple[tuple[int, str], ...]

HOOKS = ("before", "after")  # functions that the machine runs around every instruction
RULES = (
    "A hypercall stands in storage where the replaced instruction began. Which one depends on how many units there "
    "are; what remains of them stays as it is and is never executed.",
    "The operands are not passed: the site table gives the monitor the units of the replaced instruction, and with "
    "them its operand fields.",
    "Arguments are in the visible components that the replaced instruction reads, results in those that it writes, "
    "flags among them. No other visible component is read or changed. There is no return code.",
    "The monitor executes the replaced instruction on the virtual CPU, with the guest's own mode, relocation and "
    "control components: those under `virtual CPU` below.",
    "The guest goes on where the replaced instruction would: behind it, not behind the hypercall; at its target; or, "
    "if it works in steps, at the site again until the last.",
    "Where the replaced instruction traps, the guest takes this trap, with the address of the site and, where the "
    "machine stores it, that of what follows the replaced instruction.",
    "The monitor is given the site table when the guest is loaded: storage address of the site, the hypercall's "
    "number, the units of the replaced instruction, the units that stand there now. Sites are told apart by where "
    "they lie in storage, so that the guest may use the same instruction for calls of its own.",
    "A hypercall works at its site only, and as long as its units stand there. Code that is read as data, copied, or "
    "made at run time must be left as it is, or be written so that it needs no hypercall. A hypercall found elsewhere "
    "ends the guest with a fault, if its units stood nowhere else in the program.",
)


@dataclass(frozen=True, slots=True)
class Hypercall:
    """What replaces the instruction `name`.

    `forms`: what is written in place of so many units or more, nothing where no instruction fits. `operands`: field to
    its width. `arguments` and `results` are visible components, `loads` and `stores` the spaces that are accessed;
    `virtual_reads` and `virtual_writes` hidden components of the virtual CPU; `traps`: kinds that the guest may take,
    with their class. All by name, in the order of the specification: what may be touched, in some state.
    """

    number: int
    name: str
    summary: str
    source: str
    forms: Forms
    operands: tuple[tuple[str, int], ...]
    arguments: tuple[str, ...]
    loads: tuple[str, ...]
    virtual_reads: tuple[str, ...]
    results: tuple[str, ...]
    stores: tuple[str, ...]
    virtual_writes: tuple[str, ...]
    traps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Abi:
    """The hypercalls of a machine, by their numbers, and the rules that hold for all."""

    isa: str
    title: str
    calls: tuple[Hypercall, ...]
    rules: tuple[str, ...] = field(default=RULES)


def abi(isa: Isa, names: Collection[str], carriers: Collection[Carrier]) -> Abi:
    """The hypercalls that replace the instructions `names`."""
    effects, disassembler = EffectAnalysis(isa.machine.functions, isa.machine.operands), Disassembler(isa)
    calls = (
        _hypercall(isa, isa.instruction(name), number, _effects(isa, effects, isa.instruction(name)),
                   tuple(_forms(isa, disassembler, isa.instruction(name), number, carriers)))
        for name, number in numbers(isa, names).items()
    )  # fmt: skip
    return Abi(isa.name, isa.title, tuple(calls))


def _effects(isa: Isa, effects: EffectAnalysis, row: Instruction) -> Effects:
    """What an instruction may touch, with the translation of what it accesses and the machine's hooks."""
    machine = isa.machine
    found = effects.block(row.body.semantics, row.body.operands)
    spaces = [machine.spaces[name] for name in found.loads | found.stores]
    called = {space.translate or "translate" for space in spaces if space.role != "storage"} | set(HOOKS)
    for name in sorted(called & machine.functions.keys()):
        found |= effects.block(machine.functions[name].body)
    return found


def _hypercall(
    isa: Isa, row: Instruction, number: int, found: Effects, forms: tuple[tuple[int, str], ...]
) -> Hypercall:
    machine = isa.machine
    groups = {group.name for encoding in row.encodings for group in encoding.groups}
    visible = [component.name for component in machine.components.values() if not component.hidden]
    hidden = [component.name for component in machine.components.values() if component.hidden]
    return Hypercall(
        number=number,
        name=row.name,
        summary=row.summary,
        source=row.source,
        forms=forms,
        operands=tuple((name, width) for name, width in row.body.fields.items() if name not in groups),
        arguments=_among(visible, found.reads),
        loads=_among(machine.spaces, found.loads),
        virtual_reads=_among(hidden, found.reads),
        results=_among(visible, found.writes),
        stores=_among(machine.spaces, found.stores),
        virtual_writes=_among(hidden, found.writes),
        traps=tuple((name, kind.trap_class) for name, kind in machine.traps.items() if name in found.traps),
    )


def _among(order: Iterable[str], names: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in order if name in names)


def _forms(
    isa: Isa, disassembler: Disassembler, row: Instruction, number: int, carriers: Collection[Carrier]
) -> Iterator[tuple[int, str]]:
    """From how many units on, what is written in place of an instruction."""
    unit, last = isa.machine.program.unit, None
    shortest = min((form.length // unit for encoding in row.encodings for form in encoding.forms), default=1)
    for length in range(shortest, row.longest(unit) + 1):
        carrier = carrier_for(carriers, length, number)
        text = disassembler.disassemble(carrier.units(isa, number), 0)[0] if carrier else ""
        if text != last:
            yield length, text
        last = text


# -- as text ---------------------------------------------------------------------------------------------------------


def abi_text(found: Abi) -> str:
    """The interface as Markdown, for whoever ports a guest."""
    parts = [f"# Hypercalls: {found.title}", "\n".join(f"- {rule}" for rule in found.rules)]
    if not found.calls:
        parts.append("No instruction needs a hypercall.")
    for call in found.calls:
        parts.append(f"## {call.number}: {call.name}")
        parts.append(f"{call.summary} ({call.source})" if call.source else call.summary)
        parts.append("\n".join(["| | |", "| --- | --- |", *(f"| {what} | {text} |" for what, text in _rows(call))]))
    return "\n\n".join(part for part in parts if part) + "\n"


def _rows(call: Hypercall) -> Iterator[tuple[str, str]]:
    for length, text in call.forms:
        yield f"from {counted(length, 'unit')} on", f"`{text}`" if text else "nothing fits: it cannot be replaced"
    yield "operand fields", _listed([f"{name} ({counted(width, 'bit')})" for name, width in call.operands])
    yield "arguments", _listed([*call.arguments, *(f"storage ({name})" for name in call.loads)])
    yield "results", _listed([*call.results, *(f"storage ({name})" for name in call.stores)])
    yield "virtual CPU: read", _listed(call.virtual_reads)
    yield "virtual CPU: changed", _listed(call.virtual_writes)
    yield "traps into the guest", _listed([f"{name} ({trap_class})" for name, trap_class in call.traps])


def counted(number: int, what: str) -> str:
    """So many of something, in words."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
