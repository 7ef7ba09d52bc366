"""How programs are written: the section `assembler:` and the rows' templates, checked against the machine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.diagnostics import Diagnostics, Span, did_you_mean
from analyzer.encoding.assembly.rows import Templates
from analyzer.encoding.assembly.syntax import Notation, Syntax
from analyzer.encoding.assembly.template import Slot, TemplateError, parse_template
from analyzer.encoding.assembly.tokens import Problem, Spelling, tokens_of
from analyzer.encoding.pattern import PrefixGroup
from analyzer.language.check import Scope
from analyzer.spec.model import Instruction
from analyzer.spec.rows import Row
from analyzer.spec.schema import AssemblerEntry, NotationEntry
from analyzer.spec.text import Text

COMMENT = ";"  # unless the machine has another


def read_syntax(entry: AssemblerEntry, text: Callable[[Text], str] = str) -> Syntax:
    """The section; `text` makes its texts what is kept of them."""

    def table(entries: Mapping[Text, Sequence[Text]]) -> dict[str, tuple[str, ...]]:
        return {text(key): tuple(map(text, values)) for key, values in entries.items()}

    def notation(entry: NotationEntry) -> Notation:
        numbers = entry.numbers if entry.numbers is not None else not entry.names
        around = text(entry.text) if entry.text is not None else "{}"
        return Notation(
            {text(name): value for name, value in entry.names.items()}, numbers, entry.times, entry.plus, entry.signed,
            entry.extended, entry.relative, entry.address, entry.sign, entry.bare, around, entry.omit,
            entry.default, table(entry.cases),
        )  # fmt: skip

    return Syntax(
        radix=entry.radix,
        shown=entry.shown or entry.radix,
        comment=str(entry.comment or COMMENT),
        word=entry.word,
        symbols={str(name): value for name, value in entry.symbols.items()},
        prefixes={str(g): {str(word): value for word, value in words.items()} for g, words in entry.prefixes.items()},
        notations={str(name): notation(one) for name, one in entry.notations.items()},
        words=table(entry.words),
        operands=table(entry.operands),
        aliases=table(entry.aliases),
        synonyms={str(name).upper(): str(meant).upper() for name, meant in entry.synonyms.items()},
    )


@dataclass(slots=True)
class SyntaxReader:
    """Reads and checks the section. `known` are the instructions that the machine or one it extends has."""

    scope: Scope
    diagnostics: Diagnostics
    groups: Sequence[PrefixGroup]
    known: Collection[str]

    def read(self, entry: AssemblerEntry, rows: Iterable[tuple[Row, Instruction]]) -> Syntax:
        """The section, after a check of each of its tables and of the templates of each row."""
        before = len(self.diagnostics.errors)
        syntax = read_syntax(entry, lambda text: text)
        self._symbols(entry)
        self._prefixes(entry)
        self._notations(entry)
        tables = [entry.words, entry.operands, entry.aliases, *(one.cases for one in entry.notations.values())]
        for text in (text for table in tables for texts in table.values() for text in texts):
            self._parsed(text, syntax)
        for name in entry.aliases:
            if name not in self.known:
                hint = did_you_mean(name, self.known, "the name of an instruction")
                self.diagnostics.error(name.span, "unknown-instruction", f"no instruction '{name}'", hint)
        if len(self.diagnostics.errors) == before and self.scope.pc_width is not None:
            self._rows(syntax, rows)
        return read_syntax(entry)

    def _symbols(self, entry: AssemblerEntry) -> None:
        for name in entry.symbols:
            self._single(name, entry, "a symbol")

    def _prefixes(self, entry: AssemblerEntry) -> None:
        groups = {group.name: group for group in self.groups}
        for name, words in entry.prefixes.items():
            if name not in groups:
                hint = did_you_mean(name, groups, f"the groups are {', '.join(groups) or 'none'}")
                self.diagnostics.error(name.span, "unknown-prefix", f"no prefix group '{name}'", hint)
                continue
            values = sorted(groups[name].units.values())
            for word, value in words.items():
                self._single(word, entry, "a word for a prefix")
                if value not in values:
                    hint = f"the values are {', '.join(map(str, values))}"
                    message = f"no prefix of '{name}' has the value {value}"
                    self.diagnostics.error(word.span, "bad-value", message, hint)

    def _single(self, name: Text, entry: AssemblerEntry, what: str, kinds: Collection[str] = ("name",)) -> None:
        """`name` is one token of one of the kinds."""
        try:
            tokens = tokens_of(name, Spelling(entry.radix, str(entry.comment or COMMENT)), "", 1)
        except Problem:
            tokens = []
        if len(tokens) != 2 or tokens[0].kind not in kinds or (name.startswith(".") and "mark" not in kinds):
            hint = "letters, digits and underscores, or one mark where marks may stand"
            self.diagnostics.error(name.span, "bad-name", f"'{name[:60]}' is not {what}", hint)

    def _notations(self, entry: AssemblerEntry) -> None:
        for notation in entry.notations.values():
            for name in notation.names:
                self._single(name, entry, "a name in a program", ("name", "number", "mark"))
            if notation.text is not None and notation.text.count("{}") != 1:
                hint = "({}), with the field in the braces"
                self.diagnostics.error(notation.text.span, "bad-template", "no '{}', or several", hint)

    def _parsed(self, text: Text, syntax: Syntax) -> None:
        try:
            for part in parse_template(text):
                if isinstance(part, Slot) and part.notation and part.notation not in syntax.notations:
                    hint = did_you_mean(part.notation, syntax.notations, f"they are {', '.join(syntax.notations)}")
                    raise TemplateError("unknown-notation", f"no notation '{part.notation}'", hint, text, part)
        except TemplateError as error:
            self._report(error, text.span)

    def _rows(self, syntax: Syntax, rows: Iterable[tuple[Row, Instruction]]) -> None:
        templates = Templates(self.scope.machine(), syntax)
        for row, instruction in rows:
            written = tuple(row.entry.syntax or ())
            try:
                templates.of(replace(instruction, syntax=written))
            except TemplateError as error:
                self._report(error, written[0].span if written else row.entry.name.span, row.context)

    def _report(self, error: TemplateError, otherwise: Span, context: str = "") -> None:
        text = error.text
        span = text.place(error.offset, max(1, min(error.length, len(text)))) if isinstance(text, Text) else otherwise
        self.diagnostics.error(span, error.code, str(error), error.hint, context)
