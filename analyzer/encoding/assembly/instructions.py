"""Instructions of a program: what a line may mean, and the units of what fits."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.diagnostics import Span, did_you_mean
from analyzer.encoding.assembly.elements import Given, Shown, read_all, write_all
from analyzer.encoding.assembly.expressions import Constant, Values, evaluate
from analyzer.encoding.assembly.lines import Line
from analyzer.encoding.assembly.prefixes import prefix_values, prefix_words, reserved_words
from analyzer.encoding.assembly.rows import Template, Templates
from analyzer.encoding.assembly.syntax import WrittenMachine, WrittenRow
from analyzer.encoding.assembly.tokens import Problem
from analyzer.encoding.codec import EncodingError, encode_row, form_of
from analyzer.encoding.pattern import Form

MAX_SHOWN = 6


class Misfit(Problem):
    """A number that a field does not take; another form may."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One meaning of a line: a form of a row, with its prefixes, `length` units long."""

    row: WrittenRow
    form: Form
    length: int
    given: tuple[Given, ...]
    prefixes: Mapping[str, int]

    def fields(self, address: int, values: Values) -> dict[str, int]:
        """All fields when it stands at `address`. Raises `Misfit` if one does not fit, `Problem` for a bad number."""
        out = dict.fromkeys(self.row.body.fields, 0)
        for given in self.given:
            number = evaluate(given.value, values)
            if given.number is not None:
                field = given.number.encoded(number, address + self.length)
                if field is None:
                    raise Misfit(*given.number.complaint(number, address + self.length), given.span)
                number = field
            out[given.field] = number
        for name, allowed in self.form.allowed.items():
            if out[name] not in allowed:
                span = next(given.span for given in self.given if given.field == name)
                some = ", ".join(map(str, sorted(allowed)[:MAX_SHOWN])) + (", ..." if len(allowed) > MAX_SHOWN else "")
                hint = f"in the bits of the instruction it takes {some}"
                raise Misfit("does-not-fit", f"'{self.row.name}' does not take this '{name}'", hint, span)
        return {**out, **self.prefixes}

    def units(self, fields: Mapping[str, int], unit: int) -> list[int]:
        """Its units, of `unit` bits."""
        return encode_row(self.row, fields, unit)


