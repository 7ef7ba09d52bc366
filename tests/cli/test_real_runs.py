"""The whole way from a file to an answer, on a small machine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analyzer import Answer, Interrupted, analyze, load
from analyzer.cli import run

MACHINE = "third-generation-jrst1"
COMMAND = (sys.executable, "-m", "analyzer")


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


# For a shell both are 130. Python ends by the signal where it came while a text was compiled, as for a dataclass.
ENDED = (130, -signal.SIGINT)


def heed_interrupts() -> None:
    """Whoever runs the tests in the background may have them ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(after: float, *arguments: str) -> tuple[subprocess.Popen[str], str, str]:
    """A command that is interrupted after some seconds, as by the keyboard: the process, and what it wrote."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=heed_interrupts,
    )  # fmt: skip
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process, out, err


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_all_processes_and_shows_what_is_known(jobs: str) -> None:
    for after in (5, 12, 30):  # on a busy machine nothing is known soon
        process, out, err = interrupted(after, "check", "x86-pentium", "--jobs", jobs)
        assert process.returncode in ENDED
        assert err.strip() == "interrupted"
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
        if out:
            break
    assert re.search(r"Interrupted: [1-9]\d* of \d+ instructions were decided", " ".join(out.split()))
    assert re.search(r"virtual machine monitor +(unknown|no) ", out)
    assert not re.search(r"^All \d+ instructions", out, re.MULTILINE)


def test_an_interrupt_leaves_no_half_file(tmp_path: Path) -> None:
    target = tmp_path / "verdicts.json"
    process, out, err = interrupted(4, "check", "x86-pentium", "--format", "json", "-o", str(target))
    assert process.returncode in ENDED
    assert (out, err.strip()) == ("", "interrupted")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_known_before_an_interrupt_is_kept(jobs: int) -> None:
    """The machine's only critical instruction is its last: what is known before refutes nothing and proves nothing."""

    def stop_at(name: str) -> Callable[[int, int, str], None]:
        return lambda done, total, now: signal.raise_signal(signal.SIGINT) if now == name else None

    isa = load("third-generation-jrst1")
    names = [row.name for row in isa.instructions]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(Interrupted) as early:
            analyze(isa, jobs=jobs, progress=stop_at(names[4]))
        with pytest.raises(Interrupted) as late:
            analyze(isa, jobs=jobs, progress=stop_at("undefined instruction"))
    finally:
        signal.signal(signal.SIGINT, before)
    known, total = early.value.analysis, early.value.total
    assert [row.name for row in known.exact.instructions] == names[: len(known.exact.instructions)]
    assert 4 <= len(known.exact.instructions) <= 5
    assert total == len(names) + 1
    assert {known.extended.theorems.vmm.holds, known.exact.hybrid.sound} == {Answer.UNKNOWN}
    assert late.value.analysis.extended.theorems.vmm.holds is Answer.NO
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
