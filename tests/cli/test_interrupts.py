"""Commands that the user interrupts: what they show, what they leave behind, and how they end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analyzer.report import schema
from analyzer.report.files import RENDERED
from tests.cli.interrupting import Command
from tests.simulator.guests import PRINTED

ROOT = Path(__file__).parents[2]
SMALL = "third-generation-jrst1"
JOBS = pytest.mark.parametrize("jobs", ["1", "2"])
TWO = """\
isa: two
extends: third-generation-jrst1
title: Two critical instructions
description: A jump to user mode, and a program status word that user mode may read.
instructions:
  - name: SPSW
    encoding: "1111 0011 --- x:3 ------------ y:10"
    summary: Store the program status word at y(x), in any mode.
    source: "paper, instruction behavior: mode and location sensitive"
    semantics: mem[effective(x, y)] = psw()
"""


INTERRUPTED = """import os, signal, sys, time
from analyzer.cli import run
from analyzer.theorems.engine import _Worker

owner, known, row = os.getpid(), [], _Worker.row

def interrupted(*arguments):
    found = row(*arguments)
    known.append(found)
    if len(known) == int(sys.argv[1]):
        os.kill(owner, signal.SIGINT)
        if os.getpid() != owner:
            time.sleep(60)  # the owner ends it before
    return found

