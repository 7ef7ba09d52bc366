"""Files from strangers: what is not read, and how fast it is refused."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.diagnostics import render
from analyzer.spec.load import lint_with_sources

HEAD = "isa: m\ntitle: t\ndescription: d\n"


def write(folder: Path, text: str | bytes, name: str = "machine.yaml") -> None:
    """Put a file into a folder, making its parents."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def first_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first line of each message about the machine in `folder`."""
    monkeypatch.chdir(folder)
    return [render((item,), {}).split("\n")[0] for item in lint_with_sources(Path("machine.yaml"))[0]]


def members(count: int) -> str:
    return HEAD + "components:\n" + "".join(f"  c{n}: {{width: 0, role: visible}}\n" for n in range(count))


# content of machine.yaml -> the only message
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "nul": (b"isa: \0\n", "machine.yaml:1:6: error[not-text]: a control character; YAML files are plain text"),
    "latin1": (b"isa: m\ntitle: \xe9\n", "machine.yaml:2:8: error[not-text]: not UTF-8 text"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "machine.yaml:1:1: error[not-text]: not UTF-8 text"),
    "escape": ("isa: \x1b[31m\n", "machine.yaml:1:6: error[not-text]: a control character; YAML files are plain text"),
    "empty": ("", "machine.yaml:1:1: error[empty-file]: the file is empty"),
    "spaces": (" \n\n", "machine.yaml:1:1: error[empty-file]: the file is empty"),
    "huge": ("#" * (4 << 20) + "\n", "machine.yaml:1:1: error[file-too-large]: more than 4 MiB"),
    "mapping as key": (HEAD + "? {a: b}\n: c\n", "machine.yaml:4:3: error[yaml-key]: a key must be text"),
    "recursion": ("&a [*a]\n", "machine.yaml:1:1: error[yaml-alias]: anchors and aliases are not allowed"),
    "deep": ("isa: " + "[" * 500_000, "machine.yaml:1:38: error[yaml-depth]: nested more than 32 deep"),
    "deeper": ("- " * 500_000, "machine.yaml:1:67: error[yaml-depth]: nested more than 32 deep"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, message = REFUSED[name]
    write(tmp_path, content)
    assert first_lines(tmp_path, monkeypatch) == [message]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)
HOSTILE: dict[str, str] = {
    "aliases": BOMB,
    "family": HEAD
    + "instructions:\n- name: '{a}{b}{c}{d}{e}'\n  for:\n"
    + "".join(f"    {key}: [{', '.join(f'k{n}' for n in range(100))}]\n" for key in "abcde")
    + "  encoding: 0\n  semantics: pass\n",
    "long texts": HEAD
    + "instructions:\n- name: '{a}{b}'\n  for:\n    a: ["
    + ", ".join(f"k{n}" for n in range(90))
    + "]\n    b: ["
    + ", ".join(f"k{n}" for n in range(90))
    + "]\n  encoding: 0\n  semantics: '"
    + "{a}" * 100_000
    + "'\n",
    "errors": members(20_000),
    "unknown keys": HEAD + "".join(f"k{n}: 1\n" for n in range(100_000)),
    "number": HEAD + f"constants: {{a: {'9' * 100_000}, b: 0x{'f' * 100_000}}}\n",
    "restriction": HEAD
    + f"instructions:\n- name: A\n  encoding: '0 x:7'\n  where: x == 0x{'f' * 9000}\n  semantics: pass\n",
    "bits": HEAD + f"instructions:\n- name: A\n  encoding: '{'01' * 500_000}'\n  semantics: pass\n",
    "nested where": HEAD + f"instructions:\n- name: A\n  encoding: '0 x:7'\n  where: {'(' * 9000}\n  semantics: pass\n",
    "prefixed": HEAD + f"instructions:\n- name: A\n  encoding: 'm=({'(' * 9000}'\n  semantics: pass\n",
    "parentheses": HEAD + f"instructions:\n- name: A\n  encoding: '{'m=c(' * 9000}'\n  semantics: pass\n",
    "semantics": HEAD + f"instructions:\n- name: A\n  encoding: '0 x:7'\n  semantics: 'x = {'-' * 90_000}x'\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_soon(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generous limit: without the bounds these take minutes or gigabytes."""
    write(tmp_path, HOSTILE[name])
    begin = time.process_time()
    assert any("error[" in line for line in first_lines(tmp_path, monkeypatch))
    assert time.process_time() - begin < 60


def test_an_alias_bomb_is_refused_at_the_first_anchor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, BOMB)
    expected = "machine.yaml:1:4: error[yaml-alias]: anchors and aliases are not allowed"
    assert first_lines(tmp_path, monkeypatch) == [expected]


