"""Unicorn (a fork of QEMU) as the Pentium in protected mode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from analyzer.language.evaluate import State
from analyzer.simulator.engine import Trap
from tests.oracle.emulator import COMPLETES, Case, Result, runs
from tests.oracle.watched import Watched
from tests.oracle.x86_registers import CR0, CR4, DATA, DEBUG, EFLAGS, GPR, HIDDEN, Registers
from tests.oracle.x86_tables import (
    ENTRIES,
    FAR,
    FAR_SIZE,
    GDT,
    IDT,
    LDT,
    LDT_ENTRIES,
    SEGMENTS,
    SELECTORS,
    SETUPS,
    TSS,
    TSS_SIZE,
    cache_of,
    setups,
    tables,
)  # fmt: skip

SIZE = 0x20000
CODE = 0x4000  # where instructions lie, above the tables
VECTORS = {
    "segment_fault": 13, "privileged_operation": 13, "general_protection": 13, "stack_fault": 12, "bad_stack": 12,
    "not_present": 11, "invalid_tss": 10, "divide_error": 0, "debug": 1, "bound_range": 5, "invalid_opcode": 6,
    "device_not_available": 7, "fpu_error": 16,
}  # fmt: skip
SINGLE_STEP = 1 << 14  # BS of DR6
INVALID = "fault 6"
UNMAPPED = "past the end of storage"
NOWHERE = 0x89ABCDE1  # where it would stop, past the end of storage
OUTSIDE = "the next instruction lies past the end of storage"
CONTEXTS = 4000  # kept


class X86(Watched):
    """Unicorn as `x86-pentium`, in rings 0 and 3."""

    isa = "x86-pentium"
    emulator = "unicorn 2.1.4"
    modes = ("ring0", "ring3")
    size = SIZE
    behind = (0xEB, 0xFE)  # a jump to itself: the block that is translated ends there
    seen = (
        "eip", "cpl", "cr2", "cr3", "gdtr_base", "gdtr_limit", "idtr_base", "idtr_limit", "ldtr_selector", "ldtr_base",
        "ldtr_limit", "tr_selector", "tr_base", "tr_limit", "halted", *EFLAGS, *CR0, *CR4,
        *(f"gpr[{i}]" for i in range(8)), *(f"selector[{s}]" for s in range(6)), *(f"rpl[{s}]" for s in DATA),
        *(f"dr[{i}]" for i in DEBUG),
    )  # fmt: skip
    hints: Mapping[int, tuple[int, ...]] = {
        8: (3, 4, 0x21, 0x80),
        16: SELECTORS,
        32: (*range(FAR, FAR + FAR_SIZE, 8), *range(FAR - 0x2000, FAR - 0x2000 + FAR_SIZE, 16), *SELECTORS),
    }

    def tables(self) -> Mapping[int, int]:
        """The descriptor tables and a task state segment."""
        return tables()

    def settle(self, state: State, mode: str) -> None:
        """Segments of one of the setups, registers that hold what they can hold, no paging, no halt."""
        registers, files = state.registers, state.files
        level = registers["cpl"]
        chosen = setups(level)[sum(files["selector"].values()) % SETUPS]
        for s, selector in enumerate(chosen):
            files["selector"][s], files["rpl"][s] = selector >> 2, selector & 3
            for name, value in cache_of(selector).items():
                files[name][s] = value
        registers |= {"pg": 0, "halted": 0, "intr": 0, "vm": 0}
        self._settle_tables(registers)
        files["dr"][6] = 0xFFFF0FF0
        files["dr"][7] = files["dr"][7] & 0xFFFF2000 | 0x400
        place = CODE + registers["eip"] % (SIZE - CODE - 64)
        registers["eip"] = place - files["seg_base"][1]

    def _settle_tables(self, registers: dict[str, int]) -> None:
        """Mostly the tables of the image."""
        if registers["gdtr_base"] & 7:
            registers |= {"gdtr_base": GDT, "gdtr_limit": 8 * len(ENTRIES) - 1}
        if registers["idtr_base"] & 3:
            registers |= {"idtr_base": IDT, "idtr_limit": registers["idtr_limit"] & 0x7FF}
        if registers["tr_base"] & 3:
            registers |= {"tr_base": TSS, "tr_limit": TSS_SIZE - 1, "tr_selector": 8 * 53}
        if registers["ldtr_base"] & 3:
            registers |= {"ldtr_base": LDT, "ldtr_limit": 8 * LDT_ENTRIES - 1}

    def outcome(self, trap: Trap | None, state: State) -> str:
        """`fault n` where EIP stays, `after n` where it has advanced."""
        if trap is None:
            return COMPLETES
        kind = trap.kinds[0]
        if trap.after:
            return f"after {VECTORS[kind]}"
        if kind == "software_interrupt":
            return f"after {trap.args[0]}"
        return UNMAPPED if kind == "beyond_storage" else f"fault {VECTORS[kind]}"

    def start(self, image: Sequence[int]) -> None:
        """An engine, and a saved context for each setup of segments."""
        import unicorn
        from unicorn import x86_const

        self.unicorn: Any = unicorn
        self.image = bytes(image)
        self.model = x86_const.UC_CPU_X86_PENTIUM
        self.registers = Registers(x86_const)
        self.reg = self.registers.reg
        self.instruction_in = x86_const.UC_X86_INS_IN
        self.instruction_out = x86_const.UC_X86_INS_OUT
        self.contexts: dict[tuple[int, ...], Any] = {}
        self.whole: dict[tuple[object, ...], Any] = {}
        for level in (0, 3):
            for selectors in setups(level):
                self.contexts[selectors] = self._context(level, selectors)
        self._engine()

    def _engine(self) -> None:
        """A fresh engine with the image and the hooks."""
        u = self.unicorn
        self.uc = u.Uc(u.UC_ARCH_X86, u.UC_MODE_32)
        self.uc.ctl_set_cpu_model(self.model)
        self.uc.mem_map(0, SIZE)
        self.uc.mem_write(0, self.image)
        self.ports: dict[int, int] = {}
        self.watch(u, self.uc)
        self.uc.hook_add(u.UC_HOOK_INSN, self._on_in, None, 1, 0, self.instruction_in)
        self.uc.hook_add(u.UC_HOOK_INSN, self._on_out, None, 1, 0, self.instruction_out)

    def _context(self, level: int, selectors: tuple[int, ...]) -> Any:
        """The registers of a processor at a privilege level with its segments loaded."""
        self._engine()
        uc, reg = self.uc, self.reg
        uc.reg_write(reg["GDTR"], (0, GDT, 8 * len(ENTRIES) - 1, 0))
        if level == 0:
            uc.reg_write(reg["CS"], selectors[1])
            uc.reg_write(reg["SS"], selectors[2])
        else:
            uc.reg_write(reg["CS"], 0x08)
            uc.reg_write(reg["SS"], 0x10)
            frame = (CODE, selectors[1], 2, 0x8000, selectors[2])
            base = cache_of(selectors[1])["seg_base"]
            frame = (CODE - base, *frame[1:])
            uc.mem_write(0x6000, b"".join(word.to_bytes(4, "little") for word in frame))
            uc.mem_write(0x5000, b"\xcf")
            uc.mem_write(CODE, b"\xeb\xfe")
            uc.reg_write(reg["ESP"], 0x6000)
            uc.emu_start(0x5000, 0, count=1)
        for s in DATA:
            uc.reg_write(reg[SEGMENTS[s]], selectors[s])
        found = tuple(uc.reg_read(reg[name]) for name in SEGMENTS)
        if found != selectors:
            raise ValueError(f"segments {found}, not {selectors}")
        return uc.context_save()

    # -- hooks -----------------------------------------------------------------------------------------------

    def _on_in(self, uc: Any, port: int, size: int, data: object) -> int:
        return sum(self.ports.get(port + i & 0xFFFF, 0) << 8 * i for i in range(size))

    def _on_out(self, uc: Any, port: int, size: int, value: int, data: object) -> None:
        pass

    # -- one case --------------------------------------------------------------------------------------------

    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """Each from a restored context."""
        return map(self.one, cases)

    def one(self, case: Case) -> Result:
        """Run one case and restore storage."""
        uc = self.uc
        self._load(case)
        here = case.registers["eip"]
        error = ""
        try:
            uc.emu_start(here, NOWHERE)
        except self.unicorn.UcError as problem:
            error = self._error(problem.errno)
        values = self.registers.values(uc)
        outcome = self._outcome(error, values["eip"] == here and not values["dr[6]"] & SINGLE_STEP)
        values["halted"] = int(outcome == COMPLETES and self.blocks < 2 and error != OUTSIDE)
        if outcome.startswith("after") and values["eip"] == case.next and not values["dr[6]"] & SINGLE_STEP:
            values["eip"] = here  # the address after INT n is what a trap sequence would save
        if self.event == 1:
            del values["dr[6]"]  # its bits BS and BD are a gap of the specification
        places = {*case.read, *(place + i for place, size in self.written for i in range(size))}
        storage = {place: uc.mem_read(place, 1)[0] for place in places if place < SIZE}
        for place, units in runs({**case.storage, **storage}):
            uc.mem_write(place, self.image[place : place + len(units)])
        return Result(outcome, values, storage)

    def _error(self, number: int) -> str:
        u = self.unicorn
        if number in (u.UC_ERR_READ_UNMAPPED, u.UC_ERR_WRITE_UNMAPPED):
            return UNMAPPED
        if number == u.UC_ERR_INSN_INVALID:
            return INVALID
        return OUTSIDE if number == u.UC_ERR_FETCH_UNMAPPED else f"error {number}"

    def _outcome(self, error: str, stayed: bool) -> str:
        if error and error != OUTSIDE:
            return error if stayed or error != INVALID else "after 6"
        if self.event is None:
            return COMPLETES
        return f"fault {self.event}" if stayed else f"after {self.event}"

    def _load(self, case: Case) -> None:
        uc, reg, registers, files = self.uc, self.reg, case.registers, case.files
        self.event, self.blocks = None, 0
        self.written.clear()
        selectors = tuple(files["selector"][s] << 2 | files["rpl"][s] for s in range(6))
        hidden = (selectors, *map(registers.__getitem__, HIDDEN), *map(files["dr"].__getitem__, DEBUG))
        if hidden not in self.whole:
            if len(self.whole) >= CONTEXTS:
                self.whole.clear()
            uc.context_restore(self.contexts[selectors])
            self.registers.load_hidden(uc, registers, files["dr"])
            self.whole[hidden] = uc.context_save()
        uc.context_restore(self.whole[hidden])
        uc.reg_write_batch([(reg[name], files["gpr"].get(i, 0)) for i, name in enumerate(GPR)])
        uc.reg_write(reg["EFLAGS"], 2 | sum(registers[name] << bit for name, bit in EFLAGS.items()))
        self.ports = files["port"]
        for place, units in runs(case.storage):
            uc.mem_write(place, bytes(units))
        start = registers["eip"] + files["seg_base"][1]
        uc.ctl_remove_cache(start, start + 32)
