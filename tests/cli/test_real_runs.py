"""The whole way from a file to an answer, on a small machine."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analyzer import Answer, Interrupted, analyze, load
from analyzer.cli import run

MACHINE = "third-generation-jrst1"


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["check", *arguments, "--format", "json"]) == 0
    return capsys.readouterr().out


def results(text: str) -> dict[str, dict[str, Any]]:
    """What was decided under the extended model, by instruction."""
    return {row["name"]: row for row in json.loads(text)["results"][0]["models"]["extended"]["instructions"]}


def test_the_same_input_gives_the_same_bytes_whatever_the_number_of_processes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert checked(capsys, MACHINE, "--jobs", "1") == checked(capsys, MACHINE, "--jobs", "2")


def test_an_answer_does_not_depend_on_what_else_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    whole = results(checked(capsys, MACHINE))
    part = results(checked(capsys, MACHINE, "--only", "JRST 1", "--only", "LPSW"))
    assert part == {name: whole[name] for name in ("LPSW", "JRST 1")}


def test_results_tell_nothing_about_where_the_machine_lies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "machine.yaml").write_text(
        "isa: copy\nextends: third-generation\ntitle: A copy\ndescription: As it is.\n"
        "functions: |\n  def undefined_instruction():\n      trap(no_instruction)\n"
    )
    assert str(tmp_path) not in checked(capsys, str(tmp_path))


@pytest.mark.parametrize("solver", ["bitwuzla", "cvc5"])
def test_a_second_solver_confirms(solver: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (MACHINE, "--only", "JRST 1", "--only", "LPSW")
    confirmed, plain = checked(capsys, *asked, "--confirm", solver), checked(capsys, *asked)
    assert answers(confirmed) == answers(plain) != []


@pytest.mark.parametrize("solver", ["bitwuzla", "cvc5"])
def test_a_name_that_is_a_word_of_smt_lib_is_no_obstacle(solver: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert answers(checked(capsys, "x86-pentium", "--only", "CLI", "--confirm", solver))  # `repeat` is a prefix


def answers(text: str) -> list[tuple[str, str, str]]:
    """The answers in a JSON result."""
    models = json.loads(text)["results"][0]["models"]
    return [
        (row["name"], key, value)
        for model in models.values()
        for row in model["instructions"]
        for key, value in row.items()
        if value in ("yes", "no", "unknown", "vacuous")
    ]


def test_queries_are_dumped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checked(capsys, MACHINE, "--only", "JRST 1", "--dump", str(tmp_path))
    queries = list(tmp_path.rglob("*.smt2"))
    assert len(queries) >= 10
    assert all("(check-sat" in query.read_text(encoding="utf-8") for query in queries)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_known_before_an_interrupt_is_kept(jobs: int) -> None:
    """The machine's only critical instruction is its last: what is known before refutes nothing and proves nothing."""

    def stop_at(number: int) -> Callable[[int, int, str], None]:
        return lambda done, total, now: signal.raise_signal(signal.SIGINT) if done == number else None

    isa = load("third-generation-jrst1")
    names = [row.name for row in isa.instructions]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(Interrupted) as early:
            analyze(isa, jobs=jobs, progress=stop_at(2))
        with pytest.raises(Interrupted) as late:
            analyze(isa, jobs=jobs, progress=stop_at(len(names)))
    finally:
        signal.signal(signal.SIGINT, before)
    known, total = early.value.analysis, early.value.total
    decided = [row.name for row in known.exact.instructions]
    assert len(decided) == 2
    assert decided == [name for name in names[:-1] if name in decided]
    assert total == len(names) + 1
    assert {known.extended.theorems.vmm.holds, known.exact.hybrid.sound} == {Answer.UNKNOWN}
    refuted = names[-1] in [row.name for row in late.value.analysis.exact.instructions]
    assert refuted or jobs == 2  # two processes may leave it for the end
    assert late.value.analysis.extended.theorems.vmm.holds is (Answer.NO if refuted else Answer.UNKNOWN)
    assert late.value.analysis.extended.theorems.hvmm.holds is Answer.UNKNOWN


class Dying:
    """Interrupts from its finalizer, where exceptions are lost."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_during_a_finalizer_is_not_lost() -> None:
    def progress(done: int, total: int, name: str) -> None:
        if done == 1:
            dying = Dying()
            del dying

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            analyze(load(MACHINE), progress=progress)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
