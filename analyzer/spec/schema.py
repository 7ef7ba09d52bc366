"""The format of specification files: what each key holds. Checked here, and exported as a JSON Schema for editors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)  # fmt: skip

from analyzer.language.declarations import Order, Role, SpaceRole, TrapClass
from analyzer.spec.files import INCLUDABLE
from analyzer.spec.model import ModeKind
from analyzer.spec.text import Text
from analyzer.spec.values import (
    AddressWidth,
    Comment,
    Count,
    Formula,
    MachineName,
    Name,
    Names,
    Number,
    Plain,
    Radix,
    Shared,
    SignedNumber,
    Table,
    Texts,
    Truth,
    Width,
)  # fmt: skip


class Entry(BaseModel):
    """A mapping with fixed keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=False, defer_build=True
    )


class ComponentEntry(Entry):
    """A part of the machine state."""

    width: Width = Field(description="width in bits")
    role: Role = Field(description="who controls it: docs/theory.md, States")
    count: Count | None = Field(None, description="number of registers, a power of two; makes a register file")
    description: Plain | None = Field(None, description="what the manual calls it")


class SpaceEntry(Entry):
    """An address space."""

    address: AddressWidth = Field(description="width of an address in bits")
    unit: Width = Field(description="width of the unit that an address names, in bits")
    role: SpaceRole = Field(description="program: through translate; storage: real storage; system: any other")
    order: Order = Field("big", description="order of the units in a value of several")
    wrap: AddressWidth | None = Field(None, description="number of low address bits incremented from unit to unit")
    parcel: Annotated[Number, Field(ge=1, le=16)] = Field(
        1, description="units that patterns show as one word, which stands in storage from its least significant one on"
    )
    translate: Name | None = Field(None, description="the function that translates a system space's addresses")


class ModeEntry(Entry):
    """A mode: a value for every mode component."""

    kind: ModeKind = Field(
        description="supervisor, user (a hybrid monitor runs it directly), other, or monitor (no guest is in it)"
    )
    when: dict[Name, Number] = Field(description="the value of each mode component")


class TrapEntry(Entry):
    """A kind of trap."""

    trap_class: TrapClass = Field(alias="class", description="memory, privileged, call or exception")
    args: dict[Name, Width] = Field(default={}, description="values that the trap carries, name to width")
    deliver: Plain | None = Field(None, description="the trap sequence of the bare machine")
    restartable: Truth = Field(True, description="false: the instruction cannot be resumed")
    description: Plain | None = Field(None, description="what the manual calls it")


class UninterpretedEntry(Entry):
    """A function of which only the widths are known."""

    args: list[Width] = Field(description="widths of the arguments")
    result: Width = Field(description="width of the result")


class ResidentEntry(Entry):
    """The real storage that a monitor keeps for itself, from address 0 on."""

    size: Number = Field(description="how many units")
    align: Annotated[Number, Field(ge=1)] = Field(
        1, description="a guest's storage lies at a multiple of so many units"
    )
    storage: dict[Plain, list[Number]] = Field(default={}, description="address to the units that stand from there on")


class MonitorEntry(Entry):
    """A question asked of the machine: how a monitor represents virtual state in real state."""

    question: Plain = Field(description="what is asked, in words")
    modes: dict[Plain, Plain] = Field(description="virtual mode to the real mode in which its code runs")
    relation: Formula | None = Field(None, description="condition over real.X and virtual.X; true unless given")
    maps_late: bool = Field(
        default=False, description="whether the real translation may fault where the guest's does not"
    )
    shared: Shared = Field(
        default={}, description="hidden components whose guest value stands in the real one, or in another: {x: y}"
    )
    install: dict[Plain, Formula] = Field(default={}, description="component to the real value that a monitor loads")
    resident: ResidentEntry | None = Field(None, description="real storage that the monitor keeps for itself")


class ConsoleEntry(Entry):
    """Where a program writes the characters that it prints."""

    output: Plain = Field(description="the register that takes a character: port[0x3F8]")
    ready: dict[Plain, Number] = Field(
        default={}, description="registers that say that it takes another: their values from the start on"
    )


class TimerEntry(Entry):
    """What happens each time so many instructions have been executed."""

    every: Annotated[Number, Field(ge=1)] = Field(description="instructions from one tick to the next")
    sets: dict[Plain, Formula] = Field(description="register to the value that a tick gives it")


