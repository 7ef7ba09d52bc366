"""Instructions that trap, or are intercepted: the repaired machine passes what the original does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from analyzer.api import analyze, load
from analyzer.remedies.assisted import assisted
from analyzer.remedies.proof import Proof
from analyzer.remedies.trapping import trapping
from analyzer.remedies.variant import Variant, fresh, prefix, refusal, running_guests
from analyzer.spec.model import Isa
from analyzer.verdict import Answer
from tests.remedies.translations import proved, row, toy, translation
from tests.simulator.guests import KA10, THIRD, X86, machine

SPSW, MFPI = "third-generation-spsw", "third-generation-mfpi"
TWINS = Path(__file__).parents[1] / "twins"
Remedy = Callable[[Isa, Iterable[str]], Variant]


def trapped(isa: Isa, names: Iterable[str], conditions: Mapping[str, str] | None = None) -> Variant:
    """The remedy for the first monitor."""
    return trapping(isa, isa.monitors["default"], names, conditions)


REMEDIES = pytest.mark.parametrize("remedy", [trapped, assisted])

TWO = "instructions:\n" + row("RDM", "gpr[r] = zext(user, 36)")  # and SPSW


# -- the repaired machine --------------------------------------------------------------------------------------------


@REMEDIES
def test_the_repaired_machine_can_be_virtualized(remedy: Remedy) -> None:
    """Not if one instruction is left out."""
    isa = toy(TWO, SPSW)
    for names, left in ((("SPSW", "RDM"), ()), (("SPSW",), ("RDM",)), ((), ("SPSW", "RDM"))):
        repaired = remedy(isa, names).load(isa) if names else isa
        found = analyze(repaired, models=("extended",))
        assert found.relation_check.total is Answer.YES
        assert found.exact.trap_and_emulate.wrong == left
        assert found.extended.theorems.vmm.critical == left
        answer = Answer.NO if left else Answer.YES
        assert (found.exact.trap_and_emulate.sound, found.extended.theorems.vmm.holds) == (answer, answer)


@pytest.mark.parametrize(
    ("name", "instruction"),
    [("third-generation-inverted", "INC"), ("third-generation-jrst1", "JRST 1"), (MFPI, "MFPI"),
     ("third-generation-real-store", "STR")],
)  # fmt: skip
@REMEDIES
def test_each_amended_instruction_is_proved(remedy: Remedy, name: str, instruction: str) -> None:
    isa = machine(name)
    found = proved(isa, remedy(isa, [instruction]))
    assert found.proofs == {instruction: Proof(Answer.YES, "traps")}


CONDITIONS = [("f == 1", "direct"), ("f == 2", "wrong"), ("f == 0", "wrong"), ("user == 1", "traps")]


@pytest.mark.parametrize(("condition", "by"), CONDITIONS)
def test_a_condition_says_when_it_traps(condition: str, by: str) -> None:
    """Only field 1 reads the relocation in user mode; the others are checked."""
    isa = machine("third-generation-open-field")
    found = proved(isa, trapped(isa, ["RDC"], {"RDC": condition}))
    assert found.proofs["RDC"].by == by


def test_the_guests_machine_stays_as_it_was_with_a_guest_mode() -> None:
    """With traps it has them, too."""
    isa = machine(SPSW)
    assert assisted(isa, ["SPSW"]).load(isa).guest_modes.keys() == isa.modes.keys()
    monitored = assisted(isa, ["SPSW"]).load(isa).monitors["default"].modes
    assert monitored == {"supervisor": "guest_user", "user": "guest_user"}
    assert trapped(isa, ["SPSW"]).load(isa).monitors["default"].modes == isa.monitors["default"].modes


BROKEN = [
    (trapped, "if user == 1:", "if user == 0:"),
    (trapped, "trap(refused)", "pass"),
    (assisted, "trap(intercept)", "pass"),
    (assisted, "if guest == 1:", "if guest == 0:"),
    (assisted, "supervisor: guest_user", "supervisor: user"),
    (assisted, "user: guest_user", "user: user"),
]


@pytest.mark.parametrize(("remedy", "old", "new"), BROKEN)
def test_a_broken_remedy_is_refuted(remedy: Remedy, old: str, new: str) -> None:
    isa = machine(SPSW)
    found = proved(isa, remedy(isa, ["SPSW"]), (old, new))
    assert (found.proofs["SPSW"].proved, found.proofs["SPSW"].by) == (Answer.NO, "wrong")
    assert found.proofs["SPSW"].witness is not None


# -- how an instruction is refused -----------------------------------------------------------------------------------


def without_refusals() -> Isa:
    """A machine of few instructions, none of which is refused to anyone."""
    return load(TWINS / "control-sensitive")


@pytest.mark.parametrize(("name", "values"), [(THIRD, 0), (KA10, 1), (X86, 1)])
def test_an_instruction_is_refused_as_others_are(name: str, values: int) -> None:
    statement, declared = refusal(machine(name))
    kind, *given = statement.removeprefix("trap(").removesuffix(")").split(", ")
    assert declared == {}
    assert machine(name).machine.traps[kind].trap_class == "privileged"
    assert len(machine(name).machine.traps[kind].args) == len(given) == values


def test_a_machine_that_refuses_nothing_gets_a_kind_of_trap() -> None:
    """The kinds of the twins have no trap sequence, so that nothing can be refused to a guest."""
    isa = without_refusals()
    statement, declared = refusal(isa)
    assert statement == "trap(refused_)"
    assert declared["refused_"]["class"] == "privileged"
    names = [row.name for row in isa.instructions if row.name.startswith("yes")]
    found = proved(isa, trapped(isa, names))
    assert names
    assert {proof.by for proof in found.proofs.values()} == {"traps"}


# -- modes -----------------------------------------------------------------------------------------------------------

MODES = [
    (THIRD, "default", "user == 1"),
    (KA10, "default", "user == 1"),
    (X86, "default", "cpl == 3"),
    (MFPI, "default", "user == 1 and previous == 1"),
    ("rv64-h", "supervisor_guest", "privilege == 0 and virtualization == 0"),
    ("rv64-h", "hypervisor", "privilege == 0 or virtualization == 1"),
]


@pytest.mark.parametrize(("name", "monitor", "condition"), MODES)
def test_where_the_monitor_runs_guests(name: str, monitor: str, condition: str) -> None:
    assert running_guests(machine(name), machine(name).monitors[monitor]) == condition


LOWERED = """
components:
  lowered: {width: 1, role: mode}
