"""What was read is kept, and serves as long as it is what would be read again."""

from __future__ import annotations

import os
import pickle
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.cli import run
from analyzer.diagnostics import SpecError
from analyzer.spec import kept
from analyzer.spec.kept import ABANDONED, ENVIRONMENT, FOLDER, MOST, UNFINISHED, keep, recall
from analyzer.spec.load import Reading, load, load_kept, part_and_whole
from tests.test_pool import eventually

TOY = Path(__file__).parents[1] / "machines_for_tests" / "toy"
VARIANT = "isa: variant\nextends: third-generation\ntitle: A variant\ndescription: It extends another.\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where machines are kept, and with a copy of one, the current folder."""
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "kept"))
    shutil.copytree(TOY, tmp_path / "toy")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "kept" / FOLDER


def entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("name", ["third-generation-spsw", "pdp10-ki10", "toy/machine.yaml", "./toy"])
def test_what_is_recalled_is_what_was_read(name: str) -> None:
    assert recall(name) is None
    assert load_kept(name) == load(name)
    assert recall(name) == load(name)


@pytest.mark.parametrize("only", [("ADD",), ("add", "LOAD"), ("LAOD",)])
def test_a_part_is_recalled(only: tuple[str, ...]) -> None:
    load_kept("./toy")
    assert recall("./toy", only) == Reading("./toy").machine(only)


def test_nothing_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    load_kept("./toy")
    monkeypatch.setattr("analyzer.spec.load.Reading", None)
    assert load_kept("./toy").name == "toy"


def edited(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("A toy machine", "Another machine"), encoding="utf-8")


def removed(path: Path) -> None:
    path.unlink()


def made_wrong(path: Path) -> None:
    path.write_bytes(b"\xff")


@pytest.mark.parametrize("change", [edited, removed, made_wrong])
def test_a_file_that_changed_is_read_again(change: Callable[[Path], None]) -> None:
    main = Path("toy/machine.yaml")
    load_kept("./toy")
    os.utime(main)
    assert recall("./toy") is not None
    change(main)
    assert recall("./toy") is None
    if change is edited:
        assert load_kept("./toy").title == "Another machine"
    else:
        with pytest.raises(SpecError):
            load_kept("./toy")


def test_a_file_that_would_be_read_now_is_read() -> None:
    """A machine beside this one comes before the shipped one of that name."""
    Path("variant").mkdir()
    Path("variant/machine.yaml").write_text(VARIANT)
    assert load_kept("./variant").machine == load("third-generation").machine
    assert recall("./variant") is not None
    shutil.copytree(TOY, "third-generation")
    assert recall("./variant") is None
    assert load_kept("./variant").machine == load(TOY).machine


@pytest.fixture
def released(folder: Path) -> Path:
    """A link to one of two folders with a variant each, the same one, of machines that differ."""
    for release, semantics in (("v1", "r[r1] += r[r2]"), ("v2", "r[r1] = r[r2]")):
        shutil.copytree("toy", Path(release, "base"))
        base, variant = Path(release, "base/machine.yaml"), Path(release, "variant/machine.yaml")
        base.write_text(base.read_text().replace("r[r1] += r[r2]", semantics))
        variant.parent.mkdir()
        variant.write_text(VARIANT.replace("third-generation", "base"))
    link = Path("now")
    link.symlink_to("v1")
    return link


def test_a_file_that_is_elsewhere_now_is_read_again(released: Path) -> None:
    before = load_kept(released / "variant")
    assert recall(released / "variant") == before
    released.unlink()
    released.symlink_to("v2")
    assert recall(released / "variant") is None
    assert load_kept(released / "variant").instructions != before.instructions


def test_what_may_not_be_read_any_more_is_not_recalled(released: Path) -> None:
    """A machine that is a link is none that another may extend."""
    load_kept("v1/variant")
    Path("v1/base").rename("v1/elsewhere")
    Path("v1/base").symlink_to("elsewhere")
    assert recall("v1/variant") is None
    with pytest.raises(SpecError):
        load_kept("v1/variant")


def test_a_file_that_nobody_writes_is_not_waited_for() -> None:
    load_kept("./toy")
    Path("toy/machine.yaml").unlink()
    os.mkfifo("toy/machine.yaml")
    assert recall("./toy") is None


def test_a_shipped_machine_is_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_kept("third-generation")
    monkeypatch.chdir(tmp_path.parent)
    assert recall("third-generation") is not None


