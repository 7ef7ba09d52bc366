"""Every page shows what happens: its sessions, followed in their order, print what is shown, and what is taken from
the code is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import generated, pages

TAKES_LONG = pytest.mark.nightly
FOLLOWED = [
    *(pytest.param(page, "console", id=page.name) for page in pages.sessions(pages.PAGES, "console")),
    *(
        pytest.param(page, "console nightly", marks=TAKES_LONG, id=f"{page.name} long")
        for page in pages.sessions(pages.PAGES, "console nightly")
    ),
]
GENERATED = [page for page in pages.PAGES if generated.SECTION.search(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "language"), FOLLOWED)
def test_sessions_print_what_the_page_shows(page: Path, language: str, tmp_path: Path, accept: bool) -> None:
    now = pages.followed(pages.prepared(tmp_path), page, language)
    if accept:
        page.write_text(now, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == now, "run `make accept` to accept the change"


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_what_is_taken_from_the_code_is_up_to_date(page: Path, accept: bool) -> None:
    text = page.read_text(encoding="utf-8")
    now = generated.refreshed(text)
    if accept:
        page.write_text(now, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == now, "run `make accept` to accept the change"


def test_something_is_followed_and_generated() -> None:
    assert len(FOLLOWED) >= 5
    assert len(GENERATED) >= 3


def test_a_page_that_shows_something_else_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```yaml\n# a/b.yaml\nx: 1\n```\n\n```console\n$ cat a/b.yaml\nx: 2\n```\n")
    assert pages.followed(pages.prepared(tmp_path), page, "console").endswith("# a/b.yaml\nx: 1\n```\n")
    assert generated.refreshed("<!-- generated: operators -->\nold\n<!-- end -->").count("| `a + b` |") == 1
