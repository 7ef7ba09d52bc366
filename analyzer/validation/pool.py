"""The same work on many tasks, in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from analyzer.theorems.engine import begin_process

Task = TypeVar("Task")
Result = TypeVar("Result")

_work: list[Callable[[Any], Any]] = []


def results(work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int) -> Iterator[Result]:
    """What `work` gives for each task, in their order, in `jobs` processes where the system can fork."""
    if jobs <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(work, tasks)
        return
    with multiprocessing.get_context("fork").Pool(jobs, initializer=_start, initargs=(work,)) as pool:
        yield from pool.imap(_run, tasks)


def _start(work: Callable[[Any], Any]) -> None:
    begin_process()
    _work[:] = [work]


def _run(task: Any) -> Any:
    return _work[0](task)
