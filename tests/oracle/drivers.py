"""The drivers, by machine."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from tests.oracle.emulator import Driver

DRIVERS = {
    "m68000": "unicorn_m68k.M68000",
    "pdp10-ka10": "simh_pdp10.Pdp10",
    "rv64": "unicorn_rv64.Rv64",
    "x86-pentium": "unicorn_x86.X86",
}


def driver_of(isa: str) -> Callable[[], Driver]:
    """The class that drives an emulator as this machine. Raises `KeyError` where there is none."""
    module, _, name = DRIVERS[isa].partition(".")
    made: Callable[[], Driver] = getattr(import_module(f"tests.oracle.{module}"), name)
    return made
