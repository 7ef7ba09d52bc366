"""`vmmcheck new` writes a machine that can be checked and run as it stands, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import Answer, analyze, load
from analyzer.cli import run


def test_the_new_machine_passes_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "my-machine", "-o", str(tmp_path)]) == 0
    folder = tmp_path / "my-machine"
    files = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(files) == sorted(path for path in folder.rglob("*") if path.is_file())
    assert [path.name for path in tmp_path.iterdir()] == ["my-machine"]
    assert "$" not in "".join(path.read_text() for path in files)
    assert run(["lint", str(folder), "--strict"]) == 0
    assert run(["check", str(folder), "--require", "vmm", "--require", "trap-and-emulate"]) == 0
    assert run(["run", str(folder), "count"]) == 0
    assert run(["run", str(folder), "count", "--under", "trap-and-emulate"]) == 0


def test_without_its_check_an_instruction_of_it_is_critical(tmp_path: Path) -> None:
    """The pair to the machine as it is written: one line less."""
    assert run(["new", "open", "-o", str(tmp_path)]) == 0
    file = tmp_path / "open" / "instructions.yaml"
    text = file.read_text()
    file.write_text(text.replace("      supervisor_only()\n      load_psw", "      load_psw"))
    assert file.read_text() != text
    vmm = analyze(load(tmp_path / "open")).extended.theorems.vmm
    assert (vmm.holds, vmm.critical) == (Answer.NO, ("LPSW",))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("there", "is there already"),
        ("Upper", "lower case letters"),
        ("../up", "no name of a machine"),
        ("", "no name of a machine"),
        ("rv64", "is a shipped machine"),
    ],
)
def test_what_is_refused(name: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "there" / "machine.yaml"
    kept.parent.mkdir()
    kept.write_text("mine")
    assert run(["new", name, "-o", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert expected in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert kept.read_text() == "mine"


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "mine", "-o", str(tmp_path / "nowhere")]) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
