"""Instructions: from expanded rows to encodings and typed bodies."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analyzer.diagnostics import Diagnostics
from analyzer.encoding.cubes import cubes_of
from analyzer.encoding.forms import CasePattern, forms_of, operands_of, widths_of
from analyzer.encoding.parse import PatternError, parse_pattern, parse_where
from analyzer.encoding.pattern import Encoding, Form, PrefixGroup
from analyzer.language.check import Scope, check_block
from analyzer.language.declarations import Body, OperandClass
from analyzer.language.expressions import RESERVED
from analyzer.language.ir import Const, Expr, Field, apply, choose
from analyzer.language.scope import did_you_mean
from analyzer.spec.model import Instruction
from analyzer.spec.operand_classes import report_pattern
from analyzer.spec.schema import InstructionEntry, number
from analyzer.spec.text import Text

MAX_SIZE = 1_000_000  # fields of all forms and values left by restrictions


@dataclass(frozen=True, slots=True)
class Row:
    """An instruction as written, families expanded; `context` names the combination of `family`."""

    entry: InstructionEntry
    context: str
    family: InstructionEntry


@dataclass(slots=True)
class RowReader:
    """Reads rows. `unit` is the unit of the program space; `main` the machine's main file as named in messages."""

    scope: Scope
    diagnostics: Diagnostics
    patterns: Mapping[str, Sequence[CasePattern]]
    groups: tuple[PrefixGroup, ...]
    unit: int
    main: str
    unused: dict[tuple[int, str], tuple[InstructionEntry, bool]] = field(default_factory=dict)
    size: int = 0

    def read(self, row: Row) -> Instruction | None:
        """The instruction, or `None` after reporting what is wrong with its encoding."""
        entry = row.entry
        if self.size > MAX_SIZE:
            return None
        encodings = self._encodings(row)
        fields, operands = self._names(row)
        used: set[str] = set()
        source = entry.semantics.source(row.context)
        visible = fields | self.scope.prefixes
        found = Diagnostics()
        block = check_block(source, self.scope, found, fields=visible, operands=operands, used=used)
        for item in found.items:
            if encodings or not item.code.startswith("unknown-"):  # a field may be missing
                self.diagnostics.add(item)
        if not encodings:
            return None
        self._note_use(row, (*fields, *operands), used)
        body = Body(self._all_fields(fields, operands), operands, self._length(encodings[0], operands), block)
        name = str(entry.name)
        return Instruction(
            name=name, mnemonic=str(entry.mnemonic or name.split()[0]), encodings=encodings, body=body,
            summary=str(entry.summary or ""), source=str(entry.source or ""), syntax=str(entry.syntax or ""),
            file=self._relative(entry.name), span=entry.name.span, text=str(entry.semantics),
        )  # fmt: skip

    def _encodings(self, row: Row) -> tuple[Encoding, ...]:
        prefixes = self._prefixes(row)
        out: list[Encoding] = []
        text = Text("", row.entry.name.origin)
        try:
            for text in row.entry.encoding:
                tokens = parse_pattern(text)
                widths = widths_of(tokens)
                self._check_names(text, (*widths, *operands_of(tokens)), row)
                allowed: Mapping[str, frozenset[int]] = {}
                if row.entry.where is not None:
                    pattern, text = text, row.entry.where
                    allowed = parse_where(text, widths, self.scope.constants)
                    text = pattern
                forms = forms_of(tokens, self.patterns, allowed, self.unit)
                self._count(forms, allowed)
                self._check_reachable(text, forms, row)
                out.append(Encoding(forms, prefixes, self.groups))
        except PatternError as error:
            report_pattern(text, error, self.diagnostics, row.context)
            return ()
        if len({_shape(encoding) for encoding in out}) > 1:
            message = "the patterns have different fields, operands or lengths"
            self.diagnostics.error(text.span, "bad-field", message, "write two instructions", row.context)
            return ()
        return tuple(out)

    def _count(self, forms: tuple[Form, ...], allowed: Mapping[str, frozenset[int]]) -> None:
        """Keep within what memory and time allow; the rows after that are not read."""
        self.size += sum(len(form.pieces) + 1 for form in forms) + sum(map(len, allowed.values()))
        if self.size > MAX_SIZE:
            hint = "use fewer operand cases, or smaller restrictions"
            raise PatternError("too-many-forms", "the machine's encodings have too many forms and values", hint)

    def _names(self, row: Row) -> tuple[dict[str, int], dict[str, str]]:
        """Fields and operands of the first pattern, as far as it can be read."""
        try:
            tokens = parse_pattern(row.entry.encoding[0])
            return widths_of(tokens), operands_of(tokens)
        except PatternError:
            return {}, {}

    def _check_names(self, text: Text, names: Iterable[str], row: Row) -> None:
        scope = self.scope
        for name in names:
            taken = (RESERVED, scope.components, scope.spaces, scope.constants, scope.prefixes)
            if any(name in table for table in taken):
                raise PatternError("duplicate-name", f"'{name}' already means something else", "rename the field",
                                   max(0, text.find(name)), len(name))  # fmt: skip

    def _check_reachable(self, text: Text, forms: tuple[Form, ...], row: Row) -> None:
        try:
            empty = not any(True for form in forms for _ in cubes_of(form))
        except OverflowError:
            raise PatternError("too-many-forms", "too many separate restrictions", "simplify 'where'") from None
        if empty:
            raise PatternError(
                "unreachable", "no word is this instruction", "its restriction leaves no value", 0, len(text)
            )

    def _prefixes(self, row: Row) -> dict[str, frozenset[int]]:
        known = {group.name: group for group in self.groups}
        out = {name: g.values if g.always else frozenset((g.none,)) for name, g in known.items()}
        for name, text in row.entry.prefixes.items():
            if name not in known:
                hint = did_you_mean(name, known, f"the groups are {', '.join(known)}")
                self.diagnostics.error(name.span, "unknown-prefix", f"no prefix group '{name}'", hint, row.context)
                continue
            values = known[name].values
            wanted = values if text == "any" else frozenset((_number(text),))
            if not wanted <= values:
                hint = f"any, or one of {', '.join(map(str, sorted(values)))}"
                message = f"'{text}' is no value of prefix group '{name}'"
                self.diagnostics.error(text.span, "bad-value", message, hint, row.context)
            out[str(name)] = wanted & values
        return out

    def _all_fields(self, fields: Mapping[str, int], operands: Mapping[str, str]) -> dict[str, int]:
        out = {**self.scope.prefixes, **fields}
        for operand, class_name in operands.items():
            operand_class = self.scope.operands[class_name]
            out[f"{operand}.case"] = operand_class.case_width
            for case in operand_class.cases:
                out |= {f"{operand}.{name}": width for name, width in case.fields.items()}
        return out

    def _length(self, encoding: Encoding, operands: Mapping[str, str]) -> Expr:
        """Number of units, as wide as the program counter."""
        width = self.scope.pc_width or 1
        first = encoding.forms[0]
        length: Expr = Const(first.length // self.unit % (1 << width), width)
        for operand, class_name in operands.items():
            length = add(length, self._extra(encoding, operand, self.scope.operands[class_name], width))
        for group in encoding.groups:
            length = add(length, _present(group, encoding.prefixes[group.name], width))
        return length

    def _extra(self, encoding: Encoding, operand: str, operand_class: OperandClass, width: int) -> Expr:
        """By how many units each case of `operand` is longer than the first form, modulo 2^width."""
        key, first = f"{operand}.case", encoding.forms[0]
        longer = {
            form.cases[key]: (form.length - first.length) // self.unit % (1 << width)
            for form in encoding.forms
            if all(form.cases[other] == first.cases[other] for other in form.cases if other != key)
        }
        out: Expr = Const(longer[max(longer)], width)
        for case in sorted(longer, reverse=True)[1:]:
            value = Const(longer[case], width)
            if out != value:
                number_of_case = Field(key, operand_class.case_width)
                is_case = apply("eq", number_of_case, Const(case, operand_class.case_width))
                out = choose(is_case, value, out)
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
                span = family.encoding[0].span
                self.diagnostics.warning(
                    span, "unused-field", f"field '{name}' is not used", "write - for ignored bits"
                )

    def _relative(self, name: Text) -> str:
        return Path(os.path.relpath(name.span.file, Path(self.main).parent)).as_posix()


def add(a: Expr, b: Expr) -> Expr:
    """The sum, without adding zero."""
    if isinstance(b, Const) and b.value == 0:
        return a
    return apply("add", a, b)


def _present(group: PrefixGroup, accepted: frozenset[int], width: int) -> Expr:
    """1 where a prefix of the group is present, else 0."""
    if group.none not in accepted:
        return Const(1, width)
    if accepted == {group.none}:
        return Const(0, width)
    absent = apply("eq", Field(group.name, group.width), Const(group.none, group.width))
    return choose(absent, Const(0, width), Const(1, width))


def _shape(encoding: Encoding) -> tuple[object, ...]:
    """What all patterns of an instruction have in common."""
    return tuple(
        (
            form.length,
            tuple(form.cases.items()),
            frozenset((p.field, p.high, p.low) for p in form.pieces if p.high == p.low),
        )
        for form in encoding.forms
    )


def _number(text: Text) -> int:
    try:
        value = number(text)
    except ValueError:
        return -1
    return value if isinstance(value, int) else -1
