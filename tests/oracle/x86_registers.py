"""The registers of the Pentium: how Unicorn's stand for the specification's places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.oracle.x86_tables import SEGMENTS

GPR = ("EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI")
# Where the bits of EFLAGS, CR0 and CR4 stand.
EFLAGS = {"cf": 0, "pf": 2, "af": 4, "zf": 6, "sf": 7, "tf": 8, "if_": 9, "df": 10, "of": 11, "iopl": 12, "nt": 14,
          "ac": 18, "vif": 19, "vip": 20, "id": 21}  # fmt: skip
CR0 = {"mp": 1, "em": 2, "ts": 3, "ne": 5, "wp": 16, "am": 18, "nw": 29, "cd": 30, "pg": 31}
CR4 = {"vme": 0, "pvi": 1, "tsd": 2, "de": 3, "pse": 4, "mce": 6}
HIDDEN = ("cr2", "cr3", "gdtr_base", "gdtr_limit", "idtr_base", "idtr_limit", "ldtr_selector", "ldtr_base",
          "ldtr_limit", "ldtr_valid", "tr_selector", "tr_base", "tr_limit", *CR0, *CR4)  # fmt: skip
DEBUG = (0, 1, 2, 3, 6, 7)
DATA = (0, 3, 4, 5)  # the segment registers whose RPL is their own
NAMES = (*GPR, "EIP", "EFLAGS", *SEGMENTS, "CR0", "CR2", "CR3", "CR4", *(f"DR{i}" for i in DEBUG))  # read at once
TABLES = ("GDTR", "IDTR", "LDTR", "TR")


class Registers:
    """Loads and reads them; `reg` are Unicorn's numbers by name, of its module of constants."""

    def __init__(self, constants: Any) -> None:
        self.reg = {name: getattr(constants, f"UC_X86_REG_{name}") for name in (*NAMES, *TABLES)}
        self.at_once = [self.reg[name] for name in NAMES]

    def load_hidden(self, uc: Any, registers: Mapping[str, int], debug: Mapping[int, int]) -> None:
        """What many cases have in common: tables, control and debug registers."""
        reg = self.reg
        uc.reg_write(reg["CR0"], 0x11 | sum(registers[name] << bit for name, bit in CR0.items()))
        uc.reg_write(reg["CR4"], sum(registers[name] << bit for name, bit in CR4.items()))
        uc.reg_write(reg["CR2"], registers["cr2"])
        uc.reg_write(reg["CR3"], registers["cr3"])
        for i in DEBUG:
            uc.reg_write(reg[f"DR{i}"], debug[i])
        uc.reg_write(reg["GDTR"], (0, registers["gdtr_base"], registers["gdtr_limit"], 0))
        uc.reg_write(reg["IDTR"], (0, registers["idtr_base"], registers["idtr_limit"], 0))
        valid = registers["ldtr_valid"]
        local = (registers["ldtr_base"], registers["ldtr_limit"], 0x8200) if valid else (0, 0, 0)
        uc.reg_write(reg["LDTR"], (registers["ldtr_selector"], *local))
        uc.reg_write(reg["TR"], (registers["tr_selector"], registers["tr_base"], registers["tr_limit"], 0x8900))

    def values(self, uc: Any) -> dict[str, int]:
        """The places of the specification, with their values."""
        reg = self.reg
        read = [int(value) for value in uc.reg_read_batch(self.at_once)]
        flags, segments = read[9], read[10:16]
        cr0, cr2, cr3, cr4 = read[16:20]
        values = {f"gpr[{i}]": value for i, value in enumerate(read[:8])}
        values |= {"eip": read[8], "cpl": segments[1] & 3, "cr2": cr2, "cr3": cr3}
        values |= {name: flags >> bit & (3 if name == "iopl" else 1) for name, bit in EFLAGS.items()}
        values |= {name: cr0 >> bit & 1 for name, bit in CR0.items()}
        values |= {name: cr4 >> bit & 1 for name, bit in CR4.items()}
        values |= {f"selector[{s}]": value >> 2 for s, value in enumerate(segments)}
        values |= {f"rpl[{s}]": segments[s] & 3 for s in DATA}
        values |= {f"dr[{i}]": value for i, value in zip(DEBUG, read[20:26], strict=True)}
        for name in ("gdtr", "idtr"):
            _, values[f"{name}_base"], values[f"{name}_limit"], _ = uc.reg_read(reg[name.upper()])
        for name in ("ldtr", "tr"):
            values[f"{name}_selector"], base, limit, _ = uc.reg_read(reg[name.upper()])
            if name == "tr" or limit:  # a null LDTR has none
                values |= {f"{name}_base": base, f"{name}_limit": limit}
        return values
