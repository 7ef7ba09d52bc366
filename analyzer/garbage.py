"""Garbage collection in processes that are ours alone: those of the command line and of its pools."""

from __future__ import annotations

import gc

ONE_TASK, MANY_TASKS = 300_000, 50_000  # objects that are made between collections: of many tasks more are garbage


def collect_rarely(every: int = ONE_TASK) -> None:
    """Collect garbage less often: what is loaded stays, and looking through it again and again costs a tenth of the
    time."""
    gc.set_threshold(every, 20, 50)
    gc.freeze()