def test_no_more_than_a_thousand_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, members(2000))
    lines = first_lines(tmp_path, monkeypatch)
    assert len(lines) == 1001
    assert "machine.yaml:1:1: error[too-many-errors]: more than 1000 messages" in lines


def test_no_more_than_64_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"f{n}.yaml" for n in range(70)]
    write(tmp_path, HEAD + f"include: [{', '.join(names)}]\n")
    for name in names:
        write(tmp_path, "constants: {}\n", name)
    lines = first_lines(tmp_path, monkeypatch)
    assert len(lines) == 7
    assert all("error[too-many-files]: more than 64 files" in line for line in lines)


def link(folder: Path) -> None:
    (folder / "inner.yaml").symlink_to("/etc/passwd")


def link_folder(folder: Path) -> None:
    (folder / "inner.yaml").mkdir()
    (folder / "deep").symlink_to("/etc")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "inner.yaml")


def absent(folder: Path) -> None:
    pass


OUT = "error[outside-folder]: '{}' leads out of the machine's folder"
INCLUDES: list[tuple[Callable[[Path], None], str, str]] = [
    (link, "inner.yaml", OUT.format("inner.yaml")),
    (link_folder, "deep/passwd", OUT.format("deep/passwd")),
    (link_folder, "inner.yaml", "error[no-such-file]: no file 'inner.yaml'"),
    (pipe, "inner.yaml", "error[no-such-file]: no file 'inner.yaml'"),
    (absent, "inner.yaml", "error[no-such-file]: no file 'inner.yaml'"),
    (absent, "../machine.yaml", OUT.format("../machine.yaml")),
    (absent, "a/../../b.yaml", OUT.format("a/../../b.yaml")),
    (absent, "/etc/passwd", OUT.format("/etc/passwd")),
    (absent, '""', OUT.format("")),
    (absent, '"a\\0b"', OUT.format("a\N{REPLACEMENT CHARACTER}b")),
    (absent, "~root/x.yaml", "error[no-such-file]: no file '~root/x.yaml'"),
    (absent, "machine.yaml", "error[include-twice]: 'machine.yaml' is already part of the machine"),
]


@pytest.mark.parametrize(("prepare", "include", "message"), INCLUDES)
def test_includes_stay_inside(
    prepare: Callable[[Path], None], include: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tmp_path)
    write(tmp_path, f"include: [{include}]\n" + HEAD)
    assert f"machine.yaml:1:11: {message}" in first_lines(tmp_path, monkeypatch)


def test_a_main_file_that_is_a_link_out_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "machine.yaml").symlink_to("/etc/passwd")
    (line,) = first_lines(tmp_path, monkeypatch)
    assert line.endswith("error[outside-folder]: 'machine.yaml' leads out of the machine's folder")


def test_no_file_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert first_lines(tmp_path, monkeypatch) == ["machine.yaml:1:1: error[no-such-file]: no file 'machine.yaml'"]


def test_a_file_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    write(tmp_path, HEAD)
    monkeypatch.setattr(Path, "open", refuse)
    expected = "machine.yaml:1:1: error[unreadable-file]: cannot read 'machine.yaml': Permission denied"
    assert first_lines(tmp_path, monkeypatch) == [expected]


def test_messages_are_safe_to_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escapes in quoted texts and characters that turn the writing direction do not reach the terminal."""
    write(tmp_path, HEAD + '"\\e[31m\\u202E": 1\n\u202ekey: 2\n')
    monkeypatch.chdir(tmp_path)
    text = render(*lint_with_sources(Path("machine.yaml")))
    assert "there is no '\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}' here" in text
    assert all(character.isprintable() or character == "\n" for character in text)
