"""The HTML report: what a specification's texts can do to it is nothing, and it needs nothing but itself."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from analyzer.report import html
from analyzer.report.html.charts import charts
from analyzer.report.html.environment import grouped, listed
from analyzer.report.html.index import Machine, index
from analyzer.report.html.page import section
from analyzer.report.model import Report, build
from analyzer.validation.fixed import Applied, Workload
from analyzer.verdict import Answer
from tests.report import fakes
from tests.report.test_formats import HOSTILE, hostile_report
from tests.report.test_json import FIXED

MARKUP = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onclick='alert(1)",
    "{{ 7 * 7 }}{% for x in y %}",
    "</style></title></textarea><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "<!-- -->",
)
VOID = {"meta", "input", "br", "wbr"}


class Page(HTMLParser):
    """A page taken apart: `tags` with attributes; `texts`; `scripts` and `styles` as they stand; `open` elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.tags if "id" in attributes]


def with_remedies(report: Report) -> Report:
    rows = report.rows
    applied = tuple(
        Applied(row.exact.name, "trap", "traps", Answer.YES, "traps", 1, 2.5, "", f"{row.summary}\noriginal()\n")
        for row in rows
    )
    return replace(report, fix=replace(FIXED, applied=applied, vmm=tuple(row.exact.name for row in rows)))


def pages(evil: str) -> dict[str, Page]:
    report = with_remedies(hostile_report(evil))
    return {
        "page": Page(html.render([report])),
        "index": Page(index([Machine("a folder#1", (report.analysis,), (FIXED,))])),
    }


@pytest.mark.parametrize("evil", (*HOSTILE, *MARKUP), ids=lambda evil: ascii(evil[:12]))
@pytest.mark.parametrize("which", ["page", "index"])
def test_texts_are_shown_and_never_markup(which: str, evil: str) -> None:
    page, tame = pages(evil)[which], pages("tame")[which]
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in tame.tags]
    assert [set(attributes) for _, attributes in page.tags] == [set(attributes) for _, attributes in tame.tags]
    assert page.scripts[1:] == tame.scripts[1:]  # the first is data
    assert page.open == []
    shown = "".join(page.texts)
    assert all(char.isprintable() or char == "\n" for char in shown)
    if evil in MARKUP:
        assert evil in shown


@pytest.mark.parametrize("evil", (*HOSTILE, *MARKUP), ids=lambda evil: ascii(evil[:12]))
def test_the_data_is_json_that_ends_no_script(evil: str) -> None:
    page = pages(evil)["page"]
    assert not re.search("[<>&]", page.scripts[0])
    data = json.loads(page.scripts[0])
    assert [len(rows) for rows in data["reports"]] == [3]
    for value in strings(data):
        assert all(char.isprintable() or char == "\n" for char in value)


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in strings(item)]


