"""The machine of the 1974 paper and its variants, against the table in its README and against the paper."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyzer import analyze, load
from analyzer.language.declarations import Body
from analyzer.language.evaluate import Evaluator, State
from analyzer.language.ir import Const
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis, Answer
from tests.simulator.guests import PRINTED

ROOT = Path(__file__).parents[2]
README = ROOT / "isa_specs/third-generation/README.md"
PUBLISHED = yaml.load((ROOT / "tests/verdicts/third-generation.yaml").read_text(), yaml.BaseLoader)


@cache
def machine(name: str) -> Isa:
    """The shipped machine `name`."""
    return load(ROOT / "isa_specs" / name)


@cache
def analysis(name: str, monitor: str = "default") -> Analysis:
    """Its analysis."""
    return analyze(machine(name), monitor=monitor)


def table() -> list[list[str]]:
    """The rows of the README's table of verdicts."""
    rows = [line for line in README.read_text().splitlines() if line.startswith("| `third-generation")]
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows]


def instruction(name: str, row: str) -> Any:
    """The verdicts on one instruction of a machine under pg1974."""
    return next(result for result in analysis(name).pg1974.instructions if result.name == row)


def test_every_variant_is_in_the_table() -> None:
    """The README leaves no machine out."""
    assert sorted(row[0] for row in table()) == sorted(p.name for p in README.parents[1].glob("third-generation*"))


@pytest.mark.parametrize("name", [row[0] for row in table()])
def test_nothing_to_warn_of(name: str) -> None:
    """The machines load without warnings."""
    assert not machine(name).warnings


@pytest.mark.parametrize(("name", "vmm", "hvmm", "emulate", "hybrid", "critical"), table())
def test_verdicts(name: str, vmm: str, hvmm: str, emulate: str, hybrid: str, critical: str) -> None:
    """What the README derives from the definitions is what the analyzer finds."""
    result = analysis(name)
    theorems = [result.pg1974.theorems, result.extended.theorems]
    assert " / ".join(t.vmm.holds for t in theorems) == vmm
    assert " / ".join(t.recursive.holds for t in theorems) == vmm
    assert " / ".join(t.hvmm.holds for t in theorems) == hvmm
    assert result.exact.trap_and_emulate.sound == emulate
    assert result.exact.hybrid.sound == hybrid
    assert ", ".join(theorems[1].vmm.critical) == critical


@pytest.mark.parametrize("claim", PUBLISHED["instructions"], ids=lambda claim: claim["name"])
def test_the_papers_examples(claim: dict[str, str]) -> None:
    """The paper's examples have the properties that the paper gives them."""
    given = {key: value for key, value in claim.items() if key not in ("paper", "machine", "name")}
    result = instruction(claim["machine"], claim["name"])
    assert given and {key: getattr(result, key) for key in given} == given


@pytest.mark.parametrize("claim", PUBLISHED["theorems"], ids=lambda claim: claim["machine"])
def test_the_papers_conclusions(claim: dict[str, str]) -> None:
    """The theorems conclude what the paper concludes."""
    theorems = analysis(claim["machine"]).pg1974.theorems
    assert (theorems.vmm.holds, theorems.hvmm.holds) == (claim["vmm"], claim["hvmm"])


def test_the_joint_difference_has_no_single_cause() -> None:
    """Mode and location must both differ before LDU behaves differently."""
    result = instruction("third-generation-load-user", "LDU")
    kinds = (result.mode_sensitive, result.location_sensitive, result.configuration_sensitive)
    assert result.behavior_sensitive == Answer.YES
    assert kinds == (Answer.NO, Answer.NO, Answer.NO)


def test_the_printed_map_lets_a_guest_escape() -> None:
    """Without the clipped bound there are guest states that the monitor cannot represent."""
    result = analyze(load(PRINTED), monitor="printed")
    assert result.relation_check.total == Answer.NO
    assert result.relation_check.witness
    assert {t.holds for m in result.models.values() for t in (m.theorems.vmm, m.theorems.hvmm)} == {Answer.UNKNOWN}
    assert result.exact.trap_and_emulate.sound == Answer.UNKNOWN


