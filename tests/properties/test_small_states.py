"""What is seen in small states is what the solver says; and plain states of questions."""

from __future__ import annotations

import pytest

from analyzer import analyze
from analyzer.properties import privileged as module
from analyzer.properties.concrete import completes, in_kinds
from analyzer.properties.privileged import privileged
from analyzer.properties.question import ALL_HIDDEN, OWN, PLACE, Facts
from analyzer.properties.small_states import completed, small_state
from analyzer.properties.subject import Subject
from analyzer.spec.load import load
from analyzer.spec.model import Isa
from analyzer.symbolic.runs import SIZE
from analyzer.symbolic.solver import SolverOptions
from analyzer.verdict import Answer
from tests.remedies.translations import row, toy

THIRD, PDP10, PENTIUM = load("third-generation"), load("pdp10-ka10"), load("x86-pentium")
ROWS = [
    *((THIRD, each.name) for each in THIRD.instructions),
    *((PDP10, name) for name in ("MOVE", "JRST 4", "CONO", "XCT", "DATAI")),
    *((PENTIUM, name) for name in ("CLI", "ESC D8 DA, load 32", "HLT", "LES r16, m16:16")),
]


def subject(isa: Isa, name: str) -> Subject:
    monitor = next(iter(isa.monitors.values()))
    return Subject(isa, monitor, isa.instruction(name), SolverOptions(), Facts())


@pytest.mark.parametrize(("isa", "name"), ROWS)
def test_what_is_seen_is_what_the_solver_says(isa: Isa, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def answers() -> tuple[Answer, ...]:
        found = privileged(subject(isa, name))
        return found.answer, found.completes_unprivileged.answer, found.completes_supervised.answer

    seen = answers()
    monkeypatch.setattr(module, "completed", lambda subject, label: None)
    assert answers() == seen


@pytest.mark.parametrize(("label", "kind"), [(OWN, True), ("real", False)])
@pytest.mark.parametrize(("isa", "name"), [(PENTIUM, "POP ES"), (PDP10, "MOVE")])
def test_a_small_state_is_one_of_its_kind(isa: Isa, name: str, label: str, kind: bool) -> None:
    asked = subject(isa, name)
    state, found = small_state(asked, label), completed(asked, label)
    assert state is not None
    assert found is not None
    before = found.executions[0].before
    assert completes(found.executions[0].outcome)
    assert in_kinds(isa, state, ("supervisor",)) is in_kinds(isa, before, ("supervisor",)) is kind
    assert all(asked.compiled.evaluate(invariant, {}, before) for invariant in isa.invariants)


@pytest.mark.parametrize(("invariant", "seen"), [("gpr[1] == 0", True), ("gpr[1] == 7", False)])
def test_a_state_that_the_invariants_exclude_is_none(invariant: str, seen: bool) -> None:
    isa = toy("instructions:\n" + row("NOP", "gpr[0] = 1", "1001 " + "-" * 32) + f"invariants:\n  - {invariant}\n")
    assert (completed(subject(isa, "NOP"), OWN) is not None) is seen


def test_an_instruction_that_hangs_on_an_uninterpreted_function_may_complete() -> None:
    asked = subject(PENTIUM, "ESC D8 DA, load 32")  # traps where a function of the floating-point unit says so
    assert completed(asked, OWN) is not None


@pytest.mark.parametrize(("isa", "place"), [(PENTIUM, PLACE), (THIRD, 512)])
def test_a_plain_state_has_its_instruction_at_one_place_and_all_storage(isa: Isa, place: int) -> None:
    asked, pc = subject(isa, isa.instructions[0].name), isa.machine.pc
    whole = 1 << isa.machine.storage.address
    alone, virtual, real = (asked.plain("uniform", asked.names(run, ALL_HIDDEN)) for run in (OWN, "virtual", "real"))
    assert [names[pc.name].value for names in (alone, virtual, real)] == [place] * 3
    assert place < 1 << pc.width
    assert alone[SIZE].value == real[SIZE].value == whole
    assert virtual[SIZE].kind == "var"  # a guest may have less, where that may make a difference
    assert asked.plain("uniform", asked.names("virtual", ("mode",)))[SIZE].value == whole
    assert asked.plain("exact", asked.names(OWN, ()))[pc.name].kind == "var"


SHADOW = """
components:
  shadow: {width: 1, role: control}
  vis: {width: 2, role: visible}
uninterpreted:
  key: {args: [10], result: 1}
monitors:
  default: {relation: "real.shadow == virtual.user", install: {shadow: "virtual.user"}}
"""
REFUSES = "if user == 1:\n    if {} != 0 or shadow != 0:\n        trap(refused)"
TIED = {  # what makes an instruction privileged by ruling states out: the invariant, and what it does
    "by what is visible": ("user == 1 or vis != 0", REFUSES.format("vis")),
    "by its place": ("user == 1 or pc[0:0] == 1", REFUSES.format("pc[0:0]")),
    "by a function": ("key(3) == 1", "if user == 1 and key(3) == 1:\n    trap(refused)"),
}


def odd(invariant: str, semantics: str) -> Isa:
    """A machine with one more instruction, which reads a word after that: such ones are asked about in plain states."""
    text = f"{SHADOW}invariants: ['{invariant}']\ninstructions:\n"
    return toy(text + row("ODD", f"{semantics}\ngpr[0] = real[0]\nshadow = not shadow", "1001 " + "-" * 32))


@pytest.mark.parametrize("name", TIED)
def test_a_real_state_goes_with_one_of_a_guest(name: str) -> None:
    """Where the instruction would complete unprivileged, no guest's state satisfies the invariant and the relation."""
    invariant, semantics = TIED[name]
    found = privileged(subject(odd(invariant, semantics), "ODD"))
    assert (found.answer, found.completes_unprivileged.answer) == (Answer.YES, Answer.NO)
    found = privileged(subject(odd("user == user", semantics), "ODD"))
    assert (found.answer, found.completes_unprivileged.answer) == (Answer.NO, Answer.YES)


@pytest.mark.parametrize(("invariant", "answer"), [("key(3) == 1", Answer.VACUOUS), ("key(3) == 0", Answer.YES)])
def test_a_function_has_one_value_in_a_state(invariant: str, answer: Answer) -> None:
    isa = odd(invariant, "if user == 1:\n    trap(refused)\nif key(3) == 1:\n    trap(memorytrap)")
    assert privileged(subject(isa, "ODD")).answer is answer


def test_a_translation_that_does_not_end_is_no_defect() -> None:
    forever = "functions: |\n  def translate(address: 10, kind: 2) -> 10:\n      n = bound\n"
    forever += "      while n[0:0] == 0:\n          n = n + 2\n      return address + base\n"
    isa = toy(forever)
    found = {row.name: row.privileged for row in analyze(isa, only=("SVC", "LBAR")).models["extended"].instructions}
    assert found.keys() == {"SVC", "LBAR"}
