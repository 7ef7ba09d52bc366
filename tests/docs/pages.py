"""The pages that are shown to readers, and what stands in them.

```yaml or ```asm whose first line is a comment with the path of a file is that file; ```console is a session of a shell
in which `$` marks what is typed (```console nightly one that takes minutes); ```pycon is a session of Python.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = tuple(sorted((ROOT / "docs").rglob("*.md")))
PAGES = (README, ROOT / "CONTRIBUTING.md", *DOCS)
FENCE = re.compile(r"^```(\w+(?: nightly)?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"[#;] (\S+/\S+\.(?:yaml|s|py))\n")
TYPED = re.compile(r"^\$ (.*)$", re.MULTILINE)


def blocks(page: Path, *languages: str) -> list[str]:
    """The texts of the page's blocks in these languages."""
    return [text for found, text in FENCE.findall(page.read_text(encoding="utf-8")) if found in languages]


def sessions(pages: tuple[Path, ...], language: str) -> list[Path]:
    """The pages with sessions of this kind."""
    return [page for page in pages if blocks(page, language)]


def prepared(folder: Path) -> Path:
    """The folder as a place to work in: `vmmcheck` is this source tree's."""
    script = folder / "bin" / "vmmcheck"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m analyzer "$@"\n')
    script.chmod(0o755)
    return folder


def typed(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A command typed in the folder."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    env = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", command], cwd=work, env=env, capture_output=True, text=True, check=False)


def followed(folder: Path, page: Path, language: str) -> str:
    """The page as it would look now: its files are written and its sessions typed, in their order."""

    def follow(found: re.Match[str]) -> str:
        kind, text = found.groups()
        if kind == language:
            text = "".join(_shown(folder, command) for command in TYPED.findall(text))
        elif file := FILE.match(text):
            path = folder / "work" / file[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return f"```{kind}\n{text}```"

    return FENCE.sub(follow, page.read_text(encoding="utf-8"))


def _shown(folder: Path, command: str) -> str:
    done = typed(folder, command)
    return f"$ {command}\n{done.stdout}{done.stderr}"
