"""Unicorn (a fork of QEMU) as RV64 with machine, supervisor and user modes.

Storage holds page tables that map the first 32 pages to themselves, each with other rights; the translation cache of
the specification holds exactly these, so that an entry that is missing there is a page fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from analyzer.language.evaluate import State
from analyzer.simulator.engine import Trap
from tests.oracle.emulator import COMPLETES, Case, Result, runs
from tests.oracle.watched import Watched

SIZE = 0x20000
ROOT, MIDDLE, LEAF = 0x1D000, 0x1E000, 0x1F000  # page tables
PAGES = 32
VALID, ACCESSED, SV39, ALL = 0x01, 0x40, 8, (1 << 64) - 1
RIGHTS = (0x9E, 0x8E, 0x96, 0x86, 0x0A, 0x1A, 0x02, 0x12, 0x08, 0x18)  # of entries; the emulator sets D itself
FETCH = 12  # the page fault of a fetch: that of the next instruction, as the one that is tried can be fetched
MODES = {"machine": 3, "supervisor": 1, "user": 0}
SUPERVISOR_CODE = tuple(range(0, 8, 2))  # pages that the mode may fetch from, by `rights`
USER_CODE = tuple(range(1, 8, 2))
CAUSES = {"illegal": 2, "refused": 2, "breakpoint": 3, "environment_call": 8, "misaligned_fetch": 0}
ATOMIC, LOAD_RESERVED = 0b0101111, 0b00010
# Where the emulator has the bits of mstatus; TW and TSR stand elsewhere in the manual.
STATUS = {"mstatus_sie": 1, "mstatus_mie": 3, "mstatus_spie": 5, "mstatus_mpie": 7, "spp": 8, "mprv": 17, "sum": 18,
          "mxr": 19, "tvm": 20, "tw": 29, "tsr": 30}  # fmt: skip
REGISTERS = ("medeleg", "mtvec", "mcounteren", "mscratch", "mepc", "mcause", "mtval", "stvec",
             "scounteren", "sscratch", "sepc", "scause", "stval")  # fmt: skip
LEGAL = {"medeleg": 0xB3FF, "mtvec": ALL - 2, "stvec": ALL - 2, "mepc": ALL - 3,
         "sepc": ALL - 3}  # fmt: skip


GPR = tuple(f"gpr[{i}]" for i in range(1, 32))


def spread(bits: int) -> int:
    """Three bits where registers have them: external, timer, software."""
    return (bits & 1) << 1 | (bits >> 1 & 1) << 5 | (bits >> 2) << 9


def gathered(word: int) -> int:
    """The reverse."""
    return word >> 1 & 1 | (word >> 5 & 1) << 1 | (word >> 9 & 1) << 2


def rights(page: int) -> int:
    """The bits of the entry of a page, without V and A: code for both modes below, then arbitrary ones."""
    if page < 8:
        return 0x9E if page & 1 else 0x8E
    return RIGHTS[page % len(RIGHTS)]


def entry(page: int) -> int:
    """The entry of the translation cache that the tables yield."""
    bits = rights(page)
    return page << 5 | (bits >> 7 & 1) << 4 | (bits >> 4 & 1) << 3 | bits >> 1 & 7


TRANSLATIONS = {index: entry(index % PAGES) for index in range(2 * PAGES)}


class Rv64(Watched):
    """Unicorn as `rv64`."""

    isa = "rv64"
    emulator = "unicorn 2.1.4"
    modes = tuple(MODES)
    size = SIZE
    behind = (0x6F, 0, 0, 0)  # a jump to itself
    seen = (
        "pc",
        "privilege",
        *STATUS,
        "mpp",
        "satp_mode",
        "satp_ppn",
        *REGISTERS,
        "mideleg",
        "sie",
        "mie",
        *GPR,
    )
    hints: Mapping[int, tuple[int, ...]] = {
        64: (0x4000, 0x8008, 0xA010, 0xC018, 0x10020, 0x14001, 0x1FFFC, 1 << 38, SIZE), 12: (0, 4, 8, 0xFFC),
    }  # fmt: skip

    def tables(self) -> Mapping[int, int]:
        """The page tables."""
        words = dict.fromkeys(range(ROOT, ROOT + 0x3000, 8), 0)
        words |= {ROOT: MIDDLE >> 2 | VALID, MIDDLE: LEAF >> 2 | VALID}
        words |= {LEAF + 8 * page: page << 10 | rights(page) | ACCESSED | VALID for page in range(PAGES)}
        return {place + i: word >> 8 * i & 0xFF for place, word in words.items() for i in range(8)}

    def settle(self, state: State, mode: str) -> None:
        """Registers hold what they can hold; translation, if it is on, by the tables; no interrupt is pending."""
        registers = state.registers
        for name, mask in LEGAL.items():
            registers[name] &= mask
        paged = registers["satp_mode"] & 1
        registers |= {"satp_mode": SV39 * paged, "satp_ppn": ROOT >> 12, "tlb_valid": ALL, "waiting": 0, "reserved": 0}
        registers |= {"seip": 0, "stip": 0, "ssip": 0, "menvcfg_fiom": 0, "senvcfg_fiom": 0}
        registers["mpp"] = registers["mpp"] if registers["mpp"] != 2 else 0
        state.files["gpr"][0] = 0
        state.files["tlb"] = dict(TRANSLATIONS)
        pages = {"machine": tuple(range(8)), "supervisor": SUPERVISOR_CODE, "user": USER_CODE}[mode]
        place = registers["pc"]
        registers["pc"] = pages[(place >> 12) % len(pages)] << 12 | min(place & 0xFFC, 0xFF0)

    def outcome(self, trap: Trap | None, state: State) -> str:
        """The cause; for accesses to what is not there the emulator's own word."""
        if trap is None:
            return COMPLETES
        kind = trap.kinds[0]
        if kind == "access_fault":
            return kind
        if kind == "misaligned_data":
            return f"cause {trap.args[1]}"
        if kind in ("tlb_miss", "page_fault"):
            access = 1 if trap.args[1] == 0 and self._stores(state) else trap.args[1]
            return f"cause {(13, 15, 12)[access]}"
        return f"cause {CAUSES[kind]}"

    def _stores(self, state: State) -> bool:
        """Whether the instruction is an atomic one whose loads fault as stores; code lies at its own address."""
        here = state.registers["pc"]
        return state.storage[here] & 0x7F == ATOMIC and state.storage[here + 3] >> 3 != LOAD_RESERVED

    # -- in the emulator's process ---------------------------------------------------------------------------

    def start(self, image: Sequence[int]) -> None:
        """An engine with the image, and its state before anything ran."""
        import unicorn
        from unicorn import riscv_const

        self.unicorn: Any = unicorn
        self.image = bytes(image)
        names = ("PC", "PRIV", "MSTATUS", "SATP", "MIP", "MIE", "MIDELEG", *(name.upper() for name in REGISTERS))
        self.reg = {name: getattr(riscv_const, f"UC_RISCV_REG_{name}") for name in names}
        self.gpr = [riscv_const.UC_RISCV_REG_X0 + i for i in range(32)]
        together = ("MSTATUS", "SATP", "MIDELEG", "MIE", *(name.upper() for name in REGISTERS))
        self.at_once = [*(self.reg[name] for name in together), *self.gpr[1:]]
        self.uc: Any = self.unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV64)
        self.uc.mem_map(0, SIZE)
        self.uc.mem_write(0, self.image)
        self.watch(unicorn, self.uc, blocks=False)
        self.clean = self.uc.context_save()

    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """Each from the state before anything ran."""
        return map(self.one, cases)

    def one(self, case: Case) -> Result:
        """Run one case and restore storage."""
        uc, u = self.uc, self.unicorn
        self._load(case)
        error = 0
        try:
            uc.emu_start(case.registers["pc"], SIZE, count=1)
        except u.UcError as problem:
            error = problem.errno
        outcome = self._outcome(error)
        values = self._values()
        if self.event is not None:
            values = {name: value for name, value in values.items() if name not in ("pc", "privilege")}
        places = {*case.read, *(place + i for place, size in self.written for i in range(size))}
        storage = {place: uc.mem_read(place, 1)[0] for place in places if place < SIZE}
        for place, units in runs({**case.storage, **storage}):
            uc.mem_write(place, self.image[place : place + len(units)])
        return Result(outcome, values, storage)

    def _outcome(self, error: int) -> str:
        u = self.unicorn
        if error in (u.UC_ERR_READ_UNMAPPED, u.UC_ERR_WRITE_UNMAPPED):
            return "access_fault"
        if self.event == FETCH:
            return COMPLETES
        if self.event is not None:
            return f"cause {self.event}"
        return COMPLETES if error in (0, u.UC_ERR_FETCH_UNMAPPED) else f"error {error}"

    def _load(self, case: Case) -> None:
        uc, reg, registers = self.uc, self.reg, case.registers
        self.event = None
        self.written.clear()
        uc.context_restore(self.clean)
        uc.reg_write(reg["PRIV"], 3)
        status = sum(registers[name] << bit for name, bit in STATUS.items()) | registers["mpp"] << 11
        packed = {
            "mideleg": spread(registers["mideleg"]), "mie": spread(registers["sie"]) | spread(registers["mie"]) << 2,
            "mstatus": status, "satp": registers["satp_mode"] << 60 | registers["satp_ppn"],
        }  # fmt: skip
        packed |= {name: registers[name] for name in REGISTERS}
        uc.reg_write_batch([(reg[name.upper()], value) for name, value in packed.items()])
        uc.reg_write_batch([(number, case.files["gpr"].get(i, 0)) for i, number in enumerate(self.gpr)])
        for place, units in runs(case.storage):
            uc.mem_write(place, bytes(units))
        uc.reg_write(reg["PRIV"], registers["privilege"])
        uc.reg_write(reg["PC"], registers["pc"])
        uc.ctl_flush_tb()
        uc.ctl(self.unicorn.UC_CTL_TLB_FLUSH, self.unicorn.UC_CTL_IO_WRITE)

    def _values(self) -> dict[str, int]:
        uc, reg = self.uc, self.reg
        values = {"pc": uc.reg_read(reg["PC"]), "privilege": uc.reg_read(reg["PRIV"])}
        uc.reg_write(reg["PRIV"], 3)
        read = [int(value) for value in uc.reg_read_batch(self.at_once)]
        status, satp, mideleg, mie = read[:4]
        values |= {"mideleg": gathered(mideleg), "sie": gathered(mie), "mie": gathered(mie >> 2)}
        values |= dict(zip((*REGISTERS, *GPR), read[4:], strict=True))
        values |= {name: status >> bit & 1 for name, bit in STATUS.items()}
        return values | {"mpp": status >> 11 & 3, "satp_mode": satp >> 60, "satp_ppn": satp & ((1 << 44) - 1)}
