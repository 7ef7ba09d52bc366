"""SIMH's PDP-10, a KS10, as the KA10: what the two have in common, through its command language."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence

from analyzer.language.evaluate import State
from analyzer.simulator.engine import Trap
from tests.oracle.emulator import COMPLETES, Case, Driver, Result

SIZE = 1 << 18
AREA = range(0o20, 0o120)  # words that are read back after every instruction
CODE = 0o1000
TRAPPED = 0o123456  # where the KS10 goes on after a trap
CONTEXT = range(0o424, 0o430)  # the user process table, where it stores what trapped, and the new PC words
NEW_PC = range(0o430, 0o440)
FLAGS = {
    "overflow": 0o400000, "carry_0": 0o200000, "carry_1": 0o100000, "floating_overflow": 0o40000,
    "first_part_done": 0o20000, "user": 0o10000, "user_iot": 0o4000, "pushdown_overflow": 0o400,
    "floating_underflow": 0o100, "no_divide": 0o40,
}  # fmt: skip
TRAPS = "traps"
SHOWN = re.compile(r"^(?:sim> )*([A-Z0-9]+):\s+([0-7]+)")
STOPPED = re.compile(r"^(?:sim> )*([A-Z][^:]*), PC: [0-7]+")


class Pdp10(Driver):
    """SIMH as `pdp10-ka10`; without paging its addresses are real in both modes."""

    isa = "pdp10-ka10"
    emulator = "SIMH 3.8-1, PDP-10 KS10"
    modes = ("executive", "user")
    size = SIZE
    area = AREA
    seen = ("pc", "halted", *FLAGS, *(f"ac[{i}]" for i in range(16)))
    hints: Mapping[int, tuple[int, ...]] = {
        4: tuple(range(16)), 18: (*AREA, *range(0o20)), 36: tuple(AREA[::7]),
    }  # fmt: skip

    def tables(self) -> Mapping[int, int]:
        """Where the KS10 goes on after a trap."""
        return dict.fromkeys(NEW_PC, TRAPPED)

    def settle(self, state: State, mode: str) -> None:
        """One segment that is all of storage; the conditions that the KS10 keeps elsewhere are off."""
        state.registers |= {
            "low_protection": 0o377, "low_relocation": 0, "withheld": 0, "pushdown_overflow": 0, "halted": 0,
            "pc": CODE + state.registers["pc"] % 0o400,
        }  # fmt: skip

    def outcome(self, trap: Trap | None, state: State) -> str:
        """All traps are one."""
        return COMPLETES if trap is None or trap.after else TRAPS

    def start(self, image: Sequence[int]) -> None:
        """The simulator's process, its core as the image has it."""
        self.image = image
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "pdp10"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.commands([f"d {place:o} {unit:o}" for place, unit in enumerate(image) if unit])

    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """Each case deposited, stepped, examined and taken back."""
        return map(self.one, cases)

    def one(self, case: Case) -> Result:
        """Run one case."""
        registers, acs = case.registers, case.files["ac"]
        flags = sum(bit for name, bit in FLAGS.items() if registers[name])
        outside = sorted(place for place in case.read if place not in AREA)
        found = self.commands(
            [f"d ac{i:o} {acs.get(i, 0):o}" for i in range(16)]
            + [f"d {place:o} {unit:o}" for place, unit in case.storage.items()]
            + [f"d pc {registers['pc']:o}", f"d flags {flags:o}", "s 1"]
            + [f"e pc,flags,ac0-ac17,{AREA[0]:o}-{AREA[-1]:o}"]
            + [f"e {place:o}" for place in outside]
        )
        storage = self._changed(found, case)
        self.commands([f"d {p:o} {self.image[p]:o}" for p in {*storage, *case.storage, *CONTEXT}])
        return self._result(found, storage)

    def _result(self, found: Mapping[str, int | str], storage: dict[int, int]) -> Result:
        stop, pc, flags = found["stop"], int(found["PC"]), int(found["FLAGS"])
        values = {f"ac[{i}]": int(found[f"AC{i:o}"]) for i in range(16)}
        if stop == "Step expired" and pc == TRAPPED:
            return Result(TRAPS, values, storage)
        values |= {name: int(bool(flags & bit)) for name, bit in FLAGS.items()}
        values |= {"pc": pc, "halted": int(stop == "HALT instruction")}
        return Result(COMPLETES if stop in ("Step expired", "HALT instruction") else str(stop), values, storage)

    def _changed(self, found: Mapping[str, int | str], case: Case) -> dict[int, int]:
        """The words that the instruction may have written."""
        now = {int(name, 8): int(value) for name, value in found.items() if name[0].isdigit()}
        read = set(case.read)
        return {p: unit for p, unit in now.items() if p in read or unit != case.storage.get(p, self.image[p])}

    def commands(self, lines: Sequence[str]) -> dict[str, int | str]:
        """Let the simulator do commands; what it shows: a register's or a word's name (octal) to its value, and `stop`
        to why it stopped."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n".join(lines) + "\necho END\n")
        self.process.stdin.flush()
        out: dict[str, int | str] = {}
        for line in self.process.stdout:
            if "END" in line:
                return out
            if shown := SHOWN.match(line):
                out[shown[1]] = int(shown[2], 8)
            elif stopped := STOPPED.match(line):
                out["stop"] = stopped[1]
        raise EOFError("the simulator ended")
