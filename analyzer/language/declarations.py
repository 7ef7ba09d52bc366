"""What a specification declares, typed: components, spaces, traps, functions, operand classes, instruction bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from analyzer.diagnostics import NOWHERE, Span
from analyzer.language.ir import Block, Const, Expr

Role = Literal["mode", "pc", "relocation", "visible", "control"]
SpaceRole = Literal["program", "storage", "system"]
TrapClass = Literal["memory", "privileged", "call", "exception"]
BitOrder = Literal["lsb0", "msb0"]
Order = Literal["big", "little"]

HIDDEN_ROLES: tuple[Role, ...] = ("mode", "relocation", "control")
ACCESS_KINDS: Mapping[str, int] = {"read": 0, "write": 1, "execute": 2}


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the machine state: `width` bits, or a register file of `count` (a power of two) of them."""

    name: str
    width: int
    role: Role
    count: int | None = None
    description: str = ""
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def hidden(self) -> bool:
        """Whether a monitor must hold a value of its own here."""
        return self.role in HIDDEN_ROLES

    @property
    def index_width(self) -> int:
        """Width of the index of a register file."""
        return max(1, ((self.count or 1) - 1).bit_length())


@dataclass(frozen=True, slots=True)
class Space:
    """An address space: addresses of `address` bits name units of `unit` bits.

    `translate` is the function that gives a real address; the storage space has none.
    `wrap` is the number of low address bits that are incremented from unit to unit. `parcel` is the number of
    units that encodings show as one word.
    """

    name: str
    address: int
    unit: int
    role: SpaceRole
    order: Order = "big"
    wrap: int | None = None
    translate: str | None = None
    parcel: int = 1
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class TrapKind:
    """A kind of trap, the class it belongs to, the values it carries and the machine's trap sequence for it."""

    name: str
    trap_class: TrapClass
    args: Mapping[str, int] = field(default_factory=dict)
    deliver: Block | None = None
    restartable: bool = True
    description: str = ""
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class UninterpretedFunction:
    """A function of which only its name and widths are known."""

    name: str
    args: tuple[int, ...]
    result: int
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class OperandCase:
    """One form of an operand: its fields (name to width) and what each attribute of the class is."""

    name: str
    fields: Mapping[str, int]
    attributes: Mapping[str, Expr]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class OperandClass:
    """A class of operands: attributes (name to width) and the cases that give them."""

    name: str
    attributes: Mapping[str, int]
    cases: tuple[OperandCase, ...]
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def case_width(self) -> int:
        """Width of the pseudo-field that numbers the cases."""
        return max(1, (len(self.cases) - 1).bit_length())


@dataclass(frozen=True, slots=True)
class Parameter:
    """A function's parameter: `width` bits, or an operand of class `operand`."""

    name: str
    width: int
    operand: str | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the specification; `results` are the widths of what it returns."""

    name: str
    parameters: tuple[Parameter, ...]
    results: tuple[int, ...]
    body: Block
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Body:
    """What an instruction does.

    `fields`: operand fields, prefix groups, `m.case` and `m.field` of operands, name to width.
    `operands`: operand to class.
    `length`: number of units of the instruction, as wide as the program counter, an expression over fields.
    """

    fields: Mapping[str, int]
    operands: Mapping[str, str]
    length: Expr
    semantics: Block


@dataclass(frozen=True)
class Machine:
    """Everything semantics refer to. Mappings keep the order of the specification."""

    bit_order: BitOrder
    components: Mapping[str, Component]
    spaces: Mapping[str, Space]
    traps: Mapping[str, TrapKind]
    uninterpreted: Mapping[str, UninterpretedFunction]
    constants: Mapping[str, int]
    operands: Mapping[str, OperandClass]
    functions: Mapping[str, Function]
    prefixes: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def pc(self) -> Component:
        """The program counter."""
        return next(c for c in self.components.values() if c.role == "pc")

    @cached_property
    def program(self) -> Space:
        """The space that programs address."""
        return next(s for s in self.spaces.values() if s.role == "program")

    @cached_property
    def storage(self) -> Space:
        """Real storage."""
        return next(s for s in self.spaces.values() if s.role == "storage")

    @cached_property
    def size_width(self) -> int:
        """Width of `storage_size`: one bit more than a real address."""
        return self.storage.address + 1

    def with_role(self, *roles: Role) -> tuple[Component, ...]:
        """The components of the given roles, in order."""
        return tuple(c for c in self.components.values() if c.role in roles)

    def no_instruction(self) -> Body:
        """The body of a word that matches no instruction, for `undefined_instruction`."""
        from analyzer.language.ir import Call, Evaluate

        call = Evaluate(Call("undefined_instruction", (), 0))
        return Body({}, {}, Const(1 % (1 << self.pc.width), self.pc.width), (call,))
