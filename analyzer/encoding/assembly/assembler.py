"""The assembler: the text of a program to a `Program`."""

from __future__ import annotations

from dataclasses import dataclass, field

from analyzer.diagnostics import Diagnostics, Span, SpecError, printable
from analyzer.encoding.assembly.finish import Finisher
from analyzer.encoding.assembly.instructions import Instructions
from analyzer.encoding.assembly.layout import Layout
from analyzer.encoding.assembly.program import Program
from analyzer.encoding.assembly.reader import Reader
from analyzer.encoding.assembly.statements import Statement
from analyzer.encoding.assembly.symbols import Symbols
from analyzer.encoding.assembly.syntax import WrittenMachine
from analyzer.encoding.assembly.tokens import Consequence, Problem

MAX_BYTES = 1024 * 1024
MAX_MESSAGES = 100


class Assembler:
    """Assembles programs for one machine."""

    def __init__(self, isa: WrittenMachine) -> None:
        self.isa = isa
        self.instructions = Instructions(isa)

    def assemble(self, text: str | bytes, name: str) -> Program:
        """The program in `text`, called `name` in messages. Raises `SpecError` with all that is wrong in it."""
        messages = Messages()
        source = _text(text, name, messages)
        try:
            statements, symbols = self._read(source, name, messages)
            Layout(statements, symbols, 1 << self.isa.machine.storage.address, messages.report).place()
            radix = self.isa.syntax.radix
            program = Finisher(self.isa.machine, radix, statements, symbols, messages.report).program(name)
        except Enough:
            span, hint = Span(name, 1, 1), "these come first"
            messages.diagnostics.error(span, "too-many-errors", f"more than {MAX_MESSAGES} messages", hint)
        messages.diagnostics.raise_errors({name: source})
        return program

    def _read(self, text: str, name: str, messages: Messages) -> tuple[list[Statement], Symbols]:
        """The statements of a program and the names that it defines."""
        symbols = Symbols({**self.isa.machine.constants, **self.isa.syntax.symbols})
        reader = Reader(self.isa.machine, self.instructions, symbols, self.isa.syntax.word, name)
        statements: list[Statement] = []
        for number, line in enumerate(text.splitlines(), 1):
            try:
                for statement in reader.read(line, number):
                    statements.append(statement)
            except Problem as problem:
                messages.report(problem)
        return statements, symbols


def assemble(isa: WrittenMachine, text: str | bytes, name: str) -> Program:
    """`Assembler(isa).assemble(text, name)`, for a single program."""
    return Assembler(isa).assemble(text, name)


def _text(text: str | bytes, name: str, messages: Messages) -> str:
    """The text of a program, safe to print. Raises `SpecError` if it cannot be one."""
    here = Span(name, 1, 1)
    if len(text) > MAX_BYTES:
        messages.report(Problem("file-too-large", f"more than {MAX_BYTES >> 20} MiB", "split the program", here))
    elif isinstance(text, str):
        return printable(text)
    else:
        try:
            return printable(text.decode("utf-8-sig"))
        except UnicodeDecodeError:
            messages.report(Problem("not-text", "not UTF-8 text", "save the file as UTF-8", here))
    raise SpecError(messages.diagnostics.errors)


class Enough(Exception):
    """So much is wrong that more messages do not help."""


@dataclass(slots=True)
class Messages:
    """Collects what is wrong in a program."""

    diagnostics: Diagnostics = field(default_factory=Diagnostics)

    def report(self, problem: Problem) -> None:
        """Record a problem, if it is one of its own. Raises `Enough` when there are too many."""
        if isinstance(problem, Consequence):
            return
        if len(self.diagnostics.items) >= MAX_MESSAGES:
            raise Enough
        message, hint = printable(str(problem))[:500], printable(problem.hint)[:500]
        self.diagnostics.error(problem.span, problem.code, message, hint)
