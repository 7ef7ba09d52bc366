"""Witnesses run again; one that is tampered with does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from analyzer import analyze, load
from analyzer.monitors.virtual import MONITORS
from analyzer.spec.model import Isa
from analyzer.validation.validate import QUESTIONS
from analyzer.validation.witnesses import diverges, replayed
from analyzer.verdict import Analysis, Run, Witness
from tests.simulator.guests import KA10, THIRD, X86, engine, machine

TWINS = Path(__file__).parents[1] / "twins"
SAMPLE = {
    THIRD: (), "third-generation-spsw": ("SPSW",), KA10: ("ILDB", "XCT", "MUUO", "CONO APR"),
    X86: ("POPFD", "DIV r/m8", "INT3", "HLT"),
}  # fmt: skip


@cache
def analysis(name: str) -> tuple[Isa, Analysis]:
    isa = machine(name)
    return isa, analyze(isa, only=SAMPLE[name])


def witnesses(found: Analysis) -> Iterator[Witness]:
    for model in found.models.values():
        for row in model.instructions:
            yield from row.witnesses.values()
    for result in found.exact.instructions:
        yield from result.witnesses.values()


def tampered(witness: Witness, change: Callable[[Run], Run | None]) -> Iterator[Witness]:
    """The witness with one run changed, for each run that can be."""
    for number, run in enumerate(witness.runs):
        changed = change(run)
        if changed is not None:
            yield replace(witness, runs=(*witness.runs[:number], changed, *witness.runs[number + 1 :]))


def last_value(run: Run) -> Run | None:
    """One bit of a value afterwards."""
    if not run.after:
        return None
    name = sorted(run.after)[-1]
    return None if name in PROGRAM_COUNTERS else replace(run, after={**run.after, name: run.after[name] ^ 1})


def kept_value(run: Run) -> Run | None:
    """One bit of a value that does not change."""
    kept = sorted(set(run.before) - set(run.after) - PROGRAM_COUNTERS)
    return replace(run, before={**run.before, kept[0]: run.before[kept[0]] ^ 1}) if kept else None


PROGRAM_COUNTERS = {"pc", "eip"}
CHANGES: dict[str, Callable[[Run], Run | None]] = {
    "a value afterwards": last_value,
    "a value that is kept": kept_value,
    "the outcome": lambda run: replace(run, outcome="completes" if run.outcome != "completes" else "continues"),
    "the trap": lambda run: replace(run, trap="svc" if run.trap != "svc" else "refused") if run.trap else None,
    "that it traps": lambda run: replace(run, outcome="traps", trap="refused") if not run.trap else None,
    "no whole state": lambda run: replace(run, start=None),
}


@pytest.mark.parametrize("name", SAMPLE)
def test_witnesses_replay(name: str) -> None:
    isa, found = analysis(name)
    shown = list(witnesses(found))
    assert len(shown) >= 3
    assert {replayed(isa, witness, engine(isa)) for witness in shown} == {""}


@pytest.mark.parametrize("change", CHANGES)
def test_a_tampered_witness_does_not_replay(change: str) -> None:
    isa, found = analysis(THIRD)
    spoiled = [each for witness in witnesses(found) for each in tampered(witness, CHANGES[change])]
    assert len(spoiled) >= 3
    for witness in spoiled:
        assert replayed(isa, witness, engine(isa)).startswith("the run in ")


def test_a_start_that_is_another_does_not_replay() -> None:
    """The mode of the state, flipped: what was refused is done, or the other way round."""
    isa, found = analysis(THIRD)
    rows = found.extended.instructions
    witness = next(row for row in rows if row.name == "LPSW").witnesses["control_sensitive"]
    (run,) = witness.runs
    assert run.start is not None
    start = replace(run.start, registers={**run.start.registers, "user": 1})
    problem = replayed(isa, replace(witness, runs=(replace(run, start=start),)), engine(isa))
    assert problem == "the run in supervisor mode traps in the simulator, not completes"


VARIANTS = {
    "third-generation-spsw": "SPSW", "third-generation-jrst1": "JRST 1", "third-generation-real-store": "STR",
    "third-generation-switches": "RSW", "third-generation-lra": "LRA",
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_the_guest_of_a_wrong_instruction_diverges(name: str) -> None:
    isa = machine(name)
    (result,) = analyze(isa, only=[VARIANTS[name]]).exact.instructions
    wrong = [kind for kind, question in QUESTIONS.items() if getattr(result, question) == "wrong"]
    assert "trap-and-emulate" in wrong
    for kind in wrong:
        parted, _ = diverges(
            isa, isa.monitors["default"], MONITORS[kind], result.witnesses[QUESTIONS[kind]], engine(isa)
        )
        assert parted


NOT_SEEN = {"wrong-direct-executes-the-mode"}  # of the two words that it executes, each is a NOP


def test_the_guests_of_the_twins_wrong_instructions_diverge() -> None:
    isa, seen = load(TWINS / "exact"), 0
    for result in analyze(isa).exact.instructions:
        for kind, question in QUESTIONS.items():
            witness = result.witnesses.get(question)
            if getattr(result, question) != "wrong" or result.name in NOT_SEEN:
                continue
            if witness and witness.parting != ("restart",):
                seen += 1
                assert diverges(isa, isa.monitors["default"], MONITORS[kind], witness, engine(isa))[0], result.name
    assert seen >= 14


def test_shared_state_diverges_under_the_monitor_that_runs_it_directly() -> None:
    """The device gets the real mode in place of the virtual one."""
    isa = load(TWINS / "exact-shared")
    (result,) = analyze(isa, only=["wrong-direct-sets-device-to-the-mode"]).exact.instructions
    witness, kind = result.witnesses["trap_and_emulate"], MONITORS["trap-and-emulate"]
    parted, loaded = diverges(isa, isa.monitors["default"], kind, witness, engine(isa))
    assert "device" in {getattr(each, "what", each) for each in parted}
    assert loaded == "installed"
