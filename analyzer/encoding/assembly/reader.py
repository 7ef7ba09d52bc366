"""Lines of a program to statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from analyzer.diagnostics import Span, did_you_mean
from analyzer.encoding.assembly.expressions import Constant, Expression
from analyzer.encoding.assembly.instructions import Instructions
from analyzer.encoding.assembly.lines import Line, parse_expression, parse_value
from analyzer.encoding.assembly.statements import Code, Data, Definition, Keep, Label, Move, Setting, Start, Statement
from analyzer.encoding.assembly.symbols import Symbols
from analyzer.encoding.assembly.tokens import Problem, tokens_of
from analyzer.language.declarations import Machine

SIZES: Mapping[str, int] = {".byte": 1, ".short": 2, ".long": 4, ".quad": 8}  # of machines whose unit has 8 bits


@dataclass(slots=True)
class Reader:
    """Reads the lines of one program of `machine`, noting its names in `symbols`; `word` is the units of `.word`."""

    machine: Machine
    instructions: Instructions
    symbols: Symbols
    word: int
    file: str

    def read(self, text: str, number: int) -> Iterator[Statement]:
        """The statements of a line. Raises `Problem`; those before the problem were given."""
        tokens = tokens_of(text, self.instructions.spelling, self.file, number)
        line, at = Line(self.file, number, tokens), 0
        while tokens[at].kind == "name" and tokens[at].text[0] != "." and line.at(at + 1, ":"):
            self._place(line, at)
            yield Label(line.span(at), tokens[at].text)
            at += 2
        if tokens[at].kind == "end":
            return
        if tokens[at].kind == "name" and line.at(at + 1, "="):
            yield self._definition(line, at, at + 2)
        elif tokens[at].text[0] == "." and tokens[at].kind == "name":
            yield from self._directive(line, at)
        else:
            line.reserved = self.instructions.reserved
            candidates = self.instructions.read(line, at)
            yield Code(line.span(at, len(tokens) - 2), candidates)

    def _place(self, line: Line, at: int) -> None:
        words = {**self.instructions.prefixes, **dict.fromkeys(self.instructions.reserved, None)}
        self.symbols.place(line.tokens[at].text, line.span(at), words)

    def _definition(self, line: Line, at: int, value: int) -> Definition:
        self._place(line, at)
        name = line.tokens[at].text
        try:
            return Definition(line.span(at), name, self._last(line, value))
        except Problem:
            self.symbols.broken.add(name)
            raise

    def _last(self, line: Line, at: int) -> Expression:
        """The expression that ends the line."""
        expression, end = self._value(line, at)
        self._end(line, end)
        return expression

    def _rest(self, line: Line, at: int) -> Span:
        """The place of all from token `at` on."""
        return line.span(min(at, len(line.tokens) - 2), len(line.tokens) - 2)

    def _value(self, line: Line, at: int) -> tuple[Expression, int]:
        line.furthest = at
        found = parse_value(line, at, self.machine.program.unit * self.word // 2)
        if found is None:
            raise Problem("syntax", "no expression", "a number, a name, (a + b) * 4, 'A', .", line.span(line.furthest))
        return found

    def _end(self, line: Line, at: int) -> None:
        if line.tokens[at].kind != "end":
            hint = f"the statement ends before; '{self.instructions.spelling.comment}' begins a comment"
            raise Problem("syntax", f"'{line.tokens[at].text[:60]}' is too much", hint, line.span(at))

    def _directive(self, line: Line, at: int) -> Iterator[Statement]:
        name = line.tokens[at].text.lower()
        if name in DIRECTIVES:
            yield DIRECTIVES[name](self, line, at)
        elif name == ".word" or name == ".unit" or (name in SIZES and self.machine.program.unit == 8):
            yield self._data(line, at, SIZES.get(name, self.word if name == ".word" else 1))
        else:
            known = [*DIRECTIVES, ".word", *(SIZES if self.machine.program.unit == 8 else ())]
            hint = did_you_mean(name, known, f"the directives are {', '.join(known)}")
            raise Problem("unknown-directive", f"no directive '{name[:60]}'", hint, line.span(at))

    def _data(self, line: Line, at: int, size: int) -> Data:
        start = at
        values: list[Expression] = []
        spans: list[Span] = []
        while not values or line.at(at, ","):
            expression, end = self._value(line, at + 1)
            values.append(expression)
            spans.append(line.span(at + 1, end - 1))
            at = end
        self._end(line, at)
        return Data(line.span(start), values, spans, size)

    def _ascii(self, line: Line, at: int) -> Data:
        text = self._text(line, at + 1)
        spans = [line.span(at + 1)] * len(text)
        return Data(line.span(at), [Constant(ord(character)) for character in text], spans, 1)

    def _text(self, line: Line, at: int) -> str:
        """The string that ends the line."""
        token = line.tokens[at]
        if token.kind != "string":
            raise Problem("syntax", "no text", 'a text stands in "..."', line.span(at))
        self._end(line, at + 1)
        return str(token.value)

    def _equ(self, line: Line, at: int) -> Definition:
        if line.tokens[at + 1].kind != "name" or not line.at(at + 2, ","):
            raise Problem("syntax", "no name", ".equ name, value or name = value", line.span(at + 1))
        return self._definition(line, at + 1, at + 3)

    def _move(self, line: Line, at: int) -> Move:
        kind: Literal[".org", ".space", ".align"]
        match line.tokens[at].text.lower():
            case ".org":
                kind = ".org"
            case ".space":
                kind = ".space"
            case _:
                kind = ".align"
        return Move(line.span(at), kind, self._last(line, at + 1))

    def _start(self, line: Line, at: int) -> Start:
        return Start(self._rest(line, at + 1), self._last(line, at + 1))

    def _keep(self, line: Line, at: int) -> Keep:
        first, end = self._value(line, at + 1)
        if not line.at(end, ","):
            raise Problem("syntax", "no last address", ".keep first, last", line.span(end))
        spans = line.span(at + 1, end - 1), self._rest(line, end + 1)
        return Keep(self._rest(line, at + 1), first, self._last(line, end + 1), spans)

    def _state(self, line: Line, at: int) -> Setting:
        name, index, at = self._component(line, at + 1)
        if not line.at(at, "="):
            raise Problem("syntax", "no value", ".state component = value, .state file[index] = value", line.span(at))
        return Setting(self._rest(line, at + 1), ".state", "component", name, index, self._last(line, at + 1))

    def _expect(self, line: Line, at: int) -> Setting:
        word, span = line.tokens[at + 1].text, line.span(at)
        components = self.machine.components
        plain = not line.at(at + 2, "=") and not line.at(at + 2, "[")
        if word == "halted" and plain:
            self._end(line, at + 2)
            return Setting(span, ".expect", "halted")
        if word == "output" and plain:
            return Setting(span, ".expect", "output", value=self._text(line, at + 2))
        name: str | None = None
        index: Expression | None = None
        if word == "storage" and word not in components and line.at(at + 2, "["):
            index, end = self._index(line, at + 2)
        else:
            name, index, end = self._component(line, at + 1)
        if not line.at(end, "="):
            hint = '.expect halted, output "text", component = value, file[index] = value or storage[address] = value'
            raise Problem("syntax", "no value", hint, line.span(end))
        kind: Literal["component", "storage"] = "component" if name else "storage"
        return Setting(self._rest(line, end + 1), ".expect", kind, name, index, self._last(line, end + 1))

    def _component(self, line: Line, at: int) -> tuple[str, Expression | None, int]:
        """A component, its index, and the token after them."""
        token, components = line.tokens[at], self.machine.components
        if token.text not in components:
            hint = did_you_mean(token.text, components, f"the components are {', '.join(components)}")
            raise Problem("unknown-component", f"no component '{token.text[:60]}'", hint, line.span(at))
        if components[token.text].count is None:
            return token.text, None, at + 1
        if not line.at(at + 1, "["):
            hint = f"{token.text}[index], with an index from 0 to {(components[token.text].count or 1) - 1}"
            raise Problem("syntax", f"'{token.text}' is a register file", hint, line.span(at))
        index, end = self._index(line, at + 1)
        return token.text, index, end

    def _index(self, line: Line, at: int) -> tuple[Expression, int]:
        """The index in brackets, and the token after them."""
        found = parse_expression(line, at + 1)
        if found is None or not line.at(found[1], "]"):
            raise Problem("syntax", "no index", "[expression]", line.span(line.furthest))
        return found[0], found[1] + 1


DIRECTIVES: Mapping[str, Callable[[Reader, Line, int], Statement]] = {
    ".ascii": Reader._ascii,
    ".equ": Reader._equ,
    ".org": Reader._move,
    ".space": Reader._move,
    ".align": Reader._move,
    ".start": Reader._start,
    ".keep": Reader._keep,
    ".state": Reader._state,
    ".expect": Reader._expect,
}