class Instructions:
    """All that can be written for a machine, by mnemonic. Raises `TemplateError` for a machine with bad templates."""

    def __init__(self, isa: WrittenMachine) -> None:
        templates = Templates(isa.machine, isa.syntax)
        self.unit = isa.machine.program.unit
        self.spelling = templates.binder.spelling
        self.by_mnemonic: dict[str, list[Template]] = {}
        self.by_row: dict[str, list[Template]] = {}
        for row in isa.instructions:
            self.by_row[row.name] = templates.of(row)
            for template in self.by_row[row.name]:
                self.by_mnemonic.setdefault(template.mnemonic, []).append(template)
        self.prefixes = prefix_words(isa)
        self.synonyms = isa.syntax.synonyms
        self.reserved = frozenset(reserved_words(isa, itertools.chain(*self.by_row.values())))

    def read(self, line: Line, at: int) -> list[Candidate]:
        """What the line means from token `at` on: the shortest first, and of one length the first of the machine.

        Raises `Problem` if it means nothing.
        """
        prefixes: dict[str, int] = {}
        while (prefix := self.prefixes.get(line.tokens[at].text.upper())) is not None:
            if prefix[0] in prefixes:
                hint = f"one prefix of the group '{prefix[0]}' stands before an instruction"
                raise Problem("duplicate-prefix", "a second prefix of its kind", hint, line.span(at))
            prefixes[prefix[0]] = prefix[1]
            at += 1
        if (synonym := self.synonyms.get(line.tokens[at].text.upper())) is not None:
            line.tokens = [*line.tokens[:at], line.tokens[at]._replace(text=synonym), *line.tokens[at + 1 :]]
        templates = self.by_mnemonic.get(line.tokens[at].text.upper(), [])
        if not templates:
            raise self._unknown(line, at)
        line.furthest = at
        out: list[Candidate] = []
        for template in templates:
            for end, given in read_all(template.elements, line, at):
                if line.tokens[end].kind == "end" and (found := self._candidate(template.row, given, prefixes)):
                    out.append(found)
        if not out:
            raise self._no_form(line, at, templates, bool(prefixes))
        out.sort(key=lambda candidate: candidate.length)
        _check_ambiguous([found for found in out if found.length == out[0].length], line.span(at, len(line.tokens) - 2))
        return out

    def _candidate(self, row: WrittenRow, given: tuple[Given, ...], written: Mapping[str, int]) -> Candidate | None:
        """The form of `row` that was read; `None` if it does not take these prefixes."""
        cases = {item.field: item.value.value for item in given if isinstance(item.value, Constant) and not item.number}
        try:
            encoding, form = form_of(row, cases)
        except EncodingError:
            return None
        prefixes = prefix_values(encoding, cases, written)
        excluded = any(name in cases and cases[name] not in allowed for name, allowed in form.allowed.items())
        if prefixes is None or excluded:
            return None
        extra = sum(prefixes[group.name] != group.none for group in encoding.groups)
        return Candidate(row, form, form.length // self.unit + extra, given, prefixes)

    def _unknown(self, line: Line, at: int) -> Problem:
        text = line.tokens[at].text
        if line.tokens[at].kind != "name":
            return Problem("syntax", "there is no instruction", "label: MNEMONIC operands ; comment", line.span(at))
        hint = did_you_mean(text.upper(), [*self.by_mnemonic, *self.prefixes], "see 'vmmcheck explain' for the names")
        return Problem("unknown-mnemonic", f"no instruction '{text[:60]}'", hint, line.span(at))

    def _no_form(self, line: Line, at: int, templates: Sequence[Template], prefixed: bool) -> Problem:
        """What is wrong where no template fits; the hint names those that were probably meant."""
        reached: dict[int, list[WrittenRow]] = {}
        for template in templates:  # once more, each by itself
            own = Line(line.file, line.number, line.tokens, line.reserved)
            read_all(template.elements, own, at)
            reached.setdefault(own.furthest, []).append(template.row)
        furthest, last = max(reached), len(line.tokens) - 1
        listed = list(dict.fromkeys(map(self.example, reached[furthest])))
        more = f" and {len(listed) - MAX_SHOWN} more" if len(listed) > MAX_SHOWN else ""
        hint = f"it is written {' | '.join(listed[:MAX_SHOWN])}{more}"
        message = f"no form of {line.tokens[at].text.upper()} takes these operands"
        ends = (end for template in templates for end, _ in read_all(template.elements, line, at))
        if last not in ends:
            return Problem("no-such-form", message, hint, line.span(furthest))
        message += " with these prefixes" if prefixed else ""  # or the row excludes what was read
        return Problem("no-such-form", message, hint, line.span(at, last - 1))

    def example(self, row: WrittenRow) -> str:
        """How a row is written, in a message: its name if that tells, or else an example."""
        if " " in row.name:
            return row.name
        fields = dict.fromkeys(row.body.fields, 1) | {f"{operand}.case": 0 for operand in row.body.operands}
        fields |= {group.name: group.none for group in row.encodings[0].groups}
        shown = Shown(fields, 0, self.spelling.radix, self.spelling.radix, {})
        return next((text for t in self.by_row[row.name] if (text := write_all(t.elements, shown))), row.name)


def _check_ambiguous(candidates: Sequence[Candidate], span: Span) -> None:
    """Raises `Problem` if the same row was read in two ways, with other fields."""
    for one, other in itertools.combinations(candidates, 2):
        if one.row is other.row:
            a, b = ({given.field: given.value for given in each.given} for each in (one, other))
            names = [f"'{name}'" for name in a if a[name] != b.get(name)]
            if names:
                hint = f"it is not clear what {' and '.join(names)} are; write what was left out"
                raise Problem("ambiguous", "this can be read in two ways", hint, span)
