"""Validation of one machine under one of its monitors: witnesses, guests, recursion, isolation, random programs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from analyzer.encoding.assembly.program import Program
from analyzer.monitors import TRAP_AND_EMULATE
from analyzer.monitors.host import Host, NoRoom, nested
from analyzer.monitors.session import disappointed
from analyzer.monitors.virtual import MONITORS, VirtualMachine
from analyzer.pool import results
from analyzer.progress import Progress, watched
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import Program as Loaded
from analyzer.simulator.boot import boot
from analyzer.simulator.engine import Engine
from analyzer.simulator.machine import Machine, Stop
from analyzer.spec.model import Isa
from analyzer.validation.guests import Guest, guests
from analyzer.validation.lockstep import Comparison, Difference, Lockstep, ended, registers
from analyzer.validation.programs import random_program
from analyzer.validation.results import REQUIRED, Check, Kind, Validation, ValidationInterrupted, counted
from analyzer.validation.witnesses import diverges, replayed
from analyzer.verdict import Analysis, Answer, Witness

LIMIT = 1_000_000  # instructions of a guest
RANDOM_LIMIT = 200  # instructions of a random program
RANDOM_PROGRAMS = 40
DEPTHS = (2, 3)
CROWD = 4  # guests together
WARM = (0, 30, 300, 1000, 3000)  # instructions of a guest before random ones come
QUESTIONS = {"trap-and-emulate": "trap_and_emulate", "hybrid": "hybrid"}

Task = tuple[str, str, int]  # kind of check, monitor, number of its subject
TASKS = ("witnesses", "guest", "recursion", "isolation", "random")


@dataclass
class Validator:
    """Runs the checks `kinds` of one machine; `limit` and `randoms` bound how much. `load` puts a program into a
    virtual machine."""

    isa: Isa
    analysis: Analysis
    programs: Sequence[Guest]
    monitors: dict[str, type[VirtualMachine]]
    randoms: int = RANDOM_PROGRAMS
    limit: int = LIMIT
    kinds: Collection[str] = TASKS
    load: Callable[[VirtualMachine, Loaded], None] = boot

    def __post_init__(self) -> None:
        self.engine = Engine(self.isa)
        self.monitor = self.isa.monitors[self.analysis.monitor]
        self.size = self.isa.simulation.storage
        results = self.analysis.exact.instructions
        refuted = self.analysis.relation_check.total is Answer.NO  # then any instruction may go wrong
        self.wrong = {
            name: {
                row.name
                for row in results
                if refuted or getattr(row, QUESTIONS.get(name, "trap_and_emulate")) == "wrong"
            }
            for name in self.monitors
        }
        rows = self.analysis.extended.instructions
        self.sensitive = {row.name for row in rows if row.sensitive is not Answer.NO}
        self.ordinary = [guest.program for guest in self.programs if not guest.wrong]

    def tasks(self) -> list[Task]:
        """All that is to be run."""
        out: list[Task] = [("witnesses", "", 0)]
        out += [("guest", "", number) for number in range(len(self.programs))]
        for name in self.monitors:
            out += [("recursion", name, depth) for depth in DEPTHS if self.ordinary]
            out += [("isolation", name, 0)] if self.ordinary else []
            out += [("random", name, seed) for seed in range(self.randoms)]
        return [task for task in out if task[0] in self.kinds]

    def named(self, task: Task) -> str:
        """What it is called while it is waited for."""
        kind, name, number = task
        return f"{kind} {self.programs[number].program.name if kind == 'guest' else name}".rstrip()

    def run(self, task: Task) -> list[Check]:
        """One of them."""
        kind, name, number = task
        match kind:
            case "witnesses":
                return list(self.witnesses())
            case "guest":
                return list(self.guest(self.programs[number]))
            case "recursion":
                return [self.recursion(name, number, program) for program in self.ordinary]
            case "isolation":
                return list(self.isolation(name))
            case _:
                return [self.random(name, number)]

    # -- witnesses -------------------------------------------------------------------------------------------

    def witnesses(self) -> Iterator[Check]:
        """Every witness of every verdict, and the guest of every wrong instruction."""
        for model in self.analysis.models.values():
            for row in model.instructions:
                for witness in row.witnesses.values():
                    yield self.witness(row.name, witness)
        for result in self.analysis.exact.instructions:
            for question, witness in result.witnesses.items():
                yield self.witness(result.name, witness)
                kind = next(name for name, key in QUESTIONS.items() if key == question)
                if getattr(result, question) == "wrong" and witness.parting != ("restart",) and kind in self.monitors:
                    yield self.wrong_instruction(result.name, kind, witness)

    def witness(self, name: str, witness: Witness) -> Check:
        """A witness run again."""
        problem = replayed(self.isa, witness, self.engine)
        failure = f"{witness.question}: {problem}" if problem else ""
        return Check("witness", name, "", len(witness.runs), failure=failure)

    def wrong_instruction(self, name: str, kind: str, witness: Witness) -> Check:
        """The guest of a wrong instruction's witness."""
        parted, _ = diverges(self.isa, self.monitor, self.monitors[kind], witness, self.engine)
        failure = "" if parted else "judged wrong, but the guest of its witness does not diverge"
        return Check("wrong instruction", name, kind, 1, predicted=bool(parted), failure=failure)

    # -- guests ----------------------------------------------------------------------------------------------

    def guest(self, guest: Guest) -> Iterator[Check]:
        """A guest in lockstep, under each monitor; one that is there to go wrong must."""
        bare, kinds = self.bare(guest.program), list(self.monitors)
        found = Lockstep(bare, *(self.virtual(kind, guest.program)[0] for kind in kinds)).run(self.limit)
        for kind, comparison in zip(kinds, found, strict=True):
            check = self.compared("guest", guest.program.name, kind, comparison)
            if check.failure or check.predicted:
                yield check
            elif guest.wrong and self.wrong[kind] and kind == TRAP_AND_EMULATE:
                yield replace(check, failure="it does not go wrong")
            else:
                yield replace(check, failure="; ".join(disappointed(bare, guest.program, comparison.stop)))

    def compared(self, label: Kind, subject: str, kind: str, comparison: Comparison) -> Check:
        """What a comparison says of the analysis: a divergence is predicted where its instruction is judged wrong."""
        found = comparison.divergence
        if found is None:
            return Check(label, subject, kind, comparison.steps)
        if set(found.executed) & self.wrong[kind]:
            return Check(label, subject, kind, comparison.steps, predicted=True)
        names = " executing ".join(name or "a word that is no instruction" for name in found.executed) or "a trap"
        parts = "; ".join(shown(difference) for difference in found.differences[:4]) or found.message
        failure = f"diverges after {found.time} instructions, at {found.pc:#x}, {names}: {parts}"
        return Check(label, subject, kind, comparison.steps, failure=failure, listing=found.listing)

    def random(self, kind: str, seed: int) -> Check:
        """A random program in lockstep."""
        code = random_program(self.isa, seed, self.size, self.sensitive, self.wrong[kind])
        warm = self.warm(kind, seed)
        if isinstance(warm, Check):
            return warm
        bare, virtual = warm or (self.bare(code), self.virtual(kind, code)[0])
        here = bare.engine.places_at(bare.live, bare.state.registers[bare.engine.pc])
        for offset, unit in enumerate(code.units.values() if here else ()):
            place = here[0] + offset
            if place < self.size:
                bare.memory[place] = virtual.memory[place] = unit
        return self.compared("random program", code.name, kind, Lockstep(bare, virtual).run(RANDOM_LIMIT)[0])

    def warm(self, kind: str, seed: int) -> tuple[Bare, VirtualMachine] | Check | None:
        """A guest that ran for a while, bare and under a monitor; nothing if there is none, or if they differ as at an
        instruction that is judged wrong; a failed check if they differ otherwise."""
        if not self.ordinary:
            return None
        program = self.ordinary[seed % len(self.ordinary)]
        bare, (virtual,) = self.bare(program), self.virtual(kind, program)
        limit = WARM[seed // len(self.ordinary) % len(WARM)]
        failure = self.ended_alike(bare, virtual, limit)
        if not failure:
            return bare, virtual
        slowly = self.compared("random program", program.name, kind, self.lockstep(kind, program))
        return None if slowly.predicted else replace(slowly, failure=failure)

    def lockstep(self, kind: str, program: Loaded) -> Comparison:
        """A guest alone, step by step."""
        return Lockstep(self.bare(program), self.virtual(kind, program)[0]).run(self.limit)[0]

    # -- recursion and isolation -----------------------------------------------------------------------------

    def recursion(self, kind: str, depth: int, program: Program) -> Check:
        """The monitor under itself: the guest ends as on the bare machine."""
        label = f"{program.name}, depth {depth}"
        try:
            _, machines = nested(self.isa, self.monitor, self.monitors[kind], self.size, depth, self.engine)
        except NoRoom as error:
            return Check("recursion", label, kind, 0, failure=str(error))
        self.load(machines[-1], program)
        bare = self.bare(program)
        failure = self.ended_alike(bare, machines[-1], self.limit)
        check = Check("recursion", label, kind, bare.time, failure=failure)
        if not failure or not self.wrong[kind]:
            return check
        alone = self.compared("guest", program.name, kind, self.lockstep(kind, program))
        return replace(check, predicted=True, failure="") if alone.predicted else check

    def isolation(self, kind: str) -> Iterator[Check]:
        """Guests together: each ends as it does alone, and nothing outside their storage changes. One that is there to
        go wrong may reach outside."""
        for wrong in (False, True):
            crowd = [guest.program for guest in self.programs if guest.wrong is wrong]
            for start in range(0, len(crowd), CROWD):
                for check in self.together(kind, crowd[start : start + CROWD]):
                    predicted = bool(wrong and check.failure and self.wrong[kind])
                    yield replace(check, predicted=True, failure="") if predicted else check

    def together(self, kind: str, crowd: Sequence[Program]) -> Iterator[Check]:
        """Some guests together."""
        try:
            host = self.host(kind, len(crowd))
        except NoRoom:
            if len(crowd) == 1:
                yield Check("isolation", crowd[0].name, kind, 0, failure="it has no room")
            else:
                yield from self.together(kind, crowd[: len(crowd) // 2])
                yield from self.together(kind, crowd[len(crowd) // 2 :])
            return
        for guest, program in zip(host.guests, crowd, strict=True):
            self.load(guest, program)
        before = outside(host)
        stops = host.run(self.limit)
        changed = [gap for gap, image in outside(host).items() if before[gap] != image]
        for guest, program, stop in zip(host.guests, crowd, stops, strict=True):
            failure = self.unlike_alone(kind, program, guest, stop)
            if changed:
                failure = f"storage outside the guests was written, from {changed[0]:#x} on {failure}".rstrip()
            yield Check("isolation", program.name, kind, guest.time, failure=failure)

    def unlike_alone(self, kind: str, program: Program, guest: VirtualMachine, stop: Stop) -> str:
        """In what a guest ended differently from one that is alone. That ends as on the bare machine, in most cases."""
        failure = ""
        for alone in (self.bare(program), self.virtual(kind, program)[0]):
            failure = differently(alone, alone.run(self.limit), guest, stop)
            if not failure:
                break
        return failure

    def ended_alike(self, bare: Machine, guest: Machine, limit: int) -> str:
        """Run both for so many instructions; in what they end differently."""
        return differently(bare, bare.run(limit), guest, guest.run(limit))

    # -- machines --------------------------------------------------------------------------------------------

    def bare(self, program: Loaded) -> Bare:
        """A bare machine with a program."""
        machine = Bare(self.isa, self.size, self.engine)
        boot(machine, program)
        return machine

    def host(self, kind: str, number: int) -> Host:
        """A real machine with so many virtual machines, and storage behind the last, into which a guest may escape."""
        sizes = [self.size] * number
        return Host(self.isa, self.monitor, self.monitors[kind], sizes, self.engine, spare=self.size)

    def virtual(self, kind: str, *programs: Loaded) -> list[VirtualMachine]:
        """Virtual machines with programs, on one real machine."""
        host = self.host(kind, len(programs))
        for guest, program in zip(host.guests, programs, strict=True):
            self.load(guest, program)
        return host.guests


def outside(host: Host) -> dict[int, object]:
    """What stands in real storage between the guests', by where each gap begins."""
    ends = [0, *(region.base + region.size for region in host.regions)]
    begins = [*(region.base for region in host.regions), host.real.memory.size]
    return {start: host.real.memory.image(start, end - start) for start, end in zip(ends, begins, strict=True)}


def differently(first: Machine, one: Stop, second: Machine, other: Stop) -> str:
    """In what two machines ended differently."""
    parts = [shown(each) for each in [*registers(first, second), *units(first, second)][:4]]
    if one != other:
        parts.insert(0, f"alone: {ended(one)}; here: {ended(other)}")
    if first.output != second.output:
        parts.append(f"printed {first.output!r}, here {second.output!r}")
    if first.time != second.time:
        parts.append(f"after {first.time} instructions, here after {second.time}")
    return "; ".join(parts)


def units(first: Machine, second: Machine) -> Iterator[Difference]:
    """The units of storage that differ."""
    if first.memory.image(0, first.memory.size) == second.memory.image(0, second.memory.size):
        return
    own, theirs = first.state.storage.copy(), second.state.storage.copy()
    for place in sorted(own.keys() | theirs.keys()):
        if own.get(place, 0) != theirs.get(place, 0):
            yield Difference(f"real[{place}]", own.get(place, 0), theirs.get(place, 0))


def shown(difference: Difference | str) -> str:
    """A difference in words."""
    if isinstance(difference, str):
        return difference
    return f"{difference.what} is {difference.bare:#x}, under the monitor {difference.monitored:#x}"


def validate(
    isa: Isa, analysis: Analysis, *, jobs: int = 1, randoms: int = RANDOM_PROGRAMS, progress: Progress | None = None
) -> Validation:
    """Run all checks of a machine that was analyzed. Raises `SpecError` where a program cannot be assembled.

    `jobs`: processes. `randoms`: random programs under each monitor. `progress(done, total, name)` is called before
    each is waited for.
    """
    validator = Validator(isa, analysis, guests(isa), dict(MONITORS), randoms)
    return validated(validator, REQUIRED, jobs, progress)


def validated(validator: Validator, required: Sequence[Kind], jobs: int, progress: Progress | None) -> Validation:
    """Run all checks of a validator, of which those of the kinds `required` must not be missing. Raises
    `ValidationInterrupted`, with what is known then, where the user interrupts."""
    tasks = validator.tasks()
    found: list[list[Check]] = []

    def validation() -> Validation:
        checks = [check for each in found for check in each]
        return counted(validator.isa.name, validator.analysis.monitor, checks, required)

    try:
        with results(validator.run, tasks, jobs) as waited:
            for each in watched(waited, list(map(validator.named, tasks)), progress):
                found.append(each)
    except KeyboardInterrupt:
        part = replace(validation(), done=len(found), interrupted=len(tasks))
        raise ValidationInterrupted(part, validator.analysis) from None
    return validation()
