"""A machine to begin with: a small one, complete, with comments, under a name of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from string import Template

from analyzer.spec.files import MACHINE_NAME, shipped_names

TEMPLATES = Path(__file__).parent / "skeleton_files"


def skeleton(name: str) -> Iterator[tuple[str, str]]:
    """The files of a machine called `name`: paths below its folder, and texts."""
    for path in sorted(each for each in TEMPLATES.rglob("*") if each.is_file()):
        text = Template(path.read_text(encoding="utf-8")).substitute(name=name)
        yield path.relative_to(TEMPLATES).as_posix(), text


class Refused(ValueError):
    """A name under which no machine can be written, and what to do."""


def write_skeleton(name: str, parent: Path) -> tuple[Path, ...]:
    """Write the machine's folder into `parent`, all or nothing; gives the files written.

    Raises `Refused` where `name` is no name of a machine, or that of a shipped one, where its folder is there already,
    or `parent` is not; `OSError` where nothing can be written.
    """
    folder = parent / name
    if not MACHINE_NAME.match(name):
        raise Refused(f"{name!r} is no name of a machine: lower case letters, digits and hyphens, as in 'my-machine'.")
    if name in shipped_names():
        raise Refused(f"{name!r} is a shipped machine: take another name ('extends' makes a variant of a machine).")
    if not parent.is_dir():
        raise Refused(f"There is no folder '{parent}': make it first.")
    if folder.exists() or folder.is_symlink():
        raise Refused(f"'{folder}' is there already, and nothing is overwritten: take another name.")
    with tempfile.TemporaryDirectory(dir=parent, prefix=f".{name}.") as made:
        new = Path(made) / name
        for path, text in skeleton(name):
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_text(text, encoding="utf-8")
        shutil.move(new, folder)
    return tuple(folder / path for path, _ in skeleton(name))
