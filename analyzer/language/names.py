"""The names that the language keeps for itself, and what the other names mean in one text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.language.declarations import ACCESS_KINDS, Component, Parameter
from analyzer.language.ir import Expr

SHIFT_CALLS = ("asr", "rol", "ror")
SAME_CALLS = ("sdiv", "srem")
UNARY_CALLS = ("clz", "ctz", "popcount", "parity")
EXTEND_CALLS = ("zext", "sext")
OPEN_CALLS = ("undefined", "unpredictable")
BUILTIN_CALLS = (*SHIFT_CALLS, *SAME_CALLS, *UNARY_CALLS, *EXTEND_CALLS, *OPEN_CALLS, "cat", "signed")
ENDING_CALLS = ("trap", "again", "execute")
STATEMENT_CALLS = (*ENDING_CALLS, "trap_after", "commit")
RESERVED = frozenset(
    (
        *BUILTIN_CALLS,
        *STATEMENT_CALLS,
        *ACCESS_KINDS,
        "next",
        "storage_size",
        "original",
        "range",
        "if",
        "else",
        "and",
        "or",
        "not",
    )
)


@dataclass(slots=True)
class Names:
    """What names mean in one text: fields and operands of the instruction, parameters, locals, extra names.

    `assigned` are the locals that have a value on every path so far; `constants` are loop variables; `broken` are
    locals whose only assignments were refused: of them nothing more is said. `bare` allows components and spaces; a
    monitor's relation does not see them. `used` collects the names that the text mentions.
    """

    fields: Mapping[str, int] = field(default_factory=dict)
    operands: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    extra: Mapping[str, Expr] = field(default_factory=dict)
    files: Mapping[str, Component] = field(default_factory=dict)
    bare: bool = True
    site: str = ""
    locals: dict[str, int] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    constants: dict[str, int] = field(default_factory=dict)
    sites: int = 0
    used: set[str] = field(default_factory=set)

    def new_site(self) -> str:
        """A name for the next place that leaves a value open."""
        self.sites += 1
        return f"{self.site}.{self.sites}"

    def operand_class(self, name: str) -> str | None:
        """The class of operand `name`, of the instruction or a parameter."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter.operand
        return self.operands.get(name)
