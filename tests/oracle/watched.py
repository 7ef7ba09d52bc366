"""What every driver of Unicorn watches."""

from __future__ import annotations

from typing import Any

from tests.oracle.emulator import Driver


class Watched(Driver):
    """A driver of Unicorn. `event`: the interrupt that ended the run, if one did; `blocks`: how many blocks of code
    were begun; `written`: address and size of each write. `lines`: a mask of the address lines that the machine has."""

    lines = -1
    event: int | None = None
    blocks = 0

    def watch(self, unicorn: Any, uc: Any, *, blocks: bool = True) -> None:
        """Hook into an engine; with `blocks`, it stops where a second one begins."""
        self.event, self.blocks = None, 0
        self.written: list[tuple[int, int]] = []
        uc.hook_add(unicorn.UC_HOOK_INTR, self._on_interrupt)
        uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_write)
        if blocks:
            uc.hook_add(unicorn.UC_HOOK_BLOCK, self._on_block)

    def _on_interrupt(self, uc: Any, number: int, data: object) -> None:
        self.event = number
        uc.emu_stop()

    def _on_block(self, uc: Any, address: int, size: int, data: object) -> None:
        self.blocks += 1
        if self.blocks > 1:
            uc.emu_stop()

    def _on_write(self, uc: Any, access: int, address: int, size: int, value: int, data: object) -> None:
        self.written.append((address & self.lines, size))
