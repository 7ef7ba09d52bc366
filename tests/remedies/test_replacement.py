"""What binary translation puts in place of an instruction: constants folded, the record's components, and callouts."""

from __future__ import annotations

import pytest

from analyzer.remedies import fold
from analyzer.remedies.replacement import Replacement
from analyzer.spec.model import Isa
from analyzer.verdict import Answer
from tests.remedies.translations import proved, row, sharing, toy, translation
from tests.simulator.guests import KA10, THIRD, X86, machine

FUNCTIONS = """
functions: |
  def mode_bit() -> 1:
      return user

  def both() -> 72:
      return cat(psw(), psw())

  def nothing_here(x: 36):
      if user == 1:
          gpr[0] = x

  def none_of(x: 36) -> 1:
      return user if x == 0 else user

  def constant(x: 36) -> 1:
      return user
"""

# semantics in full, and what stands in translated code of the supervisor mode, in which user is 0
FOLDED = {
    "branch": ("if user == 0:\n    gpr[r] = 1\nelse:\n    gpr[r] = 2", "gpr[r] = 1\n"),
    "other_branch": ("if user == 1:\n    gpr[r] = 1\nelse:\n    gpr[r] = 2", "gpr[r] = 2\n"),
    "choice": ("gpr[r] = 1 if user == 1 else 2", "gpr[r] = 2\n"),
    "arithmetic": ("gpr[r] = zext(user ^ 1, 36)", "gpr[r] = 1\n"),
    "check": ("supervisor_only()\ngpr[r] = 1", "gpr[r] = 1\n"),
    "end": ("if user == 0:\n    return\ngpr[r] = 1", "return\n"),
    "no_end": ("if user == 1:\n    return\ngpr[r] = 1", "gpr[r] = 1\n"),
    "conjunct": ("if user == 0 and gpr[r] == 0:\n    gpr[r] = 1", "if gpr[r] == 0:\n    gpr[r] = 1\n"),
    "disjunct": ("if user == 1 or gpr[r] == 0:\n    gpr[r] = 1", "if gpr[r] == 0:\n    gpr[r] = 1\n"),
    "call": ("gpr[r] = zext(mode_bit(), 36)", "gpr[r] = 0\n"),
    "record": ("gpr[r] = zext(base, 36)", "gpr[r] = zext(vcpu_base, 36)\n"),
    "local": ("n = base\ngpr[r] = zext(n, 36)", "n: 10 = vcpu_base\ngpr[r] = zext(n, 36)\n"),
    "nested": ("gpr[r] = both()[35:0]", "gpr[r] = virtual_both()[35:0]\n"),
    "operand_dropped": ("nothing_here(gpr[r])\ngpr[r] = 0", "gpr[r] = 0\n"),
    "pure_condition_dropped": ("if gpr[r] == 0:\n    supervisor_only()\ngpr[r] = 0", "gpr[r] = 0\n"),
}  # fmt: skip

# the same, where an access to storage may trap: it stays, though nothing is done with what it reads
LOADS = {
    "argument": ("nothing_here(mem[3])\ngpr[r] = 0", "virtual_nothing_here(mem[3])\ngpr[r] = 0\n"),
    "constant_argument": ("gpr[r] = zext(constant(mem[3]), 36)", "gpr[r] = zext(virtual_constant(mem[3]), 36)\n"),
    "condition": (
        "if mem[3] == 0:\n    supervisor_only()\ngpr[r] = 0", "if mem[3] == 0:\n    pass\ngpr[r] = 0\n",
    ),
}  # fmt: skip
# what leaves a value open is another place in translated code than in the guest's machine, so it cannot be proved
OPEN = {
    "loop": (
        "n = gpr[r]\nwhile n != 0 and user == 0:\n    n = n >> 1\ngpr[r] = n",
        "n: 36 = gpr[r]\nwhile n != 0:\n    n: 36 = n >> 1\ngpr[r] = n\n",
    ),
}
PROVED = {**FOLDED, **LOADS}
ALL = {**PROVED, **OPEN}


def many() -> Isa:
    """A machine with an instruction for each row."""
    rows = (row(name, ALL[name][0], f"1001 {n:05b} r:3 {'-' * 24}") for n, name in enumerate(ALL))
    return toy(FUNCTIONS + "instructions:\n" + "".join(rows))


def replaced(isa: Isa, name: str) -> Replacement:
    return translation(isa, [name]).replacements[name]


def one(semantics: str, more: str = "") -> Replacement:
    """The replacement of a machine's only additional instruction."""
    return replaced(toy(f"{more}\ninstructions:\n" + row("TRY", semantics)), "TRY")


# -- folding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_what_the_mode_decides_is_decided(name: str) -> None:
    found = replaced(many(), name)
    assert (found.text, found.reason) == (ALL[name][1], "")


def test_functions_are_rewritten_where_anything_changes_in_them() -> None:
    found = replaced(many(), "nested")
    assert list(found.functions) == ["virtual_psw", "virtual_both"]
    assert "cat(virtual_psw(), virtual_psw())" in found.functions["virtual_both"]
    assert found.functions["virtual_psw"].endswith("return zext(cat(zext(0, 1), pc, vcpu_base, vcpu_bound), 36)\n")
    assert found.record == {"base", "bound"}
    assert replaced(machine(THIRD), "SPSW").functions.keys() == {"virtual_psw"}  # effective() stays as it is


def test_every_row_is_proved() -> None:
    found = proved(many(), translation(many(), list(PROVED), list(PROVED)).variant)
    assert {name: proof.by for name, proof in found.proofs.items()} == dict.fromkeys(PROVED, "direct")


