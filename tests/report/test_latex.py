"""LaTeX: a row for what is sensitive, nothing that a text could do to the document."""

from __future__ import annotations

import re

import pytest

from analyzer.report import latex
from tests.report import fakes
from tests.report.test_formats import HOSTILE, hostile_report

ENVIRONMENT = "begin end caption toprule midrule bottomrule endhead endfirsthead rotatebox texttt bullet"
SHOWING = "backslash asciitilde asciicircum less greater bar quotedbl quotesingle asciigrave"
COMMANDS = {rf"\{name}" for name in ENVIRONMENT.split()} | {rf"\text{name}" for name in SHOWING.split()}
COMMANDS |= {rf"\{char}" for char in "\\&%$#_{}"}


def test_a_row_for_each_sensitive_instruction_and_the_others_are_counted() -> None:
    text = latex.render([fakes.report()])
    assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") == 2
    assert text.count(r"\texttt{RDM} &  & M & $\bullet$ &  & wrong & direct \\") == 2
    assert text.count(r"\texttt{JRST 1} &  & C & $\bullet$ &  & wrong & direct \\") == 2
    assert r"\texttt{ADD}" not in text
    assert text.count("Not shown: 1 instruction, innocuous.") == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b", r"a\_b"),
        (r"\end{document}", r"\textbackslash{}end\{document\}"),
        ("50% & $x^2$ #1 ~", r"50\% \& \$x\textasciicircum{}2\$ \#1 \textasciitilde{}"),
        ("a--b---c", "a-{}-b-{}-{}-c"),
        ("<i>", r"\textless{}i\textgreater{}"),
        ("caf\u00e9", r"caf\textbackslash{}u\{e9\}"),
    ],
)
def test_every_character_is_shown_literally(text: str, shown: str) -> None:
    assert latex.escape(text) == shown


@pytest.mark.parametrize("evil", HOSTILE, ids=lambda evil: ascii(evil[:12]))
def test_hostile_texts_are_characters_only(evil: str) -> None:
    text = latex.render([hostile_report(evil)])
    assert text.isascii()
    commands = set(re.findall(r"\\\\|\\[^a-z]|\\[a-z]+", text.removeprefix(latex.PREAMBLE)))
    assert {r"\\", r"\texttt", r"\toprule"} <= commands
    assert commands <= COMMANDS
    unescaped = re.sub(r"\\[\\{}]", "", text)
    assert unescaped.count("{") == unescaped.count("}")
