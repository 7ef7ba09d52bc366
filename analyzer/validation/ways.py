"""Ways to run guests of a machine: one for each remedy, each a machine, a monitor for it, and what was proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from analyzer.encoding.assembly.program import Program
from analyzer.monitors import ASSIST, HYBRID, PARAVIRT, TRANSLATE, TRAP
from analyzer.monitors.host import Host
from analyzer.monitors.paravirtual import Paravirtual
from analyzer.monitors.translator import Translator, translator
from analyzer.monitors.virtual import Hybrid, TrapAndEmulate, VirtualMachine
from analyzer.remedies.assisted import assisted
from analyzer.remedies.condition import TrapCondition, trap_condition
from analyzer.remedies.needs import Needs
from analyzer.remedies.paravirt import counted
from analyzer.remedies.patch import Patcher, Unfit, always_trapping, carrier_for, carriers
from analyzer.remedies.proof import Proof, prove
from analyzer.remedies.translation import Translation, translated
from analyzer.remedies.trapping import trapping
from analyzer.remedies.variant import Variant
from analyzer.simulator.boot import Program as Loaded
from analyzer.simulator.boot import boot
from analyzer.simulator.engine import Engine
from analyzer.simulator.machine import Machine
from analyzer.spec.model import Isa
from analyzer.symbolic.solver import DEFAULT_RLIMIT
from analyzer.validation.pool import results
from analyzer.verdict import Analysis, Answer

NO_HYPERCALL = "no hypercall fits in its place"


@dataclass(frozen=True)
class Subject:
    """What remedies are asked for: a machine, its analysis, and what needs one."""

    isa: Isa
    analysis: Analysis
    needs: Needs
    jobs: int = 1
    rlimit: int = DEFAULT_RLIMIT
    conditions: bool = False  # whether the weakest condition of each trap is looked for


@dataclass(frozen=True)
class Way:
    """How guests run with the remedy `remedy`: on the machine `isa`, under a monitor of the kind `kind`, ported by
    `patcher` if there is one. `proofs`: for each instruction that needs the remedy; `how`: what is done about it;
    `event`: which of `costs.EVENTS` each execution is; `variant`: the machine as a specification, if it is another
    one."""

    remedy: str
    isa: Isa
    kind: type[VirtualMachine]
    monitor: str
    proofs: Mapping[str, Proof]
    how: Mapping[str, str]
    event: Mapping[str, str]
    variant: Variant | None = None
    patcher: Patcher | None = field(default=None, repr=False)

    @property
    def proved(self) -> bool:
        """Whether every instruction is."""
        return all(proof.proved is Answer.YES for proof in self.proofs.values())

    def guest(self, program: Program, storage: int, engine: Engine) -> VirtualMachine:
        """A virtual machine with a program, alone on a real machine."""
        host = Host(self.isa, self.isa.monitors[self.monitor], self.kind, [storage], engine, spare=storage)
        self.load(host.guests[0], program)
        return host.guests[0]

    def unfit(self, program: Program) -> tuple[Unfit, ...]:
        """What of a program cannot be ported, if that is the way."""
        return self.patcher.patched(program).unfit if self.patcher is not None else ()

    def load(self, guest: Machine, program: Loaded) -> None:
        """Load a program into a virtual machine, ported if that is the way."""
        if self.patcher is not None and isinstance(guest, Paravirtual) and isinstance(program, Program):
            ported = self.patcher.patched(program)
            guest.port(ported)
            program = ported.program
        boot(guest, program)

    def patch(self, guest: VirtualMachine) -> None:
        """Put a hypercall in place of the instruction at a guest's program counter, if that is the way."""
        if self.patcher is None or not isinstance(guest, Paravirtual):
            return
        places = guest.engine.places_at(guest.live, guest.state.registers[guest.engine.pc])
        ported = self.patcher.site(dict(zip(places, (guest.memory[place] for place in places), strict=True)), places[0])
        guest.port(ported)
        for site in ported.sites.values():
            guest.memory.load(site.address, site.patched)


def by_trap(subject: Subject) -> Way:
    """Hardware in which the instructions trap."""
    names = subject.needs.repaired
    found = dict(zip(names, results(partial(_condition, subject), names, subject.jobs), strict=True))
    texts = {name: each.text for name, each in found.items() if each is not None and each.text}
    way = _on_variant(TRAP, subject, trapping(subject.isa, names, texts), "traps", "trap")
    return replace(way, how={name: _where(each) for name, each in found.items()})


def _condition(subject: Subject, name: str) -> TrapCondition | None:
    """Where an instruction has to trap, if that is asked and known."""
    if not subject.conditions or subject.analysis.relation_check.total is not Answer.YES:
        return None
    return trap_condition(subject.isa, subject.analysis.monitor, name, subject.rlimit)


