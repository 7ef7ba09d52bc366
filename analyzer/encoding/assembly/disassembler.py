"""The disassembler: units to the text of an instruction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.encoding.assembly.elements import Element, Shown, write_all
from analyzer.encoding.assembly.numbers import number_text
from analyzer.encoding.assembly.prefixes import prefix_words
from analyzer.encoding.assembly.rows import Template, Templates
from analyzer.encoding.assembly.syntax import WrittenMachine, WrittenRow
from analyzer.encoding.codec import Decoder


class Disassembler:
    """Disassembles the instructions of one machine. `decoder`: that of the machine, if there is one already."""

    def __init__(self, isa: WrittenMachine, decoder: Decoder | None = None) -> None:
        self.isa = isa
        self.decoder = decoder or Decoder(isa)
        self.rows = {row.name: row for row in isa.instructions}
        self.templates = Templates(isa.machine, isa.syntax)
        self.bound: dict[str, list[Template]] = {}
        self.prefixes: dict[tuple[str, int], str] = {}
        for word, key in prefix_words(isa).items():
            self.prefixes.setdefault(key, word)

    def disassemble(
        self, units: Sequence[int], address: int, symbols: Mapping[str, int] | None = None
    ) -> tuple[str, int]:
        """The instruction that `units` begin with, standing at `address`, and its length in units.

        `symbols` are names to be shown for addresses. What is no instruction is shown as one unit of data. The text
        assembles to the same instruction and fields; ignored bits become 0, prefixes come in the machine's order.
        """
        decoded = self.decoder.decode(units)
        if decoded is None:
            return self._data(units[0]), 1
        name, fields, length = decoded
        text = self.text(self.rows[name], self._shown(fields, address + length, symbols or {}))
        return (text, length) if text is not None else (self._data(units[0]), 1)

    def _shown(self, fields: Mapping[str, int], next_address: int, symbols: Mapping[str, int]) -> Shown:
        labels = {value: name for name, value in reversed(list(symbols.items()))}
        return Shown(fields, next_address, self.isa.syntax.shown, self.isa.syntax.radix, labels)

    def text(self, row: WrittenRow, shown: Shown) -> str | None:
        """A row with its fields, written by the first of its templates that can be; `None` if a table has no name."""
        if row.name not in self.bound:
            self.bound[row.name] = self.templates.of(row)
        for template in self.bound[row.name]:
            text = write_all(template.elements, shown)
            if text is not None:
                return " ".join([*self._prefixes(row, template.elements, shown), text.strip()])
        return None

    def _prefixes(self, row: WrittenRow, elements: Sequence[Element], shown: Shown) -> list[str]:
        """The words for the prefixes that the text of the operands does not show."""
        told = {field for element in elements for field in element.tells(shown)}
        out = []
        encoding = row.encodings[0]
        for group in encoding.groups:
            value, accepted = shown.fields[group.name], encoding.prefixes[group.name]
            if value != group.none and accepted != {value} and group.name not in told:
                out.append(self.prefixes[group.name, value])
        return out

    def _data(self, unit: int) -> str:
        syntax, width = self.isa.syntax, self.isa.machine.program.unit
        directive = ".byte" if width == 8 else ".word" if syntax.word == 1 else ".unit"
        return f"{directive} {number_text(unit, syntax.shown, syntax.radix)}"


def disassemble(
    isa: WrittenMachine, units: Sequence[int], address: int, symbols: Mapping[str, int] | None = None
) -> tuple[str, int]:
    """`Disassembler(isa).disassemble(units, address, symbols)`, for a single instruction."""
    return Disassembler(isa).disassemble(units, address, symbols)
