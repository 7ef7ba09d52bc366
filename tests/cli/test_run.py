"""`vmmcheck run`: what it prints, its exit codes, and what is wrong input."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from analyzer.cli import run
from analyzer.report import schema

PROGRAMS = {
    "counts.s": """
        LI r1, 3
loop:   ADDI r1, r1, -1
        BNE r1, r0, loop
        ST r1, 60
        HLT
        .expect halted
    """,
    "calls.s": """
        .org 1
        .word 8 << 21 | 256
        SVC
        .org 8
        HLT
        .start 2
    """,
    "disappoints.s": "LI r1, 3\nHLT\n.expect gpr[1] = 4\n",
    "faults.s": ".org 1\n.word 1 << 31\nSVC\n.start 2\n",
    "far.s": ".org 300\nHLT\n",
    "endless.s": "here: ADDI r1, r1, 1\nB here\n",
    "wrong.s": "LI r9, 3\nLX r1\n",
    "binary.s": "\xff\xfe",
}

TEXT = """\
calls.s on third-generation, trap-and-emulate
  It halted.
  instructions                     2
  executed directly                0
  interpreted                      1
  exits to the monitor             1 refused, 1 svc
  exits per thousand instructions  1000.0
  traps that its machine took      1 svc
"""
FAULT = """\
faults.s on third-generation, bare
  It cannot go on: endless trap loop: 1000 traps in a row, the last memorytrap.
  instructions                 1001
  traps that its machine took  1000 memorytrap, 1 svc
user = 0x1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the programs, the current one."""
    for name, text in PROGRAMS.items():
        (tmp_path / name).write_text(text, encoding="latin-1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str, str]:
    """The exit code and what was printed."""
    code = run(["run", "third-generation", *line.split()])
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("counts.s", 0), ("endless.s --limit 50", 0), ("disappoints.s", 1), ("faults.s", 1), ("counts.s --limit 3", 1),
        ("counts.s faults.s --under hybrid", 1), ("counts.s calls.s --under trap-and-emulate", 0),
        ("counts.s --under hybrid --depth 3", 0), ("far.s --storage 0x12D", 0), ("counts.s --storage 1024", 0),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_exit_codes(line: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, line)[0] == code


MISTAKES = [
    ("wrong.s", "wrong.s:1:4: error"),
    ("wrong.s", "wrong.s:2:1: error"),
    ("binary.s", "not UTF-8 text"),
    ("far.s", "reaches up to 0x12c; the machine has 0x100 units"),
    ("far.s --under hybrid", "reaches up to 0x12c"),
    ("counts.s far.s", "reaches up to 0x12c"),
    ("counts.s --storage 1025", "more than third-generation addresses"),
    ("counts.s --storage 1024 --under hybrid", "1 guests need 0x440 units"),
    ("counts.s calls.s --storage 0x200 --under hybrid", "2 guests need 0x440 units"),
    ("counts.s --under hybrid --depth 8 --storage 900", "guests need"),
    ("counts.s --depth 2", "say --under which"),
    ("counts.s --depth 9 --under hybrid", "'--depth'"),
    ("counts.s --depth 0 --under hybrid", "'--depth'"),
    ("counts.s --limit 0", "'--limit'"),
    ("counts.s --storage 0", "at least 1"),
    ("counts.s --storage many", "'many' is not a number"),
    ("counts.s --under nothing", "'--under'"),
    ("counts.s --monitor nobody", "'nobody' is no monitor of third-generation; there is default"),
    ("", "Missing argument 'PROGRAM...'"),
    ("nothing.s", "nothing.s: No such file"),
    (".", "Is a directory"),
]


@pytest.mark.parametrize(("line", "message"), MISTAKES)
@pytest.mark.usefixtures("folder")
def test_a_mistake(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, line)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("line", "text"), [("calls.s --under trap-and-emulate", TEXT), ("faults.s", FAULT)])
@pytest.mark.usefixtures("folder")
def test_text(line: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, line)[1:] == (text, "")


@pytest.mark.usefixtures("folder")
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "counts.s disappoints.s --format json")
    shown = json.loads(out)
    jsonschema.validate(shown, schema.schema())
    counts, disappoints = shown["results"]
    assert code == 1
    assert (counts["ended"], counts["instructions"], counts["direct"]) == ("halted", 9, 9)
    assert counts["state"] == {"pc": 4, "bound": 256}
    assert disappoints["disappointed"] == ["expected 4 in gpr[1], found 3"]


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.usefixtures("folder")
def test_depth_changes_nothing_that_the_guest_sees(depth: int, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capsys, f"calls.s --under hybrid --depth {depth} --format json")
    (result,) = json.loads(out)["results"]
    assert result["state"] == {"pc": 8, "bound": 256}
    assert result["traps"] == {"svc": 1}


@pytest.mark.usefixtures("folder")
def test_storage(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capsys, "far.s --storage 0o1000 --format json")
    assert json.loads(out)["results"][0]["state"] == {"pc": 300, "bound": 512}


@pytest.mark.usefixtures("folder")
def test_the_trace_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "counts.s --trace --under trap-and-emulate")
    assert code == 0
    assert out.startswith("counts.s on third-generation, trap-and-emulate\n")
    lines = [line.split() for line in err.splitlines()]
    assert len(lines) == 9
    assert lines[0] == ["1", "0x0", "LI", "r1,", "3", "gpr[1]=0x3"]
    assert lines[7] == ["8", "0x3", "ST", "r1,", "60", "real[0x3c]=0x0"]


@pytest.mark.usefixtures("folder")
def test_a_file_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, "calls.s --under trap-and-emulate -o out.txt") == (0, "", "")
    assert (folder / "out.txt").read_text() == TEXT
