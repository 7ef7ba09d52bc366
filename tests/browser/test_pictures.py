"""The pictures that the documentation shows: `pytest --accept tests/browser` takes them anew.

They are not compared byte by byte, since fonts differ between systems."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.browser.conftest import Browser

ROOT = Path(__file__).parents[2]
IMAGES, REPORTS = ROOT / "docs" / "images", ROOT / "reports"
LARGEST = 150_000  # bytes of one picture
OPENED = (390, 844)  # a telephone
# Name: the page with the anchor, the size of the window, the color scheme.
PICTURES = {
    "report-verdicts": ("x86-pentium/report.html", (1280, 860), "light"),
    "report-diagram": ("x86-pentium/report.html#default:sets", (1280, 640), "light"),
    "report-instructions": ("x86-pentium/report.html#default:instructions", (1280, 760), "light"),
    "report-witness": ("third-generation-jrst1/report.html#default/JRST%201", (1280, 1000), "light"),
    "report-remedies": ("x86-pentium/report.html#default:remedies", (1280, 560), "light"),
    "report-matrix": ("x86-pentium/report.html#state", (1280, 760), "dark"),
    "report-phone": ("x86-pentium/report.html#default/POPFD", OPENED, "dark"),
    "report-index": ("index.html", (1440, 700), "light"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_of_the_page_and_small(browser: Browser, name: str, accept: bool) -> None:
    page, size, scheme = PICTURES[name]
    path = IMAGES / f"{name}.png"
    if accept:
        path.parent.mkdir(parents=True, exist_ok=True)
        file, _, anchor = page.partition("#")
        browser.look(*size, scheme=scheme)
        browser.open(REPORTS / file, anchor)
        browser.driver.execute_async_script("setTimeout(arguments[0], 300)")
        browser.picture(path)
    data = path.read_bytes()
    assert struct.unpack(">II", data[16:24]) == size
    assert len(data) < LARGEST


def test_there_are_no_other_pictures_of_reports() -> None:
    assert {path.stem for path in IMAGES.glob("report-*.png")} == PICTURES.keys()