def _where(found: TrapCondition | None) -> str:
    """The condition of a trap, in words. Where the weakest is that it need not trap, it does for the theorem's sake."""
    if found is None:
        return "traps"
    if found.status == "unknown":
        return "traps always (weakest condition unknown)"
    if not found.disjuncts:
        return f"traps always, though it need not ({found.status})"
    return f"traps {f'if {found.text}' if found.text else 'always'} ({found.status})"


def by_assist(subject: Subject) -> Way:
    """Hardware with a guest mode."""
    variant = assisted(subject.isa, subject.needs.repaired)
    return _on_variant(ASSIST, subject, variant, "intercepted", "intercept")


def by_paravirt(subject: Subject) -> Way:
    """Guests with hypercalls."""
    isa, found = subject.isa, carriers(subject.isa, always_trapping(subject.analysis))
    patcher = Patcher(isa, subject.needs.repaired, found)
    rows = {row.name: row.trap_and_emulate for row in subject.analysis.exact.instructions}
    unfit = Answer.UNKNOWN if "unknown" in rows.values() else Answer.NO  # another might be one that always traps
    how, proofs = {}, {}
    for name, number in patcher.numbers.items():
        fitting = carrier_for(found, isa.instruction(name).shortest(isa.machine.program.unit), number)
        how[name] = f"hypercall {number}: {fitting.name}" if fitting else NO_HYPERCALL
        proofs[name] = Proof(Answer.YES, "traps") if fitting else Proof(unfit, rows[name], NO_HYPERCALL)
    event = dict.fromkeys(proofs, "hypercall")
    return Way(PARAVIRT, isa, Paravirtual, subject.analysis.monitor, proofs, how, event, patcher=patcher)


def by_translation(subject: Subject) -> Way:
    """Translated guests. What cannot be proved in place calls out."""
    isa, needs, monitor = subject.isa, subject.needs, subject.isa.monitors[subject.analysis.monitor]
    names = (*needs.privileged, *(row.instruction for row in needs.rows))
    found = translated(isa, monitor, names, user=needs.user)
    way = _on_variant(TRANSLATE, subject, found.variant, "", "")
    refused = {name: "not proved" for name in found.inline if way.proofs[name].proved is not Answer.YES}
    if refused:
        found = translated(isa, monitor, names, user=needs.user, refused=refused)
        way = _on_variant(TRANSLATE, subject, found.variant, "", "")
    event = {name: "callout" if each.reason else "inline" for name, each in found.replacements.items()}
    return replace(way, kind=translator(found), how=_translations(found), event=event)


def _translations(found: Translation) -> dict[str, str]:
    return {
        name: f"calls out: {each.reason}" if each.reason else f"in place, {counted(each.size, 'node')}"
        for name, each in found.replacements.items()
    }


def by_hybrid(subject: Subject) -> Way:
    """The hybrid monitor: supervisor modes are interpreted."""
    verdicts = {"traps": Answer.YES, "direct": Answer.YES, "wrong": Answer.NO}
    proofs = {
        row.instruction: Proof(verdicts.get(row.hybrid, Answer.UNKNOWN), row.hybrid) for row in subject.needs.rows
    }
    how = dict.fromkeys(proofs, "interpreted")
    return Way(HYBRID, subject.isa, Hybrid, subject.analysis.monitor, proofs, how, how)


def _on_variant(remedy: str, subject: Subject, variant: Variant, how: str, event: str) -> Way:
    monitor = subject.analysis.monitor
    proved = prove(subject.isa, variant, monitor, jobs=subject.jobs, rlimit=subject.rlimit)
    proofs = dict(proved.proofs)
    hows, events = dict.fromkeys(proofs, how), dict.fromkeys(proofs, event)
    return Way(remedy, proved.machine, TrapAndEmulate, monitor, proofs, hows, events, variant)


BY: Mapping[str, Callable[[Subject], Way]] = {
    TRAP: by_trap, ASSIST: by_assist, PARAVIRT: by_paravirt, TRANSLATE: by_translation, HYBRID: by_hybrid,
}  # fmt: skip


def events(way: Way, guest: VirtualMachine) -> Iterator[tuple[str, int]]:
    """What happened to a guest, as the events of `costs.EVENTS`. Each instruction is one of them, `translated` aside:
    it ran directly, made the monitor enter, or was interpreted by one that had not left."""
    counts, exits = guest.counts, sum(guest.counts.exits.values())
    entered, inline = 0, 0
    if isinstance(guest, Translator):
        translations = guest.translations
        entered = counts.exits.get(guest.translation.called, 0)
        inline = translations.executed["inline"] - translations.trapped["inline"]  # what trapped is an exit
        yield "callout", entered
        yield "inline", inline
        yield "translated", translations.translated
    elif isinstance(guest, Paravirtual):
        entered = sum(guest.hypercalls.values())
        yield "hypercall", entered
    yield "direct", counts.direct - inline
    yield ("intercept" if way.remedy == ASSIST else "trap"), exits - entered
    yield "interpreted", counts.instructions - counts.direct - exits
