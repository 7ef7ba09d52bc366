"""Monitor configuration: settings of small control components under which instructions are sound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import product

import pytest

from analyzer import analyze, load
from analyzer.properties import square
from analyzer.properties.found import Existence
from analyzer.properties.subject import Subject
from analyzer.remedies import demands
from analyzer.remedies.configuration import Configuration, configure
from analyzer.remedies.settings import fixable
from analyzer.spec.model import Isa
from analyzer.verdict import Answer
from tests.simulator.guests import PRINTED, variant

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
BITS = "{guard: {width: 1, role: control}, other: {width: 1, role: control}, level: {width: 2, role: control}}"
READS_BASE = "gpr[r] = zext(base, 36)"
READS_MODE = "gpr[r] = zext(user, 36)"


def guarded(condition: str) -> str:
    """Refused in user mode under a condition; else it reads what no guest may see."""
    return f"if {condition}: supervisor_only()\n{READS_BASE}"


@cache
def toy(rows: tuple[tuple[str, str], ...], monitor: str = "{}", components: str = BITS) -> Isa:
    """The machine of 1974 with control components and some instructions, of which it keeps only these."""
    text = f"components: {components}\nmonitors:\n  default: {monitor}\ninstructions:\n"
    for number, (name, semantics) in enumerate(rows):
        lines = "".join(
            f"      {line}\n" for line in semantics.replace(": supervisor", ":\n    supervisor").split("\n")
        )
        text += f'  - name: {name}\n    encoding: "1{number:07b} r:3 -------------------------"\n'
        text += f"    source: test\n    semantics: |\n{lines}"
    isa = variant(text)
    return replace(isa, instructions=isa.instructions[-len(rows) :])


def found(isa: Isa) -> Configuration:
    """Its configuration, complete."""
    result = configure(isa, "default")
    assert result.maximal == result.relation_check.total == YES
    assert not result.undecided
    return result


def settings(result: Configuration, name: str) -> set[str]:
    """The minimal settings of an instruction, as text."""
    (demand,) = (demand for demand in result.demands if demand.name == name)
    return {" and ".join(map(str, setting)) for setting in demand.settings}


CONDITIONS: dict[str, set[str]] = {
    "guard == 1": {"real.guard == 1"},
    "guard == 0": {"real.guard == 0"},
    "guard == 1 and r == 0": set(),
    "guard == 1 and other == 0": {"real.guard == 1 and real.other == 0"},
    "guard == 1 or other == 0": {"real.guard == 1", "real.other == 0"},
    "level >= 2": {"real.level == 2", "real.level == 3"},
    "level >= 2 and r == 0": set(),
}


def test_the_settings_that_help_one_instruction() -> None:
    result = found(toy(tuple((f"GET{i}", guarded(condition)) for i, condition in enumerate(CONDITIONS))))
    assert {condition: settings(result, f"GET{i}") for i, condition in enumerate(CONDITIONS)} == CONDITIONS
    assert [demand.answer for demand in result.demands] == [YES if each else NO for each in CONDITIONS.values()]


def test_what_no_bit_guards_has_no_setting_and_what_needs_none_demands_nothing() -> None:
    isa = toy((("GET", READS_BASE), ("REFUSED", guarded("guard == guard")), ("ADD", "gpr[r] = gpr[r] + 1")))
    result = found(isa)
    assert result.relation == "true" and result.fixed == ()
    assert result.wrong == ("GET",) == tuple(demand.name for demand in result.demands)
    (demand,) = result.demands
    assert demand.answer == NO and demand.witness is not None and demand.witness.parting == ("gpr",)
    assert demand.reason == demands.NOTHING


def test_a_bit_that_is_read_must_equal_the_guests() -> None:
    rows = (("TEST", "gpr[r] = zext(guard, 36)"),)
    result = found(toy(rows, "{install: {guard: virtual.guard}}"))
    assert result.relation == "real.guard == virtual.guard"
    assert result.install == {"guard": "virtual.guard"}
    assert result.fixed[0].buys == ("TEST",)


def test_the_guests_value_is_not_tried_where_the_monitor_loads_its_own() -> None:
    result = found(toy((("TEST", "gpr[r] = zext(guard, 36)"),), '{install: {guard: "0"}}'))
    assert result.wrong == ("TEST",)


WANTS_0, WANTS_1 = guarded("guard == 0"), guarded("guard == 1")


@pytest.mark.parametrize(("third", "value", "sound"), [(WANTS_0, 0, ("GET0", "GET2")), (WANTS_1, 1, ("GET1", "GET2"))])
def test_of_conflicting_demands_the_greater_number_is_met(third: str, value: int, sound: tuple[str, ...]) -> None:
    result = found(toy((("GET0", WANTS_0), ("GET1", WANTS_1), ("GET2", third))))
    assert result.relation == f"real.guard == {value}"
    assert result.sound == sound == result.fixed[0].buys
    assert len(result.wrong) == 1


@pytest.mark.parametrize("declared", [0, 1])
def test_of_equal_settings_the_declared_one_is_taken(declared: int) -> None:
    result = found(toy((("GET0", WANTS_0), ("GET1", WANTS_1)), f'{{install: {{guard: "{declared}"}}}}'))
    assert result.relation == f"real.guard == {declared}"
    assert result.sound == (f"GET{declared}",)


def test_fewer_bits_are_taken() -> None:
    either = guarded("level == 3 or other == 1")
    assert found(toy((("GET", either),), '{install: {level: "3"}}')).relation == "real.other == 1"
    also = guarded("level == 3")
    assert found(toy((("GET", either), ("ALSO", also)))).relation == "real.level == 3"


RELATION = "real.guard == 0 and real.other == 1 and (real.wide < 5 or real.wide == 9)"
WIDE = BITS.replace("{guard", "{wide: {width: 8, role: control}, guard")
INSTALL = '{guard: "0", other: "1", wide: "4"}'


def test_other_conjuncts_stay_and_those_that_buy_nothing_go() -> None:
    """What is printed is a relation again, under which the analysis finds the same."""
    rows = (("GET1", WANTS_1), ("WIDE", guarded("wide < 10")), ("NONE", READS_BASE))
    result = found(toy(rows, f"{{relation: {RELATION}, install: {INSTALL}}}", WIDE))
    assert result.relation == "((real.wide < 5) or (real.wide == 9)) and real.guard == 1"
    assert result.dropped == ("real.guard == 0", "real.other == 1")
    assert result.sound == ("GET1",) and result.wrong == ("NONE",)
    again = toy(rows, f'{{relation: {result.relation}, install: {{guard: "1", other: "1", wide: "4"}}}}', WIDE)
    assert again.monitors["default"].relation == result.model.relation
    exact = {row.name: row.trap_and_emulate for row in analyze(again, models=()).exact.instructions}
    assert {name: exact[name] for name, _ in rows} == {"GET1": "traps", "WIDE": "traps", "NONE": "wrong"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", {"guard", "other", "level"}),
        ('invariants: ["guard == 0 or user == 1"]', {"other", "level"}),
        ("monitors: {default: {relation: real.guard == real.other}}", {"level"}),
        ("monitors: {default: {relation: real.guard == virtual.other}}", {"other", "level"}),
        ("monitors: {default: {relation: real.guard == virtual.guard}}", {"guard", "other", "level"}),
        ("monitors: {default: {shared: [guard], relation: real.guard == virtual.guard}}", {"other", "level"}),
        ("functions: |\n  def code(address: 10) -> 10:\n      return address ^ sext(guard, 10)", {"other", "level"}),
    ],
)
def test_only_what_nothing_else_depends_on_is_fixed(text: str, left: set[str]) -> None:
    isa = variant(f"components: {WIDE}\n{text}\n")
    assert set(fixable(isa, isa.monitors["default"])) == left


TABLES = tuple((f"T{n}", guarded(f"(zext({n}, 4) >> cat(guard, other))[0] == 1")) for n in range(16))
WAYS: dict[str, tuple[int, ...]] = {"": (0, 1), "0": (0,), "1": (1,), "virtual": (0, 1)}  # values that a bit may have


def within(setting: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether all that a setting of the two bits fixes is fixed alike in another one."""
    return all(a in ("", b) for a, b in zip(setting, other, strict=True))


