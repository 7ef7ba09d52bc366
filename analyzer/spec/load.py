"""Machines by name or path: load one, list the shipped ones, lint one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.diagnostics import Diagnostic, Diagnostics, Span, SpecError, printable

if TYPE_CHECKING:
    from analyzer.spec.files import Files
    from analyzer.spec.model import Isa

MAX_MESSAGES = 1000


def load(name_or_path: str | Path) -> Isa:
    """The machine of that name, or in that file or folder; `Isa.warnings` is what lint found.

    A text with a slash, `.yaml` at its end, or `.` is a path; any other names a shipped machine. Raises `SpecError`
    with everything that is wrong in the specification.
    """
    return load_part(name_or_path, ())


def load_kept(name_or_path: str | Path) -> Isa:
    """The same, as it was read before if that was kept (`kept`); else it is kept. Raises as `load`."""
    from analyzer.spec.kept import keep, recall

    isa = recall(name_or_path)
    if isa is None:
        found, diagnostics, files = _read(name_or_path)
        isa = _sound(found, diagnostics, files)
        keep(name_or_path, isa, files.sources)
    return isa


def load_part(name_or_path: str | Path, only: Collection[str]) -> Isa:
    """The machine with those instructions only that have one of these names or mnemonics, all if there are none; the
    others are `Isa.unread`. What is wrong with them is not found, nor is the machine linted. Raises as `load`."""
    return _sound(*_read(name_or_path, only))


def varied(isa: Isa, text: str) -> Isa:
    """The variant of a loaded machine, itself a variant or not, that `text` describes, as its machine.yaml would that
    extends it; its folder is that of `isa`. Raises `SpecError`."""
    from analyzer.spec.build import Builder
    from analyzer.spec.files import MACHINE_FILE, Files
    from analyzer.spec.text import SourceFile

    diagnostics = Diagnostics()
    files = Files(diagnostics)
    main = isa.folder / Path(next(iter(isa.sources_text), MACHINE_FILE)).name  # the main file is read first
    layers = files.layers(main, str(main))
    shown, variants = "", (*isa.variants, text)
    for number, each in enumerate(variants, 1):
        shown = f"variant {number} of {isa.name}"
        layer = files.variant(isa.folder, SourceFile(shown, each))
        layers += [layer] if layer is not None else []
    diagnostics.raise_errors(files.texts)
    built = Builder(layers, shown, diagnostics).build()
    diagnostics.raise_errors(files.texts)
    return replace(built, warnings=tuple(sorted(diagnostics.items)), sources_text=files.texts, variants=variants)


def lint(name_or_path: str | Path) -> tuple[Diagnostic, ...]:
    """All errors and warnings of a machine, sorted by place."""
    return lint_with_sources(name_or_path)[0]


def lint_with_sources(name_or_path: str | Path) -> tuple[tuple[Diagnostic, ...], dict[str, str]]:
    """All errors and warnings of a machine, and the texts of its files for the carets."""
    return next(lint_and_keep(name_or_path))


def lint_and_keep(name_or_path: str | Path) -> Iterator[tuple[tuple[Diagnostic, ...], dict[str, str]]]:
    """The same, once; who asks for more has the machine kept, if it may be (`kept`)."""
    from analyzer.spec.kept import keep

    try:
        isa, diagnostics, files = _read(name_or_path)
    except SpecError as error:
        yield error.diagnostics, error.sources
        return
    yield tuple(sorted(diagnostics.items)), files.texts
    if not diagnostics.errors:
        keep(name_or_path, _sound(isa, diagnostics, files), files.sources)


def _sound(isa: Isa | None, diagnostics: Diagnostics, files: Files) -> Isa:
    """A machine that was read, with its warnings. Raises `SpecError` with what is wrong."""
    diagnostics.raise_errors(files.texts)
    assert isa is not None
    return replace(isa, warnings=tuple(sorted(diagnostics.items)), sources_text=files.texts)


def shipped() -> list[tuple[str, str]]:
    """Names and titles of the shipped machines; reads only the heads of their files."""
    from analyzer.spec.files import MACHINE_FILE, shipped_folder, shipped_names
    from analyzer.spec.yaml_source import head_text, read_text

    out = []
    for name in shipped_names():
        file = read_text(shipped_folder() / name / MACHINE_FILE, name, Diagnostics())
        out.append((name, head_text(file, "title") if file else ""))
    return out


class _Enough(Exception):
    """So much is wrong that more messages do not help."""


class _Limited(Diagnostics):
    """Collects up to `MAX_MESSAGES` messages; their texts are safe to print."""

    def add(self, item: Diagnostic) -> None:
        """Record `item`. Raises `_Enough` when there are too many."""
        if len(self.items) < MAX_MESSAGES:
            super().add(replace(item, message=printable(item.message)[:500], hint=printable(item.hint)[:500]))
        elif item.severity == "error":
            raise _Enough


def _read(name_or_path: str | Path, only: Collection[str] = ()) -> tuple[Isa | None, Diagnostics, Files]:
    """The machine as far as it can be read, what is wrong with it, and its files."""
    from analyzer.spec.build import Builder
    from analyzer.spec.consequences import without_consequences
    from analyzer.spec.files import Files, main_file

    diagnostics = _Limited()
    path, shown = main_file(name_or_path)
    files = Files(diagnostics)
    try:
        layers = files.layers(path, shown)
        if not layers:
            return None, diagnostics, files
        builder = Builder(layers, shown, diagnostics, only)
        isa = builder.build()
    except _Enough:
        note = Diagnostic(
            Span(shown, 1, 1), "too-many-errors", f"more than {MAX_MESSAGES} messages", "these come first"
        )
        return None, Diagnostics([note, *diagnostics.items]), files
    incomplete = files.incomplete or builder.incomplete
    found = without_consequences(diagnostics.items, builder.broken, incomplete, files.texts)
    return isa, Diagnostics(found), files
