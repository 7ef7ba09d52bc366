"""Ways to run guests of a machine: one for each remedy, each a machine, a monitor for it, and what was proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from analyzer.encoding.assembly.program import Program
from analyzer.monitors import ASSIST, CONFIGURE, HYBRID, PARAVIRT, TRANSLATE, TRAP
from analyzer.monitors.host import Host
from analyzer.monitors.paravirtual import Paravirtual
from analyzer.monitors.translator import Translator, translator
from analyzer.monitors.virtual import Hybrid, TrapAndEmulate, VirtualMachine
from analyzer.pool import results
from analyzer.progress import Progress, labeled
from analyzer.remedies.assisted import assisted
from analyzer.remedies.condition import TrapCondition, trap_condition
from analyzer.remedies.configuration import Configuration, configure
from analyzer.remedies.needs import Needs
from analyzer.remedies.paravirt import counted
from analyzer.remedies.patch import Patcher, Unfit, always_trapping, carriers
from analyzer.remedies.proof import Proof, ask, prove
from analyzer.remedies.translation import Translation, translated
from analyzer.remedies.trapping import trapping
from analyzer.remedies.variant import Variant
from analyzer.simulator.boot import Program as Loaded
from analyzer.simulator.boot import boot
from analyzer.simulator.engine import Engine
from analyzer.simulator.machine import Machine
from analyzer.spec.model import Isa, Monitor
from analyzer.symbolic.solver import DEFAULT_RLIMIT
from analyzer.validation.costs import UNIT
from analyzer.validation.fixed import AND
from analyzer.verdict import Analysis, Answer

NO_HYPERCALL = "no hypercall fits in its place"
WITH_SETTING: Mapping[str, str] = {
    "direct": "runs directly with the setting", "traps": "traps with the setting", "unknown": "not known",
}  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """What remedies are asked for: a machine, its analysis, and what needs one."""

    isa: Isa
    analysis: Analysis
    needs: Needs
    jobs: int = 1
    rlimit: int = DEFAULT_RLIMIT
    conditions: bool = False  # whether the weakest condition of each trap is looked for
    progress: Progress | None = None

    @property
    def monitor(self) -> Monitor:
        """The monitor that was analyzed."""
        return self.isa.monitors[self.analysis.monitor]

    @cached_property
    def trapped(self) -> Mapping[str, TrapCondition | None]:
        """Where each instruction that has to be changed must trap, if that is asked and known."""
        names = self.needs.repaired
        with results(partial(_condition, self), names, self.jobs) as conditions:
            return dict(zip(names, conditions, strict=True))

    @cached_property
    def setting(self) -> Configuration:
        """How the monitor had best configure the machine."""
        return configure(self.isa, self.analysis.monitor, self.analysis, self.jobs, self.rlimit)


@dataclass(frozen=True)
class Way:
    """How guests run with the remedy `remedy`: on the machine `isa`, under its `monitor` of the kind `kind`, ported by
    `patcher` if there is one. `proofs`: for each instruction that needs the remedy; `how`: what is done about it, if
    anything is; `event`: which of `costs.EVENTS` each execution is; `variant`: the machine as a specification, if it is
    another one. Of a set of remedies, `remedy` joins their names, and `serves` says which instructions each serves.
    `interrupted`: the user did while it was proved."""

    remedy: str
    isa: Isa
    kind: type[VirtualMachine]
    monitor: Monitor
    proofs: Mapping[str, Proof]
    how: Mapping[str, str]
    event: Mapping[str, str]
    variant: Variant | None = None
    patcher: Patcher | None = field(default=None, repr=False)
    serves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def remedies(self) -> tuple[str, ...]:
        """The remedy, or those of a set."""
        return tuple(self.remedy.split(AND))

    @property
    def proved(self) -> bool:
        """Whether every instruction is."""
        return all(proof.proved is Answer.YES for proof in self.proofs.values())

    def guest(self, program: Program, storage: int, engine: Engine) -> VirtualMachine:
        """A virtual machine with a program, alone on a real machine."""
        host = Host(self.isa, self.monitor, self.kind, [storage], engine, spare=storage)
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
    found = subject.trapped
    texts = {name: each.text for name, each in found.items() if each is not None and each.text}
    variant = trapping(subject.isa, subject.monitor, subject.needs.repaired, texts)
    way = _on_variant(TRAP, subject, variant, "traps", "trap")
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
        fitting = patcher.carrier(name)
        how[name] = f"hypercall {number}: {fitting.name}" if fitting else NO_HYPERCALL
        proofs[name] = Proof(Answer.YES, "traps") if fitting else Proof(unfit, rows[name], NO_HYPERCALL)
    event = dict.fromkeys(proofs, "hypercall")
    return Way(PARAVIRT, isa, Paravirtual, subject.monitor, proofs, how, event, patcher=patcher)


def by_translation(subject: Subject) -> Way:
    """Translated guests. What cannot be proved in place calls out."""
    isa, needs, monitor = subject.isa, subject.needs, subject.monitor
    names = (*needs.privileged, *(row.instruction for row in needs.rows))
    found = translated(isa, monitor, names, user=needs.user)
    way = _on_variant(TRANSLATE, subject, found.variant, "", "")
    refused = {name: "not proved" for name in found.inline if way.proofs[name].proved is not Answer.YES}
    if refused and not way.interrupted:
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
    return Way(HYBRID, subject.isa, Hybrid, subject.monitor, proofs, how, how)


def by_configuration(subject: Subject) -> Way | None:
    """The monitor with another setting; none where that helps no instruction, or makes one wrong that was not."""
    found = subject.setting
    needy = {row.instruction for row in subject.needs.rows}
    reasons = {demand.name: demand.reason for demand in found.demands}
    refused = {name: Proof(Answer.NO, "wrong", reasons[name]) for name in found.wrong}
    refused |= {name: Proof(Answer.UNKNOWN, "unknown", reasons[name]) for name in found.undecided}
    helpful = found.relation_check.total is Answer.YES and bool(found.fixed) and not needy.isdisjoint(found.sound)
    if not helpful or not needy.issuperset(refused):
        return None
    isa = replace(subject.isa, monitors={**subject.isa.monitors, found.monitor: found.model})
    rest = tuple(row.instruction for row in subject.needs.rows if row.instruction not in refused)
    progress = labeled(subject.progress, f"{CONFIGURE}: proof of")
    asked = ask(isa, found.monitor, rest, jobs=subject.jobs, rlimit=subject.rlimit, progress=progress)
    proofs = {**refused, **asked}
    proofs = {row.instruction: proofs[row.instruction] for row in subject.needs.rows}
    how = {name: WITH_SETTING[proof.by] for name, proof in proofs.items() if proof.by in WITH_SETTING}
    event = {name: "trap" if proof.by == "traps" else UNIT for name, proof in proofs.items()}
    return Way(CONFIGURE, subject.isa, TrapAndEmulate, found.model, proofs, how, event)


def _on_variant(remedy: str, subject: Subject, variant: Variant, how: str, event: str) -> Way:
    name = subject.analysis.monitor
    proved = prove(
        subject.isa, variant, name, jobs=subject.jobs, rlimit=subject.rlimit,
        progress=labeled(subject.progress, f"{remedy}: proof of"),
    )  # fmt: skip
    machine, proofs = proved.machine, dict(proved.proofs)
    return Way(
        remedy, machine, TrapAndEmulate, machine.monitors[name], proofs, dict.fromkeys(proofs, how),
        dict.fromkeys(proofs, event), variant, interrupted=proved.interrupted,
    )  # fmt: skip


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
        entered = guest.called
        yield "hypercall", entered
    yield "direct", counts.direct - inline
    yield ("intercept" if way.remedy == ASSIST else "trap"), exits - entered
    yield "interpreted", counts.instructions - counts.direct - exits
