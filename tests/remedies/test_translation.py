"""The derived replacements are proved by the exact criterion, and what is broken in them is refuted."""

from __future__ import annotations

import pytest

from analyzer.remedies.proof import Proof
from analyzer.remedies.translation import OTHERS, SUPERVISOR, Translation
from analyzer.spec.model import Isa
from analyzer.theorems.engine import Options, analyze
from analyzer.verdict import Answer, SoundnessResult
from tests.remedies.translations import judged, proved, sharing, translation
from tests.simulator.guests import KA10, THIRD, X86, machine

SPSW, READ, MFPI, JRST1 = (f"third-generation-{name}" for name in ("spsw", "read-mode", "mfpi", "jrst1"))
INVERTED, FIELD, PERMIT = (f"third-generation-{name}" for name in ("inverted", "open-field", "permit"))

# What is replaced in place completes and is direct. A callout always traps, unless user code is not translated: there
# the instruction itself may run directly.
PROVED = [
    (THIRD, "SPSW", "inline", "direct"),
    (THIRD, "HLT", "inline", "direct"),
    (THIRD, "SVC", "inline", "traps"),
    (THIRD, "LPSW", "changes base, bound, user", "traps"),
    (SPSW, "SPSW", "inline", "direct"),
    (READ, "RDM", "inline", "direct"),
    (INVERTED, "INC", "inline", "direct"),
    (FIELD, "RDC", "inline", "direct"),
    (PERMIT, "RDR", "inline", "direct"),
    (MFPI, "SPSW", "inline", "direct"),
    (MFPI, "MFPI", "accesses previous_mem", "traps"),
    (JRST1, "JRST 1", "changes user", "direct"),
    (KA10, "PUSHJ", "inline", "direct"),
    (KA10, "JSR", "inline", "direct"),
    (KA10, "JSP", "inline", "direct"),
    (KA10, "DATAO PI", "inline", "direct"),
    (KA10, "JRST 2", "changes user", "traps"),
]


def found_for(name: str, instruction: str) -> Translation:
    """The translation of one instruction of a machine, as its report asks for it."""
    return translation(machine(name), [instruction], [instruction] if judged(name)[instruction][1] == "wrong" else [])


@pytest.mark.parametrize(("name", "instruction", "how", "by"), PROVED)
def test_a_replacement_is_proved(name: str, instruction: str, how: str, by: str) -> None:
    found = found_for(name, instruction)
    assert (found.replacements[instruction].reason or "inline") == how
    proofs = proved(machine(name), found.variant)
    assert proofs.relation.total is Answer.YES
    assert proofs.proofs == {instruction: Proof(Answer.YES, by)}


# -- mutants ---------------------------------------------------------------------------------------------------------

IN_PLACE, REFUSES = "if translated == 1:", "if translated == 2:\n        trap(callout)"
FLAGS = "first_part_done, zext(0, 1), vcpu_user_iot"
MUTANTS = [
    ("the wrong field of the record", SPSW, "SPSW", "vcpu_base, vcpu_bound)", "vcpu_bound, vcpu_base)"),
    ("the real component", SPSW, "SPSW", "pc, vcpu_base", "pc, base"),
    ("folded to the wrong mode", SPSW, "SPSW", "zext(0, 1)", "zext(1, 1)"),
    ("not folded", SPSW, "SPSW", "zext(0, 1)", "user"),
    ("a lost write", SPSW, "SPSW", "mem[effective(x, y)] = virtual_psw()", "pass"),
    ("in user code, too", SPSW, "SPSW", IN_PLACE, "if translated != 0:"),
    ("user code as it is", SPSW, "SPSW", REFUSES, REFUSES.replace("2", "3")),
    ("folded to the wrong mode", READ, "RDM", "gpr[r] = 0", "gpr[r] = 1"),
    ("not in place", READ, "RDM", IN_PLACE, "if translated == 3:"),
    ("as in user mode", INVERTED, "INC", "trap(refused)", "gpr[r] += 1"),
    ("the wrong field of the record", FIELD, "RDC", "zext(vcpu_bound, 36)", "zext(vcpu_base, 36)"),
    ("the real component", MFPI, "SPSW", "cat(vcpu_previous", "cat(previous"),
    ("a mode that is not known", MFPI, "SPSW", "cat(vcpu_previous", "cat(zext(1, 1)"),
    ("no callout", MFPI, "MFPI", "trap(callout)", "pass"),
    ("no callout", JRST1, "JRST 1", "trap(callout)", "pass"),
    ("no way back", THIRD, "SVC", "trap(svc)\n        return", "return"),
    ("it goes on", THIRD, "HLT", "again()", "pass"),
    ("the real component", KA10, "JSP", "vcpu_user_iot)", "user_iot)"),
    ("folded to the wrong mode", KA10, "JSP", FLAGS, FLAGS.replace("0, 1", "1, 1")),
    ("a lost flag", KA10, "JSR", "first_part_done = 0\n", "pass\n"),
    ("a lost write", KA10, "DATAO PI", "vcpu_console_lights = data", "pass"),
    ("the real component written", KA10, "DATAO PI", "vcpu_console_lights = data", "console_lights = data"),
]  # fmt: skip


