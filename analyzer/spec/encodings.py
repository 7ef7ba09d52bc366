"""Encodings of instructions: from patterns, restrictions and prefixes of a row to forms, and their length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from analyzer.diagnostics import Diagnostics, did_you_mean
from analyzer.encoding.cubes import cubes_of
from analyzer.encoding.forms import CasePattern, forms_of, operands_of, widths_of
from analyzer.encoding.parcel import stored
from analyzer.encoding.parse import PatternError, Token, parse_pattern, parse_where
from analyzer.encoding.pattern import Encoding, Form, PrefixGroup
from analyzer.language.check import Scope
from analyzer.language.ir import Const, Expr, Field, apply, choose
from analyzer.language.names import RESERVED
from analyzer.spec.operand_classes import report_pattern
from analyzer.spec.schema import InstructionEntry
from analyzer.spec.text import Text
from analyzer.spec.values import number

MAX_SIZE = 1_000_000  # fields of all forms and values left by restrictions


@dataclass(slots=True)
class EncodingReader:
    """Reads the encodings of rows.

    `patterns` are the cases of operand classes; `unit` is the unit of the program space, `parcel` the number of
    units that a pattern shows as one word; `size` is what all forms so far amount to.
    """

    scope: Scope
    diagnostics: Diagnostics
    patterns: Mapping[str, Sequence[CasePattern]]
    groups: tuple[PrefixGroup, ...]
    unit: int
    parcel: int = 1
    size: int = 0

    @property
    def full(self) -> bool:
        """Whether there is more than memory and time allow; that was reported."""
        return self.size > MAX_SIZE

    def read(self, entry: InstructionEntry, context: str) -> tuple[Encoding, ...]:
        """One encoding for each pattern; none after reporting what is wrong."""
        prefixes = self._prefixes(entry, context)
        out: list[Encoding] = []
        shapes: set[object] = set()
        for text in entry.encoding:
            try:
                tokens = self._tokens(text)
                widths, operands = widths_of(tokens), operands_of(tokens)
                self._check_names(text, (*widths, *operands))
                allowed = self._allowed(entry, widths, operands, context)
                if allowed is None:
                    return ()
                forms = forms_of(tokens, self.patterns, allowed, self.unit)
                self._check_size(forms, allowed)
                self._check_reachable(forms)
            except PatternError as error:
                report_pattern(text, error, self.diagnostics, context)
                return ()
            lengths = frozenset((frozenset(form.cases.items()), form.length) for form in forms)
            shapes.add((frozenset(widths.items()), frozenset(operands.items()), lengths))
            out.append(Encoding(forms, prefixes, self.groups))
        if len(shapes) > 1:
            message = "the patterns have different fields, operands or lengths"
            self.diagnostics.error(entry.encoding[-1].span, "bad-field", message, "write two instructions", context)
            return ()
        return tuple(out)

    def names(self, entry: InstructionEntry) -> tuple[dict[str, int], dict[str, str]]:
        """Fields with their widths and operands with their classes, as far as the first pattern can be read."""
        try:
            tokens = self._tokens(entry.encoding[0])
            return widths_of(tokens), operands_of(tokens)
        except PatternError:
            return {}, {}

    def _tokens(self, text: Text) -> tuple[Token, ...]:
        """The tokens of a pattern, in the order of storage. Raises `PatternError`."""
        return stored(parse_pattern(text), self.unit, self.parcel)

    def _allowed(
        self, entry: InstructionEntry, widths: Mapping[str, int], operands: Mapping[str, str], context: str
    ) -> Mapping[str, frozenset[int]] | None:
        """What the restriction leaves, or `None` after reporting what is wrong with it."""
        if entry.where is None:
            return {}
        classes = {name: self.scope.operands[used] for name, used in operands.items() if used in self.scope.operands}
        cases = {f"{name}.case": {c.name: n for n, c in enumerate(used.cases)} for name, used in classes.items()}
        widths = {**widths, **{f"{name}.case": used.case_width for name, used in classes.items()}}
        try:
            return parse_where(entry.where, widths, self.scope.constants, cases)
        except PatternError as error:
            report_pattern(entry.where, error, self.diagnostics, context)
            return None

    def _check_names(self, text: Text, names: Iterable[str]) -> None:
        scope = self.scope
        for name in names:
            taken = (RESERVED, scope.components, scope.spaces, scope.constants, scope.prefixes)
            if any(name in table for table in taken):
                raise PatternError("duplicate-name", f"'{name}' already means something else", "rename the field",
                                   max(0, text.find(name)), len(name))  # fmt: skip

    def _check_size(self, forms: tuple[Form, ...], allowed: Mapping[str, frozenset[int]]) -> None:
        self.size += sum(len(form.pieces) + 1 for form in forms) + sum(map(len, allowed.values()))
        if self.full:
            hint = "use fewer operand cases, or smaller restrictions"
            raise PatternError("too-many-forms", "the machine's encodings have too many forms and values", hint)

    def _check_reachable(self, forms: tuple[Form, ...]) -> None:
        try:
            reachable = any(True for form in forms for _ in cubes_of(form))
        except OverflowError:
            raise PatternError("too-many-forms", "too many separate restrictions", "simplify 'where'") from None
        if not reachable:
            hint = "its restriction leaves no value"
            raise PatternError("unreachable", "no word is this instruction", hint, 0, 1 << 16)

    def _prefixes(self, entry: InstructionEntry, context: str) -> dict[str, frozenset[int]]:
        """The values of every prefix group that the row accepts."""
        known = {group.name: group for group in self.groups}
        out = {name: g.values if g.always else frozenset((g.none,)) for name, g in known.items()}
        for name, text in entry.prefixes.items():
            if name not in known:
                hint = did_you_mean(name, known, f"the groups are {', '.join(known)}")
                self.diagnostics.error(name.span, "unknown-prefix", f"no prefix group '{name}'", hint, context)
                continue
            values = known[name].values
            wanted = values if text == "any" else frozenset((_number(text),))
            if not wanted <= values:
                hint = f"any, or one of {', '.join(map(str, sorted(values)))}"
                message = f"'{text}' is no value of prefix group '{name}'"
                self.diagnostics.error(text.span, "bad-value", message, hint, context)
            out[str(name)] = wanted & values
        return out


def _number(text: Text) -> int:
    """The number that a text denotes; -1 if it is none."""
    try:
        value = number(text)
    except ValueError:
        return -1
    return value if isinstance(value, int) else -1


def length_of(encoding: Encoding, case_widths: Mapping[str, int], unit: int, width: int) -> Expr:
    """The number of units of an instruction, `width` bits, over `m.case` and the prefix groups.

    `case_widths`: operand to the width of `m.case`. `unit`: bits of a unit.
    """
    first = encoding.forms[0]
    length: Expr = Const(first.length // unit % (1 << width), width)
    for operand, case_width in case_widths.items():
        case = Field(f"{operand}.case", case_width)
        length = _plus(length, _by_case(case, _longer(encoding, case.name, unit, width), width))
    for group in encoding.groups:
        length = _plus(length, _present(group, encoding.prefixes[group.name], width))
    return length


def _plus(a: Expr, b: Expr) -> Expr:
    return a if isinstance(b, Const) and b.value == 0 else apply("add", a, b)


def _longer(encoding: Encoding, case: str, unit: int, width: int) -> tuple[tuple[int, int], ...]:
    """By how many units each case of an operand is longer than the first form, modulo 2^width; the last case first."""
    first = encoding.forms[0]
    longer = {
        form.cases[case]: (form.length - first.length) // unit % (1 << width)
        for form in encoding.forms
        if all(form.cases[other] == first.cases[other] for other in form.cases if other != case)
    }
    return tuple(sorted(longer.items(), reverse=True))


@lru_cache(maxsize=1024)
def _by_case(case: Field, values: tuple[tuple[int, int], ...], width: int) -> Expr:
    """The value of each case."""
    out: Expr = Const(values[0][1], width)
    for number_of_case, units in values[1:]:
        value = Const(units, width)
        if out != value:
            out = choose(apply("eq", case, Const(number_of_case, case.width)), value, out)
    return out


def _present(group: PrefixGroup, accepted: frozenset[int], width: int) -> Expr:
    """1 where a prefix of the group is present, else 0."""
    if group.none not in accepted:
        return Const(1, width)
    if accepted == {group.none}:
        return Const(0, width)
    absent = apply("eq", Field(group.name, group.width), Const(group.none, group.width))
    return choose(absent, Const(0, width), Const(1, width))
