"""A summary and the evaluator agree: random states, the whole result compared.

The summary's terms are evaluated with the state's own values by the tests' evaluator of terms. The ordinary run takes
a sample of the shipped machines' instructions; with `VMMCHECK_STATES` set, every instruction in so many states.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer.language.declarations import Body, Component, Machine
from analyzer.language.effects import EffectAnalysis
from analyzer.language.evaluate import DoesNotEnd, Evaluator, Interpretation, Outcome, State, fixed_hash
from analyzer.language.ir import Stmt
from analyzer.spec.load import load, shipped
from analyzer.spec.model import Isa
from analyzer.symbolic.runs import CELLS, SIZE, OwnStorage, Run, instantiate, summarize
from analyzer.symbolic.terms import Term, Terms
from tests.simulator.guests import LARGE
from tests.symbolic.meaning import Array, Meaning, Value

TESTS = Path(__file__).parents[1]
STATES = int(os.environ.get("VMMCHECK_STATES", "0"))
TOYS = sorted(str(path.parent) for path in TESTS.glob("twins/*/machine.yaml"))
TOYS.append(str(TESTS / "machines_for_tests" / "toy"))
SHIPPED = [name for name, _ in shipped()]
ROUNDS = 100  # of loops; those that go on are not compared
TRIES = 40  # draws for a state in which an instruction gets far
SAMPLE = 20  # instructions of a large machine in the ordinary run
STORAGE_SIZES = (0.5, 0.9, 1.0)  # of what a real address can name


class Background(dict[int, int]):
    """Storage whose units have random values, made when they are first read."""

    def __init__(self, seed: object, unit: int, known: Mapping[int, int] | None = None) -> None:
        super().__init__(known or {})
        self.seed = seed
        self.unit = unit

    def value(self, address: int) -> int:
        """What stands at `address`, if nothing was written: often zeros or ones."""
        rng = random.Random(f"{self.seed} {address}")
        return rng.choice((0, (1 << self.unit) - 1, rng.getrandbits(self.unit), rng.getrandbits(self.unit)))

    def get(self, address: int, default: object = None) -> int:
        """The unit at `address`."""
        return self.setdefault(address, self.value(address))


class Filled(State):
    """A state with such storage."""

    def copy(self, files: Container[str] | None = None) -> State:
        """An independent copy; with `files` only of those register files."""
        out = super().copy(files)
        assert isinstance(self.storage, Background)
        storage = Background(self.storage.seed, self.storage.unit, self.storage)
        return Filled(out.registers, out.files, storage, out.storage_size)


def some_value(rng: random.Random, width: int) -> int:
    """Boundaries as often as anything else."""
    small = rng.getrandbits(min(width, 4))
    return rng.choice((0, 0, (1 << width) - 1, small, rng.getrandbits(width), rng.getrandbits(width)))


def some_file(rng: random.Random, component: Component, count: int) -> dict[int, int]:
    """A register file: all of a small one, some registers of a large one."""
    indices = range(count) if count <= 64 else [rng.randrange(count) for _ in range(64)]
    return {i: some_value(rng, component.width) for i in indices}


def some_state(isa: Isa, rng: random.Random) -> State:
    """A state in one of the modes."""
    machine = isa.machine
    registers = {c.name: some_value(rng, c.width) for c in machine.components.values() if c.count is None}
    registers |= rng.choice(list(isa.modes.values())).when
    files = {c.name: some_file(rng, c, c.count) for c in machine.components.values() if c.count is not None}
    size = int(rng.choice(STORAGE_SIZES) * (1 << machine.storage.address))
    return Filled(registers, files, Background(rng.random(), machine.storage.unit), size)


def some_fields(machine: Machine, body: Body, rng: random.Random) -> dict[str, int]:
    """Values of all fields; cases of operands are cases."""
    out = {name: some_value(rng, width) for name, width in body.fields.items()}
    return out | {f"{m}.case": rng.randrange(len(machine.operands[c].cases)) for m, c in body.operands.items()}


class Watched(Evaluator):
    """Notes which statements it executes."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine, loop_limit=ROUNDS)
        self.executed: set[int] = set()

    def statement(self, node: Stmt, frame: Any) -> None:
        """Execute one statement."""
        self.executed.add(id(node))
        super().statement(node, frame)


def reach(machine: Machine, body: Body, fields: Mapping[str, int], state: State) -> int:
    """How many different statements an execution meets; none if it does not end."""
    watched = Watched(machine)
    try:
        watched.run(body, fields, state)
    except DoesNotEnd:
        return 0
    return len(watched.executed)


def far_state(isa: Isa, body: Body, rng: random.Random) -> tuple[dict[str, int], State]:
    """Fields and a state in which the instruction gets far: a part is drawn anew as long as it gets no less far."""
    fields, state = some_fields(isa.machine, body, rng), some_state(isa, rng)
    best = reach(isa.machine, body, fields, state)
    for _ in range(TRIES):
        other_fields, other = some_fields(isa.machine, body, rng), some_state(isa, rng)
        new_fields, new = mixed(fields, other_fields, rng), state.copy()
        new.registers = mixed(state.registers, other.registers, rng)
        new.registers |= {c.name: other.registers[c.name] for c in isa.machine.with_role("mode")}
        new.files = {name: mixed(values, other.files[name], rng) for name, values in state.files.items()}
        new.storage = rng.choice((new.storage, new.storage, other.storage))
        far = reach(isa.machine, body, new_fields, new)
        if far >= best:
            fields, state, best = new_fields, new, far
    return fields, state


