"""From the layers of files to one `Isa`: everything declared, typed and checked, everything wrong reported."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer.diagnostics import Diagnostics
from analyzer.encoding.forms import CasePattern
from analyzer.encoding.overlap import overlapping, word_text
from analyzer.encoding.pattern import Cube, Encoding, Form, PrefixGroup
from analyzer.language.check import Scope, check_block, check_expression, check_functions, collect_functions
from analyzer.language.ir import Expr
from analyzer.spec.assembler import SyntaxReader
from analyzer.spec.declare import Declarer
from analyzer.spec.encodings import EncodingReader
from analyzer.spec.expand import Expander
from analyzer.spec.files import Layer
from analyzer.spec.inherit import Inheritance
from analyzer.spec.lint import lint_machine
from analyzer.spec.model import Instruction, Isa, Mode, Monitor, meant
from analyzer.spec.monitors import MonitorReader
from analyzer.spec.operand_classes import OperandReader
from analyzer.spec.read import Reader
from analyzer.spec.reserved import ReservedFunctions
from analyzer.spec.rows import Row, RowReader
from analyzer.spec.schema import FunctionEntry, SpecificationFile
from analyzer.spec.simulation import SimulationReader
from analyzer.spec.text import Text
from analyzer.spec.yaml_source import YamlMapping

OWN = ("isa", "title", "description", "extends", "include", "remove", "amend")  # not inherited
MAX_OVERLAPS = 50  # reported; the rest says the same
LISTED = ("functions", "instructions")  # put together by name, not key by key
DEFINITION = re.compile(r"^def\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Common:
    """What instructions have in common, read and checked, and the rows in which they are written."""

    spec: SpecificationFile
    modes: dict[str, Mode]
    monitors: dict[str, Monitor]
    groups: tuple[PrefixGroup, ...]
    operands: Mapping[str, Sequence[CasePattern]]
    rows: list[Row]


@dataclass(slots=True)
class Builder:
    """Builds one machine.

    `broken` are names whose declaration is wrong, so that their uses are no further errors; `incomplete` tells that a
    whole part could not be read.
    """

    layers: list[Layer]
    main: str
    diagnostics: Diagnostics
    broken: set[str] = field(default_factory=set)
    incomplete: bool = False
    scope: Scope = field(default_factory=Scope)

    def build(self) -> Isa:
        """The machine, complete only if no error was reported."""
        return self.machine(self.common())

    def common(self) -> Common:
        """What comes before the instructions."""
        expander, reader = Expander(self.diagnostics), Reader(self.diagnostics, self.broken)
        tree = merged(self.layers)
        spec = reader.specification(tree)
        self.incomplete = reader.incomplete
        declarer = Declarer(spec, self.scope, self.diagnostics, root=tree.span, lost=reader.lost)
        declarer.declare()
        modes, groups = declarer.modes(), declarer.prefixes()
        operands = OperandReader(self.scope, self.diagnostics, broken=self.broken)
        for name, operand in spec.operands.items():
            operands.read(name, operand)
        self._functions(reader, expander)
        declarer.translations(self.broken)
        ReservedFunctions(self.scope, self.diagnostics, tree.span).check(self.broken)
        self._deliveries(spec)
        monitors = self._monitors(spec, modes, tree)
        return Common(spec, modes, monitors, groups, operands.patterns, self._rows(reader, expander, tree))

    def machine(self, common: Common, only: Collection[str] = ()) -> Isa:
        """The machine with the instructions of one of these names or mnemonics: then it is not linted; with all if
        there are none. Each call finds what is wrong with them and with what else follows here."""
        spec, written = common.spec, common.rows
        encodings = EncodingReader(self.scope, self.diagnostics, common.operands, common.groups, *self._units())
        rows = RowReader(self.scope, self.diagnostics, encodings, self.main, self._elsewhere())
        wanted = _wanted(written, only)
        pairs = [(row, found) for row in written if row.entry.name in wanted and (found := rows.read(row)) is not None]
        instructions = tuple(instruction for _, instruction in pairs)
        self._overlaps(instructions)
        removed = (str(name) for layer in self.layers for name in layer.tree.items_of("remove"))
        known = {*removed, *(str(row.entry.name) for row in written)}
        syntax = SyntaxReader(self.scope, self.diagnostics, common.groups, known).read(spec.assembler, pairs)
        unread = tuple(str(row.entry.name) for row in written if row.entry.name not in wanted)
        isa = replace(self._isa(common, instructions), syntax=syntax, unread=unread)
        if not self.diagnostics.errors and not only:
            rows.report_unused()
            restrictions = [str(row.entry.where) for row in written if row.entry.where is not None]
            lint_machine(isa, spec, self.scope, restrictions, self.diagnostics)
        return isa

    def _elsewhere(self) -> set[str]:
        """The machines of the chain that do not stand beside this one."""
        beside = self.layers[-1].folder.resolve().parent
        return {layer.folder.name for layer in self.layers if layer.folder.resolve().parent != beside}

    def _units(self) -> tuple[int, int]:
        """The unit of the program space in bits, and how many a parcel has; 1 if there is none."""
        programs = (space for space in self.scope.spaces.values() if space.role == "program")
        return next(((space.unit, space.parcel) for space in programs), (1, 1))

    def _isa(self, common: Common, rows: tuple[Instruction, ...]) -> Isa:
        spec = common.spec
        invariants = [self._invariant(text) for text in spec.invariants]
        return Isa(
            name=str(spec.isa),
            title=str(spec.title),
            description=str(spec.description).strip(),
            sources={str(key): str(value) for key, value in spec.sources.items()},
            folder=self.layers[-1].folder,
            machine=self.scope.machine(),
            modes=common.modes,
            invariants=tuple(value for value in invariants if value is not None),
            invariants_text=tuple(str(text) for text in spec.invariants),
            monitors=common.monitors,
            instructions=rows,
            simulation=SimulationReader(self.scope, self.diagnostics).read(spec.simulation),
        )

    def _monitors(self, spec: SpecificationFile, modes: dict[str, Mode], tree: YamlMapping) -> dict[str, Monitor]:
        if not spec.monitors and "monitors" not in tree:
            hint = "monitors: {default: {question: ..., modes: {...}}}"
            self.diagnostics.error(tree.span, "missing-monitor", "there is no monitor", hint)
        reader = MonitorReader(self.scope, modes, self.diagnostics)
        return {str(name): reader.read(name, entry) for name, entry in spec.monitors.items()}

    def _invariant(self, text: Text) -> Expr | None:
        return check_expression(text.source(), self.scope, self.diagnostics, 1, names={})

    def _functions(self, reader: Reader, expander: Expander) -> None:
        """Functions of all layers; one of a later layer takes the place of one of the same name."""
        for layer in self.layers:
            entries: list[FunctionEntry] = reader.entries(layer.tree.items_of("functions"), FunctionEntry)
            texts = [(e.code, context) for entry in entries for e, context in expander.expand(entry)]
            for text, _ in texts:
                for name in DEFINITION.findall(text):
                    self.scope.signatures.pop(name, None)
            for text, context in texts:
                collect_functions(text.source(context), self.scope, self.diagnostics)
                self.broken |= {name for name in DEFINITION.findall(text) if name not in self.scope.signatures}
        check_functions(self.scope, self.diagnostics)

    def _deliveries(self, spec: SpecificationFile) -> None:
        for name, entry in spec.traps.items():
            if entry.deliver is not None:
                trap = self.scope.traps[name]
                source = entry.deliver.source(f"delivery of {name}")
                block = check_block(source, self.scope, self.diagnostics, fields={}, operands={}, args=trap.args)
                self.scope.traps[str(name)] = replace(trap, deliver=block)

    def _rows(self, reader: Reader, expander: Expander, tree: YamlMapping) -> list[Row]:
        """The rows of all layers."""
        if not any(layer.tree.items_of("instructions") for layer in self.layers):
            hint = "instructions: [...]"
            self.diagnostics.error(tree.span, "missing-instructions", "there are no instructions", hint)
        return Inheritance(reader, expander, self.diagnostics).collect(self.layers)

    def _overlaps(self, instructions: tuple[Instruction, ...]) -> None:
        unit, _ = self._units()
        owned: list[tuple[Instruction | str, Encoding]] = [(row, e) for row in instructions for e in row.encodings]
        owned += self._prefix_units(instructions, unit)
        try:
            for first, second, common in itertools.islice(overlapping(owned), MAX_OVERLAPS):
                self._overlap(first, second, common, unit)
        except OverflowError:
            span, hint = instructions[0].span, "give instructions more fixed bits in common places"
            self.diagnostics.error(span, "too-many-forms", "cannot decide which instructions overlap", hint)

    def _prefix_units(
        self, instructions: tuple[Instruction, ...], unit: int
    ) -> list[tuple[Instruction | str, Encoding]]:
        """Each prefix unit as a pattern: no instruction may begin with one."""
        groups = instructions[0].encodings[0].groups if instructions else ()
        full = (1 << unit) - 1
        return [
            (group.name, Encoding((Form(unit, full, value, (), {}, {}),), {}))
            for group in groups
            for value in group.units
        ]

    def _overlap(self, a: Instruction | str, b: Instruction | str, common: Cube, unit: int) -> None:
        """Report that two instructions, or an instruction and a prefix group, share words."""
        word = word_text(common, unit)
        if isinstance(a, str) or isinstance(b, str):
            group, row = (a, b) if isinstance(a, str) else (b, a)
            if isinstance(row, Instruction):
                self.diagnostics.error(row.span, "overlap", f"'{row.name}' begins with a prefix of '{group}': {word}",
                                       "a unit is either a prefix or the beginning of instructions")  # fmt: skip
        elif a is b:
            self.diagnostics.error(b.span, "overlap", f"two patterns of '{b.name}' both match {word}",
                                   "make them differ in a fixed bit")  # fmt: skip
        else:
            self.diagnostics.error(b.span, "overlap", f"'{b.name}' and '{a.name}' both match {word}",
                                   f"'{a.name}' is at {a.span}; restrict one with fixed bits or 'where'")  # fmt: skip


def _wanted(rows: Sequence[Row], only: Collection[str]) -> set[str]:
    """The names of the rows to read."""
    if not only:
        return {row.entry.name for row in rows}
    known = [(str(row.entry.name), row.mnemonic) for row in rows]
    return {name for text in only for name in meant(text, known)}


def merged(layers: list[Layer]) -> YamlMapping:
    """One tree: mappings of later layers read over earlier ones, key by key."""
    out = YamlMapping()
    for layer in layers:
        out = _over(_own(out), layer.tree)
    return out


def _over(base: YamlMapping, top: YamlMapping) -> YamlMapping:
    out = YamlMapping(span=top.span)
    newer = {str(key): (key, node) for key, node in top.items() if key not in LISTED}
    for key, node in base.items():
        if str(key) not in newer:
            out[key] = node
            continue
        new_key, new_node = newer.pop(str(key))
        if isinstance(node, YamlMapping) and isinstance(new_node, YamlMapping):
            new_node = _over(node, new_node)
        out[new_key] = new_node
    out.update(newer.values())
    return out


def _own(tree: YamlMapping) -> YamlMapping:
    """What a variant inherits."""
    return YamlMapping({key: node for key, node in tree.items() if key not in OWN}, tree.span)
