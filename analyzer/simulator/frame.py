"""What generated code is written from: the names of one activation, and the functions that it calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from analyzer.language.declarations import Function, Machine, Space
from analyzer.language.ir import Load, Store
from analyzer.simulator.operations import Code


@dataclass(frozen=True, slots=True)
class Operand:
    """An operand of the instruction: its name, its class, and the number of the case that it takes."""

    name: str
    operand_class: str
    case: int


Operands = tuple[Operand, ...]


@dataclass(slots=True)
class Frame:
    """What names mean in one activation: locals as code, operand parameters as operands of the instruction.

    `operands` are those of the instruction, `scope` the one whose case's fields `CaseField` names. `top`: this is an
    instruction, not a function.
    """

    operands: Operands = ()
    locals: dict[str, Code] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)
    scope: str = ""
    top: bool = False

    def operand(self, name: str) -> str:
        """The operand of the instruction that a name stands for."""
        return self.bound.get(name, name)


class Functions(Protocol):
    """Where generated code finds the functions that it calls."""

    machine: Machine
    logging: bool  # whether generated code notes the old value of what it writes

    def function(self, function: Function, bound: Mapping[str, str], constants: Mapping[str, int], frame: Frame) -> str:
        """The name of the Python function for a function with operands bound and some parameters known."""

    def constants(self, function: Function, given: Mapping[str, Code]) -> dict[str, int]:
        """Which arguments a function is specialized for."""

    def place(self, space: Space, address: Code, kind: int) -> Code:
        """The real address of an address of a space."""

    def access(self, node: Load | Store) -> str:
        """The name of the Python function that reads or writes so many units of a space."""

    def outlined(self, code: Code) -> Code:
        """A call of a new function that gives the value of `code`."""

    def fresh(self, prefix: str, name: str) -> str:
        """A Python name that nothing else has."""

    def file(self, name: str) -> str:
        """The variable for a register file."""


def sanitized(name: str) -> str:
    """What of a specification's name may stand in a Python name; not unique."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)[:40]
