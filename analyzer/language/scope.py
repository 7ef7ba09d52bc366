"""The names that semantics may use, while a specification is being read."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from analyzer.diagnostics import Diagnostics, Span
from analyzer.language.declarations import (
    BitOrder,
    Component,
    Function,
    Machine,
    OperandClass,
    Parameter,
    Space,
    TrapKind,
    UninterpretedFunction,
)
from analyzer.language.ir import While
from analyzer.language.source import SourceText


@dataclass(frozen=True, slots=True)
class Signature:
    """A function as its first line declares it, and its text, still unchecked."""

    name: str
    parameters: tuple[Parameter, ...]
    results: tuple[int, ...]
    definition: ast.FunctionDef
    source: SourceText
    span: Span


@dataclass(slots=True)
class Scope:
    """The declarations of a machine under construction; `machine()` freezes them.

    `loops` are the `while` statements met so far, with their places: what they call is known only at the end.
    """

    bit_order: BitOrder = "lsb0"
    components: dict[str, Component] = field(default_factory=dict)
    spaces: dict[str, Space] = field(default_factory=dict)
    traps: dict[str, TrapKind] = field(default_factory=dict)
    uninterpreted: dict[str, UninterpretedFunction] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)
    operands: dict[str, OperandClass] = field(default_factory=dict)
    prefixes: dict[str, int] = field(default_factory=dict)
    signatures: dict[str, Signature] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    loops: list[tuple[While, Span, str]] = field(default_factory=list)

    def machine(self) -> Machine:
        """The frozen declarations."""
        return Machine(
            self.bit_order, self.components, self.spaces, self.traps, self.uninterpreted, self.constants,
            self.operands, self.functions, self.prefixes,
        )  # fmt: skip

    @property
    def pc_width(self) -> int | None:
        """Width of the program counter, if one is declared."""
        return next((c.width for c in self.components.values() if c.role == "pc"), None)

    @property
    def storage(self) -> Space | None:
        """The storage space, if one is declared."""
        return next((s for s in self.spaces.values() if s.role == "storage"), None)

    def known_names(self) -> Iterable[str]:
        """Names that a reader may have meant."""
        tables: tuple[Mapping[str, object], ...] = (
            self.components, self.spaces, self.constants, self.signatures, self.uninterpreted, self.prefixes,
        )  # fmt: skip
        return [name for table in tables for name in table]


@dataclass(frozen=True, slots=True)
class Reporter:
    """Reports errors at the nodes of one text."""

    source: SourceText
    diagnostics: Diagnostics

    def span(self, node: ast.AST) -> Span:
        """The place of `node` in the specification file."""
        line = getattr(node, "lineno", 1)
        start = self.column(line, getattr(node, "col_offset", 0))
        same_line = getattr(node, "end_lineno", line) == line
        end = self.column(line, getattr(node, "end_col_offset", 0)) if same_line else start + 1
        return self.source.locate(line, start, max(1, end - start))

    def column(self, line: int, offset: int) -> int:
        """The character column, from 1, of a byte offset."""
        lines = self.source.text.split("\n")
        if line > len(lines):
            return 1
        return len(lines[line - 1].encode()[:offset].decode(errors="ignore")) + 1

    def error(self, node: ast.AST, code: str, message: str, hint: str = "") -> None:
        """Report an error at `node`. Gives `None`, the result of what cannot be typed."""
        self.diagnostics.error(self.span(node), code, message, hint, self.source.context)

    def warning(self, node: ast.AST, code: str, message: str, hint: str = "") -> None:
        """Report a warning at `node`."""
        self.diagnostics.warning(self.span(node), code, message, hint, self.source.context)


def parse(source: SourceText, diagnostics: Diagnostics, mode: str = "exec") -> ast.AST | None:
    """The syntax tree of a text, or `None` after reporting a syntax error. `mode` is `ast.parse`'s."""
    if len(source.text) > 200_000:
        diagnostics.error(source.locate(1, 1, 1), "text-too-long", "text of more than 200,000 characters", "split it")
        return None
    try:
        text = source.text.strip() if mode == "eval" else source.text
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python doubts (`1if x else 2`) is right in the language, or refused
            return ast.parse(text, mode=mode)
    except SyntaxError as error:
        span = source.locate(error.lineno or 1, error.offset or 1, 1)
        hint = "see docs/language.md, Semantics"
        diagnostics.error(span, "syntax", error.msg or "syntax error", hint, source.context)
    except (ValueError, RecursionError, MemoryError) as error:
        diagnostics.error(
            source.locate(1, 1, 1), "syntax", f"cannot be parsed: {error}", "simplify the text", source.context
        )
    return None
