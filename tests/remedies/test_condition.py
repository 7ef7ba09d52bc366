"""Trap conditions of machines on which they follow by hand from a few lines of semantics."""

from __future__ import annotations

from functools import cache

import pytest

from analyzer import analyze
from analyzer.language.ir import Const, Expr, Field, Register, apply
from analyzer.properties.question import Facts
from analyzer.properties.subject import Subject
from analyzer.remedies.atoms import FALSE, disjunction, negation
from analyzer.remedies.condition import EVERY, MAX_CUBES, TrapCondition, trap_condition
from analyzer.remedies.forced import INHERITED, forced_outside
from analyzer.remedies.guest_states import GuestStates
from analyzer.remedies.leastness import Leastness
from analyzer.remedies.plain import plain_relocation
from analyzer.spec.model import Isa
from analyzer.symbolic.solver import SolverOptions
from analyzer.verdict import Answer
from tests.simulator.guests import KA10, THIRD, X86, machine, variant

ROW = """
instructions:
  - name: OP
    encoding: "1000 0000 r:3 f:3 ----------------------"
    summary: Does something.
    source: made up
    semantics: |
"""
PROBE = """
components:
  probe: {width: 1, role: control, description: "something of the owner's"}
monitors:
  default: {relation: "RELATION", install: {probe: "INSTALL"}}
"""
READ = "gpr[r] = zext(user, 36)"
TIED = "real.probe == virtual.probe", "virtual.probe"
FREE = "real.probe == real.probe", "virtual.probe"
PROBED = f"if probe == 1:\n    {READ}"
FOR_SUPERVISORS = (
    "real.probe == (1 if virtual.user == 0 else virtual.probe)",
    "1 if virtual.user == 0 else virtual.probe",
)
FOR_USERS_ANY = "virtual.user == 1 or real.probe == 1", "1"
TWO = f"if f == 1 or f == 6:\n    {READ}"


def rows(semantics: str) -> str:
    """OP, as a specification has it."""
    return ROW + "".join(f"      {line}\n" for line in semantics.splitlines())


def toy(semantics: str, relation: tuple[str, str] | None = None) -> Isa:
    """The machine of 1974 with an instruction OP, and a control bit under a relation with its install."""
    probe = PROBE.replace("RELATION", relation[0]).replace("INSTALL", relation[1]) if relation else ""
    return variant(probe + rows(semantics))


@cache
def condition(semantics: str, relation: tuple[str, str] | None = None) -> TrapCondition:
    """OP's trap condition."""
    return trap_condition(toy(semantics, relation), "default", "OP")


def with_trap(semantics: str, text: str, relation: tuple[str, str] | None = None) -> str:
    """What layer 2 says of OP once it traps in user mode under a condition."""
    isa = toy(f"if user == 1 and ({text}):\n    trap(refused)\n{semantics}", relation)
    (result,) = analyze(isa, models=("extended",), only=("OP",)).exact.instructions
    return result.trap_and_emulate


def subject(semantics: str, relation: tuple[str, str] | None = None) -> Subject:
    """OP, ready to be asked questions."""
    isa = toy(semantics, relation)
    return Subject(isa, isa.monitors["default"], isa.instruction("OP"), SolverOptions(), Facts())


def is_value(value: int) -> Expr:
    """f == value."""
    return apply("eq", Field("f", 3), Const(value, 3))


