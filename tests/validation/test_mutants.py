"""Switch off one thing in a monitor, and validation fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from analyzer import analyze
from analyzer.language.evaluate import State
from analyzer.monitors.allocator import Allocator, Region
from analyzer.monitors.virtual import MONITORS, Hybrid, TrapAndEmulate, VirtualMachine
from analyzer.simulator.engine import Trap
from analyzer.simulator.machine import NOTHING, Machine
from analyzer.spec.model import Isa, Mode, Monitor, Place
from analyzer.validation.guests import Guest, guests
from analyzer.validation.results import Check, counted
from analyzer.validation.validate import Validator
from analyzer.verdict import Analysis
from tests.simulator.guests import THIRD, machine, program, psw, variant

ORDER = ("guest", "isolation", "recursion", "random", "witnesses")
SHIPPED = ("os", "traps")
DEVICE = """
components:
  device: {width: 36, role: control}
monitors:
  default: {relation: real.device == virtual.device, shared: [device]}
instructions:
  - {name: RDD, encoding: "1000 0000 r:3 -------------------------", semantics: "gpr[r] = device"}
  - {name: WRD, encoding: "1000 0001 r:3 -------------------------", semantics: "device = gpr[r]"}
"""  # any program may read and write the device
PROGRAMS = {
    # A supervisor and a user program that calls it, does what it may not, and reaches outside.
    "calls": f"""
        .org 1
        .word {psw(0, 64, 0, 256)}
        .org 16
        LPSW enter
enter:  .word {psw(1, 104, 100, 130)}
        .org 40
        LI r7, 99               ; where the user program would be without relocation
        LI r7, 99
        .org 204
        RDD r2
        ADDI r3, r3, 1
        ST r3, 119
        SVC
        LBAR 0
        LD r4, 130
        WRD r3
        B 104
        .org 64
        ADDI r6, r6, 1
        BEQ r6, r1, done
        WRD r6
        LD r5, 0
        LD r7, one
        ADD r5, r5, r7
        ST r5, 0
        LPSW 0
