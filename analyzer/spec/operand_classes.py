"""Operand classes: attributes typed, cases as patterns."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.diagnostics import Diagnostics, did_you_mean
from analyzer.encoding.cubes import cubes_of, meet
from analyzer.encoding.forms import CasePattern, forms_of, widths_of
from analyzer.encoding.parse import Bits, Hole, PatternError, Token, parse_pattern, parse_where
from analyzer.encoding.pattern import Form
from analyzer.language.check import Scope, check_expression
from analyzer.language.declarations import OperandCase, OperandClass
from analyzer.language.ir import CaseField, Const, Expr, Field
from analyzer.spec.schema import CaseEntry, OperandEntry
from analyzer.spec.text import Text

MAX_CASES = 256
MAX_VALUES = 256  # left by the restriction of a case


def report_pattern(text: Text, error: PatternError, diagnostics: Diagnostics, context: str = "") -> None:
    """An error in an encoding or restriction, at its place in the file."""
    length = min(error.length, max(1, len(text) - error.offset))
    diagnostics.error(text.place(error.offset, length), error.code, str(error), error.hint, context)


@dataclass(slots=True)
class OperandReader:
    """Reads operand classes into the scope; `patterns` are their cases as bits."""

    scope: Scope
    diagnostics: Diagnostics
    patterns: dict[str, list[CasePattern]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    entries: dict[str, OperandEntry] = field(default_factory=dict)

    def read(self, name: Text, entry: OperandEntry) -> None:
        """Add one class."""
        entry = self.entries[str(name)] = self._completed(entry)
        cases: list[OperandCase] = []
        patterns: list[CasePattern] = []
        widths: dict[str, int] = {}
        for case in entry.cases:
            pattern = self._pattern(case)
            if pattern is None:
                self.broken.add(str(name))
                continue
            fields = widths_of((*pattern.head, *pattern.extension))
            for inner, width in fields.items():
                if widths.setdefault(inner, width) != width:
                    self.diagnostics.error(case.pattern.span, "width-mismatch",
                                           f"field '{inner}' has {width} bits here, {widths[inner]} in another case",
                                           "rename one of them")  # fmt: skip
            attributes = self._attributes(name, case, entry, fields)
            cases.append(OperandCase(str(case.name), fields, attributes, case.name.span))
            patterns.append(pattern)
        if str(name) not in self.broken:
            self._disjoint(entry, patterns)
        widths = {str(attribute): width for attribute, width in entry.attributes.items()}
        self.scope.operands[str(name)] = OperandClass(str(name), widths, tuple(cases), name.span)
        self.patterns[str(name)] = patterns

    def _completed(self, entry: OperandEntry) -> OperandEntry:
        """The class with what it has of the one that it is like: attributes, and cases, each with its name."""
        if entry.like is None:
            return entry
        other = self.entries.get(str(entry.like))
        if other is None:
            known = did_you_mean(
                entry.like, self.entries, f"the classes before it are {', '.join(self.entries) or 'none'}"
            )
            self.diagnostics.error(entry.like.span, "unknown-operand-class", f"no class '{entry.like}'", known)
            return entry
        cases = {str(case.name): case for case in (*other.cases, *entry.cases)}
        attributes = {**other.attributes, **entry.attributes}
        return entry.model_copy(update={"attributes": attributes, "cases": list(cases.values())})

    def _pattern(self, case: CaseEntry) -> CasePattern | None:
        text = case.pattern
        try:
            head = parse_pattern(text)
            if sum(isinstance(token, Hole) for token in head) != 1:
                raise PatternError("bad-pattern", "the pattern of a case has one hole '@'", "11 @ rm:3", 0, len(text))
            extension: tuple[Token, ...] = ()
            if case.extension is not None:
                text = case.extension
                extension = parse_pattern(text)
            widths = widths_of((*head, *extension))
            text = case.where or text
            allowed = parse_where(case.where, widths, self.scope.constants) if case.where is not None else {}
            _check_size(allowed)
        except PatternError as error:
            report_pattern(text, error, self.diagnostics)
            return None
        return CasePattern(head, extension, allowed)

    def _attributes(
        self, operand: Text, case: CaseEntry, entry: OperandEntry, fields: Mapping[str, int]
    ) -> dict[str, Expr]:
        given = case.__pydantic_extra__ or {}
        for name, text in given.items():
            if name not in entry.attributes:
                hint = did_you_mean(name, entry.attributes, f"the attributes are {', '.join(entry.attributes)}")
                self.diagnostics.error(text.span, "unknown-key", f"the class has no attribute '{name}'", hint)
        names: dict[str, Expr] = {name: CaseField(name, width) for name, width in fields.items()}
        names |= {name: Field(name, width) for name, width in self.scope.prefixes.items()}
        out: dict[str, Expr] = {}
        for name, width in entry.attributes.items():
            out[str(name)] = Const(0, width)
            if name in given:
                source = given[name].source(f"case {case.name}")
                site = f"{operand}.{case.name}.{name}"
                value = check_expression(source, self.scope, self.diagnostics, width, names=names, site=site)
                out[str(name)] = value if value is not None else Const(0, width)
        return out

    def _disjoint(self, entry: OperandEntry, patterns: list[CasePattern]) -> None:
        """No word is two cases at once, and every case has a word."""
        forms = [_form(pattern) for pattern in patterns]
        if len(forms) > MAX_CASES:
            span, hint = entry.cases[0].name.span, "make it several classes"
            self.diagnostics.error(span, "too-many-forms", f"more than {MAX_CASES} cases", hint)
            return
        for case, form in zip(entry.cases, forms, strict=True):
            if not list(cubes_of(form)):
                self.diagnostics.error(case.name.span, "unreachable", f"no word is case '{case.name}'",
                                       "its restriction leaves no value")  # fmt: skip
        for (a, form_a), (b, form_b) in itertools.combinations(zip(entry.cases, forms, strict=True), 2):
            if any(meet(x, y) for x in cubes_of(form_a) for y in cubes_of(form_b)):
                self.diagnostics.error(b.name.span, "overlap", f"cases '{a.name}' and '{b.name}' have words in common",
                                       "restrict one of them with 'where'")  # fmt: skip


def _check_size(allowed: Mapping[str, frozenset[int]]) -> None:
    if sum(map(len, allowed.values())) > MAX_VALUES:
        raise PatternError("bad-where", "this leaves too many values", f"at most {MAX_VALUES} in a case")


def _form(pattern: CasePattern) -> Form:
    """A case by itself, its hole one bit that is left open."""
    tokens = tuple(Bits(1, 0, 0) if isinstance(token, Hole) else token for token in pattern.head)
    (form,) = forms_of((*tokens, *pattern.extension), {}, pattern.allowed, 1)
    return form