def test_the_page_needs_nothing_but_itself() -> None:
    text = html.render([with_remedies(fakes.report())])
    page = Page(text)
    policy = next(str(a["content"]) for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object", "base"}
    assert [a for tag, a in page.tags if tag == "script" and "src" in a] == []
    assert "innerHTML" not in text
    assert "http://" not in text
    assert "https://" not in text


def test_every_link_in_the_page_leads_to_one_place_in_it() -> None:
    other = replace(fakes.analysis(), monitor="other")
    isa = fakes.isa()
    isa = replace(isa, monitors={**isa.monitors, "other": isa.monitors["default"]})
    page = Page(html.render([build(isa, fakes.analysis()), build(isa, other)]))
    links = [str(a["href"]) for tag, a in page.tags if tag == "a"]
    assert len(set(page.ids)) == len(page.ids)
    assert {"#default/RDM", "#other/JRST%201", "#other:verdicts"} <= set(links)
    assert [link for link in links if link.removeprefix("#") not in page.ids] == []


def test_without_scripts_verdicts_tables_and_reasons_are_there() -> None:
    text = " ".join("".join(Page(html.render([fakes.report()])).texts).split())
    assert "the sufficient condition fails because of 2 instructions: RDM, JRST 1." in text
    assert "in virtual system mode, run in real user mode, the results differ: acc is 0 and 1" in text
    assert "What JRST 1 does." in text
    assert "traps are precise" in text


def test_part_of_a_machine_has_no_verdicts() -> None:
    part = build(fakes.isa((*fakes.NAMES, "SUB")), fakes.analysis())
    assert section(part).verdicts == ()
    assert "Only 3 of 4 instructions were looked at" in html.render([part])
    assert len(section(fakes.report()).verdicts) == 2


def test_what_is_undecided_is_told() -> None:
    open_ = build(fakes.isa(), fakes.analysis_of(fakes.isa(), Answer.UNKNOWN))
    text = html.render([open_])
    assert "resource limit" in text
    assert "Not in the diagram, since it is not decided: ADD, RDM, JRST 1." in text
    assert '<svg class="euler"' not in text  # it would be empty


def test_what_is_undecided_for_the_same_reason_is_one_line() -> None:
    open_ = build(fakes.isa(), fakes.analysis_of(fakes.isa(), Answer.UNKNOWN))
    every, lines = list(open_.undecided()), section(open_).undecided
    names = [row.name for row in open_.rows]
    assert len(lines) < len(every)
    assert not any(line.startswith((f"{name}:", f"{name} (")) for line in lines for name in names)
    together = [line for line in lines if line.startswith(f"{len(names)} instructions: {', '.join(names)}")]
    assert len(together) * len(names) == len(every) - (len(lines) - len(together))


def test_very_many_names_are_folded() -> None:
    names = [f"I{number}" for number in range(30)]
    few, others = listed(names)
    assert few.endswith("I11 and 18 more")
    assert others.split(", ") == names[12:]
    assert listed(names[:24]) == (", ".join(names[:24]), "")


def test_rows_that_begin_alike_share_their_first_cell() -> None:
    rows = [("A", "1"), ("A", "2"), ("B", "3"), ("", "4"), ("", "5"), ("A", "6")]
    assert grouped(rows) == [rows[:2], rows[2:3], rows[3:4], rows[4:5], rows[5:]]


def test_a_remedy_that_no_guest_ran_with_is_not_said_to_be_run() -> None:
    report = with_remedies(fakes.report())
    assert report.fix is not None
    idle = replace(report.fix, workloads=tuple(replace(each, instructions=0) for each in report.fix.workloads))
    assert "and run with the machine" not in html.render([replace(report, fix=idle)])
    assert "proved by the exact criterion" in html.render([replace(report, fix=idle)])


def test_a_long_name_is_a_short_link_of_its_own() -> None:
    names = ("x" * 1000 + "1", "x" * 1000 + "2")
    isa = fakes.isa(names)
    lines = section(build(isa, fakes.analysis_of(isa))).lines
    assert len({line.anchor for line in lines}) == 2
    assert all(len(line.anchor) < 200 for line in lines)


def test_bars_are_in_proportion() -> None:
    few, many = (
        Workload(name, Answer.YES, 1, (), 10, {"trap": number}, slowdown)
        for name, number, slowdown in (("trap", 5.0, 2.0), ("assist", 20.0, 1.0))
    )
    traps, slowdown = charts([few, many])
    assert [(bar.label, bar.value, bar.length) for bar in traps.bars] == [
        ("hardware trap", "5.0", 25.0),
        ("hardware assist", "20.0", 100.0),
    ]
    assert [bar.length for bar in slowdown.bars] == [100.0, 50.0]
    assert list(charts([replace(few, instructions=0)])) == []


def test_the_index_has_a_row_for_each_machine_and_monitor() -> None:
    toy = replace(fakes.analysis(), isa="toy 2")
    text = index([Machine("a", (fakes.analysis(), replace(fakes.analysis(), monitor="other"))), Machine("b#", (toy,))])
    rows = [re.sub("<[^>]*>", "|", row) for row in text.split("<tr>")[3:]]
    cells = [[cell for cell in row.split("|") if cell.strip()] for row in rows]
    counts = ["3", "0", "2", "2", "0", "2"]
    answers = ["no", "no", "yes"] * 2 + ["no", "yes"]
    assert [row[:17] for row in cells] == [
        ["toy", "A toy", "default", *counts, *answers],
        ["toy", "A toy", "other", *counts, *answers],
        ["toy 2", "A toy", "default", *counts, *answers],
    ]
    assert re.findall('<a href="([^"]*report[^"]*)"', text) == [
        "a/report.html#default:monitor",
        "a/report.html#other:monitor",
        "b%23/report.html#default:monitor",
    ]
