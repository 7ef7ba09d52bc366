"""Machines by name or path: load one, list the shipped ones, lint one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.diagnostics import Diagnostic, Diagnostics, Span, SpecError, printable

if TYPE_CHECKING:
    from analyzer.spec.model import Isa

MAX_MESSAGES = 1000
Found = tuple[tuple[Diagnostic, ...], dict[str, str]]  # what is wrong, and the texts of the files


def load(name_or_path: str | Path) -> Isa:
    """The machine of that name, or in that file or folder; `Isa.warnings` is what lint found.

    A text with a slash, `.yaml` at its end, or `.` is a path; any other names a shipped machine. Raises `SpecError`
    with everything that is wrong in the specification.
    """
    return Reading(name_or_path).machine()


def load_kept(name_or_path: str | Path) -> Isa:
    """The same, as it was read before if that was kept (`kept`); else it is kept. Raises as `load`."""
    from analyzer.spec.kept import keep, recall

    isa = recall(name_or_path)
    if isa is None:
        reading = Reading(name_or_path)
        isa = reading.machine()
        keep(name_or_path, isa, reading.files.sources)
    return isa


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


def lint_with_sources(name_or_path: str | Path) -> Found:
    """All errors and warnings of a machine, and the texts of its files for the carets."""
    try:
        reading = Reading(name_or_path)
    except SpecError as error:
        return error.diagnostics, error.sources
    return tuple(sorted(reading.found()[1].items)), reading.files.texts


def part_and_whole(name_or_path: str | Path, only: Collection[str]) -> Iterator[tuple[Isa | None, Found]]:
    """The machine with those instructions only that have one of these names or mnemonics, if nothing is wrong with it,
    and what is; then the errors of the whole machine. Who asks for more has it kept, if it may be (`kept`)."""
    from analyzer.spec.kept import keep, recall

    nothing: Found = ((), {})
    known = recall(name_or_path, only)
    if known is not None:
        yield known, nothing
        yield None, nothing
        return
    try:
        reading = Reading(name_or_path)
    except SpecError as error:
        yield None, (error.diagnostics, error.sources)
        yield None, (error.diagnostics, error.sources)
        return
    part, found = reading.found(only)
    yield (None, (found.errors, reading.files.texts)) if found.errors else (reading.sound(part, found), nothing)
    isa, found = reading.found()
    yield None, (found.errors, reading.files.texts) if found.errors else nothing
    if not found.errors:
        keep(name_or_path, reading.sound(isa, found), reading.files.sources)


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


@dataclass
class _Limited(Diagnostics):
    """Collects up to `MAX_MESSAGES` messages; their texts are safe to print. `enough`: there were more."""

    enough: bool = False

    def add(self, item: Diagnostic) -> None:
        """Record `item`. Raises `_Enough` when there are too many."""
        item = replace(item, message=printable(item.message)[:500], hint=printable(item.hint)[:500])
        if len(self.items) < MAX_MESSAGES:
            super().add(item)
        elif item.severity == "error" and not self.knows(item):
            self.enough = True
            raise _Enough


class Reading:
    """A machine that is being read: its files are, and what its instructions have in common; these follow when they are
    asked for. Raises `SpecError` where there is no such machine."""

    def __init__(self, name_or_path: str | Path) -> None:
        from analyzer.spec.build import Builder, Common
        from analyzer.spec.files import Files, main_file

        path, self.shown = main_file(name_or_path)
        self.diagnostics = _Limited()
        self.files = Files(self.diagnostics)
        self.begun: tuple[Builder, Common] | None = None
        with suppress(_Enough):
            layers = self.files.layers(path, self.shown)
            if layers:
                builder = Builder(layers, self.shown, self.diagnostics)
                self.begun = builder, builder.common()

    def machine(self, only: Collection[str] = ()) -> Isa:
        """The machine with those instructions only that have one of these names or mnemonics, all if there are none;
        the others are `Isa.unread`: what is wrong with them is not found, nor is the machine linted. Raises
        `SpecError`."""
        return self.sound(*self.found(only))

    def sound(self, isa: Isa | None, found: Diagnostics) -> Isa:
        """A machine that was read, with its warnings. Raises `SpecError` with what is wrong."""
        found.raise_errors(self.files.texts)
        assert isa is not None
        return replace(isa, warnings=tuple(sorted(found.items)), sources_text=self.files.texts)

    def found(self, only: Collection[str] = ()) -> tuple[Isa | None, Diagnostics]:
        """The machine as far as it can be read, and what is wrong with it; whatever was asked for before."""
        from analyzer.spec.consequences import without_consequences

        isa = None
        diagnostics = replace(self.diagnostics, items=[*self.diagnostics.items], known={*self.diagnostics.known})
        if self.begun is not None:
            builder, common = self.begun
            builder.diagnostics = diagnostics
            with suppress(_Enough):
                isa = builder.machine(common, only)
        if diagnostics.enough:
            note = f"more than {MAX_MESSAGES} messages"
            first = Diagnostic(Span(self.shown, 1, 1), "too-many-errors", note, "these come first")
            return None, Diagnostics([first, *diagnostics.items])
        if self.begun is None:
            return None, diagnostics
        incomplete = self.files.incomplete or builder.incomplete
        items = without_consequences(diagnostics.items, builder.broken, incomplete, self.files.texts)
        return isa, Diagnostics(items)
