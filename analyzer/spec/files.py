"""Which files a machine consists of: its machine.yaml, what that includes, and the machines it extends.

A specification is data from strangers: it reads nothing but files below its own folder, and the machines that
it extends, which are shipped or stand in a folder beside it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import analyzer
from analyzer.diagnostics import NOWHERE, Diagnostics, Span, SpecError, did_you_mean, printable
from analyzer.spec.text import SourceFile, Text
from analyzer.spec.yaml_source import YamlList, YamlMapping, parse_yaml, read_text

MACHINE_FILE = "machine.yaml"
MACHINE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
MAX_FILES = 64
MAX_LAYERS = 8
LISTS = ("include", "remove", "functions", "instructions")  # read machine by machine, before they are merged
INCLUDABLE = ("constants", "traps", "uninterpreted", "functions", "operands", "assembler", "instructions")


@dataclass(slots=True)
class Layer:
    """One machine of a chain of `extends`: its folder and the tree of its files, put together."""

    folder: Path
    tree: YamlMapping


@dataclass(slots=True)
class Files:
    """Reads the files of one machine.

    `texts` are those read so far, by the name used in messages, `sources` the same as they are, and that there is no
    file where one would have been read; `incomplete` tells that one could not be read.
    """

    diagnostics: Diagnostics
    texts: dict[str, str] = field(default_factory=dict)
    sources: dict[Path, str | None] = field(default_factory=dict)
    incomplete: bool = False

    def layers(self, path: Path, shown: str) -> list[Layer]:
        """The machine whose main file is `path` (`shown` in messages) and those it extends, the base first."""
        out: list[Layer] = []
        seen: set[Path] = set()
        found: tuple[Path, str] | None = (path, shown)
        at: Text | None = None
        while found is not None:
            path, shown = found
            if path.resolve() in seen or len(out) == MAX_LAYERS:
                span = at.span if at else NOWHERE
                self.diagnostics.error(span, "extends-cycle", f"'{at}' extends this machine in turn", "break the cycle")
                break
            seen.add(path.resolve())
            tree = self._machine(path, shown, at)
            if tree is None:
                break
            out.insert(0, Layer(path.parent, tree))
            at = _text(tree, "extends")
            if at is None:
                return out
            found = self._base(at, path.parent, shown)
        self.incomplete = True
        return out

    def variant(self, folder: Path, text: SourceFile) -> Layer | None:
        """The machine that a text is, whose folder is that of the machine it extends."""
        tree = self._tree(text)
        return None if tree is None else Layer(folder, self._whole(tree, folder, text.name, set()))

    def _machine(self, path: Path, shown: str, at: Text | None) -> YamlMapping | None:
        """The tree of a main file with what it includes put in."""
        tree = self._read(path, path.parent, shown, at)
        return None if tree is None else self._whole(tree, path.parent, shown, {path.resolve()})

    def _whole(self, tree: YamlMapping, folder: Path, shown: str, seen: set[Path]) -> YamlMapping:
        """The tree with what it includes put in; `seen` are the files that are part of it."""
        for item in tree.items_of("include"):
            if not isinstance(item, Text):
                self._wrong_type(item.span, "must be text", "the name of a file")
                continue
            target = folder / item
            if not self._inside(item):
                self.incomplete = True
            elif target.resolve() in seen:
                hint = "remove it"
                self.diagnostics.error(item.span, "include-twice", f"'{item}' is already part of the machine", hint)
            else:
                seen.add(target.resolve())
                included = self._read(target, folder, str(Path(shown).parent / item), item)
                if included is None:
                    self.incomplete = True
                else:
                    self._put_in(tree, included)
        for name in LISTS:
            key = tree.key(name)
            if key is not None and not isinstance(node := tree[key], YamlList):
                span = node.span if isinstance(node, Text) else key.span
                self._wrong_type(span, "must be a list", "- item, or [item, item]")
        return tree

    def _wrong_type(self, span: Span, message: str, hint: str) -> None:
        self.diagnostics.error(span, "wrong-type", message, hint)
        self.incomplete = True

    def _read(self, path: Path, folder: Path, shown: str, at: Text | None) -> YamlMapping | None:
        if len(self.texts) >= MAX_FILES:
            span = at.span if at else NOWHERE
            self.diagnostics.error(span, "too-many-files", f"more than {MAX_FILES} files", "put files together")
            return None
        if not path.resolve().is_relative_to(folder.resolve()):
            span = at.span if at else NOWHERE
            self.diagnostics.error(span, "outside-folder", f"'{shown}' leads out of the machine's folder",
                                   "files stand below the folder of machine.yaml")  # fmt: skip
            return None
        text = read_text(path, shown, self.diagnostics, at.span if at else None)
        if text is None:
            return None
        self.sources[path] = text.text
        return self._tree(text)

    def _tree(self, text: SourceFile) -> YamlMapping | None:
        """What a text holds; one with functions stands for a list of one."""
        self.texts[text.name] = printable(text.text)
        tree = parse_yaml(text, self.diagnostics)
        if tree is not None and isinstance(only := tree.find("functions"), Text):
            tree[tree.key("functions") or only] = YamlList([only], only.span)
        return tree

    def _inside(self, item: Text) -> bool:
        """Whether an include is written as a path below the machine's folder."""
        parts = Path(item).parts
        if not parts or Path(item).is_absolute() or ".." in parts or "\0" in item:
            self.diagnostics.error(item.span, "outside-folder", f"'{item}' leads out of the machine's folder",
                                   "write a relative path below the folder of machine.yaml")  # fmt: skip
            return False
        return True

    def _put_in(self, tree: YamlMapping, included: YamlMapping) -> None:
        """Add the entries of an included file to the machine's."""
        for key, node in included.items():
            if key not in INCLUDABLE:
                hint = did_you_mean(key, INCLUDABLE, "it belongs in machine.yaml")
                self.diagnostics.error(key.span, "unknown-key", f"an included file has no '{key}'", hint)
            elif key not in tree:
                tree[key] = node
            elif isinstance(node, YamlMapping) and isinstance(old := tree[key], YamlMapping):
                self._add_entries(old, node)
            elif isinstance(node, YamlList) and isinstance(old := tree[key], YamlList):
                old.extend(node)
            else:
                self.diagnostics.error(
                    key.span,
                    "wrong-type",
                    f"'{key}' is a list in one file, a mapping in another",
                    "write it as in the other file",
                )

    def _add_entries(self, old: YamlMapping, new: YamlMapping) -> None:
        for key, node in new.items():
            if key in old:
                first = old.key(key)
                hint = f"the first one is at {first.span}; keep one" if first else ""
                self.diagnostics.error(key.span, "duplicate-name", f"'{key}' is declared twice", hint)
            else:
                old[key] = node

    def _base(self, name: Text, folder: Path, shown: str) -> tuple[Path, str] | None:
        """The main file of the machine that `folder`'s machine extends, and its name in messages."""
        if not MACHINE_NAME.match(name):
            self.diagnostics.error(name.span, "unknown-machine", f"'{name}' is no name of a machine",
                                   "write the name of a shipped machine or of a folder beside this one")  # fmt: skip
            return None
        beside = folder.resolve().parent / name
        if (beside / MACHINE_FILE).is_file() and not beside.is_symlink():
            return beside / MACHINE_FILE, os.path.normpath(Path(shown).parent / ".." / name / MACHINE_FILE)
        self.sources[beside / MACHINE_FILE] = None
        shipped = shipped_folder() / name / MACHINE_FILE
        if shipped.is_file():
            return shipped, f"{name}/{MACHINE_FILE}"
        hint = did_you_mean(name, shipped_names(), "see 'vmmcheck list'")
        self.diagnostics.error(name.span, "unknown-machine", f"no machine '{name}'", hint)
        return None


