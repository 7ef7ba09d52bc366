"""What the tests of the assembler share: machines, loaded once, and programs assembled for them."""

from __future__ import annotations

from functools import cache

from analyzer.encoding.assembly.assembler import Assembler
from analyzer.encoding.assembly.program import Program
from analyzer.spec.load import load

THIRD, PDP10, X86, TOY = "third-generation", "pdp10-ka10", "x86-pentium", "tests/machines_for_tests/toy"
M68000 = "m68000"


@cache
def assembler(machine: str) -> Assembler:
    return Assembler(load(machine))


def assemble(machine: str, text: str | bytes) -> Program:
    return assembler(machine).assemble(text, "program.s")


def words(machine: str, text: str) -> list[int]:
    """The units of a program, from the lowest address on."""
    units = assemble(machine, text).units
    return [units[address] for address in sorted(units)]
