"""How the programs of a machine are written: the `assembler:` section of a specification, docs/language.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from analyzer.encoding.codec import Row
from analyzer.language.declarations import Machine

Templates = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notation:
    """How a field or an operand is written.

    `names`: name to value, the first of a value is shown. `numbers`: whether an expression may stand there, too. The
    number written is the value times `times` plus `plus`; `signed`: from -2^(n-1) on, if false from 0 on, else either.
    `extended`: the number has so many bits, and the field is those of its low bits of which the others repeat the sign.
    `relative`: the number written is an address, and all of that is said of its distance from the next instruction.
    `address`: a label is shown where one has the number. `sign`: written with its sign, as in `[r + 4]`. `bare`: does
    not begin with a parenthesis. `text` stands around it; `omit` is left out, `default` may be left out.
    `cases`: of an operand, case to templates, `*` for all others.
    """

    names: Mapping[str, int] = field(default_factory=dict)
    numbers: bool = True
    times: int = 1
    plus: int = 0
    signed: bool | None = None
    extended: int = 0
    relative: bool = False
    address: bool = False
    sign: bool = False
    bare: bool = False
    text: str = "{}"
    omit: int | None = None
    default: int | None = None
    cases: Mapping[str, Templates] = field(default_factory=dict)


PLAIN = Notation()


@dataclass(frozen=True, slots=True)
class Syntax:
    """How programs are written.

    `radix` is that of numbers without a prefix, `shown` that of the disassembler. `word` is the number of units of
    `.word`. `symbols` are names with a value from the start. `prefixes`: group to word to value. `words`: what stands
    in names and templates for something else, to templates. `operands`: fields that a template leaves open, sorted and
    joined by blanks, to the templates of the rest. `aliases`: instruction to further templates, which come first.
    `synonyms`: mnemonic to the one that it stands for, in capitals.
    """

    radix: int = 10
    shown: int = 10
    comment: str = ";"
    word: int = 1
    symbols: Mapping[str, int] = field(default_factory=dict)
    prefixes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notations: Mapping[str, Notation] = field(default_factory=dict)
    words: Mapping[str, Templates] = field(default_factory=dict)
    operands: Mapping[str, Templates] = field(default_factory=dict)
    aliases: Mapping[str, Templates] = field(default_factory=dict)
    synonyms: Mapping[str, str] = field(default_factory=dict)


class WrittenRow(Row, Protocol):
    """What is read of an instruction."""

    @property
    def syntax(self) -> Templates:
        """Its own templates; none if its name says how it is written."""


class WrittenMachine(Protocol):
    """What is read of a machine."""

    @property
    def machine(self) -> Machine:
        """Its declarations."""

    @property
    def instructions(self) -> Sequence[WrittenRow]:
        """Its instructions."""

    @property
    def syntax(self) -> Syntax:
        """How they are written."""