def test_what_leaves_a_value_open_is_not_proved() -> None:
    found = proved(many(), translation(many(), list(OPEN)).variant)
    assert {name: proof.by for name, proof in found.proofs.items()} == {"loop": "unknown"}


def test_a_trap_that_folding_loses_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "idle", lambda *parts: True)
    found = proved(many(), translation(many(), [*LOADS, "check"]).variant)
    assert {name: proof.by for name, proof in found.proofs.items() if name in LOADS} == dict.fromkeys(LOADS, "wrong")
    assert found.proofs["check"].proved is Answer.YES


def test_only_what_is_the_same_in_all_supervisor_modes_is_a_constant() -> None:
    """The machine with MFPI has two: the previous mode is not known when code is translated."""
    found = replaced(machine("third-generation-mfpi"), "SPSW")
    assert "cat(vcpu_previous, zext(0, 1), pc," in found.functions["virtual_psw"]
    assert found.record == {"previous", "base", "bound"}


# -- callouts --------------------------------------------------------------------------------------------------------

SECRET = "components:\n  secret: {{width: 36, count: 8, role: {}}}\n"
WINDOW = "components:\n  window: {{width: 4, role: {}}}\n"
HALTED = "components:\n  lamp: {{width: 1, role: control}}\nsimulation: {{halted: {} == 1}}\n"
CASES = "operands:\n  place:\n    attributes: {{at: 36}}\n    cases: [{{name: only, pattern: '@ n:3', at: {}}}]\n"

# why it calls out; what comes with the machine; and its semantics, then those of one that is replaced in place
CALLOUTS = [
    ("changes user", "", "user = 1", "", "gpr[r] = zext(user, 36)"),
    ("changes base", "", "base = 3", "", "gpr[r] = zext(base, 36)"),
    ("changes window", WINDOW.format("relocation"), "window = 3", WINDOW.format("control"), "window = 3"),
    ("changes lamp", HALTED.format("lamp"), "lamp = 1", HALTED.format("user"), "lamp = 1"),
    ("accesses real", "", "gpr[r] = real[3]", "", "gpr[r] = mem[3]"),
    ("accesses real", "", "real[3] = gpr[r]", "", "mem[3] = gpr[r]"),
    ("has execute", "", "execute(gpr[r])", "", "pc = gpr[r][9:0]"),
    ("has undefined", "", "gpr[r] = undefined(36)", "", "gpr[r] = 5"),
    ("has unpredictable", "", "gpr[r] = unpredictable(36)", "", "gpr[r] = 5"),
    ("has storage_size", "", "gpr[r] = zext(storage_size, 36)", "", "gpr[r] = zext(bound, 36)"),
    ("uses the file secret", SECRET.format("control"), "gpr[r] = secret[r]", SECRET.format("visible"),
     "gpr[r] = secret[r]"),
    ("uses the file secret", SECRET.format("control"), "secret[r] = 1", SECRET.format("visible"), "secret[r] = 1"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "machine_of", "semantics", "other_machine", "other"), CALLOUTS)
def test_what_calls_out_and_why(reason: str, machine_of: str, semantics: str, other_machine: str, other: str) -> None:
    found = one(semantics, machine_of)
    assert (found.reason, found.text, found.record) == (reason, "", frozenset())
    assert one(other, other_machine).reason == ""


@pytest.mark.parametrize(("at", "reason"), [("zext(base, 36)", "has an operand that reads base"), ("gpr[n]", "")])
def test_an_operand_that_reads_hidden_state_calls_out(at: str, reason: str) -> None:
    text = CASES.format(f"'{at}'") + "instructions:\n"
    text += row("TRY", "gpr[r] = m.at", f"1001 0000 m=place(r:3) {'-' * 22}")
    assert replaced(toy(text), "TRY").reason == reason


@pytest.mark.parametrize(("rounds", "large"), [(20, False), (60, True)])
def test_what_is_large_calls_out(rounds: int, large: bool) -> None:
    found = one(f"for i in range({rounds}):\n    gpr[r] += 1")
    assert found.reason == (f"has {found.size} nodes" if large else "")


@pytest.mark.parametrize(("name", "instruction"), [(KA10, "JRST 4"), (X86, "HLT")])
def test_what_stops_the_machine_calls_out(name: str, instruction: str) -> None:
    assert replaced(machine(name), instruction).reason == "changes halted"


@pytest.mark.parametrize("name", [KA10, X86])
def test_what_prints_calls_out(name: str) -> None:
    prints = {KA10: "DATAO", X86: "OUT DX, AL"}[name]
    assert replaced(machine(name), prints).reason != ""


def test_a_reason_that_is_known_already_is_kept() -> None:
    from analyzer.remedies.translation import translated

    isa = machine(THIRD)
    found = translated(isa, isa.monitors["default"], ["SPSW", "SVC"], refused={"SPSW": "not proved"})
    assert (found.callouts, found.inline) == (("SPSW",), ("SVC",))
    assert found.replacements["SPSW"].reason == "not proved"


# -- what the monitor shares already ---------------------------------------------------------------------------------


def test_a_shared_component_stays_where_it_is() -> None:
    """Other instructions find it there: they are direct, and are not replaced."""
    isa = sharing()
    found = translation(isa, ["RDX", "SPSW"])
    assert found.replacements["RDX"].text == "gpr[r] = device + 0\n"
    monitor = found.variant.load(isa).monitors["default"]
    assert monitor.shared["device"] == "device"
    assert set(monitor.shared) == {"device", "base", "bound"}
