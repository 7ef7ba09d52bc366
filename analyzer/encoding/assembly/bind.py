"""Templates bound to what they write: literal text to tokens, fields to their widths, operands to their cases."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from analyzer.encoding.assembly.elements import Element, Fix, Operand, Words
from analyzer.encoding.assembly.numbers import Number
from analyzer.encoding.assembly.syntax import PLAIN, Notation, Syntax
from analyzer.encoding.assembly.template import Fixed, Literal, Part, Slot, TemplateError, fields_of, parse_template
from analyzer.encoding.assembly.tokens import Problem, Spelling, tokens_of
from analyzer.language.declarations import Machine, OperandClass

MAX_DEPTH = 8
WORDLIKE = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
TOUCHING = re.compile(r"[\w.$]\Z", re.ASCII)


class Binder:
    """Binds templates of one machine. Raises `TemplateError` for those that cannot be bound."""

    def __init__(self, machine: Machine, syntax: Syntax) -> None:
        self.machine, self.syntax = machine, syntax
        self.spelling = Spelling(syntax.radix, syntax.comment)
        self.pc = machine.pc.width
        self.operands: dict[tuple[str, str, str], Operand] = {}
        self.literals: dict[str, Words] = {}
        self.numbers: dict[tuple[str, int, str], Number] = {}

    def bound(self, text: str, fields: Mapping[str, int], operands: Mapping[str, str]) -> tuple[Element, ...]:
        """The template of a row with these fields (name to width) and operands (name to class)."""
        out: list[Element] = []
        for part in _parts(text):
            if isinstance(part, Literal):
                out.append(self.words(part.text))
            elif isinstance(part, Slot) and part.field in operands:
                out.append(self._operand(part.field, operands[part.field], part, text))
            elif part.field in fields and "." not in part.field:
                out.append(self._field(part, part.field, fields[part.field], text))
            else:
                known = [*operands, *(name for name in fields if "." not in name)]
                raise unknown_field(part, known, text)
        _apart(out, text)
        return tuple(out)

    def words(self, text: str) -> Words:
        """Literal text."""
        if text not in self.literals:
            try:
                tokens = tuple(tokens_of(text, self.spelling, "", 1)[:-1])
            except Problem as problem:
                hint = f"literal text is made of what programs are made of: {problem.hint}"
                raise TemplateError("bad-template", f"'{text}': {problem}", hint, text) from None
            self.literals[text] = Words(text, tokens)
        return self.literals[text]

    def _field(self, part: Slot | Fixed, key: str, width: int, text: str) -> Element:
        if isinstance(part, Fixed):
            if part.value >> width:
                hint = f"the greatest is {(1 << width) - 1}"
                raise TemplateError("out-of-range", f"'{part.field}' has {width} bits", hint, text, part)
            return Fix(key, part.value)
        notation = self._notation(part, text) if part.notation else PLAIN
        if notation.cases:
            hint = "a field has names or numbers; cases belong to operands"
            raise TemplateError("bad-notation", f"'{part.notation}' is for operands", hint, text, part)
        if key in self.machine.prefixes and notation.numbers:
            hint = "names: {...}, and numbers: false"
            raise TemplateError("bad-notation", f"prefix '{key}' is written by names", hint, text, part)
        wide = [name for name, value in notation.names.items() if value >> width]
        if wide:
            hint = f"the field has {width} bits"
            raise TemplateError("out-of-range", f"the value of '{wide[0]}' does not fit '{key}'", hint, text, part)
        same = (key, width, part.notation)
        if same not in self.numbers:
            before, _, after = notation.text.partition("{}")
            by_name = {name.upper(): value for name, value in notation.names.items()}
            shown_as = {value: name for name, value in reversed(list(notation.names.items()))}
            self.numbers[same] = Number(
                key,
                width,
                self.pc,
                self.syntax.radix,
                notation,
                self.words(before),
                self.words(after),
                by_name,
                shown_as,
            )
        return self.numbers[same]

    def _notation(self, part: Slot, text: str) -> Notation:
        if part.notation not in self.syntax.notations:
            known = ", ".join(self.syntax.notations) or "none"
            hint = f"the notations are {known}"
            raise TemplateError("unknown-notation", f"no notation '{part.notation}'", hint, text, part)
        return self.syntax.notations[part.notation]

    def _operand(self, operand: str, class_name: str, part: Slot, text: str) -> Operand:
        key = (operand, class_name, part.notation)
        if key not in self.operands:
            notation = self._notation(part, text) if part.notation else PLAIN
            if part.notation and not notation.cases:
                hint = "an operand is written case by case: cases: {...}"
                raise TemplateError("bad-notation", f"'{part.notation}' is for fields", hint, text, part)
            operand_class = self.machine.operands[class_name]
            known = [*(case.name for case in operand_class.cases), "*"]
            every = {case.name for each in self.machine.operands.values() for case in each.cases}
            for name in notation.cases:
                if name not in known and name not in every:
                    hint = f"the cases of {class_name} are {', '.join(known)}"
                    raise TemplateError("unknown-case", f"'{class_name}' has no case '{name}'", hint, name)
            cases = [self._case(operand, operand_class, n, notation, 0) for n in range(len(operand_class.cases))]
            self.operands[key] = Operand(f"{operand}.case", tuple(itertools.chain(*cases)))
        return self.operands[key]

    def _case(
        self, operand: str, operand_class: OperandClass, number: int, notation: Notation, depth: int
    ) -> list[tuple[int, tuple[Element, ...]]]:
        """The templates of a case of an operand."""
        case = operand_class.cases[number]
        if case.name in notation.cases:
            texts = notation.cases[case.name]
        else:
            texts = notation.cases.get("*", (_generic(case.name, number, case.fields),))
        out = []
        for text in texts:
            elements: list[Element] = []
            whole = False
            for part in _parts(text):
                if isinstance(part, Literal):
                    elements.append(self.words(part.text))
                elif not part.field and isinstance(part, Slot):
                    if depth == MAX_DEPTH:
                        raise TemplateError(
                            "bad-notation",
                            "notations that name each other",
                            "give one of them a template with fields",
                            text,
                            part,
                        )
                    inner = self._case(operand, operand_class, number, self._notation(part, text), depth + 1)
                    elements.append(Operand(f"{operand}.case", tuple(inner)))
                    whole = True
                elif part.field in case.fields:
                    elements.append(self._field(part, f"{operand}.{part.field}", case.fields[part.field], text))
                elif part.field in self.machine.prefixes:
                    elements.append(self._field(part, part.field, self.machine.prefixes[part.field], text))
                else:
                    raise unknown_field(part, [*case.fields, *self.machine.prefixes], text)
            left = [] if whole else [name for name in case.fields if name not in fields_of(_parts(text))]
            if left:
                message = f"case '{case.name}' of {operand_class.name} leaves open: {', '.join(left)}"
                raise TemplateError("missing-field", message, "write it in braces", text)
            _apart(elements, text)
            out.append((number, tuple(elements)))
        return out


def _generic(name: str, number: int, fields: Mapping[str, int]) -> str:
    """The template of a case for which there is none."""
    word = name if WORDLIKE.match(name) else f"case{number}"
    return f"{word}({', '.join(f'{field}={{{field}}}' for field in fields)})" if fields else word


def _parts(text: str) -> tuple[Part, ...]:
    """The parts; a field stands once."""
    parts = parse_template(text)
    names = [name for name in fields_of(parts) if name]
    for part in parts:
        if not isinstance(part, Literal) and names.count(part.field) > 1:
            raise TemplateError("bad-template", f"'{part.field}' stands twice", "write each field once", text, part)
    return parts


def unknown_field(part: Slot | Fixed, known: Sequence[str], text: str) -> TemplateError:
    """The error that a template names a field which is none of those known."""
    hint = f"the fields here are {', '.join(known)}" if known else "there are no fields here"
    return TemplateError("unknown-field", f"no field '{part.field}' for '{text}'", hint, text, part)


def _apart(elements: Sequence[Element], text: str) -> None:
    """Checks that no word touches a field: what is written must be read in the same way."""
    for a, b in itertools.pairwise(elements):
        if isinstance(a, Words) == isinstance(b, Words) or isinstance(a, Fix) or isinstance(b, Fix):
            continue
        left = a.text if isinstance(a, Words) else a.after.text or "x" if isinstance(a, Number) else "x"
        right = b.text if isinstance(b, Words) else b.before.text or "x" if isinstance(b, Number) else "x"
        signed = isinstance(b, Number) and b.notation.sign
        if TOUCHING.match(left[-1:]) and TOUCHING.match(right[:1]) and not signed:
            hint = "put a blank or a mark between them; names of registers belong into the table of a notation"
            raise TemplateError("bad-template", f"a field touches a word in '{text}'", hint, text)
