"""What generated code runs on: the context of one execution, and the ways out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from analyzer.language.evaluate import Interpretation, State, fixed_hash

HASHES_KEPT = 1 << 14


class Trapped(Exception):
    """A trap of kind `kind` with its values `values`."""

    def __init__(self, kind: str, values: tuple[int, ...]) -> None:
        self.kind = kind
        self.values = values


class Ended(Exception):
    """The instruction is over: `again()` or `execute()`."""


# The default interpretation again, its hashes remembered.
DEFAULT = Interpretation(lru_cache(HASHES_KEPT)(fixed_hash), cache(Interpretation().open))


class Context:
    """One execution: the state that it changes, the fields of the instruction, and what it leaves besides the state.

    `here` and `next` are the addresses of the instruction and of the following one. `committed` is the state at the
    last commit, `None` before the first. The other attributes are those of `Outcome` and `Evaluator`.
    """

    __slots__ = (
        "after", "bits", "committed", "continues", "fields", "files", "function", "get", "here", "limit", "next",
        "open", "pc_written", "registers", "size", "state", "storage", "width",
    )  # fmt: skip

    def __init__(self, state: State, fields: Mapping[str, int], interpretation: Interpretation, limit: int) -> None:
        self.state = state
        self.registers = state.registers
        self.files = state.files
        self.storage = state.storage
        self.get: Callable[[int, int], int] = state.storage.get
        self.size = state.storage_size
        self.fields = fields
        self.function = interpretation.function
        self.open = interpretation.open
        self.limit = limit
        self.here = self.next = self.bits = self.width = 0
        self.committed: State | None = None
        self.after: list[str] | None = None
        self.continues = self.pc_written = False

    def commit(self) -> None:
        """Keep what was written so far, should a trap follow."""
        self.committed = self.state.copy()

    def trap_after(self, kind: str) -> None:
        """Note a trap that shows after completion."""
        if self.after is None:
            self.after = []
        self.after.append(kind)


def no_case(operand: str, case: int) -> int:
    """An attribute of an operand whose fields name no case of its class."""
    raise IndexError(f"operand {operand} has no case {case}")
