"""Small guest programs, assembled and loaded into machines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzer import load
from analyzer.encoding.assembly.assembler import Assembler
from analyzer.encoding.assembly.program import Program
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import boot
from analyzer.simulator.engine import Engine
from analyzer.simulator.machine import Machine
from analyzer.spec.model import Isa

THIRD, KA10, X86 = "third-generation", "pdp10-ka10", "x86-pentium"
PRINTED = str(Path(__file__).parents[1] / "machines_for_tests" / "third-generation-printed")  # undecided by definition
LARGE = (  # machines of which ordinary tests take a sample: the whole takes minutes
    "m68000", "m68010", "pdp10-ka10", "pdp10-ki10", "rv64", "rv64-h", "x86-pentium", "x86-pentium-umip",
)  # fmt: skip
HEADER = "isa: variant\nextends: {}\ntitle: A variant\ndescription: It differs a little.\n"

TABLES = """  ; gates 1 and 20 to 300, interrupts off
    .state gdtr_base = 0x1000
    .state gdtr_limit = 0x27
    .state idtr_base = 0x2000
    .state idtr_limit = 0x7ff
    .state gpr[4] = 0x3000
    .org 0x1008
    .byte 0xFF, 0xFF, 0, 0, 0, 0x9B, 0xCF, 0
    .org 0x2008
    .byte 0, 3, 8, 0, 0, 0x8E, 0, 0
    .org 0x2100
    .byte 0, 3, 8, 0, 0, 0x8E, 0, 0
"""


def psw(user: int, pc: int, base: int, bound: int) -> int:
    """A program status word of the third-generation machine, as its README draws it."""
    return user << 31 | pc << 21 | base << 11 | bound


# Programs with timer, interrupts, traps and output, with an end or without.
BUSY = {
    "clock": (KA10, """
        .org 0o41
        JSR call
        .org 0o42
        JSR tick
        .org 0o100
        CONO APR,0o3001
        CONO PI,0o2300
loop:   AOJ 1,
        MUUO 0o40,@1
        JRST loop
call:   .word 0
        DATAO 0o120,call
        JRST @call
tick:   .word 0
        AOS 2
        CONO APR,0o3001
        JRST 0o12,@tick
        .start 0o100
    """),
    "timer": (X86, TABLES + """
        .org 0x100
again:  STI
        HLT
        INC EDX
        CMP EDX, 2
        JNE again
        CLI
        HLT
        .org 0x300
        INC ECX
        IRETD
        .start 0x100
    """),
    "idle": (X86, TABLES + ".org 0x100\nSTI\nhere: JMP here\n.org 0x300\nINC ECX\nIRETD\n.start 0x100"),
    "stopped": (X86, "INC EAX\nCLI\nhere: JMP here"),
    "third": (THIRD, f".org 1\n.word {psw(0, 9, 0, 256)}\n.org 9\nADDI r1, r1, 1\nSVC"),
    "fault": (KA10, ".org 0o100\nMOVEI 2,0o4000\nloop: SOJG 2,loop\nXCT ."),
}  # fmt: skip


@cache
def machine(name: str) -> Isa:
    """A shipped machine, or that in a folder."""
    return load(name)


@cache
def variant(text: str, base: str = THIRD) -> Isa:
    """A machine that extends another by a text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "machine.yaml"
        path.write_text(HEADER.format(base) + text, encoding="utf-8")
        return load(path)


_tools: dict[int, tuple[Isa, Engine, Assembler]] = {}


def _made(isa: Isa) -> tuple[Isa, Engine, Assembler]:
    if id(isa) not in _tools:
        _tools[id(isa)] = isa, Engine(isa), Assembler(isa)
    return _tools[id(isa)]


def engine(isa: Isa) -> Engine:
    """An engine of a machine, one for all tests."""
    return _made(isa)[1]


def program(isa: Isa, text: str, name: str = "program") -> Program:
    """A program in the assembly language of a machine."""
    return _made(isa)[2].assemble(text, name)


def loaded(isa: Isa | str, text: str, storage: int | None = None) -> Bare:
    """A bare machine with a program."""
    isa = machine(isa) if isinstance(isa, str) else isa
    bare = Bare(isa, storage, engine(isa))
    boot(bare, program(isa, text))
    return bare


def registers(machine: Machine, *names: str) -> tuple[int, ...]:
    """The values of components."""
    return tuple(machine.state.registers[name] for name in names)


def register(machine: Machine, file: str, index: int) -> int:
    """The value of a register of a file."""
    return machine.state.files[file].get(index, 0)


def whole(machine: Machine) -> tuple[Mapping[str, int], Mapping[str, Mapping[int, int]], Mapping[int, int]]:
    """The whole state of a machine, what is 0 left out."""
    state = machine.state
    files = {name: {index: v for index, v in values.items() if v} for name, values in state.files.items()}
    return dict(state.registers), files, machine.memory.listed()