SAMPLED = [
    pytest.param(*each, marks=pytest.mark.nightly) if n % 3 and KA10 in each else each for n, each in enumerate(MUTANTS)
]


@pytest.mark.parametrize(("what", "name", "instruction", "old", "new"), SAMPLED)
def test_a_broken_replacement_is_refuted(what: str, name: str, instruction: str, old: str, new: str) -> None:
    proofs = proved(machine(name), found_for(name, instruction).variant, (old, new))
    proof = proofs.proofs[instruction]
    assert (proof.proved, proof.by) == (Answer.NO, "wrong"), what
    assert proof.witness is not None
    assert len(proof.witness.runs) == 2
    assert proof.witness.parting


@pytest.mark.parametrize(("old", "new"), [("vcpu_base: virtual.base", "vcpu_base: virtual.base + 1")])
def test_a_record_that_is_not_the_guests_proves_nothing(old: str, new: str) -> None:
    proofs = proved(machine(SPSW), found_for(SPSW, "SPSW").variant, (old, new))
    assert proofs.relation.total is Answer.NO
    assert proofs.proofs["SPSW"].proved is Answer.UNKNOWN


# -- the machine as a whole ------------------------------------------------------------------------------------------


def soundness(isa: Isa) -> SoundnessResult:
    """Of the trap-and-emulate monitor, all instructions asked."""
    return analyze(isa, Options(monitor="default", models=())).exact.trap_and_emulate


def whole(isa: Isa, names: list[str], user: list[str]) -> Isa:
    return translation(isa, names, user).variant.load(isa)


@pytest.mark.parametrize(("name", "instruction"), [(SPSW, "SPSW"), (READ, "RDM"), (JRST1, "JRST 1")])
def test_every_instruction_of_the_translated_machine_is_sound(name: str, instruction: str) -> None:
    isa = machine(name)
    user = [instruction] if judged(name)[instruction][1] == "wrong" else []
    assert soundness(whole(isa, [instruction], user)) == SoundnessResult(Answer.YES)
    assert soundness(whole(isa, ["SVC"], [])) == SoundnessResult(Answer.NO, (instruction,))


def test_what_the_monitor_shares_already_stays_shared() -> None:
    """SETD is direct, and not replaced: it needs the device where it is."""
    isa = sharing()
    assert soundness(isa) == SoundnessResult(Answer.NO, ("RDX",))
    assert soundness(whole(isa, ["RDX", "SPSW"], [])) == SoundnessResult(Answer.YES)


# -- what is written -------------------------------------------------------------------------------------------------


def test_user_code_is_translated_only_if_it_has_to_be() -> None:
    isa = machine(SPSW)
    modes = whole(isa, ["SPSW"], []).monitors["default"].modes
    assert modes == {"supervisor": "translated_user", "user": "user"}
    modes = whole(isa, ["SPSW"], ["SPSW"]).monitors["default"].modes
    assert modes == {"supervisor": "translated_user", "user": "called_out_user"}


def test_the_modes_of_translated_code_are_the_monitors() -> None:
    variant = whole(machine(SPSW), ["SPSW"], ["SPSW"])
    kinds = {mode.name: (mode.kind, mode.when["translated"]) for mode in variant.modes.values()}
    assert kinds == {
        "supervisor": ("supervisor", 0), "user": ("user", 0),
        "translated_user": ("monitor", SUPERVISOR), "called_out_user": ("monitor", OTHERS),
    }  # fmt: skip
    assert variant.guest_modes.keys() == {"supervisor", "user"}


def test_the_record_has_what_is_used() -> None:
    """Nothing where no instruction needs a hidden component, which leaves the monitor's relation as it was."""
    with_record, without = whole(machine(READ), ["SPSW"], []), whole(machine(READ), ["RDM"], [])
    assert with_record.machine.components.keys() - without.machine.components.keys() == {"vcpu_base", "vcpu_bound"}
    assert without.monitors["default"].relation == machine(READ).monitors["default"].relation == ()
    assert len(with_record.monitors["default"].relation) == 2


def test_what_calls_out_elsewhere() -> None:
    """What may not run directly in user modes; in modes that are neither, everything that is replaced."""
    found = translation(machine(SPSW), ["SPSW", "LPSW"], ["SPSW"])
    assert found.elsewhere == {"SPSW"}
    assert translation(machine(X86), ["CLI", "SGDT m"]).elsewhere == {"CLI", "SGDT m"}