@pytest.mark.parametrize(("semantics", "relation", "shown", "status"), [
    (READ, None, "always", "weakest"),
    ("gpr[r] = zext(r, 36)", None, "never", "weakest"),
    (f"if f == 5:\n    {READ}", None, "f == 5", "weakest"),
    (TWO, None, "(f == 1) or (f == 6)", "weakest"),
    (f"if gpr[2] == 7:\n    {READ}", None, "gpr[2] == 7", "weakest"),
    (PROBED, TIED, "probe == 1", "weakest"),
    (PROBED, FREE, "always", "weakest"),
    (f"if f == 3:\n    {PROBED}".replace("\n    gpr", "\n        gpr"), TIED, "(f == 3) and (probe == 1)", "weakest"),
    (READ, FOR_SUPERVISORS, "probe == 1", "weakest"),
    (READ, FOR_USERS_ANY, "always", "weakest"),
    (f"if f == 3:\n    {READ}", FOR_USERS_ANY, "f == 3", "weakest"),
    (f"if f == 2:\n    {READ}\nelse:\n    gpr[r] = zext(base, 36)", None, "always", "sufficient"),
    ("if f == 5:\n    gpr[r] = zext(base, 36)", None, "f == 5", "sufficient"),
    ("if user == 0:\n    load_relocation(gpr[r])", None, "always", "sufficient"),
])  # fmt: skip
def test_condition(semantics: str, relation: tuple[str, str] | None, shown: str, status: str) -> None:
    """The condition, and whether it is proved least, follow from the semantics and the relation."""
    found = condition(semantics, relation)
    assert (found.shown, found.status) == (shown, status), found.reasons
    assert bool(found.reasons) == (status == "sufficient")
    assert len(found.needed) == len(found.disjuncts)


@pytest.mark.parametrize(("semantics", "relation"), [
    (TWO, None), (f"if gpr[2] == 7:\n    {READ}", None), (PROBED, TIED), (READ, FOR_SUPERVISORS),
    ("if f == 5:\n    gpr[r] = zext(base, 36)", None),
])  # fmt: skip
def test_the_trap_repairs(semantics: str, relation: tuple[str, str] | None) -> None:
    """OP is wrong; with the printed trap it is not; with a trap at the opposite it still is."""
    text = condition(semantics, relation).text
    assert with_trap(semantics, "user == 0", relation) == "wrong"
    assert with_trap(semantics, text, relation) == "direct"
    assert with_trap(semantics, f"not ({text})", relation) == "wrong"


def test_each_disjunct_is_needed() -> None:
    """Without one of them the machine is wrong at that value, and the witness of the condition shows it."""
    found = condition(TWO)
    assert found.disjuncts == ("f == 1", "f == 6")
    assert [witness.fields["f"] for witness in found.needed] == [1, 6]
    assert all(len(witness.runs) == 2 and witness.parting == ("gpr",) for witness in found.needed)
    assert [with_trap(TWO, text) for text in found.disjuncts] == ["wrong", "wrong"]


def test_a_removed_disjunct_is_refuted_with_a_pair() -> None:
    """One of two cubes leaves a pair at the other value; both leave none."""
    op = subject(TWO)
    outside = forced_outside(op, EVERY, disjunction([(is_value(1),)]))
    assert outside.found is not None and outside.found.fields["f"] == 6
    assert forced_outside(op, EVERY, disjunction([(is_value(1),), (is_value(6),)])).answer is Answer.NO


def test_nothing_false_is_proved_least() -> None:
    """States that no guest state forces are in no proved cube, nor are states that do not exist."""
    op = subject(TWO)
    witness = forced_outside(op, EVERY, FALSE).found
    assert witness is not None
    proof = Leastness(op, EVERY)
    assert proof.cube([is_value(6)], FALSE, witness) == (is_value(6),)
    assert proof.cube([is_value(5)], FALSE, witness) is None
    assert proof.cube([], FALSE, witness) is None
    assert proof.cube([is_value(1), is_value(6)], FALSE, witness) != (is_value(1), is_value(6))
    impossible = apply("not", apply("eq", Const(1, 1), Const(1, 1)))
    assert proof.cube([impossible], FALSE, witness) is None


def test_a_guests_own_trap_is_inherited() -> None:
    """A guest in user mode that has the trap forces it on real states that break nothing themselves."""
    assert condition(READ, FOR_SUPERVISORS).shown == "probe == 1"
    probe = apply("eq", Register("probe", 1), Const(1, 1))
    outside = forced_outside(subject(READ, FOR_USERS_ANY), EVERY, probe)
    assert outside.parting == INHERITED
    assert forced_outside(subject(READ, FOR_SUPERVISORS), EVERY, probe).answer is Answer.NO


