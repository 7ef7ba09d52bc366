"""States as examples write them: general registers by name, a number for a unit of storage, `file[n]`, a component."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyzer.language.evaluate import State


def put(result: State, name: str | int, value: int, general: Sequence[str]) -> None:
    """Change one part of a state; `general` are the names of the registers in the file `gpr`."""
    if isinstance(name, int):
        result.storage[name] = value
    elif name in general:
        result.files["gpr"][general.index(name)] = value
    elif match := re.fullmatch(r"(\w+)\[(\d+)\]", name):
        result.files[match[1]][int(match[2])] = value
    else:
        assert name in result.registers, name
        result.registers[name] = value


def plain(result: State, general: Sequence[str]) -> dict[str | int, int]:
    """A state to compare; what is 0 does not count."""
    parts: dict[str | int, int] = {}
    parts.update(result.registers.items())
    parts.update(result.storage.items())
    for name, file in result.files.items():
        parts |= {general[i] if name == "gpr" else f"{name}[{i}]": value for i, value in file.items()}
    return {name: value for name, value in parts.items() if value}
