"""Files appear whole or not at all; pipes get plain text; starting is quick."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from analyzer import load
from analyzer.cli import run
from analyzer.report import write
from analyzer.theorems.engine import instructions_of

COMMAND = (sys.executable, "-m", "analyzer")


UNSET = ("NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_a_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """What a command shows on a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {key: value for key, value in os.environ.items() if key not in UNSET} | {"TERM": "xterm"} | environment
    process = subprocess.Popen([*COMMAND, *arguments], stdout=theirs, stderr=theirs, stdin=theirs, env=env)
    os.close(theirs)
    out = b""
    try:
        while chunk := os.read(ours, 65536):
            out += chunk
    except OSError:  # how a terminal says that it was closed
        pass
    os.close(ours)
    assert process.wait() == 0
    return out.decode()


def test_colors_on_a_terminal_unless_refused() -> None:
    assert "\x1b[" in on_a_terminal("list")
    assert "\x1b[" not in on_a_terminal("list", NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal("list", TERM="dumb")


@pytest.mark.parametrize("columns", [60, 90])
def test_the_width_of_the_terminal_is_respected(columns: int) -> None:
    lines = ESCAPE.sub("", on_a_terminal("list", columns=columns)).splitlines()
    assert columns - 20 < max(map(len, lines)) <= columns


def test_long_work_shows_the_instruction_under_check_and_clears_it() -> None:
    shown = on_a_terminal("check", "third-generation", "--jobs", "1", columns=90)
    progress, report = shown.split("The third generation machine of 1974", 1)
    frames = ESCAPE.sub("", progress).split("\r")
    names = "|".join(re.escape(row.name) for row in instructions_of(load("third-generation")))
    assert any(re.search(rf"third-generation .* \d+/27 .* ({names})$", frame.strip()) for frame in frames)
    assert max(map(len, frames)) <= 90
    assert "/27" not in report
    assert progress.endswith("\x1b[2K") or frames[-1].strip() == ""


def test_no_bar_where_the_terminal_cannot_go_back() -> None:
    assert "/27" not in on_a_terminal("check", "third-generation", "--jobs", "1", TERM="dumb")


def test_a_pipe_gets_plain_text_and_no_progress() -> None:
    done = subprocess.run([*COMMAND, "list"], capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stdout
    assert "pdp10-ka10" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize(("line", "code"), [("list", 0), ("list --format yaml", 2), ("check nothing-like-it", 2)])
def test_closed_streams_change_no_exit_code(line: str, code: int, closed: str) -> None:
    command = f"{shlex.join(COMMAND)} {line} {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stdout + done.stderr


def test_what_cannot_be_written_is_said() -> None:
    done = subprocess.run(["sh", "-c", f"{shlex.join(COMMAND)} list > /dev/full"], capture_output=True, check=False)
    assert (done.returncode, b"No space left" in done.stderr) == (2, True)


def test_a_file_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "machines.json"
    target.write_text("old")
    target.chmod(0o640)
    assert run(["list", "--format", "json", "-o", str(target)]) == 0
    assert capsys.readouterr().out == ""
    assert json.loads(target.read_text())["command"] == "list"
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report"
    target.write_text("old")

    def fail(source: str, destination: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write.write("new", str(target))
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_is_followed_and_a_device_written(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write.write("new", str(link))
    assert link.is_symlink()
    assert target.read_text() == "new"
    write.write("new", os.devnull)
    assert not Path(os.devnull).is_file()


def test_what_the_stream_cannot_encode_is_escaped() -> None:
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*COMMAND, "lint", "./\u00e9"], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 2
    assert "\\xe9" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["--version"], ["list"]], ids=" ".join)
def test_starting_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from analyzer.cli import run; run(sys.argv[1:]);"
        "print([name for name in ('z3', 'pydantic', 'multiprocessing') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_importing_the_package_imports_nothing() -> None:
    program = "import sys, analyzer; print([name for name in sys.modules if name.startswith('analyzer.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
