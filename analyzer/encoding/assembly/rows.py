"""The templates of each row: its own, or those that its name and the machine's tables give."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from analyzer.encoding.assembly.bind import Binder, unknown_field
from analyzer.encoding.assembly.elements import Element, Words
from analyzer.encoding.assembly.syntax import Syntax, WrittenRow
from analyzer.encoding.assembly.template import Literal, TemplateError, fields_of, parse_template
from analyzer.language.declarations import Machine

MAX_TEMPLATES = 64  # of one row


@dataclass(frozen=True, slots=True)
class Template:
    """A way to write a row: its text, and its parts. The first part begins with `mnemonic`, in capitals."""

    row: WrittenRow
    text: str
    mnemonic: str
    elements: tuple[Element, ...]


class Templates:
    """Gives the templates of rows of one machine."""

    def __init__(self, machine: Machine, syntax: Syntax) -> None:
        self.machine, self.syntax = machine, syntax
        self.binder = Binder(machine, syntax)
        self.operands = {" ".join(sorted(key.split())): value for key, value in syntax.operands.items()}

    def of(self, row: WrittenRow) -> list[Template]:
        """All ways to write a row; the first that can be written is the one that is shown. Raises `TemplateError`."""
        out: list[Template] = []
        for text in self._texts(row):
            out.append(self._template(row, text))
            if len(out) > MAX_TEMPLATES:
                message = f"more than {MAX_TEMPLATES} ways to write '{row.name}'"
                raise TemplateError("bad-template", message, "use fewer alternatives")
        return out

    def _texts(self, row: WrittenRow) -> Iterator[str]:
        """The texts of the templates."""
        derived = not row.syntax
        bases = (self._from_name(row.name),) if derived else row.syntax
        for base in (*self.syntax.aliases.get(row.name, ()), *bases):
            for text in self._expanded(base):
                yield from self._completed(row, text, derived)

    def own_fields(self, row: WrittenRow) -> list[str]:
        """The fields and operands that a template must tell."""
        fields = (name for name in row.body.fields if "." not in name and name not in self.machine.prefixes)
        return [*fields, *row.body.operands]

    def _template(self, row: WrittenRow, text: str) -> Template:
        elements = self.binder.bound(text, row.body.fields, row.body.operands)
        first = elements[0] if elements else None
        if not isinstance(first, Words) or not first.tokens or first.tokens[0].kind not in ("name", "string"):
            raise TemplateError("bad-template", f"'{text}' does not begin with a word", "a mnemonic comes first", text)
        return Template(row, text, first.tokens[0].text.upper(), elements)

    def _from_name(self, name: str) -> str:
        """The name of a row, quoted if it is not made of what programs are made of."""
        if not set(name) & set("{}\"'") and self.syntax.comment not in name:
            try:
                if self.binder.words(name).tokens[0].kind == "name" and name[:1] != ".":
                    return name
            except (TemplateError, IndexError):
                pass
        return '"' + re.sub(r"[^ !#-\[\]-z|~]", "_", name) + '"'

    @cached_property
    def _words(self) -> re.Pattern[str]:
        """Finds the words of the machine, the longest first, and fields in braces."""
        listed = "|".join(re.escape(word) for word in sorted(self.syntax.words, key=len, reverse=True))
        return re.compile(rf"\{{[^{{}}]*\}}|(?<![\w/:])(?P<word>{listed or '(?!)'})(?![\w/:])", re.ASCII)

    def _expanded(self, text: str) -> Iterator[str]:
        """The text with its words replaced, in all combinations of their templates; itself if there are none."""
        parts: list[Sequence[str]] = []
        at = 0
        for match in self._words.finditer(text):
            if match["word"] is not None:
                parts += [(text[at : match.start()],), self.syntax.words[match["word"]]]
                at = match.end()
        if not parts:
            yield text
            return
        parts.append((text[at:],))
        for combination in itertools.islice(itertools.product(*parts), MAX_TEMPLATES + 1):
            yield "".join(combination)

    def _completed(self, row: WrittenRow, text: str, derived: bool) -> Iterator[str]:
        """The template with what it leaves open, from the table of operands, or in general beside a mere name."""
        parts, own = parse_template(text), self.own_fields(row)
        for part in parts:
            if not isinstance(part, Literal) and part.field not in own and part.field not in self.machine.prefixes:
                raise unknown_field(part, own, text)
        left = [name for name in own if name not in fields_of(parts)]
        key = " ".join(sorted(left))
        if not left:
            yield text
        elif key in self.operands:
            for rest in self.operands[key]:
                for expanded in self._expanded(rest):
                    yield f"{text} {expanded}" if expanded[:1] != "," else text + expanded
        elif derived:
            yield f"{text} " + ", ".join(f"{name}={{{name}}}" for name in left)
        else:
            hint = f"write it in braces, or tell under 'operands' how '{key}' is written"
            raise TemplateError("missing-field", f"fields that are not written: {', '.join(left)}", hint, text)