def named(setting: tuple[str, ...]) -> str:
    """A setting of the two bits as text."""
    pairs = zip(("guard", "other"), setting, strict=True)
    return " and ".join(f"real.{c} == {'virtual.' + c if v == 'virtual' else v}" for c, v in pairs if v)


def test_every_condition_on_two_bits() -> None:
    """The search finds exactly the minimal settings under which the instruction always traps."""
    result = found(toy(TABLES))
    demanding = {demand.name for demand in result.demands}
    for number, (name, _) in enumerate(TABLES):
        good = [
            (first, second)
            for first, second in product(WAYS, WAYS)
            if all(number >> (2 * a + b) & 1 for a, b in product(WAYS[first], WAYS[second]))
        ]
        minimal = {named(s) for s in good if not any(o != s and within(o, s) for o in good)}
        assert (name in demanding) == ("" not in minimal)
        if name in demanding:
            assert settings(result, name) == minimal


def test_known_pairs_spare_the_solver_most_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Answer] = []

    def wrong(subject: Subject, kinds: Iterable[str]) -> Existence:
        asked.append(square.wrong(subject, kinds).answer)
        return square.wrong(subject, kinds)

    monkeypatch.setattr(demands, "wrong", wrong)
    result = found(toy((("GET", guarded("guard == 1 and other == 0 and level == 2")),)))
    assert settings(result, "GET") == {"real.guard == 1 and real.other == 0 and real.level == 2"}
    assert asked.count(NO) == 1  # all of 4 * 4 * 6 settings but this one are refuted
    assert len(asked) <= 12


