"""Whatever a user does wrong ends with exit code 2 and a message that helps, never with a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import analyzer.api
from analyzer.cli import run
from tests.report import fakes

MISTAKES = [
    ("check", "Missing argument"),
    ("chek pdp10-ka10", "No such command"),
    ("check x86-pentiun", "did you mean 'x86-pentium'?"),
    ("check nothing-like-it", "'vmmcheck list' shows the machines"),
    ("check ./no/such/machine.yaml", "no file"),
    ("check {tmp}", "no file"),
    ("check {tmp}/binary.yaml", "binary.yaml:1:"),
    ("check {tmp}/escapes.yaml", "escapes.yaml:1:"),
    ("check {tmp}/empty.yaml", "empty.yaml:1:1"),
    ("check third-generation pdp10", "did you mean"),
    ("check third-generation --model all", "'--model'"),
    ("check third-generation --jobs 0", "'--jobs'"),
    ("check third-generation --rlimit many", "'--rlimit'"),
    ("check third-generation --monitor nobody", "there is default"),
    ("check third-generation --only LPSX", "did you mean 'LPSW'?"),
    ("check third-generation --only LPSW --require vmm", "--only"),
    ("check third-generation --require everything", "'--require'"),
    ("explain third-generation LPSX", "did you mean 'LPSW'?"),
    ("explain third-generation", "Missing argument 'INSTR'"),
    ("compare third-generation", "Missing argument 'AFTER'"),
    ("list -o {tmp}/no/such/folder/file", "No such file or directory"),
    ("list -o {tmp}", "Is a directory"),
    ("list --format yaml", "'--format'"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "binary.yaml").write_bytes(b"isa: \x00\xff\n")
    (tmp_path / "escapes.yaml").write_text('isa: "\\e[31m\u202e"\n')
    (tmp_path / "empty.yaml").write_text("")
    return tmp_path


@pytest.mark.parametrize(("line", "expected"), MISTAKES, ids=[line for line, _ in MISTAKES])
def test_a_mistake(
    line: str, expected: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def analyze(isa: analyzer.api.Isa, **asked: object) -> analyzer.api.Analysis:
        raise AssertionError("analysis began")

    if "--monitor" not in line and "LPSX" not in line:
        monkeypatch.setattr(analyzer.api, "analyze", analyze)
    assert run(line.format(tmp=folder).split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert expected in err
    assert "Traceback" not in err
    assert all(char.isprintable() or char == "\n" for char in err)


def test_a_confirmer_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("analyzer.cli.work.find_spec", lambda name: None)
    assert run(["check", "third-generation", "--confirm", "cvc5"]) == 2
    assert "extra `confirm`" in capsys.readouterr().err


def test_a_specification_that_may_not_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() == 0:
        (tmp_path / "machine.yaml").mkdir()  # for the superuser no file is unreadable
    else:
        (tmp_path / "machine.yaml").touch(mode=0)
    assert run(["check", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_goes_away() -> None:
    """`vmmcheck list | head -0`: silence."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", "list"], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert done.stderr == ""
    assert done.returncode == 141


def test_names_are_matched_without_regard_to_case_and_by_mnemonic() -> None:
    isa = fakes.isa(("ADD", "JRST 1", "JRST 2"))
    assert analyzer.api.select(isa, ["add"]) == ("ADD",)
    assert analyzer.api.select(isa, ["jrst 2"]) == ("JRST 2",)
    assert analyzer.api.select(isa, ["JRST", "ADD"]) == ("ADD", "JRST 1", "JRST 2")
