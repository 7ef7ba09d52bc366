"""Machines that were read are kept in the user's cache folder: to read one again takes a tenth of the time.

With a machine are kept the texts of its files, and where a file would be one of them if it were there. It serves as
long as all of that is as it was, and the program is the same. What is kept is pickled, so no file is opened that
another user could have written. `VMMCHECK_CACHE` in the environment names another folder; if it is empty, nothing is
kept.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import analyzer
from analyzer.spec.model import Instruction, Isa, meant

ENVIRONMENT = "VMMCHECK_CACHE"
MOST = 64  # machines are kept
OTHERS_WRITE = 0o022

Sources = Mapping[Path, str | None]  # the text of each file that was read, or that there is none
_Row = tuple[str, str, bytes]  # an instruction's name, mnemonic, and itself: often only one is wanted


def recall(name_or_path: str | Path, only: Collection[str] = ()) -> Isa | None:
    """The machine as it was read before, with those instructions that have one of these names or mnemonics, all if
    there are none; `None` if it was not, if one of its files has changed, or cannot be read."""
    with suppress(Exception):  # whatever is wrong with what was kept, the machine is read
        place = _place(name_or_path)
        if place is not None:
            with place.open("rb") as file:
                if _ours(file) and _unchanged(pickle.load(file)):
                    rest, rows = pickle.load(file)
                    return _put_together(rest, rows, only)
    return None


def keep(name_or_path: str | Path, isa: Isa, sources: Sources) -> None:
    """Keep a machine that was read without errors; nothing happens where that cannot be."""
    with suppress(Exception):
        place = _place(name_or_path)
        if place is None:
            return
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = place.with_name(f".{place.name}.{os.getpid()}")
        try:
            with open(new, "xb", opener=_private) as file:
                pickle.dump({str(path.absolute()): text for path, text in sources.items()}, file, 5)
                pickle.dump((replace(isa, instructions=()), [*map(_row, isa.instructions)]), file, 5)
            new.replace(place)
        finally:
            new.unlink(missing_ok=True)
        for old in sorted(place.parent.glob("*.machine"), key=lambda path: -path.stat().st_mtime)[MOST:]:
            old.unlink(missing_ok=True)


def _row(instruction: Instruction) -> _Row:
    return instruction.name, instruction.mnemonic, pickle.dumps(instruction, 5)


def _put_together(rest: Isa, rows: Sequence[_Row], only: Collection[str]) -> Isa:
    known = [(name, mnemonic) for name, mnemonic, _ in rows]
    wanted = {name for text in only for name in meant(text, known)} if only else {name for name, _ in known}
    instructions = tuple(pickle.loads(row) for name, _, row in rows if name in wanted)
    return replace(rest, instructions=instructions, unread=tuple(name for name, _ in known if name not in wanted))


def _place(name_or_path: str | Path) -> Path | None:
    """Where the machine of that name, or in that file or folder, is kept; `None` if nothing is."""
    given = os.environ.get(ENVIRONMENT)
    if given == "" or not hasattr(os, "getuid"):
        return None
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(given) if given else Path(base).expanduser() / "vmmcheck"
    asked = (repr(name_or_path), os.getcwd(), sys.version, *_program())
    return folder / f"{hashlib.sha256(repr(asked).encode()).hexdigest()[:32]}.machine"


def _program() -> Iterator[tuple[str, int, int]]:
    """What tells this program from others: its files, and when they were written."""
    for folder, _, names in sorted(os.walk(Path(analyzer.__file__).parent)):
        for name in sorted(name for name in names if name.endswith(".py")):
            path = os.path.join(folder, name)
            found = os.stat(path)
            yield path, found.st_mtime_ns, found.st_size


def _ours(file: BinaryIO) -> bool:
    """Whether no other user can have written a file."""
    found = os.fstat(file.fileno())
    return found.st_uid == os.getuid() and not found.st_mode & OTHERS_WRITE


def _unchanged(sources: Mapping[str, str | None]) -> bool:
    """Whether the files still have these texts, and no other file is there."""
    return all(
        not os.path.lexists(path) if text is None else Path(path).read_bytes().decode("utf-8-sig") == text
        for path, text in sources.items()
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
