"""Machines that were read are kept in the user's cache folder: to read one again takes a tenth of the time.

With a machine are kept the texts of its files and where they were, and where a file would be one of them if it were
there. It serves as long as all of that is as it was, and the program is the same. What is kept is pickled: it is opened
only if the user alone can write it, and its folder. `VMMCHECK_CACHE` in the environment names another folder; if it is
empty, nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import analyzer
from analyzer.spec.model import Instruction, Isa, meant

ENVIRONMENT = "VMMCHECK_CACHE"
FOLDER = "machines"  # of the cache: nothing else is in it
MOST = 64  # machines are kept, those that were used last
UNFINISHED = ".new"
ABANDONED = 3600  # seconds after which nobody finishes a file any more
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
READERS = ("yaml", "pydantic")  # of other projects, which decide how a file is read

Sources = Mapping[Path, str | None]  # the text of each file that was read, or that there is none
_Sources = Mapping[str, tuple[str, str | None]]  # by its path: where it really is, and its text
_Row = tuple[str, str, bytes]  # an instruction's name, mnemonic, and itself: often only one is wanted


def recall(name_or_path: str | Path, only: Collection[str] = ()) -> Isa | None:
    """The machine as it was read before, with those instructions that have one of these names or mnemonics, all if
    there are none; `None` if it was not, if one of its files has changed, or cannot be read."""
    with suppress(Exception):  # whatever is wrong with what was kept, the machine is read
        place = _place(name_or_path)
        if place is not None and _private(place.parent.lstat()):
            with open(place, "rb", opener=_itself) as file:
                if _private(os.fstat(file.fileno())) and _unchanged(pickle.load(file)):
                    rest, rows = pickle.load(file)
                    os.utime(place)
                    return _put_together(rest, rows, only)
    return None


def keep(name_or_path: str | Path, isa: Isa, sources: Sources) -> None:
    """Keep a machine that was read without errors; nothing happens where that cannot be."""
    with suppress(Exception):
        place = _place(name_or_path)
        if place is None:
            return
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(UNFINISHED, dir=place.parent)
        try:
            with open(number, "wb") as file:
                found = {str(path.absolute()): (os.path.realpath(path), text) for path, text in sources.items()}
                pickle.dump(found, file, 5)
                pickle.dump((replace(isa, instructions=()), [*map(_row, isa.instructions)]), file, 5)
            os.replace(name, place)
        finally:
            Path(name).unlink(missing_ok=True)
        _tidy(place.parent)


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
    program = [*_program()]
    if given == "" or not program or not hasattr(os, "getuid"):
        return None
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = base if base.is_absolute() else Path("~/.cache").expanduser()
    is_path = isinstance(name_or_path, Path) or {"/", "."} & {*name_or_path}  # what is none is a shipped machine
    asked = (repr(name_or_path), os.getcwd() if is_path else "", sys.version, program)
    return (Path(given) if given else base / "vmmcheck") / FOLDER / hashlib.sha256(repr(asked).encode()).hexdigest()


def _program() -> Iterator[tuple[str, int, int]]:
    """What tells this program from others: its files, and when they were written."""
    own = (
        os.path.join(folder, name)
        for folder, _, names in sorted(os.walk(Path(analyzer.__file__).parent))
        for name in sorted(names)
        if name.endswith(".py")
    )
    others = (found.origin for found in map(find_spec, READERS) if found is not None and found.origin is not None)
    for path in (*own, *others):
        written = os.stat(path)
        yield path, written.st_mtime_ns, written.st_size


def _private(found: os.stat_result) -> bool:
    """Whether a file or folder is the user's, and no other can write it."""
    kind = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    return kind and found.st_uid == os.getuid() and not found.st_mode & OTHERS_WRITE


def _itself(path: str, flags: int) -> int:
    """Open a file, not what a link leads to, without waiting for anyone."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _unchanged(sources: _Sources) -> bool:
    """Whether the files still have these texts, and no other file is there."""
    return all(
        not os.path.lexists(path) if text is None else os.path.realpath(path) == real and _text(real, text) == text
        for path, (real, text) in sources.items()
    )


def _text(path: str, text: str) -> str | None:
    """What a file holds, if it can be that text."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode) or found.st_size > 4 * len(text) + 3:
        return None
    return Path(path).read_bytes().decode("utf-8-sig")


def _tidy(folder: Path) -> None:
    """Remove the machines that were not used for longest, and what nobody finished."""
    found = sorted(folder.iterdir(), key=lambda path: -path.stat().st_mtime)
    for path in [path for path in found if path.suffix != UNFINISHED][MOST:]:
        path.unlink(missing_ok=True)
    for path in found:
        if path.suffix == UNFINISHED and path.stat().st_mtime < time.time() - ABANDONED:
            path.unlink(missing_ok=True)
