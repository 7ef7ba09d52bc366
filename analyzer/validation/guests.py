"""The guest programs of a machine, assembled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analyzer.encoding.assembly.program import Program
from analyzer.spec.model import Isa

PROGRAMS, WRONG = "programs", "wrong"


@dataclass(frozen=True, slots=True)
class Guest:
    """A program; `wrong` tells that it is there to go wrong under a monitor that runs all of it directly."""

    program: Program
    wrong: bool


def guests(isa: Isa) -> list[Guest]:
    """The programs in the machine's folder, by name. Raises `SpecError` where one cannot be assembled."""
    from analyzer.encoding.assembly.assembler import Assembler

    folder = isa.folder / PROGRAMS
    files = [(path, False) for path in sorted(folder.glob("*.s"))]
    files += [(path, True) for path in sorted((folder / WRONG).glob("*.s"))]
    if not files:
        return []
    assembler = Assembler(isa)
    return [Guest(assembler.assemble(read(path), path.stem), wrong) for path, wrong in files]


def read(path: Path) -> str:
    """The text of a program; what is not UTF-8 becomes signs that no program may contain."""
    return path.read_text(encoding="utf-8", errors="replace")


def assembled(isa: Isa, program: Path | str) -> Program:
    """One program: a path, or the name of one in the machine's folder. Raises `SpecError` and `OSError`."""
    from analyzer.encoding.assembly.assembler import Assembler

    return Assembler(isa).assemble(located(isa, program).read_bytes(), str(program))


def located(isa: Isa, program: Path | str) -> Path:
    """The file of a program: a path, or the name of one in the machine's folder."""
    shipped = isa.folder / PROGRAMS / f"{program}.s"
    return shipped if not Path(program).is_file() and shipped.is_file() else Path(program)
