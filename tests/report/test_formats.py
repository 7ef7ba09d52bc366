"""What a specification's texts can do to a terminal or to a page: nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from analyzer.report import check, compare, explain, markdown, text
from analyzer.report.document import Bullets, Document, Heading, Paragraph, Table, Verbatim
from analyzer.report.escape import LIMIT, short, visible
from analyzer.report.escape import markdown as escaped
from analyzer.report.model import Report, build
from tests.report import fakes

HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07",
    "two\nlines\r| a | b |",
    "<script>alert(1)</script> ![x](http://e.example/x) `code` *bold*",
    "\u202eright to left\u2066\u200b",
    "\ud800 half a character",
    "[bold]markup[/bold] :smile:",
    "x" * 100_000,
)


def hostile_report(evil: str) -> Report:
    """A report whose every text from the specification is `evil`."""
    names = (evil, "RDM", "JRST 1")
    isa = fakes.isa(names)
    monitor = replace(isa.monitors["default"], question=evil)
    rows = tuple(replace(row, summary=evil, source=evil) for row in isa.instructions)
    model = replace(
        fakes.analysis().extended,
        instructions=(replace(fakes.RDM, name=evil, reasons=(evil,)), fakes.RDM, fakes.JRST_1),
    )
    first, *others = fakes.EXACT.instructions
    exact = replace(fakes.EXACT, instructions=(replace(first, name=evil), *others))
    analysis = replace(
        fakes.analysis(), title=evil, relation=evil, assumptions=(evil,), models={"extended": model}, exact=exact
    )
    return build(replace(isa, monitors={"default": monitor}, instructions=rows), analysis)


def documents(evil: str) -> dict[str, Document]:
    report = hostile_report(evil)
    return {
        "check": check.document(report, every_row=True),
        "explain": explain.document(report),
        "compare": compare.document(report, fakes.report()),
    }


@pytest.mark.parametrize("evil", HOSTILE, ids=lambda evil: ascii(evil[:12]))
@pytest.mark.parametrize("command", ["check", "explain", "compare"])
def test_terminals_get_printable_characters_only(command: str, evil: str) -> None:
    out = text.render(documents(evil)[command], width=120)
    assert all(char.isprintable() for line in out.splitlines() for char in line)
    assert len(out) < 100_000
    if len(evil) < LIMIT and evil.isascii() and evil.isprintable():
        assert re.sub(r"\s+", " ", evil)[:20] in out


@pytest.mark.parametrize("evil", HOSTILE, ids=lambda evil: ascii(evil[:12]))
@pytest.mark.parametrize("command", ["check", "explain", "compare"])
def test_pages_get_no_markup(command: str, evil: str) -> None:
    out = markdown.render(documents(evil)[command])
    assert "<script" not in out
    assert "![" not in out
    assert "http://" not in out
    assert not re.search(r"(?<!\\)[`*]", out)
    tables = [line for line in out.splitlines() if line.startswith("|")]
    assert tables
    assert all(line.endswith("|") for line in tables)


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("a|b", "a\\|b"),
        ("a_b*c", "a\\_b\\*c"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("a\nb", "a\\\\x0ab"),
        ("https://e.example", "https&#58;//e.example"),
        ("# no heading", "\\# no heading"),
    ],
)
def test_markdown_escapes(plain: str, expected: str) -> None:
    assert escaped(plain) == expected


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("12) item", "12\\) item"),
        ("+ item", "\\+ item"),
        ("> quotation", "&gt; quotation"),
        ("===", "\\==="),
        ("    code", "code"),
        ("2 instructions", "2 instructions"),
    ],
)
def test_a_paragraph_begins_nothing_else(plain: str, expected: str) -> None:
    assert markdown.render([Paragraph(plain)]) == f"{expected}\n"


def test_long_texts_are_cut_with_an_ellipsis() -> None:
    assert short("x" * 400) == "x" * (LIMIT - 1) + "\N{HORIZONTAL ELLIPSIS}"
    assert short("x" * LIMIT) == "x" * LIMIT


EVERY_BLOCK = (
    Heading("Title", level=1),
    Paragraph("Text."),
    Bullets(("one", "two")),
    Table(("a", "b"), (("1", "yes"),)),
    Table(("", ""), (("2", "no"),)),
    Verbatim(("x  ^",)),
)


def test_text_layout() -> None:
    assert text.render(EVERY_BLOCK) == "Title\n  Text.\n  one\n  two\n  a  b\n  1  yes\n  2  no\nx  ^\n"


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ((("漢字", "x"), ("y", "z")), "  漢字  x\n  y     z\n"),
        ((("a", "b"), ("", ""), ("c", "")), "  a  b\n\n  c\n"),
        ((("a\nb", "x"), ("\x1b", "y")), "  a\\x0ab  x\n  \\x1b    y\n"),
    ],
    ids=["wide", "blank", "escaped"],
)
def test_columns_are_aligned_as_they_are_shown(rows: tuple[tuple[str, str], ...], shown: str) -> None:
    assert text.render([Table(("", ""), rows)]) == shown


@given(st.lists(st.tuples(st.text("aé漢\x1b", max_size=70), st.text("b", max_size=70)), min_size=1, max_size=4))
def test_tables_lose_nothing(rows: list[tuple[str, str]]) -> None:
    shown = text.render([Table(("", ""), tuple(rows))])
    assert sorted("".join(shown.split())) == sorted("".join(visible(cell) for row in rows for cell in row))
    assert max(map(cell_len, shown.splitlines()), default=0) <= text.WIDTH


def test_markdown_layout() -> None:
    assert markdown.render(EVERY_BLOCK) == (
        "# Title\n\nText.\n\n- one\n- two\n\n"
        "| a | b |\n| --- | --- |\n| 1 | yes |\n\n|  |  |\n| --- | --- |\n| 2 | no |\n\n    x  ^\n"
    )


def test_colors_only_where_asked_for() -> None:
    assert "\x1b[" not in text.render(EVERY_BLOCK)
    assert "\x1b[32myes" in text.render(EVERY_BLOCK, color=True)
    assert "\x1b[31mno" in text.render(EVERY_BLOCK, color=True)
