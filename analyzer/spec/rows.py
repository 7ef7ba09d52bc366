"""Instructions: from expanded rows to encodings and typed bodies."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analyzer.diagnostics import Diagnostics
from analyzer.language.check import Scope, check_block
from analyzer.language.declarations import Body
from analyzer.spec.amend import composed
from analyzer.spec.encodings import EncodingReader, length_of
from analyzer.spec.model import Instruction
from analyzer.spec.schema import InstructionEntry
from analyzer.spec.text import Text


@dataclass(frozen=True, slots=True)
class Row:
    """An instruction as written, families expanded; `context` names the combination of `family`. `amendments` are the
    semantics that variants have for it, the last one's last."""

    entry: InstructionEntry
    context: str
    family: InstructionEntry
    amendments: tuple[Text, ...] = ()

    @property
    def mnemonic(self) -> str:
        """As given, or the first word of the name."""
        return str(self.entry.mnemonic or self.entry.name.split()[0])

    @property
    def told(self) -> str:
        """What is said about the place of an error in its semantics, besides the place."""
        amended = [f"{self.entry.name}, amended at {self.amendments[-1].span}"] if self.amendments else []
        return ", ".join([self.context, *amended] if self.context else amended)


@dataclass(slots=True)
class RowReader:
    """Reads rows. `main` is the machine's main file as named in messages, `elsewhere` are the shipped machines that it
    extends and does not stand beside."""

    scope: Scope
    diagnostics: Diagnostics
    encodings: EncodingReader
    main: str
    elsewhere: Collection[str] = ()
    unused: dict[tuple[int, str], tuple[InstructionEntry, bool]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def read(self, row: Row) -> Instruction | None:
        """The instruction, or `None` after reporting what is wrong with its encoding."""
        entry = row.entry
        if self.encodings.full:
            return None
        encodings = self.encodings.read(entry, row.context)
        fields, operands = self.encodings.names(entry)
        used: set[str] = {*fields, *operands} if row.amendments else set()  # they are the base's affair
        found = Diagnostics()
        source = composed(entry.semantics, row.amendments, row.told, found)
        block = () if source is None else check_block(
            source, self.scope, found, fields=fields | self.scope.prefixes, operands=operands, used=used
        )  # fmt: skip
        for item in found.items:
            if encodings or not item.code.startswith("unknown-"):  # a field may be missing
                self.diagnostics.add(item)
        if not encodings:
            return None
        self._note_use(row, (*fields, *operands), used)
        case_widths = {name: self.scope.operands[class_name].case_width for name, class_name in operands.items()}
        length = length_of(encodings[0], case_widths, self.encodings.unit, self.scope.pc_width or 1)
        return Instruction(
            name=str(entry.name), mnemonic=row.mnemonic, encodings=encodings,
            body=Body(self._all_fields(fields, operands), operands, length, block),
            summary=str(entry.summary or ""), source=str(entry.source or ""),
            syntax=tuple(str(text) for text in entry.syntax or ()),
            file=self._relative(entry.name.span.file), span=entry.name.span,
            text=source.text if source is not None else "",
        )  # fmt: skip

    def _all_fields(self, fields: Mapping[str, int], operands: Mapping[str, str]) -> dict[str, int]:
        """Prefix groups, fields, and for each operand the number of its case and the fields of all cases."""
        out = {**self.scope.prefixes, **fields}
        for operand, class_name in operands.items():
            operand_class = self.scope.operands[class_name]
            out[f"{operand}.case"] = operand_class.case_width
            for case in operand_class.cases:
                out |= {f"{operand}.{name}": width for name, width in case.fields.items()}
        return out

    def _note_use(self, row: Row, names: Iterable[str], used: set[str]) -> None:
        """A field counts as unused when no member of the family uses it."""
        for name in names:
            key = (id(row.family), name)
            _, before = self.unused.get(key, (row.family, True))
            self.unused[key] = (row.family, before and name not in used)

    def report_unused(self) -> None:
        """Warn of fields that no row uses, once all rows are read."""
        for (_, name), (family, unused) in self.unused.items():
            if unused:
                span, message = family.encoding[0].span, f"field '{name}' is not used"
                self.diagnostics.warning(span, "unused-field", message, "write - for ignored bits")

    def _relative(self, file: str) -> str:
        """A file as named from the folder of the machine's main file, one of a machine elsewhere by that machine."""
        if file.split("/", 1)[0] in self.elsewhere:
            return file
        if file not in self.files:
            self.files[file] = Path(os.path.relpath(file, Path(self.main).parent)).as_posix()
        return self.files[file]