done:   HLT
one:    .word 1 << 21
        .start 16
        .state gpr[1] = 40
        .state gpr[3] = 3
        .expect halted
    """,
    # In user mode, with a bound beyond storage, and a store there.
    "reaches": f"""
        .org 1
        .word {psw(0, 64, 0, 256)}
        .org 110
        ST r1, 156
        SVC
        .org 64
        HLT
        .start 10
        .state user = 1
        .state base = 100
        .state bound = 1024
        .state gpr[1] = 5
        .expect halted
    """,
    # In user mode, longer than a turn.
    "counts": f"""
        .org 1
        .word {psw(0, 16, 0, 256)}
        .org 16
        HLT
        .org 110
        LI r2, 1600
        ADDI r1, r1, 1
        ST r1, 20
        BNE r1, r2, 11
        SVC
        .start 10
        .state user = 1
        .state base = 100
        .state bound = 40
        .expect storage[120] = 1600
    """,
}


@cache
def subject() -> tuple[Isa, Analysis, list[Guest]]:
    """The machine with a shared device, its analysis, and its programs."""
    isa = variant(DEVICE)
    programs = [Guest(program(isa, text, name), wrong=False) for name, text in PROGRAMS.items()]
    return isa, analyze(isa), [*programs, *(guest for guest in guests(machine(THIRD)) if guest.program.name in SHIPPED)]


def checks(kind: type[VirtualMachine], name: str) -> Iterator[Check]:
    """What validation says of a monitor."""
    isa, analysis, programs = subject()
    validator = Validator(isa, analysis, programs, {name: kind}, randoms=4, limit=20_000)
    for task in sorted(validator.tasks(), key=lambda task: ORDER.index(task[0])):
        yield from validator.run(task)


# -- the mutants -----------------------------------------------------------------------------------------------------

Made = type[VirtualMachine]
MUTANTS: dict[str, Callable[[Made], Made]] = {}


def mutant(make: Callable[[Made], Made]) -> Callable[[Made], Made]:
    """Put a mutant into the table."""
    MUTANTS[make.__name__.replace("_", " ")] = make
    return make


def with_allocator(kind: Made, made: Callable[[VirtualMachine, Monitor, Region], Allocator]) -> Made:
    """The monitor with another allocator."""

    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def __init__(self, under: Machine, monitor: Monitor, region: Region) -> None:
            super().__init__(under, monitor, region)
            self.allocator = made(self, monitor, region)

    return Mutant


def loading(kind: Made, change: Callable[[Place, int, State], int | None]) -> Made:
    """The monitor whose allocator loads other values, or nothing, into some places."""

    class Mutated(Allocator):
        def loaded(self, virtual: State, mode: Mode) -> tuple[tuple[Place, int], ...]:
            proper = super().loaded(virtual, mode)
            changed = ((place, change(place, value, virtual)) for place, value in proper)
            return tuple((place, value) for place, value in changed if value is not None)

    return with_allocator(kind, lambda vm, monitor, region: Mutated(vm.isa, monitor, region, vm.engine))


@mutant
def the_bound_is_not_clipped(kind: Made) -> Made:
    return loading(kind, lambda place, value, v: v.registers["bound"] if place.component == "bound" else value)


@mutant
def the_base_is_not_moved(kind: Made) -> Made:
    return loading(kind, lambda place, value, v: v.registers["base"] if place.component == "base" else value)


@mutant
def the_base_is_not_loaded(kind: Made) -> Made:
    return loading(kind, lambda place, value, v: None if place.component == "base" else value)


@mutant
def the_real_mode_is_the_virtual_one(kind: Made) -> Made:
    return loading(kind, lambda place, value, v: v.registers["user"] if place.component == "user" else value)


@mutant
def the_real_mode_is_supervisor(kind: Made) -> Made:
    return loading(kind, lambda place, value, v: 0 if place.component == "user" else value)


@mutant
def the_shared_device_is_not_loaded(kind: Made) -> Made:
    return loading(kind, lambda place, value, v: None if place.component == "device" else value)


@mutant
def the_shared_device_is_not_read_back(kind: Made) -> Made:
    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def load_shared(self) -> None:
            pass

    return Mutant


@mutant
def storage_is_off_by_one(kind: Made) -> Made:
    def moved(vm: VirtualMachine, monitor: Monitor, region: Region) -> Allocator:
        return Allocator(vm.isa, monitor, Region(region.base + 1, region.size), vm.engine)

    return with_allocator(kind, moved)


@mutant
def storage_is_one_too_long(kind: Made) -> Made:
    def longer(vm: VirtualMachine, monitor: Monitor, region: Region) -> Allocator:
        return Allocator(vm.isa, monitor, Region(region.base, region.size + 1), vm.engine)

    return with_allocator(kind, longer)


@mutant
def traps_are_dropped(kind: Made) -> Made:
    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def _deliver(self, trap: Trap) -> None:
            self.time += 1

    return Mutant


@mutant
def traps_are_reflected_with_the_next_program_counter(kind: Made) -> Made:
    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def _deliver(self, trap: Trap) -> None:
            self.state.registers["pc"] = trap.next
            super()._deliver(trap)

    return Mutant


@mutant
def traps_go_through_the_real_vectors(kind: Made) -> Made:
    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def _deliver(self, trap: Trap) -> None:
            self.under.memory[0], self.under.memory[1] = self.memory[0], self.memory[1]
            self.time += 1
            self.engine.deliver(self.under.live, trap)
            self.load_visible(self.under.state, self.state)

    return Mutant


def copying(kind: Made, leaving: bool, skip: Callable[[State, State], None]) -> Made:
    """The monitor that forgets something when it copies registers on leaving, or entering, the guest."""

    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def load_visible(self, source: State, target: State) -> None:
            before = target.copy()
            super().load_visible(source, target)
            if (target is self.state) == leaving:
                skip(before, target)

    return Mutant


def keep_register(before: State, target: State) -> None:
    target.files["gpr"][3] = before.files["gpr"].get(3, 0)


def keep_counter(before: State, target: State) -> None:
    target.registers["pc"] = before.registers["pc"]


@mutant
def a_register_is_not_saved(kind: Made) -> Made:
    return copying(kind, True, keep_register)


@mutant
def the_program_counter_is_not_saved(kind: Made) -> Made:
    return copying(kind, True, keep_counter)


@mutant
def a_register_is_not_loaded(kind: Made) -> Made:
    return copying(kind, False, keep_register)


@mutant
def the_program_counter_is_not_loaded(kind: Made) -> Made:
    return copying(kind, False, keep_counter)


@mutant
def the_virtual_mode_is_not_updated(kind: Made) -> Made:
    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def note(self, stop: frozenset[str] = NOTHING) -> bool:
            self.state.registers["user"] = 0
            return bool(super().note(stop))

    return Mutant


@mutant
def hidden_state_is_not_loaded_anew(kind: Made) -> Made:
    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def enter(self) -> bool:
            if self.under.resident is not self:
                return bool(super().enter())
            mode = self.allocator.mode(self.state)
            assert mode is not None
            self.load_visible(self.state, self.under.state)
            return bool(self.directly(mode))

    return Mutant


@mutant
def another_guests_state_is_not_replaced(kind: Made) -> Made:
    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def enter(self) -> bool:
            return self.loaded or bool(super().enter())

    return Mutant


@mutant
def the_interpreter_works_on_the_real_state(kind: Made) -> Made:
    class Mutant(kind):  # type: ignore[valid-type,misc]  # a class made at run time
        def interpret(self, stop: frozenset[str]) -> tuple[Trap | None, bool]:
            self.load_visible(self.state, self.under.state)
            trap = self.engine.step(self.under.live, self.under.cache)
            self.load_visible(self.under.state, self.state)
            self.loaded = False
            return trap, False

    return Mutant


HARMLESS_UNDER_HYBRID = {"the real mode is the virtual one"}  # which runs virtual user modes only


@pytest.mark.parametrize("name", MUTANTS)
@pytest.mark.parametrize("kind", [TrapAndEmulate, Hybrid], ids=lambda kind: kind.name)
def test_a_mutant_is_found(name: str, kind: Made) -> None:
    failures = (check for check in checks(MUTANTS[name](kind), kind.name) if check.failure)
    assert (next(failures, None) is None) == (kind is Hybrid and name in HARMLESS_UNDER_HYBRID)


def test_there_are_mutants_of_every_part() -> None:
    assert len(MUTANTS) >= 18


@pytest.mark.parametrize("kind", MONITORS.values(), ids=MONITORS)
def test_without_a_mutation_all_is_well(kind: Made) -> None:
    isa, analysis, _ = subject()
    found = counted(isa.name, analysis.monitor, list(checks(kind, kind.name)))
    assert found.failures == ()
    assert found.counts["divergences predicted"] == 0


def test_a_guest_that_goes_on_in_the_storage_of_another_is_found() -> None:
    """Only guests that run together show it."""
    kind = MUTANTS["another guests state is not replaced"](TrapAndEmulate)
    assert {check.kind for check in checks(kind, "trap-and-emulate") if check.failure} == {"isolation"}