def _text(tree: YamlMapping, key: str) -> Text | None:
    node = tree.find(key)
    return node if isinstance(node, Text) else None


def shipped_folder() -> Path:
    """Where the shipped machines are: inside an installed package, or beside the package in the source tree."""
    package = Path(analyzer.__file__).parent
    inside = package / "isa_specs"
    return inside if inside.is_dir() else package.parent / "isa_specs"


def shipped_names() -> list[str]:
    """Names of the shipped machines, sorted."""
    folder = shipped_folder()
    return sorted(path.parent.name for path in folder.glob(f"*/{MACHINE_FILE}")) if folder.is_dir() else []


def main_file(name_or_path: str | Path) -> tuple[Path, str]:
    """The main file of a machine and its name in messages.

    A `Path`, or a text with a slash, `.yaml` at its end, or `.`, is a file or folder; other texts name shipped ones.
    Raises `SpecError` when there is no such machine.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or text.endswith(".yaml") or text in (".", ".."):
        path = Path(text)
        path = path / MACHINE_FILE if path.is_dir() else path
        return path, str(path)
    path = shipped_folder() / text / MACHINE_FILE
    if not MACHINE_NAME.match(text) or not path.is_file():
        diagnostics = Diagnostics()
        hint = did_you_mean(text, shipped_names(), "'vmmcheck list' shows the machines; a path has a slash")
        diagnostics.error(NOWHERE, "unknown-machine", f"no shipped machine '{text}'", hint)
        raise SpecError(diagnostics.errors)
    return path, f"{text}/{MACHINE_FILE}"