@pytest.mark.parametrize(
    ("name", "vmm"), [("third-generation-inverted", Answer.YES), ("third-generation-lra", Answer.NO)]
)
def test_the_printed_clauses(name: str, vmm: Answer) -> None:
    """The clauses as printed miss an instruction that completes in user mode only."""
    assert analyze(machine(name), reading="literal").pg1974.theorems.vmm.holds == vmm


# What instructions do: name, fields, state before, what is different afterwards or the trap. A state is user mode with
# R = (100, 50) and P = 3 on a machine of 512 words; keys are components, `g1` for a register, a number for a word.
HERE = {"user": 1, "pc": 3, "base": 100, "bound": 50}
PSW = 1 << 31 | 3 << 21 | 100 << 11 | 50  # of this state
TOP = (1 << 36) - 1
Given = dict[str | int, int]
EXAMPLES: list[tuple[str, dict[str, int], Given, Given | str]] = [
    ("LD", {"r": 1, "x": 0, "y": 7}, {107: 9}, {"g1": 9}),
    ("LD", {"r": 1, "x": 2, "y": 7}, {"g2": 3, 110: 9}, {"g1": 9}),
    ("LD", {"r": 1, "x": 2, "y": 7}, {"g2": TOP, 106: 9}, {"g1": 9}),
    ("LD", {"r": 1, "x": 0, "y": 49}, {149: 9}, {"g1": 9}),
    ("LD", {"r": 1, "x": 0, "y": 50}, {150: 9}, "memorytrap"),
    ("LD", {"r": 1, "x": 0, "y": 40}, {"base": 480}, "memorytrap"),
    ("LD", {"r": 1, "x": 0, "y": 1}, {"base": 1023, "bound": 2047}, "memorytrap"),
    ("LD", {"r": 1, "x": 0, "y": 50}, {"user": 0}, "memorytrap"),
    ("ST", {"r": 1, "x": 0, "y": 7}, {"g1": 9}, {107: 9}),
    ("ST", {"r": 1, "x": 0, "y": 50}, {"g1": 9}, "memorytrap"),
    ("LDI", {"r": 1, "x": 0, "y": 7}, {107: 8, 108: 9}, {"g1": 9}),
    ("LDI", {"r": 1, "x": 0, "y": 7}, {107: 1024 + 8, 108: 9}, {"g1": 9}),
    ("STI", {"r": 1, "x": 0, "y": 7}, {107: 8, "g1": 9}, {108: 9}),
    ("STI", {"r": 1, "x": 0, "y": 7}, {107: 60, "g1": 9}, "memorytrap"),
    ("LA", {"r": 1, "x": 2, "y": 7}, {"g2": 60}, {"g1": 67}),
    ("LI", {"r": 1, "n": 0x3FFFFF}, {}, {"g1": 0x3FFFFF}),
    ("ADDI", {"r": 1, "s": 2, "n": 0x3FFFFF}, {"g2": 5}, {"g1": 4}),
    ("ADD", {"r": 1, "s": 2, "t": 3}, {"g2": TOP, "g3": 2}, {"g1": 1}),
    ("SUB", {"r": 1, "s": 2, "t": 3}, {"g2": 1, "g3": 2}, {"g1": TOP}),
    ("AND", {"r": 1, "s": 2, "t": 3}, {"g2": 12, "g3": 10}, {"g1": 8}),
    ("OR", {"r": 1, "s": 2, "t": 3}, {"g2": 12, "g3": 10}, {"g1": 14}),
    ("XOR", {"r": 1, "s": 2, "t": 3}, {"g2": 12, "g3": 10}, {"g1": 6}),
    ("SHL", {"r": 1, "s": 2, "t": 3}, {"g2": 3, "g3": 35}, {"g1": 1 << 35}),
    ("SHR", {"r": 1, "s": 2, "t": 3}, {"g2": 1 << 35, "g3": 35}, {"g1": 1}),
    ("SHR", {"r": 1, "s": 2, "t": 3}, {"g2": TOP, "g3": 36}, {"g1": 0}),
    ("BEQ", {"r": 1, "s": 2, "y": 9}, {"g1": 4, "g2": 4}, {"pc": 9}),
    ("BEQ", {"r": 1, "s": 2, "y": 9}, {"g1": 4, "g2": 5}, {"pc": 4}),
    ("BNE", {"r": 1, "s": 2, "y": 9}, {"g1": 4, "g2": 5}, {"pc": 9}),
    ("BLT", {"r": 1, "s": 2, "y": 9}, {"g1": TOP, "g2": 0}, {"pc": 9}),
    ("BGE", {"r": 1, "s": 2, "y": 9}, {"g1": TOP, "g2": 0}, {"pc": 4}),
    ("B", {"x": 2, "y": 9}, {"g2": 1}, {"pc": 10}),
    ("JAL", {"r": 1, "x": 1, "y": 9}, {"g1": 1}, {"pc": 10, "g1": 4}),
    ("JAL", {"r": 1, "x": 0, "y": 9}, {"pc": 1023}, {"pc": 9, "g1": 0}),
    ("SVC", {}, {}, "svc"),
    ("SVC", {}, {"user": 0}, "svc"),
    ("LPSW", {"x": 0, "y": 7}, {}, "refused"),
    ("LPSW", {"x": 0, "y": 7}, {"user": 0, 107: PSW - 1}, {"user": 1, "pc": 3, "bound": 49}),
    ("LPSW", {"x": 0, "y": 50}, {"user": 0}, "memorytrap"),
    ("LBAR", {"x": 0, "y": 7}, {"user": 0, 107: PSW - 1}, {"bound": 49, "pc": 4}),
    ("DATAO APR", {"x": 0, "y": 7}, {"user": 0, 107: 3 << 30 | 5 << 13}, {"bound": 96, "base": 160}),
    ("SPSW", {"x": 0, "y": 7}, {"user": 0}, {107: PSW - (1 << 31)}),
    ("HLT", {}, {"user": 0}, {"pc": 3}),
    ("HLT", {}, {}, "refused"),
]  # fmt: skip