_Worker.row = interrupted
sys.exit(run(sys.argv[2:]))
"""  # when so many rows are known; another process has given those before


@pytest.fixture
def two(tmp_path: Path) -> str:
    """A machine of which two instructions need remedies."""
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "machine.yaml").write_text(TWO, encoding="utf-8")
    return str(folder)


def words(text: str) -> str:
    return " ".join(text.split())


def parsed(text: str) -> list[dict[str, Any]]:
    """The results of a JSON output, which keeps the schema."""
    found = json.loads(text)
    Draft202012Validator(schema.schema()).validate(found)
    return list(found["results"])


@JOBS
@pytest.mark.parametrize("command", ["check", "fix", "validate"])
def test_during_the_analysis_it_shows_the_instructions_that_are_decided(
    command: str, jobs: str, tmp_path: Path
) -> None:
    run = Command(tmp_path, r" 10/28 ", command, SMALL, "--jobs", jobs)
    out, err = run.interrupt()
    run.assert_clean(err)
    assert re.search(r"Interrupted: 10 of 28 instructions were decided", words(out))
    assert re.search(r"hybrid monitor +unknown", out)
    assert "All 28 instructions" not in out


@pytest.mark.parametrize("command", ["check", "fix", "validate"])
def test_as_json_a_part_of_an_analysis_says_nothing_of_the_whole_machine(command: str, tmp_path: Path) -> None:
    run = Command(tmp_path, r" 10/28 ", command, SMALL, "--jobs", "1", "--format", "json")
    out, err = run.interrupt()
    run.assert_clean(err)
    (found,) = parsed(out)
    assert len(found["exact"]["instructions"]) == 10
    assert not {"theorems", "hybrid", "trap_and_emulate"} & {*found["models"]["extended"], *found["exact"]}


@pytest.mark.parametrize(("jobs", "rows"), [("1", "1"), ("2", "2")])
def test_of_one_instruction_it_shows_the_monitors_that_are_known(jobs: str, rows: str) -> None:
    command = (sys.executable, "-c", INTERRUPTED, rows, "check", PRINTED, "--only", "ST", "--jobs", jobs)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")
    assert words(done.stdout).count("monitor default") == 1
    assert "monitor printed" not in words(done.stdout)
    assert "innocuous direct 1: ST" in words(done.stdout)


@pytest.mark.parametrize("options", [("--format", "json", "-o"), ("--format", "sarif", "-o"), ("-o",)])
def test_a_file_is_written_whole_or_not_at_all(options: tuple[str, ...], tmp_path: Path) -> None:
    target = tmp_path / "verdicts"
    run = Command(tmp_path, r" 10/28 ", "check", SMALL, *options, str(target))
    out, err = run.interrupt()
    run.assert_clean(err)
    assert out == ""
    assert not target.exists()


def test_a_second_interrupt_ends_it_at_once(tmp_path: Path) -> None:
    run = Command(tmp_path, r" 10/28 ", "fix", SMALL, "--jobs", "2")
    _, err = run.interrupt(times=2)  # it still stands where it was
    run.assert_clean(err)


@JOBS
def test_during_the_proofs_fix_shows_those_that_are_known(jobs: str, two: str, tmp_path: Path) -> None:
    run = Command(tmp_path, "assist: proof of JRST 1", "fix", two, "--jobs", jobs, "-o", str(tmp_path))
    out, err = run.interrupt()
    run.assert_clean(err)
    for name in ("SPSW", "JRST 1"):
        assert re.search(rf"{name} +hardware trap +traps +yes: traps ", out)
        assert re.search(rf"{name} +hardware assist +intercepted +unknown ", out)
    assert "SPSW, JRST 1: unknown, interrupted" in out
    text = words(out)
    assert "Not every proof is known of: hardware assist, paravirtualization, translation, interpretation." in text
    assert "No guest was run." in text
    assert "cheapest" not in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "tmp", "two"]


@JOBS
def test_while_guests_run_fix_shows_those_that_ran(jobs: str, tmp_path: Path) -> None:
    run = Command(tmp_path, r" 3/8 guest", "fix", SMALL, "--jobs", jobs)
    out, err = run.interrupt()
    run.assert_clean(err)
    text = words(out)
    assert re.search(r"Of 8 runs of guests, 3 are known\.", text)
    assert "Not every proof" not in text
    assert re.search(r"guests 2 1 0 0 0 ", text)
    assert "cheapest" not in text
    assert "No setting of the control state is known" in text


def test_as_json_a_part_of_the_remedies_names_none_as_the_cheapest(tmp_path: Path) -> None:
    run = Command(tmp_path, r" 3/8 guest", "fix", SMALL, "--jobs", "1", "--format", "json")
    out, err = run.interrupt()
    run.assert_clean(err)
    (found,) = parsed(out)
    assert [each["guests"] for each in found["workloads"]] == [2, 1, 0, 0, 0]
    assert "setting" in found
    assert "cheapest" not in found


@JOBS
def test_validate_shows_what_was_run(jobs: str, tmp_path: Path) -> None:
    run = Command(tmp_path, r" 6/89 ", "validate", SMALL, "--jobs", jobs)
    out, err = run.interrupt()
    run.assert_clean(err)
    text = words(out)
    assert re.search(r"Interrupted: 6 of 89 tasks", text)
    assert re.search(r"guest +\d", text)
    assert "What was run went as the analysis says." in text
    assert "no random program was run" not in text
    assert "All of it" not in text


def test_as_json_a_part_of_a_validation_has_its_checks_and_no_counts(tmp_path: Path) -> None:
    run = Command(tmp_path, r" 6/89 ", "validate", SMALL, "--jobs", "1", "--format", "json")
    out, err = run.interrupt()
    run.assert_clean(err)
    (found,) = parsed(out)
    assert "counts" not in found
    assert {check["kind"] for check in found["checks"]} >= {"witness", "guest", "recursion"}


def test_validations_that_came_to_an_end_are_shown_whole(tmp_path: Path) -> None:
    run = Command(tmp_path, "third-generation-lra 3/", "validate", SMALL, "third-generation-lra")
    out, err = run.interrupt()
    run.assert_clean(err)
    whole, part = out.split("third-generation-lra", 1)
    assert "All of it went as the analysis says." in whole
    assert "Interrupted:" not in whole
    assert "Interrupted:" in part


@JOBS
def test_report_writes_whole_machines_and_says_which(jobs: str, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    (folder / SMALL).mkdir(parents=True)
    before = folder / SMALL / "report.html"
    before.write_text("of an earlier run", encoding="utf-8")
    arguments = ("third-generation", SMALL, "third-generation-lra", "-o", str(folder), "--jobs", jobs)
    run = Command(tmp_path, f"{SMALL}, remedies .*guest", "report", *arguments)
    out, err = run.interrupt()
    run.assert_clean(err)
    assert f"written: third-generation; not written: {SMALL}, third-generation-lra\n" in err
    assert out.splitlines()[-1] == str(folder / "index.html")
    assert {path.name for path in (folder / "third-generation").iterdir()} == {*RENDERED, "report.json", "fix.json"}
    assert [path.read_text(encoding="utf-8") for path in (folder / SMALL).iterdir()] == ["of an earlier run"]
    assert {path.name for path in folder.iterdir()} == {"third-generation", SMALL, "index.html"}


def test_report_of_one_machine_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    run = Command(tmp_path, f"{SMALL} 10/28 ", "report", SMALL, "-o", str(folder))
    out, err = run.interrupt()
    run.assert_clean(err)
    assert out == ""
    assert f"not written: {SMALL}\n" in err
    assert not folder.exists()


def test_an_index_that_cannot_be_written_does_not_hide_the_interrupt(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    (folder / "other").mkdir(parents=True)
    (folder / "other" / "report.json").write_text("{}", encoding="utf-8")
    run = Command(tmp_path, f"{SMALL} 10/28 ", "report", "third-generation", SMALL, "-o", str(folder))
    _, err = run.interrupt()
    run.assert_clean(err)
    assert f"written: third-generation; not written: {SMALL}\n" in err
    assert "other" in err.split("not written: ")[1]


def test_a_proof_of_a_remedy_to_validate_leaves_the_analysis(tmp_path: Path) -> None:
    run = Command(tmp_path, "trap: proof of", "validate", SMALL, "--with", "trap")
    out, err = run.interrupt()
    run.assert_clean(err)
    assert "JRST 1" in out


def test_an_interrupt_while_the_command_is_loaded_is_one_line() -> None:
    program = (
        "import sys, analyzer.__main__\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'analyzer.cli': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "analyzer.__main__.main()"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (130, "", "interrupted\n")
