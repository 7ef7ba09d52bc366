"""Instructions as they stand in storage, at addresses and in a context that are constants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analyzer.encoding.codec import Decoder
from analyzer.language.declarations import ACCESS_KINDS, Body
from analyzer.language.evaluate import State
from analyzer.language.operators import mask
from analyzer.simulator.compile import Compiled
from analyzer.simulator.memory import Memory
from analyzer.simulator.regions.setting import Setting
from analyzer.spec.model import Instruction, Isa


@dataclass(frozen=True, slots=True)
class Fetched:
    """An instruction, its fields, and the units of storage that it takes."""

    body: Body
    fields: dict[str, int]
    places: tuple[int, ...]


class Fetcher:
    """Fetches and decodes the instructions of one machine."""

    def __init__(self, isa: Isa) -> None:
        self.machine = isa.machine
        self.compiled = Compiled(isa.machine)
        self.decoder = Decoder(isa)
        self.drafts: dict[object, Any] = {}  # regions made before, for machines that come later
        self.rows: dict[str, Instruction] = {row.name: row for row in isa.instructions}
        unit = self.machine.program.unit
        self.longest = max((row.longest(unit) for row in isa.instructions), default=0)

    def fetch(self, setting: Setting, memory: Memory, here: int) -> Fetched | None:
        """The instruction at `here`, `None` where there is none or where its place depends on more than the context."""
        places = self.places(setting, here)
        found = self.decoder.decode([memory.cells[place] for place in places])
        if found is None or found[2] > len(places):
            return None
        name, fields, length = found
        return Fetched(self.rows[name].body, fields, tuple(places[:length]))

    def places(self, setting: Setting, here: int, most: int | None = None) -> list[int]:
        """Where the units from `here` on lie, as far as they may be fetched; at most as many as an instruction has."""
        machine, compiled, state, out = self.machine, self.compiled, fixed(setting), list[int]()
        code, program, top = machine.functions.get("code"), machine.program.name, mask(machine.pc.width)
        try:
            while len(out) < (self.longest if most is None else most):
                address = here + len(out) & top
                if code is not None:
                    (address,) = compiled.call(code, (address,), state)
                place = compiled.translated(program, address, ACCESS_KINDS["execute"], state)
                if place is None or place >= setting.size:
                    break
                out.append(place)
        except KeyError:  # it depends on more than the context
            return []
        return out


class Unknown(dict[int, int]):
    """A register file of which nothing is known: reading it is a `KeyError`."""

    def get(self, index: int, default: object = None) -> int:
        """A register."""
        raise KeyError(index)


def fixed(setting: Setting) -> State:
    """The context as a state that has nothing else: reading anything is a `KeyError`."""
    registers = {name: value for (name, index), value in setting.context.items() if index < 0}
    constant = {name for name, _ in setting.context}
    files: dict[str, dict[int, int]] = {
        c.name: Unknown() for c in setting.machine.components.values() if c.count is not None and c.name not in constant
    }
    for (name, index), value in setting.context.items():
        if index >= 0:
            files.setdefault(name, {})[index] = value
    return State(registers, files, {}, setting.size)
