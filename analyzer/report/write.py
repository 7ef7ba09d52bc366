"""Where reports go: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.report.document import Document

if TYPE_CHECKING:
    from analyzer.report.model import Report

BROKEN_PIPE = 141  # the exit code of a process that ends because nobody reads on: 128 + SIGPIPE


def render(style: str, reports: Sequence[Report]) -> str:
    """Reports in one of `REPORT_FORMATS`; imports only this."""
    found: Callable[[Sequence[Report]], str] = import_module(f"analyzer.report.{style}").render
    return found(reports)


def rendered(
    command: str, style: str, output: str | None, results: Iterable[object], documents: Iterable[Document]
) -> str:
    """What `command` found, as it is to be written to `output`: its `results` as JSON, or its `documents` as text or
    Markdown; imports one format."""
    if style == "json":
        from analyzer.report import json

        return json.render(command, results)
    if style == "markdown":
        from analyzer.report import markdown

        return "\n".join(map(markdown.render, documents))
    from analyzer.report import text

    color = output is None and colorful()
    width = shutil.get_terminal_size().columns if color else text.WIDTH
    return "\n".join(text.render(document, width=width, color=color) for document in documents)


def colorful() -> bool:
    """Whether standard output is a terminal whose owner did not ask for no color."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def write(text: str, output: str | None) -> None:
    """Write to the file `output`, or to standard output. Raises `OSError`; ends the process when nobody reads on."""
    if output is None or output == "-":
        _print(text)
    elif Path(output).exists() and not Path(output).is_file():
        Path(output).write_text(text, encoding="utf-8")  # a device or a pipe cannot be replaced; a folder is an error
    else:
        _replace(Path(os.path.realpath(output)), text)


def _print(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        # What is still buffered would be written, and fail, when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(BROKEN_PIPE) from error


def _replace(path: Path, text: str) -> None:
    umask = os.umask(0)
    os.umask(umask)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")  # known before it is there: an interrupt leaves none
    try:
        with open(new, "x", encoding="utf-8", errors="backslashreplace", opener=_private) as file:
            file.write(text)
        new.chmod(mode)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _private(path: str, flags: int) -> int:
    """Open a file that is nobody else's until it has its mode."""
    return os.open(path, flags, 0o600)