@pytest.mark.parametrize("also", ["", "user, "])
def test_many_components_are_no_burden(also: str) -> None:
    """Of a million settings those are found that make it trap, or show the guest its own values."""
    flags = [f"flag{i}" for i in range(9)]
    components = "{guard: {width: 1, role: control}, " + ", ".join(f"{n}: {{width: 1, role: control}}" for n in flags)
    semantics = guarded("guard == 0").replace(READS_BASE, f"gpr[r] = zext(cat({also}{', '.join(flags)}), 36)")
    result = found(toy((("GET", semantics),), components=components + "}"))
    shown = " and ".join(f"real.{name} == virtual.{name}" for name in ("guard", *flags))
    assert settings(result, "GET") == {"real.guard == 0"} | ({shown} if not also else set())


def test_too_many_settings_are_unknown_unless_one_pair_refutes_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demands, "MAX_VISITS", 2)
    result = configure(toy((("GET", WANTS_1), ("NONE", f"{READS_MODE} + zext(guard ^ guard, 36)"))), "default")
    assert result.maximal == UNKNOWN and result.undecided == ("GET",)
    assert result.demands[0].reason == "too many settings to try"
    assert result.demands[1].answer == NO


PRODUCT = "zext(gpr[r], 72) * zext(gpr[1], 72) == 2361183240716769886211 and gpr[r] != 1 and gpr[1] != 1"


def test_what_the_solver_cannot_decide_is_unknown() -> None:
    """Some settings of an instruction may be decided, others not."""
    rows = (("HARD", f"{guarded('guard == 1')} if {PRODUCT} else gpr[r]"), ("EASY", WANTS_1))
    result = configure(toy(rows), "default", rlimit=1_000_000)
    assert settings(result, "HARD") == {"real.guard == 1"} == settings(result, "EASY")
    (undecided,) = result.demands[0].undecided
    assert list(map(str, undecided)) == ["real.guard == virtual.guard"]
    assert result.demands[0].reason.startswith("solver") and not result.demands[1].reason
    assert result.sound == ("HARD", "EASY") and result.maximal == UNKNOWN


def test_a_relation_that_is_not_total_gives_no_answers() -> None:
    result = configure(load(PRINTED), "printed")
    assert result.relation_check.total == NO and result.maximal == UNKNOWN
    assert not result.sound and not result.wrong and result.fixed == ()
    assert {demand.answer for demand in result.demands} == {UNKNOWN}


def test_processes_and_a_known_analysis_change_nothing() -> None:
    isa = toy((("GET0", WANTS_0), ("NONE", READS_BASE), ("TEST", "gpr[r] = zext(other, 36)")))
    alone = found(isa)
    assert alone == configure(isa, "default", jobs=2)
    analysis = analyze(isa, models=())
    known = configure(isa, "default", analysis)
    assert (known.relation, known.sound, known.wrong) == (alone.relation, alone.sound, alone.wrong)
    with pytest.raises(ValueError, match="an analysis of variant"):
        configure(load("third-generation"), "default", analysis)


@pytest.mark.parametrize(("declared", "asked_again"), [("0", True), ("1", False)])
def test_a_declared_setting_that_was_found_sound_is_not_asked_again(
    declared: str, asked_again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may fix more than is needed: what is found is the same as without it."""
    answers: list[Answer] = []

    def wrong(subject: Subject, kinds: Iterable[str]) -> Existence:
        answers.append(square.wrong(subject, kinds).answer)
        return square.wrong(subject, kinds)

    relation = f"real.guard == {declared} and real.other == 0"
    install = f'{{guard: "{declared}", other: "0"}}'
    monkeypatch.setattr(demands, "wrong", wrong)
    for condition in ("guard == 1", "guard == 1 or other == 1 and r == 0"):
        isa = toy((("GET", guarded(condition)),), f"{{relation: {relation}, install: {install}}}")
        alone = found(isa)
        answers.clear()
        known = configure(isa, "default", analyze(isa, models=()))
        assert settings(known, "GET") == settings(alone, "GET") == {"real.guard == 1"}
        assert (known.relation, known.sound, known.maximal) == (alone.relation, alone.sound, alone.maximal)
        if condition == "guard == 1":
            assert (NO in answers) == asked_again


def some(name: str, *rows: str) -> Isa:
    """A shipped machine with some of its instructions only."""
    isa = load(name)
    functions = {k: v for k, v in isa.machine.functions.items() if k != "undefined_instruction"}
    kept = tuple(isa.instruction(row) for row in rows)
    return replace(isa, instructions=kept, machine=replace(isa.machine, functions=functions))


def test_user_mode_instruction_prevention() -> None:
    """CR4.UMIP and CR4.TSD buy what they are for; nothing helps POPF."""
    result = found(some("x86-pentium-umip", "SGDT m", "SMSW r/m16", "RDTSC", "POPF"))
    buys = {each.conjunct: each.buys for each in result.fixed}
    assert buys == {"real.tsd == 1": ("RDTSC",), "real.umip == 1": ("SGDT m", "SMSW r/m16")}
    assert result.wrong == ("POPF",)
    assert result.relation.startswith("real.tr_limit < 103 and ")
    assert "real.iopl == 0" in result.dropped