class SimulationEntry(Entry):
    """What the simulator needs to know besides the semantics."""

    storage: Annotated[Number, Field(ge=1, le=1 << 28)] = Field(1 << 16, description="units of real storage")
    reset: dict[Plain, Formula] = Field(
        default={}, description="component to its value at the start, over storage_size and index; others are 0"
    )
    halted: Formula | None = Field(None, description="condition under which the machine waits for an interrupt")
    console: ConsoleEntry | None = Field(None, description="the console")
    timer: TimerEntry | None = Field(None, description="the interval timer")


class PrefixEntry(Entry):
    """A group of prefixes, at most one of which stands before an instruction."""

    width: Width = Field(description="width of the field that semantics read")
    none: Number = Field(description="its value where no prefix of the group is present")
    unlisted: Literal["none", "any"] = Field(description="what an instruction accepts that does not list the group")
    units: dict[Plain, Number] = Field(description="bits of the prefix unit to the value of the field")


class NotationEntry(Entry):
    """How a field or an operand is written in programs."""

    names: Names = Field(default={}, description="names of values, the first of a value is shown; a list counts from 0")
    numbers: Truth | None = Field(None, description="whether an expression may be written; unless given, without names")
    times: Annotated[Number, Field(ge=1)] = Field(1, description="the number written is the field times this")
    plus: SignedNumber = Field(0, description="... plus this")
    signed: Truth | None = Field(None, description="true: -2^(n-1) to 2^(n-1) - 1; false: 0 to 2^n - 1; else both")
    extended: Annotated[Number, Field(le=4096)] = Field(
        0, description="bits of the number, of which the field is the low ones and the others repeat its sign"
    )
    relative: Truth = Field(default=False, description="the number is an address, relative to the next instruction")
    address: Truth = Field(default=False, description="a label is shown where one has the number")
    sign: Truth = Field(default=False, description="always written with its sign")
    bare: Truth = Field(default=False, description="does not begin with a parenthesis")
    text: Plain | None = Field(None, description="what stands around it: ({})")
    omit: Number | None = Field(None, description="the value that is left out")
    default: Number | None = Field(None, description="the value that may be left out, and is shown")
    cases: dict[Plain, Texts] = Field(default={}, description="case of an operand to its templates; * for all others")


class AssemblerEntry(Entry):
    """How programs are written."""

    radix: Radix = Field(10, description="of numbers without a prefix: 2, 8, 10 or 16")
    shown: Radix | None = Field(None, description="radix of the disassembler's numbers")
    comment: Comment | None = Field(None, description="what begins a comment; a semicolon unless given")
    word: Annotated[Number, Field(ge=1, le=64)] = Field(1, description="units of .word")
    symbols: dict[Plain, Number] = Field(default={}, description="names that have a value from the start")
    prefixes: dict[Plain, dict[Plain, Number]] = Field(default={}, description="prefix group to word to value")
    notations: dict[Name, NotationEntry] = Field(default={}, description="how fields and operands are written")
    words: dict[Plain, Texts] = Field(default={}, description="words of names and templates to what they stand for")
    operands: dict[Plain, Texts] = Field(default={}, description="fields that a template leaves open to templates")
    aliases: dict[Plain, Texts] = Field(default={}, description="instruction to other templates, which come first")
    synonyms: dict[Plain, Plain] = Field(default={}, description="mnemonic to the one that it stands for")


class CaseEntry(Entry):
    """A case of an operand class; further keys are its attributes."""

    model_config = ConfigDict(extra="allow", frozen=True, arbitrary_types_allowed=True)
    __pydantic_extra__: dict[str, Formula]

    name: Plain = Field(description="the name of the case, for messages")
    pattern: Plain = Field(description="the bits of the operand's head; @ is the hole for the instruction's own")
    extension: Plain | None = Field(None, description="bits that follow the head, or stand where m.extension does")
    where: Plain | None = Field(None, description="restriction of the case's fields")


class OperandEntry(Entry):
    """A class of operands."""

    like: Name | None = Field(None, description="a class before it, of which it has what it does not say otherwise")
    attributes: dict[Name, Width] = Field(description="what semantics can ask of an operand, name to width")
    cases: list[CaseEntry] = Field(description="the forms that an operand takes", min_length=1)


class FamilyEntry(Entry):
    """An entry that may stand for a family of entries, expanded from tables."""

    tables: dict[Name, Table] | None = Field(None, alias="for", description="name to table: key to attributes, or keys")
    skip: list[Plain] = Field(default=[], description="combinations left out, keys joined by blanks")


