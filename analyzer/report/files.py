"""The full report as files: a folder for each machine, a file for each format, and an index over all that lie there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from analyzer.pool import heed
from analyzer.report import check, fix, html, json, latex, markdown, sarif
from analyzer.report.html.index import Machine, index
from analyzer.report.model import Report, without_cost
from analyzer.report.stored import NotStored, analyses, fixes
from analyzer.report.write import write

Result = TypeVar("Result")
CHECKED, FIXED, INDEX = "report.json", "fix.json", "index.html"


def _markdown(reports: Sequence[Report]) -> str:
    documents = (check.document(report, every_row=True) for report in reports)
    remedies = (fix.document(report.fix) for report in reports if report.fix is not None)
    return "\n".join(map(markdown.render, (*documents, *remedies)))


DATA: Mapping[str, Callable[[Sequence[Report]], str]] = {
    CHECKED: lambda reports: json.render("check", [without_cost(report) for report in reports]),
    FIXED: lambda reports: json.render("fix", [report.fix for report in reports if report.fix is not None]),
}
RENDERED: Mapping[str, Callable[[Sequence[Report]], str]] = {
    "report.html": html.render,
    "report.md": _markdown,
    "report.sarif": sarif.render,
    "report.tex": latex.render,
}  # from the data alone, and the specification


def write_reports(reports: Sequence[Report], folder: Path) -> list[Path]:
    """Write the reports on one machine below `folder`, and give the files: all, or none where the user interrupts
    before the first. Raises `OSError`."""
    place = folder / reports[0].isa.name
    fixed = any(report.fix is not None for report in reports)
    renderers = {name: each for name, each in {**DATA, **RENDERED}.items() if fixed or name != FIXED}
    texts = {name: each(reports) for name, each in renderers.items()}
    heed()
    place.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write(text, str(place / name))
    if not fixed:
        (place / FIXED).unlink(missing_ok=True)  # of another run, which would be taken for this one's
    return [place / name for name in texts]


def write_index(folder: Path) -> Path:
    """Write the index over the machines whose reports lie in `folder`. Raises `OSError`, and `NotStored` where a file
    that should be a report is none."""
    places = sorted(file.parent for file in folder.glob(f"*/{CHECKED}"))
    write(index([stored(place) for place in places]), str(folder / INDEX))
    return folder / INDEX


def stored(place: Path) -> Machine:
    """What the folder `place` of a machine's reports holds. Raises `OSError`, and `NotStored` with the file's name."""
    remedies = place / FIXED
    return Machine(place.name, _read(place / CHECKED, analyses), _read(remedies, fixes) if remedies.exists() else ())


def _read(file: Path, parse: Callable[[str], tuple[Result, ...]]) -> tuple[Result, ...]:
    try:
        return parse(file.read_text(encoding="utf-8"))
    except (NotStored, UnicodeDecodeError) as error:
        raise NotStored(f"{file}: {error}") from error
