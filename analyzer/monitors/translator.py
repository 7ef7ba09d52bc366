"""Binary translation as a monitor: guest code of privileged modes runs as translated units on the real machine.

The units are those of the variant that `analyzer.remedies.translation` derives and proves: what stands in them is the
instruction itself where it may run directly, and its replacement on the virtual CPU record or a callout where not.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from analyzer.monitors.allocator import Region
from analyzer.monitors.translation_cache import Kind, TranslationCache, TranslationCounts, Unit
from analyzer.monitors.virtual import TrapAndEmulate
from analyzer.remedies.translation import Translation
from analyzer.simulator.bare import Bare
from analyzer.simulator.engine import MachineFault, Trap
from analyzer.simulator.machine import NOTHING, Machine, count
from analyzer.spec.model import Monitor

NAME = "translate"


class Translator(TrapAndEmulate):
    """A virtual machine whose guest code is translated in the modes that `translation` says; it runs on a bare machine
    of the variant."""

    name = NAME
    translation: ClassVar[Translation]

    def __init__(self, under: Machine, monitor: Monitor, region: Region) -> None:
        super().__init__(under, monitor, region)
        assert isinstance(under, Bare)
        self.bare = under
        self.translations = TranslationCounts()
        self.units = TranslationCache(self.engine, self.bare.memory, self.kind, self.translations)
        self.last: Unit | None = None
        self.context: dict[int, Unit] | None = None

    @cached_property
    def transfers(self) -> frozenset[str]:
        """The instructions that set the program counter, or leave it on themselves."""
        analysis, pc = self.engine.effects, self.engine.pc
        effects = {row.name: analysis.block(row.body.semantics, row.body.operands) for row in self.isa.instructions}
        return frozenset(
            name for name, each in effects.items() if pc in each.writes or each.marks & {"again", "execute"}
        )

    def kind(self, name: str) -> Kind:
        """How an instruction is translated."""
        replacement = self.translation.replacements.get(name)
        if replacement is not None:
            return "callout" if replacement.reason else "inline"
        return "control" if name in self.transfers or not name else "identical"

    def run_guest(self, limit: int, stop: frozenset[str] = NOTHING) -> tuple[int, Trap | None]:
        """Let the real machine run translated code in the modes of translated code, guest code itself in the others."""
        mode = self.allocator.mode(self.state)
        if mode is None or self.isa.modes[self.monitor.modes[mode.name]].kind != "monitor":
            self.last = None
            return super().run_guest(limit, stop)
        return self.run_units(limit, stop)

    def run_units(self, limit: int, stop: frozenset[str]) -> tuple[int, Trap | None]:
        """Execute up to `limit` instructions of units."""
        live, units, done = self.bare.live, self.units.units(self.bare.live), 0
        if units is not self.context:  # the same addresses may lie elsewhere now
            self.context, self.last = units, None
        while done < limit:
            unit = self.last = self.units.next(live, units, self.last)
            ran, ended, trap = self.run_unit(unit, limit - done, stop)
            done += ran
            if ended:
                return done, trap
        return done, None

    def run_unit(self, unit: Unit, limit: int, stop: frozenset[str]) -> tuple[int, bool, Trap | None]:
        """Execute a unit as far as control stays in it; how many instructions completed, whether the machine must be
        looked at, and the trap."""
        bare, counts, done = self.bare, self.translations, 0
        for here, kind in unit.kinds.items():
            if done >= limit or bare.state.registers[self.engine.pc] != here or (done and not unit.valid):
                break
            try:
                ended, trap = bare.single(stop, unit)
            except MachineFault as fault:
                fault.done = done
                raise
            done += trap is None or trap.after
            counts.executed[kind] += 1
            if kind == "callout" and trap is not None:
                count(counts.callouts, unit.instructions[here].name)
            if ended:
                return done, True, trap
        return done, False, None


def translator(translation: Translation) -> type[Translator]:
    """The monitor that translates as `translation` says."""
    return type("Translator", (Translator,), {"translation": translation})
