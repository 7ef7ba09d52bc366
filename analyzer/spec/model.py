"""One machine, loaded: frozen and fully typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from analyzer.diagnostics import Diagnostic, Span
from analyzer.encoding.assembly.syntax import Syntax
from analyzer.encoding.pattern import Encoding
from analyzer.language.declarations import Body, Machine
from analyzer.language.ir import Expr, walk

ModeKind = Literal["supervisor", "user", "other", "monitor"]


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode: a value for every mode component, and whether supervisor, user, neither, or only a monitor's: one in
    which it runs guests, but no guest believes to be."""

    name: str
    kind: ModeKind
    when: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Monitor:
    """A question asked of the machine: how virtual state is represented in real state.

    `modes`: virtual mode to real mode. `relation`: the conjuncts, 1-bit expressions over `Field("real.x")` and
    `Field("virtual.x")` (register files: `Indexed("real.x", ...)`). `relation_text` as written. `install`: component to
    an expression over `virtual.x`, `region.base`, `region.size` and, for register files, `index`. `shared`: hidden
    component to the real one, often the same, in which the guest's value stands and changes. `maps_late`: the real
    translation may refuse what the guest's allows, so that a refused instruction is resumed. `resident`: how many units
    of real storage from 0 on are the monitor's own; `tables`: address to unit, what stands there; `align`: a guest's
    storage lies at a multiple of so many units.
    """

    name: str
    question: str
    modes: Mapping[str, str]
    relation: tuple[Expr, ...]
    relation_text: str
    shared: Mapping[str, str]
    install: Mapping[str, Expr]
    span: Span
    maps_late: bool = False
    resident: int = 0
    align: int = 1
    tables: Mapping[int, int] = field(default_factory=dict)

    @property
    def reads(self) -> frozenset[str]:
        """The virtual components that `install` reads."""
        nodes = (node for expression in self.install.values() for node in walk(expression))
        prefixed = (getattr(node, "file", getattr(node, "name", "")) for node in nodes)
        return frozenset(name.removeprefix("virtual.") for name in prefixed if name.startswith("virtual."))

    @property
    def holders(self) -> frozenset[str]:
        """The real components in which guest values stand."""
        return frozenset(self.shared.values())


@dataclass(frozen=True, slots=True)
class Place:
    """A component, or the register `index` of a file."""

    component: str
    index: int | None = None

    def __str__(self) -> str:
        return self.component if self.index is None else f"{self.component}[{self.index}]"


@dataclass(frozen=True, slots=True)
class Console:
    """A program prints a character by writing it to `output`; `ready` are places and what a program reads there."""

    output: Place
    ready: tuple[tuple[Place, int], ...]


@dataclass(frozen=True, slots=True)
class Timer:
    """After `every` instructions, `sets` gives places new values, expressions over the machine's components."""

    every: int
    sets: tuple[tuple[Place, Expr], ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """How a machine is run: units of `storage` unless something else is said, component to its value at `reset`, an
    expression over `storage_size` and, for register files, `index`; the condition under which it is `halted`."""

    storage: int
    reset: Mapping[str, Expr]
    halted: Expr | None
    console: Console | None
    timer: Timer | None


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction: a row of the specification.

    `file` is relative to the machine's folder. `text` is the semantics as written (families expanded). `syntax` are its
    templates, if it has its own.
    """

    name: str
    mnemonic: str
    encodings: tuple[Encoding, ...]
    body: Body
    summary: str
    source: str
    syntax: tuple[str, ...]
    file: str
    span: Span
    text: str

    def longest(self, unit: int) -> int:
        """The most units of `unit` bits that it may have, prefixes counted."""
        return max((len(e.groups) + form.length // unit for e in self.encodings for form in e.forms), default=0)

    def shortest(self, unit: int) -> int:
        """The fewest units of `unit` bits that it may have."""
        return min((form.length // unit for e in self.encodings for form in e.forms), default=0)


@dataclass(frozen=True, slots=True)
class Isa:
    """A machine description. `folder` is where it was read from; `warnings` is what lint found; `variants` are the
    texts of variants, the last one's last, that were read over what is in the folder; `unread` are the names of the
    instructions that were left out."""

    name: str
    title: str
    description: str
    sources: Mapping[str, str]
    folder: Path
    machine: Machine
    modes: Mapping[str, Mode]
    invariants: tuple[Expr, ...]
    invariants_text: tuple[str, ...]
    monitors: Mapping[str, Monitor]
    instructions: tuple[Instruction, ...]
    simulation: Simulation
    warnings: tuple[Diagnostic, ...] = ()
    sources_text: Mapping[str, str] = field(default_factory=dict, repr=False)
    syntax: Syntax = field(default_factory=Syntax, repr=False)
    variants: tuple[str, ...] = field(default=(), repr=False)
    unread: tuple[str, ...] = field(default=(), repr=False)

    @property
    def guest_modes(self) -> Mapping[str, Mode]:
        """The modes that a guest can be in."""
        return {name: mode for name, mode in self.modes.items() if mode.kind != "monitor"}

    @property
    def size(self) -> int:
        """How many instructions the machine has, with those left out."""
        return len(self.instructions) + len(self.unread)

    def instruction(self, name: str) -> Instruction:
        """The instruction called `name`; raises `KeyError`."""
        for row in self.instructions:
            if row.name == name:
                return row
        raise KeyError(name)


def meant(text: str, rows: Sequence[tuple[str, str]]) -> list[str]:
    """The names of the rows, each a name and a mnemonic, that a text names or else has as mnemonic, ignoring case."""
    key = text.casefold()
    return [name for name, _ in rows if name.casefold() == key] or [
        name for name, mnemonic in rows if mnemonic.casefold() == key
    ]
