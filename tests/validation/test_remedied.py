"""Validation with a remedy: nothing diverges where it is proved, and what is broken is found."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from analyzer.api import analyze, validate_with
from analyzer.encoding.assembly.program import Program
from analyzer.monitors import PARAVIRT, RUNNING
from analyzer.monitors.virtual import TrapAndEmulate
from analyzer.remedies.needs import needs
from analyzer.remedies.patch import Ported
from analyzer.remedies.proof import Proof
from analyzer.validation.remedied import validate_with as validated
from analyzer.validation.ways import BY, Subject, Way
from analyzer.verdict import Analysis, Answer
from tests.simulator.guests import KA10, THIRD, X86, machine

SMALL = ("third-generation-spsw", "third-generation-mfpi")
SHIPPED = ("third-generation-jrst1", "third-generation-read-mode", THIRD, KA10, X86)


@cache
def analysis(name: str) -> Analysis:
    """Of a whole machine."""
    return analyze(machine(name), jobs=2 if name == X86 else 1)


@cache
def way(name: str, remedy: str) -> Way:
    """A remedy of a machine."""
    return BY[remedy](Subject(machine(name), analysis(name), needs(analysis(name))))


@pytest.mark.parametrize("remedy", RUNNING)
@pytest.mark.parametrize("name", [*SMALL, *(pytest.param(name, marks=pytest.mark.nightly) for name in SHIPPED)])
def test_nothing_diverges_with_a_remedy(name: str, remedy: str) -> None:
    found = validate_with(machine(name), remedy, analysis=analysis(name), jobs=2 if name == X86 else 1)
    assert found.failures == ()
    assert found.counts["guest"] > 0
    assert found.counts["divergences predicted"] == 0
    assert found.counts["recursion"] > 0
    assert (found.counts["random program"] > 0) == (remedy != PARAVIRT)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("remedy", RUNNING)
def test_a_remedy_that_is_not_there_is_found_out(name: str, remedy: str) -> None:
    """What is said to be proved, on the machine without the remedy."""
    broken = replace(way(name, remedy), isa=machine(name), kind=TrapAndEmulate, patcher=None)
    assert not validated(broken, analysis(name), randoms=4).passed


def test_hypercalls_that_are_not_put_in_are_found_out() -> None:
    name = "third-generation-spsw"
    found = way(name, PARAVIRT)
    assert found.patcher is not None

    class Forgetful(type(found.patcher)):  # type: ignore[misc]  # a class known at run time only
        def patched(self, program: Program) -> Ported:
            whole: Ported = super().patched(program)
            return replace(whole, program=program, sites={})

    patcher = Forgetful(machine(name), found.proofs, found.patcher.carriers)
    assert not validated(replace(found, patcher=patcher), analysis(name)).passed


def test_a_divergence_at_an_instruction_that_is_not_proved_is_predicted() -> None:
    name = "third-generation-spsw"
    proofs = {"SPSW": Proof(Answer.NO, "wrong")}
    broken = replace(way(name, "trap"), isa=machine(name), proofs=proofs)
    found = validated(broken, analysis(name), randoms=4)
    assert {check.kind for check in found.failures} <= {"isolation"}  # where nothing says which instruction it was
    assert found.counts["divergences predicted"] > 0