def concrete(given: Given) -> State:
    """The state that an example means."""
    registers = HERE | {str(key): value for key, value in given.items() if key in HERE}
    general = {int(str(key)[1:]): value for key, value in given.items() if str(key).startswith("g")}
    words = {key: value for key, value in given.items() if isinstance(key, int)}
    return State(registers, {"gpr": general}, words, 512)


def nonzero(state: State) -> tuple[dict[str, int], dict[int, int], dict[int, int]]:
    """The whole state, comparable: absent registers and words are 0."""
    kept = [{k: v for k, v in values.items() if v} for values in (state.files["gpr"], state.storage)]
    return state.registers, kept[0], kept[1]


@pytest.mark.parametrize(("name", "fields", "before", "after"), EXAMPLES, ids=lambda value: str(value)[:40])
def test_examples(name: str, fields: dict[str, int], before: Given, after: Given | str) -> None:
    """Each instruction does what its summary says, and nothing else."""
    isa = machine("third-generation")
    outcome = Evaluator(isa.machine).run(isa.instruction(name).body, fields, concrete(before))
    if isinstance(after, str):
        assert (outcome.kind, outcome.trap) == ("traps", after)
        assert nonzero(outcome.state) == nonzero(concrete(before))
    else:
        expected: Given = before | {"pc": 4} | after
        assert outcome.kind == "completes"
        assert nonzero(outcome.state) == nonzero(concrete(expected))


@pytest.mark.parametrize("kind", ["memorytrap", "refused", "svc", "no_instruction"])
def test_the_trap_sequence(kind: str) -> None:
    """The old PSW goes to word 0 of real storage and the new one comes from word 1."""
    isa = machine("third-generation")
    deliver = isa.machine.traps[kind].deliver
    assert deliver is not None
    body = Body({}, {}, Const(1, 10), deliver)
    outcome = Evaluator(isa.machine).run(body, {}, concrete({1: 17 << 21 | 1024}))
    expected: Given = {"user": 0, "pc": 17, "base": 0, "bound": 1024, 0: PSW, 1: 17 << 21 | 1024}
    assert nonzero(outcome.state) == nonzero(concrete(expected))
