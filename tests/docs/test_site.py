"""The documentation builds as a site without a warning, and the site loads nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

LOADED = re.compile(
    r'<(?:script|img|iframe)[^>]*\bsrc="?(https?:[^"\s>]*)'
    r'|<link[^>]*\brel="?(?:stylesheet|preconnect|icon)[^>]*\bhref="?(https?:[^"\s>]*)'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed: vmmcheck's extra `docs` brings it")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_there(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in DOCS}
    machines = {Path("machines") / f"{path.parent.name}.html" for path in (ROOT / "isa_specs").glob("*/README.md")}
    assert len(pages) >= 15
    assert len(machines) >= 5
    assert {page for page in pages | machines | {Path("index.html")} if not (site / page).is_file()} == set()
    assert list(site.rglob("*.py")) == []


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    assert [found for text in texts for found in LOADED.findall(text)] == []
    assert LOADED.search('<script src="https://example.org/x.js">')
    assert LOADED.search(
        '<link href="https://example.org" rel=x><link rel="stylesheet" href="https://example.org/x.css">'
    )