modes:
  supervisor: {when: {lowered: 0}}
  user: {when: {lowered: 0}}
  guest: {kind: monitor, when: {user: 0, lowered: 1}}
monitors:
  default: {modes: {supervisor: guest, user: guest}}
"""


def test_a_mode_of_the_monitor_alone_is_told_from_the_others() -> None:
    isa = toy(LOWERED)
    assert running_guests(isa, isa.monitors["default"]) == "lowered == 1"


# -- names that are taken --------------------------------------------------------------------------------------------

TAKEN = {
    "components": "components:\n" + "".join(
        f"  {name}: {{width: 36, role: visible}}\n"
        for name in ("guest", "intercept", "translated", "callout", "vcpu_base", "guest_user", "translated_user")
    ),
    "functions": "functions: |\n  def virtual_psw() -> 36:\n      return 5\n\n"
    "  def translated() -> 1:\n      return 1\n",
    "traps": "traps:\n  intercept: {class: exception}\n  callout: {class: exception}\n",
}  # fmt: skip

VARIABLES = [
    "guest = gpr[r][0]\ngpr[r] = zext(cat(guest, user), 36)",
    "translated = gpr[r][0]\ngpr[r] = zext(cat(translated, user), 36)",
    "vcpu_base = gpr[r][0]\ngpr[r] = zext(cat(vcpu_base, user), 36)",
    "for guest in range(2):\n    gpr[r] = gpr[r] + zext(user, 36) + guest",
    "for translated in range(2):\n    gpr[r] = gpr[r] + zext(user, 36) + translated",
    "gpr[r] = zext(user, 36) + helper(gpr[r])",
]
HELPER = """
functions: |
  def helper(translated: 36) -> 36:
      guest = translated + 1
      return guest
"""


def every(isa: Isa, names: list[str]) -> list[Variant]:
    return [trapped(isa, names), assisted(isa, names), translation(isa, names, names).variant]


@pytest.mark.parametrize("what", TAKEN)
def test_names_that_the_machine_uses_are_left_to_it(what: str) -> None:
    isa = toy(TAKEN[what], SPSW)
    for variant in every(isa, ["SPSW"]):
        assert proved(isa, variant).proofs["SPSW"].proved is Answer.YES


@pytest.mark.parametrize("semantics", VARIABLES)
def test_so_are_names_of_variables(semantics: str) -> None:
    """A component of the same name would be written instead."""
    isa = toy(HELPER + "instructions:\n" + row("TRY", semantics))
    for variant in every(isa, ["TRY"]):
        assert proved(isa, variant).proofs["TRY"].proved is Answer.YES


def test_a_name_is_taken_or_free() -> None:
    isa = toy(HELPER + "components:\n  vcpu_base: {width: 1, role: visible}\n")
    assert [fresh(isa, name) for name in ("guest", "translated", "callout")] == ["guest_", "translated_", "callout"]
    assert [prefix(isa, text) for text in ("vcpu_", "virtual_")] == ["vcpu__", "virtual_"]


def body(variant: Variant) -> str:
    """The text of a variant without its head."""
    return variant.text[variant.text.index("components:") :]


def test_a_machine_is_repaired_twice() -> None:
    """A variant is a machine like any other; what it is called is taken then."""
    isa = toy(TWO, SPSW)
    once = toy(body(assisted(isa, ["SPSW"])), SPSW)
    assert "guest" in once.machine.components
    twice = assisted(once, ["SPSW"]).load(once)
    assert {"guest", "guest_"} <= twice.machine.components.keys()
