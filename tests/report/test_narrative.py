"""What `explain` says in sentences follows the verdicts and the witnesses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.report import narrative
from analyzer.report.model import Row
from analyzer.verdict import Answer, Run, Witness
from tests.report import fakes

ADD, RDM, JRST_1 = fakes.report().rows


def judged(row: Row, trap_and_emulate: str, hybrid: str) -> str:
    exact = replace(row.exact, trap_and_emulate=trap_and_emulate, hybrid=hybrid)
    return narrative.meaning(replace(row, exact=exact))


def test_what_an_instruction_is_is_told_with_the_reason() -> None:
    results = [row.models["extended"] for row in (ADD, RDM, JRST_1)]
    assert list(map(narrative.classified, results)) == [
        "innocuous: not sensitive",
        "critical: sensitive (mode) and not privileged",
        "critical: sensitive (control) and not privileged",
    ]
    yes, no = fakes.YES, fakes.NO
    assert narrative.classified(replace(fakes.RDM, critical=no, privileged=yes)) == (
        "sensitive (mode), but privileged where it is"
    )
    assert narrative.classified(replace(results[0], privileged=yes)) == "innocuous: not sensitive, though privileged"
    assert "undecided" in narrative.classified(replace(fakes.RDM, critical=Answer.UNKNOWN))


@pytest.mark.parametrize(
    ("row", "verdicts", "told", "untold"),
    [
        (ADD, ("direct", "direct"), "may run directly", "critical"),
        (RDM, ("direct", "direct"), "critical all the same", "wrong"),
        (ADD, ("traps", "traps"), "never completes", "critical"),
        (RDM, ("traps", "traps"), "critical all the same", "directly"),
        (RDM, ("wrong", "direct"), "whose code a hybrid monitor interprets", "does not help"),
        (RDM, ("wrong", "wrong"), "a hybrid monitor does not help", "interprets"),
        (RDM, ("unknown", "unknown"), "not decided", "directly"),
    ],
)
def test_what_it_means_for_a_monitor(row: Row, verdicts: tuple[str, str], told: str, untold: str) -> None:
    assert told in judged(row, *verdicts)
    assert untold not in judged(row, *verdicts)


def test_a_trap_that_cannot_be_resumed_is_not_called_a_completion() -> None:
    runs = (Run("system", {}, {}, "completes"), Run("user", {}, {}, "traps", "fault", "memory"))
    witness = Witness("trap_and_emulate", {}, "", runs, ("restart",))
    row = replace(RDM, exact=replace(RDM.exact, witnesses={"trap_and_emulate": witness}))
    assert "can complete" not in narrative.meaning(row)
    assert "can complete" in narrative.meaning(RDM)
    assert "cannot be resumed" in narrative.told("RDM", witness)


def told(guest: Run, real: Run, *parting: str, base: int = 0) -> str:
    return narrative.told("I", Witness("", {}, "", (guest, real), parting, {"base": base, "size": 8, "real_size": 32}))


def test_values_are_told_register_by_register_and_few() -> None:
    guest = Run("system", {}, {f"r[{n}]": 0 for n in range(6)}, "completes")
    real = Run("user", {}, {f"r[{n}]": int(n != 1) for n in range(6)}, "completes")
    text = told(guest, real, "r")
    assert "r[0] is 0 on the guest's machine and 1 on the real one" in text
    assert "r[1]" not in text
    assert "and 2 more: the guest can tell." in text


def test_a_word_of_the_guest_stands_elsewhere_in_real_storage() -> None:
    guest = Run("system", {}, {"real[3]": 7, "real[4]": 5}, "completes")
    real = Run("user", {}, {"real[19]": 7, "real[20]": 6}, "completes")
    text = told(guest, real, "storage", base=16)
    assert "real[4] is 5 on the guest's machine and 6 on the real one" in text
    assert "real[3]" not in text


def test_hidden_changes_are_told_of_the_machine_in_which_they_happen() -> None:
    guest = Run("system", {"iopl": 0}, {"iopl": 3}, "completes")
    real = Run("user", {"tsd": 1}, {"tsd": 0}, "completes")
    assert "guest's own machine changes iopl from 0 to 3" in told(guest, real, "virtual.iopl")
    assert "real machine changes tsd from 1 to 0, which is the monitor's" in told(guest, real, "real.tsd")
    assert "the guest can tell" not in told(guest, real, "virtual.iopl", "real.tsd")


def test_what_is_no_value_has_a_sentence_of_its_own() -> None:
    same = Run("user", {}, {}, "completes")
    assert "storage changes that is not the guest's" in told(same, same, "storage outside the placement")
    assert "relation between the two machines does not hold" in told(same, same, "relation")
    assert "they part in pc" in told(same, same, "pc")
