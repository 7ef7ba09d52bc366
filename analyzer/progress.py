"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

Result = TypeVar("Result")
Progress = Callable[[int, int, str], None]  # how many are done, of how many, and what is waited for


def watched(results: Iterable[Result], names: Sequence[str], progress: Progress | None) -> Iterator[Result]:
    """The results, one for each name, as they come; `progress` is told before each is waited for."""
    waiting = iter(results)
    for done, name in enumerate(names):
        if progress is not None:
            progress(done, len(names), name)
        yield next(waiting)


def labeled(progress: Progress | None, label: str) -> Progress | None:
    """The same, with a word before the name of what is waited for."""
    if progress is None:
        return None
    return lambda done, total, name: progress(done, total, f"{label} {name}")
