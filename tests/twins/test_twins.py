"""Twins: rows one edit apart whose names say the answer.

The folder names the property and what is special about the machine; a row's name begins with the answer.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from analyzer import analyze, load
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis, Answer

HERE = Path(__file__).parent
MODELS = ("pg1974", "extended")
YES, NO, VACUOUS = Answer.YES, Answer.NO, Answer.VACUOUS
ANSWERS = {  # how a row's name begins: the answers under pg1974 and extended
    "yes": (YES, YES), "no": (NO, NO), "extended": (NO, YES), "pg1974": (YES, NO),
    "vacuous": (VACUOUS, VACUOUS), "void": (NO, VACUOUS),
}  # fmt: skip
PROPERTIES = (
    "privileged", "control-sensitive", "behavior-sensitive", "mode-sensitive", "location-sensitive",
    "configuration-sensitive", "user-sensitive", "supervisor-sensitive", "critical",
)  # fmt: skip
NOT_RESUMED = {"wrong-wrong-restarts-twice", "wrong-wrong-cannot-restart"}  # which layer 1 does not ask about
READINGS = {  # how a row's name begins: the answers under the standard and the literal reading
    "standard": (YES, NO), "both": (YES, YES), "neither": (NO, NO),
}  # fmt: skip


@cache
def machine(name: str) -> Isa:
    """The toy machine in folder `name`."""
    return load(HERE / name)


@cache
def analysis(name: str) -> Analysis:
    """Its analysis."""
    return analyze(machine(name))


def folders(*subjects: str) -> list[tuple[str, str]]:
    """The folders about `subjects`: subject and folder."""
    names = sorted(path.parent.name for path in HERE.glob("*/machine.yaml"))
    return [(s, name) for s in subjects for name in names if name == s or name.startswith(f"{s}-")]


def rows(*subjects: str) -> list[tuple[str, str, str]]:
    """The rows of these folders: subject, folder, name."""
    return [(s, f, i.name) for s, f in folders(*subjects) for i in machine(f).instructions if i.name != "NOP"]


def test_the_twins_are_there() -> None:
    """No glob that matches nothing passes for a test; every property has both answers."""
    assert len(rows(*PROPERTIES)) >= 150
    assert len(rows("exact")) >= 35
    for subject in PROPERTIES:
        begins = {name.split("-")[0] for _, _, name in rows(subject)}
        assert "no" in begins and begins & {"yes", "extended"}, subject


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("subject", "folder", "name"), rows(*PROPERTIES))
def test_property(subject: str, folder: str, name: str, model: str) -> None:
    """Each row has the answer that its name gives."""
    result = next(r for r in analysis(folder).models[model].instructions if r.name == name)
    expected = ANSWERS[name.split("-")[0]][MODELS.index(model)]
    assert getattr(result, subject.replace("-", "_")) == expected, result.unknown_reasons


@pytest.mark.parametrize(("subject", "folder", "name"), rows("exact"))
def test_exact(subject: str, folder: str, name: str) -> None:
    """Each row is direct, traps, or is wrong under trap-and-emulate and under a hybrid monitor, as its name says."""
    result = next(r for r in analysis(folder).exact.instructions if r.name == name)
    assert [result.trap_and_emulate, result.hybrid] == name.split("-")[:2], result.unknown_reasons


@pytest.mark.parametrize(("folder", "name"), [(folder, name) for _, folder, name in rows("literal")])
@pytest.mark.parametrize("reading", ["standard", "literal"])
def test_reading(folder: str, name: str, reading: str) -> None:
    """Where the printed clauses of 1974 differ from the standard reading."""
    result = analyze(machine(folder), reading=reading)
    expected = READINGS[name.split("-")[0]][reading == "literal"]
    answers = {row.name: row.behavior_sensitive for row in result.pg1974.instructions}
    assert answers[name] == expected


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("vmm", "hvmm"), [(YES, YES), (NO, YES), (NO, NO)])
def test_theorems(vmm: Answer, hvmm: Answer, model: str) -> None:
    """The three theorems; the instruction that refutes one is named."""
    folder = f"theorem-vmm-{vmm}-hvmm-{hvmm}"
    (instruction,) = (i.name for i in machine(folder).instructions if i.name != "NOP")
    theorems = analysis(folder).models[model].theorems
    assert (theorems.vmm.holds, theorems.recursive.holds, theorems.hvmm.holds) == (vmm, vmm, hvmm)
    assert theorems.vmm.critical == (() if vmm == YES else (instruction,))
    assert theorems.hvmm.critical == (() if hvmm == YES else (instruction,))


@pytest.mark.parametrize("folder", [folder for _, folder in folders("relation")])
def test_relation(folder: str) -> None:
    """A monitor that some guest state defeats gives no answers."""
    result = analysis(folder)
    assert result.relation_check.total == folder.split("-")[1]
    decided = result.relation_check.total == YES
    for model in result.models.values():
        assert (model.theorems.vmm.holds == Answer.UNKNOWN) != decided
        assert all((row.critical == Answer.UNKNOWN) != decided for row in model.instructions)
    assert (result.exact.trap_and_emulate.sound == Answer.UNKNOWN) != decided
    assert bool(result.relation_check.witness) != decided


@pytest.mark.parametrize("folder", [folder for _, folder in folders(*PROPERTIES, "exact", "theorem")])
def test_layer_one_implies_layer_two(folder: str) -> None:
    """An instruction that is not critical under `extended` is not wrong; see docs/theory.md."""
    result = analysis(folder)
    for row, exact in zip(result.extended.instructions, result.exact.instructions, strict=True):
        if row.name in NOT_RESUMED:
            continue
        assert row.critical != NO or exact.trap_and_emulate != "wrong", row.name
        assert row.user_critical != NO or exact.hybrid != "wrong", row.name


@pytest.mark.parametrize("name", [name for _, _, name in rows("unknown")])
def test_a_loop_that_is_not_unrolled_decides_nothing(name: str) -> None:
    """That it does not complete within some rounds does not mean that it never does."""
    rows = {row.name: row for row in analysis("unknown-loops").extended.instructions}
    expected = YES if name.startswith("unrolled") else Answer.UNKNOWN
    assert rows[name].privileged == expected, rows[name].unknown_reasons


def test_a_small_resource_limit_gives_no_answer() -> None:
    """What the solver cannot decide is `unknown`, with a reason, and so is the theorem over it."""
    result = analyze(machine("hard"), rlimit=1_000_000)
    answers = {row.name: row for row in result.extended.instructions}
    assert answers["behind-a-product"].behavior_sensitive == Answer.UNKNOWN
    assert answers["behind-a-product"].critical == Answer.UNKNOWN
    assert answers["behind-a-product"].unknown_reasons["behavior_sensitive"]
    assert answers["adds"].critical == NO
    assert result.extended.theorems.vmm.holds == Answer.UNKNOWN
    assert result.extended.theorems.vmm.undecided == ("behind-a-product",)