def test_the_same_name_elsewhere_is_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_kept("./toy")
    shutil.copytree("toy", "elsewhere/toy")
    monkeypatch.chdir("elsewhere")
    assert recall("./toy") is None


def test_another_program_reads_again(monkeypatch: pytest.MonkeyPatch) -> None:
    load_kept("./toy")
    monkeypatch.setattr(kept, "_program", lambda: iter([("analyzer/spec/load.py", 0, 0)]))
    assert recall("./toy") is None


def test_a_machine_with_errors_is_not_kept(folder: Path) -> None:
    made_wrong(Path("toy/machine.yaml"))
    with pytest.raises(SpecError):
        load_kept("./toy")
    assert [*part_and_whole("./toy", ())][1][1][0]
    assert entries(folder) == []


def test_who_reads_one_instruction_keeps_the_machine() -> None:
    assert len([*part_and_whole("./toy", ("STORE",))]) == 2
    assert recall("./toy") == load("./toy")


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_what_others_could_have_written_is_not_opened(mode: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_kept("./toy")
    (entry,) = entries(folder)
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert recall("./toy") is not None
    entry.chmod(mode)
    assert recall("./toy") is None
    entry.chmod(0o600)
    folder.chmod(mode | 0o100)
    assert recall("./toy") is None
    folder.chmod(0o700)
    entry.rename(folder.parent / "another's")
    entry.symlink_to(folder.parent / "another's")
    assert recall("./toy") is None
    (folder.parent / "another's").rename(entry)
    assert recall("./toy") is not None
    user = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: user + 1)
    assert recall("./toy") is None


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({}), pickle.dumps([1])])
def test_what_is_broken_is_read_and_kept_anew(content: bytes, folder: Path) -> None:
    load_kept("./toy")
    (entry,) = entries(folder)
    entry.write_bytes(content)
    assert load_kept("./toy") == load("./toy") == recall("./toy")


def test_what_cannot_be_kept_is_only_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.parent.write_text("a file where the folder should be")
    assert load_kept("./toy").name == "toy"
    monkeypatch.setattr(pickle, "dump", None)
    folder.parent.unlink()
    assert load_kept("./toy").name == "toy"
    assert entries(folder) == []


@pytest.mark.parametrize(
    ("given", "base", "place"),
    [(None, "base", "base/vmmcheck"), (None, None, ".cache/vmmcheck"), ("", "base", None), ("own", "base", "own")],
)
def test_where_machines_are_kept(
    given: str | None, base: str | None, place: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in ((ENVIRONMENT, given), ("XDG_CACHE_HOME", base and str(tmp_path / base))):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    load_kept("./toy")
    assert {str(path.parent.relative_to(tmp_path)) for path in tmp_path.rglob(FOLDER)} == ({place} - {None})


def written(path: Path, when: float) -> None:
    path.touch()
    os.utime(path, (when, when))


def test_those_that_were_not_used_for_longest_go(folder: Path) -> None:
    isa = load(TOY)
    keep("./toy", isa, {})
    (used,) = entries(folder)
    written(used, 0)
    for number in range(1, MOST):
        written(folder / f"{number}", number)
    assert recall("./toy") == isa
    keep("toy/machine.yaml", isa, {})
    names = {path.name for path in entries(folder)}
    assert len(names) == MOST and used.name in names and "1" not in names and "2" in names


def test_what_nobody_finished_goes(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, age in (("old", ABANDONED + 60), ("young", ABANDONED - 60)):
        written(folder / f"{name}{UNFINISHED}", time.time() - age)
    load_kept("./toy")
    assert {path.name for path in entries(folder) if path.suffix} == {f"young{UNFINISHED}"}


@pytest.mark.parametrize(
    "command", [("explain", "third-generation-jrst1", "JRST 1"), ("check", "third-generation-lra")]
)
def test_commands_say_the_same_again(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    told = set()
    for jobs in ("1", "1", "2"):
        assert run([*command, "--jobs", jobs, "--format", "json"]) == 0
        told.add(capsys.readouterr().out)
        assert recall(command[1]) is not None
    assert len(told) == 1


def test_explain_keeps_a_machine_when_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "./toy", "LOAD", "--jobs", "2"]) == 0
    shown = capsys.readouterr().out
    assert eventually(lambda: recall("./toy") is not None)
    assert run(["explain", "./toy", "LOAD", "--jobs", "2"]) == 0
    assert capsys.readouterr().out == shown