def mixed(kept: Mapping[Any, int], other: Mapping[Any, int], rng: random.Random) -> dict[Any, int]:
    """Mostly what is kept."""
    return {name: other.get(name, 0) if rng.random() < 0.2 else value for name, value in kept.items()}


def open_value(site: str, unpredictable: bool) -> int:
    """A value that the specification leaves open."""
    return fixed_hash(site, (int(unpredictable),))


def function_value(name: str, args: tuple[int, ...]) -> int:
    """An uninterpreted function of the specification, as the summary calls it; loop tails mean nothing here."""
    return 0 if name.startswith("loop ") else fixed_hash(name.removeprefix("function "), args)


def meaning(state: State, fields: Mapping[str, int]) -> Meaning:
    """The terms of a run that starts in `state`."""

    def variable(node: Term) -> Value:
        name = node.name
        if node.kind == "array":
            if name == CELLS:
                assert isinstance(state.storage, Background)
                return Array(state.storage.get)
            return Array(lambda index: state.files.get(name, {}).get(index, 0))
        if name == SIZE:
            return state.storage_size
        for what in ("undefined ", "unpredictable "):
            if name.startswith(what):
                site = name.removeprefix(what).removesuffix("!virtual")
                return open_value(site, what == "unpredictable ") % (1 << node.width)
        return fields[name] if name in fields else state.registers[name]

    return Meaning(variable, function_value)


def compare(machine: Machine, run: Run, body: Body, fields: Mapping[str, int], state: State) -> str:
    """Execute both ways and compare; how it ended."""
    of = meaning(state, fields)
    in_tail = any(of.of(term) for term in run.tails)
    try:
        outcome = Evaluator(machine, Interpretation(open=open_value), ROUNDS).run(body, fields, state)
    except DoesNotEnd:
        assert in_tail
        return "endless"
    if in_tail:
        return "loop"
    if outcome.kind == "traps":
        (event,) = [event for event in run.events if of.of(event.guard)]
        assert not of.of(run.completes)
        assert event.kind == outcome.trap
        assert event.trap_class == machine.traps[outcome.trap].trap_class
        same_state(machine, of, run.initial if event.committed is None else event.committed, outcome.state)
        return "traps" if event.committed is None else "traps later"
    assert of.of(run.completes)
    assert not any(of.of(event.guard) for event in run.events)
    same_state(machine, of, run.final, outcome.state)
    same_results(of, run.results, outcome)
    return outcome.kind


def same_state(machine: Machine, of: Meaning, terms: Mapping[str, Term], state: State) -> None:
    """Every component and every unit of storage that either side knows of."""
    for component in machine.components.values():
        term = terms[component.name]
        if component.count is None:
            assert of.of(term) == state.registers[component.name], component.name
        else:
            values = state.files[component.name]
            array = of.array(term)
            assert {i: array.get(i) for i in {*values, *array.written}} == {
                i: values.get(i, 0) for i in {*values, *array.written}
            }, component.name
    cells = of.array(terms[CELLS])
    touched = {*state.storage, *cells.written}
    assert {a: cells.get(a) for a in touched} == {a: state.storage.get(a, 0) for a in touched}


def same_results(of: Meaning, results: Mapping[str, Term], outcome: Outcome) -> None:
    """What `execute` and `trap_after` show."""
    after = {name.removeprefix("trap_after "): term for name, term in results.items() if name.startswith("trap_after ")}
    assert {kind for kind, term in after.items() if of.of(term)} == set(outcome.after)
    continues = "continues" in results and bool(of.of(results["continues"]))
    assert continues == (outcome.kind == "continues")
    if continues:
        assert of.of(results[f"execute {outcome.width}"]) == outcome.bits


def agree(isa: Isa, bodies: Iterator[tuple[str, Body]], states: int) -> Counter[str]:
    """Compare every body in so many states; how the executions ended."""
    machine, ended = isa.machine, Counter[str]()
    effects = EffectAnalysis(machine.functions, machine.operands)
    for name, body in bodies:
        terms = Terms()
        summary = summarize(machine, body, terms, effects, exact=True, tails=True)
        run = instantiate(summary, terms, machine, {}, "virtual", OwnStorage())
        for number in range(states):
            rng = random.Random(f"{isa.name} {name} {number}")
            fields, state = some_fields(machine, body, rng), some_state(isa, rng)
            if number % 3 == 0:
                fields, state = far_state(isa, body, rng)
            try:
                ended[compare(machine, run, body, fields, state)] += 1
            except (AssertionError, KeyError, ValueError) as error:
                raise AssertionError(f"{isa.name}: {name}, state {number}: {fields} {state}") from error
    return ended


def bodies_of(isa: Isa, most: int | None = None) -> Iterator[tuple[str, Body]]:
    """The instructions, at most `most` of them, evenly, and the word that is none."""
    step = 1 if most is None else -(-len(isa.instructions) // most)
    yield from ((row.name, row.body) for row in isa.instructions[::step])
    yield "no instruction", isa.machine.no_instruction()


@cache
def machine(name: str) -> Isa:
    return load(name)


@pytest.mark.parametrize("name", TOYS, ids=lambda name: Path(name).name)
def test_toys(name: str) -> None:
    ended = agree(machine(name), bodies_of(machine(name)), STATES or 12)
    assert ended["completes"] >= 3


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.nightly) if n in LARGE else n for n in SHIPPED])
def test_shipped_machines(name: str) -> None:
    isa = machine(name)
    ended = agree(isa, bodies_of(isa, None if STATES else SAMPLE), STATES or 9)
    assert ended["completes"] >= 20
    assert ended["traps"] >= 20


def test_there_are_machines() -> None:
    assert len(TOYS) >= 30
    assert len(SHIPPED) >= 10