class FunctionEntry(FamilyEntry):
    """Functions of the language."""

    code: Plain = Field(description="function definitions")

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        """A text without a family."""
        return {"code": value} if isinstance(value, Text) else value


class InstructionEntry(FamilyEntry):
    """An instruction, or a family of them."""

    name: Plain = Field(description="unique; what reports show")
    mnemonic: Plain | None = Field(None, description="the first word of the name unless given")
    encoding: Texts = Field(description="the bits, from the first of the first unit; or several patterns")
    where: Plain | None = Field(None, description="restriction of fields: x not in {4, 5} and y != 0")
    prefixes: dict[Plain, Formula] = Field(default={}, description="group to a value or any")
    summary: Plain | None = Field(None, description="what it does, in a few words")
    source: Plain | None = Field(None, description="key of sources, and the section")
    syntax: Texts | None = Field(None, description="how the assembler writes it; its name unless given")
    semantics: Plain = Field(description="what it does, in the language")


class SpecificationFile(Entry):
    """A machine.yaml with what it includes and extends put in."""

    isa: MachineName = Field(description="the name of the machine; lower case, digits, hyphens")
    title: Plain = Field(description="one line")
    description: Plain = Field(description="a few sentences")
    extends: Plain | None = Field(None, description="a shipped machine, or a folder beside this one")
    remove: list[Plain] = Field(default=[], description="inherited instructions that this machine does not have")
    bit_order: Literal["lsb0", "msb0"] = Field("lsb0", description="msb0: bit 0 is the leftmost")
    sources: dict[Plain, Plain] = Field(default={}, description="documents that instructions cite")
    include: list[Plain] = Field(default=[], description="further files, below this folder")
    constants: dict[Name, Number] = Field(default={}, description="names for literals")
    components: dict[Name, ComponentEntry] = Field(default={}, description="the machine state, except storage")
    spaces: dict[Name, SpaceEntry] = Field(default={}, description="address spaces")
    modes: dict[Name, ModeEntry] = Field(default={}, description="the modes")
    invariants: list[Plain] = Field(default=[], description="what holds in every state considered")
    traps: dict[Name, TrapEntry] = Field(default={}, description="kinds of trap")
    uninterpreted: dict[Name, UninterpretedEntry] = Field(default={}, description="functions known by widths only")
    functions: list[FunctionEntry] = Field(default=[], description="functions")
    prefixes: dict[Name, PrefixEntry] = Field(default={}, description="prefix groups")
    operands: dict[Name, OperandEntry] = Field(default={}, description="operand classes")
    monitors: dict[Name, MonitorEntry] = Field(default={}, description="questions asked of the machine")
    assembler: AssemblerEntry = Field(default=AssemblerEntry.model_construct(), description="how programs are written")
    simulation: SimulationEntry = Field(default=SimulationEntry.model_construct(), description="how it is run")
    instructions: list[InstructionEntry] = Field(default=[], description="the instruction set")
    amend: dict[Plain, Plain] = Field(
        default={},
        description="inherited instruction to its semantics here; original() at their end stands for those inherited",
    )


def specification_schema() -> dict[str, Any]:
    """The JSON Schema of a machine.yaml, or of a file that it includes, for editors.

    It knows one file: what a variant may leave out because it is inherited is required nowhere.
    """
    schema = _without_null(SpecificationFile.model_json_schema(by_alias=True))
    required = schema.pop("required")
    for merged in (ComponentEntry, SpaceEntry, ModeEntry, TrapEntry, UninterpretedEntry, MonitorEntry, PrefixEntry):
        schema["$defs"][merged.__name__].pop("required", None)
    functions = schema["properties"]["functions"]
    functions["items"] = {"anyOf": [{"type": "string"}, functions["items"]]}
    schema["properties"]["functions"] = {"anyOf": [{"type": "string"}, functions]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "if": {"required": ["isa"]},
        "then": {"required": required},
        "else": {"propertyNames": {"enum": list(INCLUDABLE)}},
    }


def _without_null(node: Any) -> Any:
    """A key without a value is left out, never null; names in place of titles that repeat them."""
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if key != "default" or value is not None}
    if isinstance(kept.get("title"), str):
        del kept["title"]
    choices = [choice for choice in kept.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        kept |= choices[0]
    elif choices:
        kept["anyOf"] = choices
    return {key: _without_null(value) for key, value in kept.items()}
