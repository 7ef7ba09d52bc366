"""The README's commands, the examples in the help, and what all pages name: they run, and exist.

tests/docs/ follows the pages. ```sh are commands for a fresh machine, which use the network and are run by .ci/run.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
from pathlib import Path

import pytest

from analyzer.cli import cli
from tests.docs.pages import PAGES, README, ROOT, blocks, prepared, typed

COMMANDS = sorted(cli.commands)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `vmmcheck` is this source tree's."""
    return prepared(tmp_path_factory.mktemp("shell"))


def test_the_readme_has_what_it_should() -> None:
    assert len(blocks(README, "console")) >= 3
    assert len(blocks(README, "console nightly")) >= 1
    assert len(blocks(README, "pycon")) >= 1
    assert len(blocks(README, "sh")) == 2


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "pycon")], ids=lambda page: page.name)
def test_python_prints_what_the_page_shows(page: Path) -> None:
    text = "\n".join(blocks(page, "pycon"))
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed == 0


def test_one_command_runs_the_main_job_and_one_the_tests() -> None:
    main, test = (text.strip() for text in blocks(README, "sh"))
    assert "\n" not in main + test
    assert main.endswith(".venv/bin/vmmcheck check pdp10-ka10 x86-pentium")
    assert test.endswith(".venv/bin/pytest")


def test_ci_runs_the_readmes_test_command(tmp_path: Path) -> None:
    """With tools that only tell how they were called, in a copy that has nothing but the script and the README."""
    for name in (".ci/run", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
        (tmp_path / name).chmod(0o755)
    for tool in ("bin/python3.11", ".venv/bin/pip", ".venv/bin/pytest"):
        path = tmp_path / tool
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho {path.name} "$@"\n')
        path.chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run([tmp_path / ".ci/run"], cwd="/", env=env, capture_output=True, text=True, check=True)
    first, second, third = done.stdout.splitlines()
    assert first == "python3.11 -m venv .venv"
    assert second.startswith("pip install ")
    assert third == "pytest"


def test_every_command_has_an_example() -> None:
    assert len(COMMANDS) == 10


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_in_the_help_runs(command: str, shell: Path) -> None:
    text = typed(shell, f"vmmcheck {command} --help").stdout
    example = text.strip().splitlines()[-1].strip()
    assert text.strip().splitlines()[-2] == "Example:" or "Example:" in text.strip().splitlines()[-2]
    assert example.startswith(f"vmmcheck {command} ")
    done = typed(shell, example)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_every_command_and_make_target_named_on_a_page_exists() -> None:
    names = {target for page in PAGES for target in re.findall(r"`make ([a-z]+)`", page.read_text(encoding="utf-8"))}
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert names
    assert names <= set(re.findall(r"make ([a-z]+)", listed))
    used = {name for page in PAGES for name in re.findall(r"`vmmcheck ([a-z]+)", page.read_text(encoding="utf-8"))}
    assert used <= set(COMMANDS)


def test_every_link_in_the_pages_leads_somewhere() -> None:
    links = [(page, target) for page in PAGES for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]
    assert len(links) >= 5
    assert [target for page, target in links if not (page.parent / target).exists()] == []