@pytest.mark.parametrize("semantics", [READ, "mem[gpr[r][9:0]] = zext(user, 36)"])
@pytest.mark.parametrize(("place", "status"), [("address", "weakest"), ("address & 1022", "sufficient")])
def test_a_guest_that_addresses_storage_itself(semantics: str, place: str, status: str) -> None:
    """Whatever the relocation, the real state is that of a supervisor whose storage begins at the base; unless two of
    its addresses are one word in user mode."""
    translate = f"""
functions: |
  def translate(address: 10, kind: 2) -> 10:
      place = address if kind == execute else {place}
      located = zext(address, 11) if user == 0 else zext(base, 11) + zext(place, 11)
      if located >= storage_size or (user == 1 and zext(address, 11) >= bound):
          trap(memorytrap)
      return located[9:0]
"""
    found = trap_condition(variant(translate + rows(semantics), f"{THIRD}-absolute"), "default", "OP")
    assert (found.shown, found.status) == ("always", status), found.reasons


def test_users_alone() -> None:
    """Under a hybrid monitor only guests in user mode count: reading the mode is no harm, reading probe is."""
    assert trap_condition(toy(READ), "default", "OP", kinds=("user",)).shown == "never"
    assert trap_condition(toy(PROBED, FREE), "default", "OP", kinds=("user",)).shown == "always"
    assert trap_condition(toy(PROBED, TIED), "default", "OP", kinds=("user",)).shown == "never"


def test_many_cubes_end_in_one() -> None:
    """More values than cubes: the last cube is what the others leave, so that the instruction always traps."""
    values = ", ".join(str(2 * i) for i in range(MAX_CUBES + 2))
    semantics = f"if gpr[1] in ({values}):\n    {READ}"
    found = condition(semantics)
    assert (found.status, found.shown) == ("sufficient", "always")


def test_a_solver_that_gives_up_is_no_answer() -> None:
    """Without resources the condition is unknown, and says why."""
    found = trap_condition(toy(READ), "default", "OP", rlimit=1)
    assert (found.status, found.shown, found.disjuncts) == ("unknown", "unknown", ())
    assert found.reasons


def test_plain_relocation() -> None:
    """The 1974 machine has a relocation that says nothing; one that shifts every address has none."""
    op = subject(READ)
    values = {name: term.value for name, term in plain_relocation(GuestStates(op, EVERY)).items()}
    assert values["base"] == 0 and values["bound"] >= 1024 and values["$size"] == 1024
    shifted = variant("""
functions: |
  def translate(address: 10, kind: 2) -> 10:
      if zext(address, 11) >= storage_size:
          trap(memorytrap)
      return address + 1
""")
    svc = Subject(shifted, shifted.monitors["default"], shifted.instruction("SVC"), SolverOptions(), Facts())
    assert plain_relocation(GuestStates(svc, EVERY)) == {}


def test_negation() -> None:
    """A negation is written as one would, and twice is none."""
    width = Field("f", 3)
    bit = apply("eq", Field("i", 1), Const(1, 1))
    for atom in (is_value(3), bit, apply("ult", width, Const(4, 3))):
        assert negation(atom) != atom and negation(negation(atom)) == atom
    assert negation(bit) == apply("eq", Field("i", 1), Const(0, 1))


@pytest.mark.parametrize(("isa", "name", "shown", "status"), [
    (X86, "POPF", "always", "weakest"),
    (X86, "PUSHF", "always", "weakest"),
    (X86, "CLI", "never", "weakest"),
    (KA10, "JSP", "always", "weakest"),
    (KA10, "JRST 1", "always", "sufficient"),
    (KA10, "JRST 0", "never", "weakest"),
])  # fmt: skip
def test_shipped(isa: str, name: str, shown: str, status: str) -> None:
    """Hardware cannot see the guest's own IF; a guest in executive mode need not exist under every relocation."""
    found = trap_condition(machine(isa), "default", name)
    assert (found.shown, found.status) == (shown, status), found.reasons
