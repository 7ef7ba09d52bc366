"""What binary translation puts in place of an instruction: its own semantics on the virtual CPU record.

The record holds the guest's hidden components beside the real ones. Translated code runs for one supervisor mode at a
time, which is known when it is translated: reads of mode components become constants, and what they decide is decided.
What cannot be done in place calls out: the monitor interprets the instruction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from analyzer.language.declarations import Function
from analyzer.language.effects import EffectAnalysis
from analyzer.language.ir import Block, Expr, Register, Stmt, walk
from analyzer.language.printer import Printer
from analyzer.remedies.fold import Folder
from analyzer.remedies.variant import prefix
from analyzer.spec.model import Instruction, Isa, Monitor

LARGE = 150  # nodes of the IR; a larger replacement calls out
LEAVES = ("execute", "undefined", "unpredictable", "storage_size")  # marks of what is not done in place


@dataclass(frozen=True, slots=True)
class Replacement:
    """What stands for an instruction in translated code: `text` in the language and the `functions` that it calls, or,
    with a `reason`, a callout. `record`: the hidden components of the record that it reads or writes. `size`: nodes."""

    text: str = ""
    functions: Mapping[str, str] = field(default_factory=dict)
    record: frozenset[str] = frozenset()
    size: int = 0
    reason: str = ""


def callout(reason: str, size: int = 0) -> Replacement:
    """A replacement that leaves the instruction to the monitor."""
    return Replacement(size=size, reason=reason)


@dataclass(frozen=True)
class Deriver:
    """Derives replacements for one machine under one of its monitors; `constants` are the mode components that are the
    same in all supervisor modes."""

    isa: Isa
    monitor: Monitor

    @cached_property
    def constants(self) -> dict[str, int]:
        """Mode components and their value in translated code."""
        modes = [mode.when for mode in self.isa.guest_modes.values() if mode.kind == "supervisor"]
        return {name: value for name, value in modes[0].items() if all(mode[name] == value for mode in modes)}

    @cached_property
    def record(self) -> dict[str, str]:
        """Hidden component that the record can hold to its name there. A shared one has its place already."""
        components, start = self.isa.machine.components.values(), prefix(self.isa, "vcpu_")
        scalars = (c.name for c in components if c.hidden and c.count is None)
        return {name: self.monitor.shared.get(name, f"{start}{name}") for name in scalars}

    def used(self, replacements: Iterable[Replacement]) -> dict[str, str]:
        """The part of the record that replacements use, without what has its place already."""
        names = frozenset[str]().union(*(each.record for each in replacements)).difference(self.monitor.shared)
        return {name: held for name, held in self.record.items() if name in names}

    @cached_property
    def decides(self) -> frozenset[str]:
        """The components whose change makes the monitor load other values: modes, relocation, and what `install`
        reads."""
        modes = {c.name for c in self.isa.machine.with_role("mode")}
        loaded = {c.name for c in self.isa.machine.with_role("relocation") if c.name not in self.monitor.install}
        return self.monitor.reads | modes | loaded

    @cached_property
    def outward(self) -> frozenset[str]:
        """The components that others than the processor look at: the console, and those that stop the machine."""
        simulation, analysis = self.isa.simulation, self.analysis
        console = {simulation.console.output.component} if simulation.console else set()
        return frozenset(console | (analysis.block(simulation.halted).reads if simulation.halted else set()))

    @cached_property
    def analysis(self) -> EffectAnalysis:
        """Effects of the machine's functions."""
        return EffectAnalysis(self.isa.machine.functions, self.isa.machine.operands)

    @cached_property
    def folder(self) -> Folder:
        """What puts the record and the constants in place."""
        return Folder(self.isa.machine, self.constants, self.record, prefix(self.isa, "virtual_"))

    def derive(self, row: Instruction) -> Replacement:
        """The replacement of an instruction."""
        block = self.folder.block(row.body.semantics)
        functions = self.folder.reached(block)
        size = sum(1 for part in (block, *(f.body for f in functions.values())) for _ in walk(part))
        analysis = EffectAnalysis({**self.isa.machine.functions, **functions}, self.isa.machine.operands)
        reason = self.obstacle(analysis, block, row, size)
        if reason:
            return callout(reason, size)
        printer = Printer(self.isa.machine.bit_order)
        texts = {name: printer.function(function) for name, function in functions.items()}
        record = frozenset(name for name, held in self.record.items() if held in mentioned(block, functions))
        return Replacement(printer.block(block), texts, record, size)

    def obstacle(self, analysis: EffectAnalysis, block: Block, row: Instruction, size: int) -> str:
        """Why a replacement cannot stand in translated code; nothing if it can."""
        effects, machine = analysis.block(block, row.body.operands), self.isa.machine
        original = {held: name for name, held in self.record.items()}
        written = {original.get(name, name) for name in effects.writes}
        touched = (effects.reads | effects.writes) - self.monitor.holders
        hidden = {c.name for c in machine.components.values() if c.hidden and c.name in touched}
        files = {name for name in hidden if machine.components[name].count is not None}
        past = (effects.loads | effects.stores) - {machine.program.name}
        for found, reason in (
            (past, "accesses {}"),
            (effects.marks & set(LEAVES), "has {}"),
            (files, "uses the file {}"),
            (hidden, "has an operand that reads {}"),
            (written & self.decides, "changes {}"),
            (written & self.outward, "changes {}"),
        ):
            if found:
                return reason.format(", ".join(sorted(found)))
        return f"has {size} nodes" if size > LARGE else ""


def mentioned(block: Block, functions: Mapping[str, Function]) -> set[str]:
    """The components that a block and functions name."""
    nodes = (node for part in (block, *(f.body for f in functions.values())) for node in walk(part))
    return set(names(nodes))


def names(nodes: Iterable[Expr | Stmt]) -> Iterator[str]:
    """The components among nodes, and targets of assignments."""
    for node in nodes:
        target = getattr(node, "target", node)
        if isinstance(target, Register):
            yield target.name
