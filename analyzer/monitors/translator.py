"""Binary translation as a monitor: guest code of privileged modes runs as translated units on the real machine.

The units are those of the variant that `analyzer.remedies.translation` derives and proves: what stands in them is the
instruction itself where it may run directly, and its replacement on the virtual CPU record or a callout where not.
"""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from analyzer.language.effects import EffectAnalysis
from analyzer.language.ir import Trap as Refuses
from analyzer.monitors.allocator import Region
from analyzer.monitors.translation_cache import Kind, Rule, TranslationCache, TranslationCounts, Unit
from analyzer.monitors.virtual import TrapAndEmulate
from analyzer.remedies.translation import SUPERVISOR, Translation
from analyzer.simulator.bare import Bare
from analyzer.simulator.engine import MachineFault, Trap
from analyzer.simulator.machine import NOTHING, Machine, count
from analyzer.spec.model import Instruction, Monitor

NAME = "translate"


class Translator(TrapAndEmulate):
    """A virtual machine whose guest code is translated in the modes that `translation` says.

    It runs on a machine of the variant. Where that is a virtual one itself, the monitor below interprets the units.
    """

    name = NAME
    translation: ClassVar[Translation]

    def __init__(self, under: Machine, monitor: Monitor, region: Region) -> None:
        super().__init__(under, monitor, region)
        self.bare = under if isinstance(under, Bare) else None
        self.translations = TranslationCounts()
        self.rule = cache(self._rule)
        flag = self.translation.flag
        self.units = TranslationCache(self.engine, under.memory, self.ruled, (flag,), self.translations)
        self.last: Unit | None = None
        self.context: dict[int, Unit] | None = None

    # -- how instructions are translated ---------------------------------------------------------------------

    @property
    def code(self) -> int:
        """Which code runs in the underlying machine: 0 as it is, otherwise translated."""
        return self.under.state.registers[self.translation.flag]

    def ruled(self, name: str) -> Rule:
        """How an instruction is translated in the present mode."""
        return self.rule(name, self.code)

    def _rule(self, name: str, code: int) -> Rule:
        """The same, in translated code of a kind of modes; a word that is no instruction has no name."""
        moves = not name or transfers(self.engine.effects, self.engine.pc, self.engine.rows[name])
        kind = self.kind(name, code) or ("control" if moves else "identical")
        return Rule(kind, moves or kind == "callout")

    def kind(self, name: str, code: int) -> Kind | None:
        """How an instruction is replaced, if it is."""
        replacement = self.translation.replacements.get(name)
        if replacement is None or (code != SUPERVISOR and name not in self.translation.elsewhere):
            return None
        return "callout" if replacement.reason or code != SUPERVISOR else "inline"

    # -- how they run ----------------------------------------------------------------------------------------

    def run_guest(self, limit: int, stop: frozenset[str] = NOTHING) -> tuple[int, Trap | None]:
        """Let the real machine run translated code in the modes of translated code, guest code itself in the others."""
        if self.bare is None or not self.code:
            self.last = None
            return super().run_guest(limit, stop)
        return self.run_units(self.bare, limit, stop | self.engine.placing)

    def run_units(self, bare: Bare, limit: int, stop: frozenset[str]) -> tuple[int, Trap | None]:
        """Execute up to `limit` instructions of units: see `Machine.advance`."""
        units, done = self.units.units(bare.live), 0
        if units is not self.context:  # the same addresses may lie elsewhere now
            self.context, self.last = units, None
        while done < limit:
            unit = self.last = self.units.next(bare.live, units, self.last)
            try:
                ran, ended, trap = self.run_unit(bare, unit, limit - done, stop)
            except MachineFault as fault:
                fault.done += done
                raise
            done += ran
            if ended:
                return done, trap
        return done, None

    def run_unit(self, bare: Bare, unit: Unit, limit: int, stop: frozenset[str]) -> tuple[int, bool, Trap | None]:
        """Execute a unit as far as control stays in it; how many instructions completed, whether the machine must be
        looked at, and the trap."""
        counts, done = self.translations, 0
        for here, kind in unit.kinds.items():
            if done >= limit or bare.state.registers[self.engine.pc] != here or not unit.valid:
                break
            try:
                ended, trap = bare.single(stop, unit)
            except MachineFault as fault:
                fault.done = done
                raise
            done += trap is None or trap.after
            counts.executed[kind] += 1
            counts.trapped[kind] += trap is not None and not trap.after
            if trap is not None and trap.kinds[0] == self.translation.called:
                count(counts.callouts, bare.live.executed[-1])
            if ended:
                return done, True, trap
        return done, False, None


def transfers(effects: EffectAnalysis, pc: str, row: Instruction) -> bool:
    """Whether an instruction sets the program counter, leaves it on itself, executes another one, or ends in a trap."""
    found, block = effects.block(row.body.semantics, row.body.operands), row.body.semantics
    stays = pc not in found.writes and not found.marks & {"again", "execute"}
    return not stays or (bool(block) and isinstance(block[-1], Refuses))


def translator(translation: Translation) -> type[Translator]:
    """The monitor that translates as `translation` says."""
    return type("Translator", (Translator,), {"translation": translation})
