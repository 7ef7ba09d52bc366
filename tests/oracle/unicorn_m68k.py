"""Unicorn (a fork of QEMU) as the MC68000."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from analyzer.language.evaluate import State
from analyzer.simulator.engine import Trap
from tests.oracle.emulator import COMPLETES, Case, Result
from tests.oracle.watched import Watched

SIZE = 0x20000
CODE = 0x1000  # instructions lie from here on
SCRATCH = 0x800  # MOVE CCR,D7 and a jump to itself
READ_FLAGS = (0x42, 0xC7, 0x60, 0xFE)
ADDRESSES = 0xFFFFFF  # 24 lines: storage appears 256 times in the emulator's 32 bits
VECTORS = {
    "address_error": 3, "illegal_instruction": 4, "zero_divide": 5, "out_of_bounds": 6, "overflow": 7,
    "privilege_violation": 8, "traced": 9, "line_a": 10, "line_f": 11,
}  # fmt: skip
NOWHERE = 0x89ABCDE0  # where it would stop, past the end of storage
UNMAPPED = "past the end of storage"
FLAGS = {"cf": 0, "vf": 1, "zf": 2, "nf": 3, "xf": 4}
SUPERVISOR = 0x2000
READ = (*(f"{file}[{i}]" for file in "da" for i in range(8)), "pc")  # at once


class M68000(Watched):
    """Unicorn as `m68000`, in both states; user state is not relocated."""

    isa = "m68000"
    lines = ADDRESSES
    emulator = "unicorn 2.1.4"
    modes = ("supervisor", "user")
    size = SIZE
    area = range(CODE, SIZE)
    behind = (0x60, 0xFE)  # a branch to itself: the block that is translated ends there
    seen = (
        "pc", "supervisor", "interrupt_mask", "trace", "other_sp", "stopped", *FLAGS,
        *(f"d[{i}]" for i in range(8)), *(f"a[{i}]" for i in range(8)),
    )  # fmt: skip
    hints: Mapping[int, tuple[int, ...]] = {
        8: (0x99, 0x12, 0x80, 0x7F), 16: (0x2000, 0x10, 0x8000, 0xFFFE),
        32: (*range(0x4000, 0x4020, 2), *range(0xFF004000, 0xFF004010, 2), 0x10000, 0x7FFF, 0x63),
    }  # fmt: skip

    def tables(self) -> Mapping[int, int]:
        """The registers of the relocation hardware, which let users reach everything, and the word that reads flags."""
        registers = (0).to_bytes(4, "big") + (0x1FFFFFF).to_bytes(4, "big")
        return {0x400 + i: byte for i, byte in enumerate(registers)} | {
            SCRATCH + i: byte for i, byte in enumerate(READ_FLAGS)
        }

    def settle(self, state: State, mode: str) -> None:
        """No relocation, no trace, no interrupt; an even program counter."""
        state.registers |= {"base": 0, "bound": 0x1FFFFFF, "trace": 0, "tracing": 0, "request": 0, "stopped": 0}
        state.registers["pc"] = CODE + state.registers["pc"] % (SIZE - CODE - 64) & ~1

    def outcome(self, trap: Trap | None, state: State) -> str:
        """`vector n`, or that storage ends."""
        if trap is None:
            return COMPLETES
        kind = trap.kinds[0]
        if kind == "bus_error":
            return UNMAPPED
        return f"vector {32 + trap.args[0] if kind == 'call' else VECTORS[kind]}"

    def start(self, image: Sequence[int]) -> None:
        """An engine whose storage holds the image."""
        import unicorn
        from unicorn import m68k_const

        self.unicorn: Any = unicorn
        self.image = bytes(image)
        self.cells = (ctypes.c_ubyte * SIZE).from_buffer_copy(self.image)
        names = ("PC", "SR", "CR_USP", "CR_ISP", *(f"{file}{i}" for file in "DA" for i in range(8)))
        self.reg = {name: getattr(m68k_const, f"UC_M68K_REG_{name}") for name in names}
        self.at_once = [self.reg[f"{file}{i}"] for file in "DA" for i in range(8)] + [self.reg["PC"]]
        u = self.unicorn
        self.uc: Any = u.Uc(u.UC_ARCH_M68K, u.UC_MODE_BIG_ENDIAN)
        self.uc.ctl_set_cpu_model(m68k_const.UC_CPU_M68K_M5206)  # which is 0, the MC68000
        for start in range(0, 1 << 32, ADDRESSES + 1):
            self.uc.mem_map_ptr(start, SIZE, u.UC_PROT_ALL, ctypes.addressof(self.cells))
        self.outside = False  # whether the next instruction lies past the end of storage
        self.watch(u, self.uc)
        self.context = self.uc.context_save()

    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """Each from a restored context."""
        return map(self.one, cases)

    def one(self, case: Case) -> Result:
        """Run one case and restore storage."""
        self._load(case)
        outcome = self._started(case.registers["pc"])
        places = {*case.read, *(place + i for place, size in self.written for i in range(size))}
        storage = {place: self.cells[place] for place in places if place < SIZE}
        if not places.isdisjoint(range(SCRATCH, SCRATCH + len(READ_FLAGS))):
            self.cells[SCRATCH : SCRATCH + len(READ_FLAGS)] = list(READ_FLAGS)
            self.uc.ctl_remove_cache(SCRATCH, SCRATCH + len(READ_FLAGS))
        values = self._values()
        values["stopped"] = int(outcome == COMPLETES and self.blocks < 2 and not self.outside)
        if outcome != COMPLETES:
            del values["pc"]  # the emulator's, when it reports an exception, is not the one saved
        if outcome == UNMAPPED:  # in the middle of an instruction
            values = {}
        for place in (*case.storage, *storage):
            self.cells[place] = self.image[place]
        return Result(outcome, values, {} if outcome == UNMAPPED else storage)

    def _started(self, here: int) -> str:
        """Run from an address to the end of the block; the outcome."""
        u, self.event, self.blocks, self.outside = self.unicorn, None, 0, False
        try:
            self.uc.emu_start(here, NOWHERE)
        except u.UcError as problem:
            if problem.errno in (u.UC_ERR_READ_UNMAPPED, u.UC_ERR_WRITE_UNMAPPED):
                return UNMAPPED
            if problem.errno != u.UC_ERR_FETCH_UNMAPPED:
                return f"error {problem.errno}"
            self.outside = True
        return COMPLETES if self.event is None else f"vector {self.event}"

    def _load(self, case: Case) -> None:
        uc, reg, registers, files = self.uc, self.reg, case.registers, case.files
        self.written.clear()
        uc.context_restore(self.context)
        supervisor = registers["supervisor"]
        own, other = files["a"].get(7, 0), registers["other_sp"]
        uc.reg_write(reg["SR"], SUPERVISOR)
        uc.reg_write(reg["A7"], own if supervisor else other)
        uc.reg_write(reg["CR_USP"], other if supervisor else own)
        low = sum(registers[name] << bit for name, bit in FLAGS.items())
        uc.reg_write(reg["SR"], supervisor << 13 | registers["interrupt_mask"] << 8 | low)
        uc.reg_write_batch([(reg[f"D{i}"], files["d"].get(i, 0)) for i in range(8)])
        uc.reg_write_batch([(reg[f"A{i}"], files["a"].get(i, 0)) for i in range(8)])
        for place, unit in case.storage.items():
            self.cells[place] = unit
        uc.ctl_remove_cache(registers["pc"], registers["pc"] + 32)

    def _values(self) -> dict[str, int]:
        """What is in the registers. The flags, which the emulator computes late, are read by MOVE CCR,D7, and before
        SR, the reading of which spoils them."""
        uc, reg = self.uc, self.reg
        values = dict(zip(READ, map(int, uc.reg_read_batch(self.at_once)), strict=True))
        ended = self.event, self.blocks, self.outside
        self._started(SCRATCH)
        self.event, self.blocks, self.outside = ended
        flags, status = uc.reg_read(reg["D7"]), uc.reg_read(reg["SR"])
        supervisor = status >> 13 & 1
        values |= {name: flags >> bit & 1 for name, bit in FLAGS.items()}
        values |= {"supervisor": supervisor, "trace": status >> 15 & 1, "interrupt_mask": status >> 8 & 7}
        values["other_sp"] = uc.reg_read(reg["CR_USP" if supervisor else "CR_ISP"])
        return values
