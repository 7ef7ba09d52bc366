"""The report of `fix`: what is said for each result, and that its tables can be read at 100 columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.monitors import REMEDIES
from analyzer.report.document import Table
from analyzer.report.fix import WORDS, document, label, words
from analyzer.report.text import WIDTH, render
from analyzer.validation.costs import EVENTS
from analyzer.validation.fixed import Applied, Bit, Fix, Patch, Setting, Workload
from analyzer.verdict import Answer

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
WAYS = ("trap", "configure", "assist", "paravirt", "translate", "hybrid")
LONG = "INSTRUCTION with a long name"
HOW = "calls out: accesses a component and another one"
APPLIED = tuple(Applied(LONG, way, HOW, UNKNOWN, "direct", 1, 1254) for way in WAYS)
WORKLOADS = tuple(Workload(way, YES, 63, (), 1234567, dict.fromkeys(EVENTS, 123.456), 1234.56) for way in WAYS)
FIX = Fix(
    isa="toy", monitor="default", total=YES, vmm=(LONG, "RDM"), hvmm=("RDM",), unsure=(), privileged=(),
    applied=APPLIED, workloads=WORKLOADS, cheapest="assist",
)  # fmt: skip
NOTHING = replace(FIX, vmm=(), hvmm=(), applied=(), workloads=(), cheapest="")
BITS = (Bit("permit", "real.permit == 0", "0", ("RDR",)), Bit("other", "real.other == 1", "1", ()))
SETTING = Setting("real.permit == 0 and real.other == 1", YES, BITS, ("ADD", "RDM"), (), (), YES)
PATCH = Patch(0x11, "RDM", 2, (0xF3,), (0x40, 0x2))


def text(found: Fix) -> str:
    """The report in one line."""
    return " ".join(render(document(found)).split())


def test_every_remedy_has_a_word() -> None:
    assert tuple(WORDS) == WAYS == REMEDIES
    assert words("hybrid+paravirt") == "interpretation and paravirtualization"
    assert label("hybrid+paravirt") == "hybrid + paravirt"
    assert label("trap") == words("trap")
    assert words("") == label("") == ""


def test_no_table_is_squeezed() -> None:
    """Every word of the widest report is in the text as it is: what is too wide is wrapped."""
    lines = render(document(replace(FIX, setting=SETTING)))
    tables = [block for block in document(FIX) if isinstance(block, Table)]
    words = {word for table in tables for row in (table.header, *table.rows) for cell in row for word in cell.split()}
    assert len(tables) == 2
    assert words <= set(lines.split())
    assert words >= {"123.5", "1234567", "unknown:", "paravirtualization", "INSTRUCTION"}
    assert max(map(len, lines.splitlines())) <= WIDTH


def test_a_set_says_what_serves_what() -> None:
    """The names of a few instructions, the number of many."""
    many = tuple(f"I{number}" for number in range(13))
    work = replace(
        WORKLOADS[0], remedy="hybrid+paravirt", serves={"hybrid": many, "paravirt": many[:12]}, failed=("g",)
    )
    shown = text(replace(FIX, workloads=(*WORKLOADS, work), cheapest="hybrid+paravirt"))
    assert "hybrid+paravirt yes 63 1 1234.6" in shown
    assert f"hybrid+paravirt: hybrid serves 13 instructions; paravirt serves {', '.join(many[:12])}" in shown
    assert "hybrid+paravirt: g diverged" in shown
    assert "none diverged: interpretation and paravirtualization." in shown


def test_numbers_stand_below_their_remedy() -> None:
    changed = tuple(
        replace(work, slowdown=float(n), per_thousand={"direct": n, "trap": 0}) for n, work in enumerate(WORKLOADS)
    )
    table = [block for block in document(replace(FIX, workloads=changed)) if isinstance(block, Table)][-1]
    rows = {row[0]: row[1:] for row in table.rows}
    assert table.header == ("", *WAYS)
    assert rows["times slower"] == rows["direct"] == ("0.0", "1.0", "2.0", "3.0", "4.0", "5.0")
    assert "trap" not in rows


@pytest.mark.parametrize(
    ("hvmm", "said"),
    [((), "Under a hybrid one none must."), (FIX.vmm, "Under a hybrid one, the same."),
     (("RDM",), "Under a hybrid one: one instruction (RDM).")],
)  # fmt: skip
def test_the_sets(hvmm: tuple[str, ...], said: str) -> None:
    assert f"2 instructions ({LONG}, RDM) must trap. {said}" in text(replace(FIX, hvmm=hvmm))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (NOTHING, "No instruction needs a remedy"),
        (replace(NOTHING, total=NO), "some guest state has no real state"),
        (replace(NOTHING, total=UNKNOWN), "unknown whether the monitor's relation is total"),
        (replace(FIX, unsure=("RDM",)), "It is not decided whether these must: RDM."),
        (replace(FIX, privileged=("RDM",)), "always trapping as they are, so that a monitor interprets them: RDM."),
        (replace(FIX, workloads=(replace(WORKLOADS[0], failed=("a", "b")),)), "trap: a, b diverged"),
        (replace(FIX, workloads=(replace(WORKLOADS[0], guests=0),)), "It has no guest programs: nothing was run."),
        (FIX, "none diverged: hardware assist."),
        (replace(FIX, setting=SETTING), "(no other makes more sound): real.permit == 0 and real.other == 1"),
        (replace(FIX, setting=SETTING), "real.other == 1 1 none alone"),
        (replace(FIX, setting=SETTING), "Of the instructions above, it makes sound: RDM."),
        (replace(FIX, setting=replace(SETTING, sound=("ADD",))), "it makes sound: none."),
        (replace(FIX, setting=replace(SETTING, maximal=UNKNOWN)), "(another might make more sound)"),
        (replace(FIX, setting=replace(SETTING, bits=())), "No setting of the control state is known"),
        (replace(FIX, setting=replace(SETTING, total=UNKNOWN)), "the relation is not proved to be total"),
        (replace(FIX, setting=replace(SETTING, undecided=("RDM",))), "Not decided: RDM."),
        (replace(FIX, program="p.s", patches=(PATCH,)), "Hypercalls in p.s 0x11 RDM 0xf3 -> hypercall 2 0x40 0x2"),
        (replace(NOTHING, program="p.s"), "None: it has no instruction that needs one."),
        (replace(FIX, program="p.s", unfit=("RDM at 0x1 does not fit",)), "RDM at 0x1 does not fit"),
    ],
)
def test_what_is_said(found: Fix, said: str) -> None:
    assert said in text(found)


@pytest.mark.parametrize(
    ("found", "unsaid"),
    [
        (replace(NOTHING, total=NO), "sound"),
        (FIX, "not decided"),
        (FIX, "Critical, but"),
        (FIX, "The monitor's configuration"),
        (FIX, "Hypercalls in"),
        (replace(FIX, cheapest=""), "The cheapest"),
        (replace(FIX, workloads=WORKLOADS[:1], cheapest="trap"), "The cheapest"),
        (replace(FIX, program="p.s", unfit=("RDM at 0x1 does not fit",)), "None: it has"),
    ],
)
def test_what_is_not_said(found: Fix, unsaid: str) -> None:
    assert unsaid not in text(found)


def test_what_is_unknown_for_one_reason_is_one_line() -> None:
    rows = (
        Applied("A", "trap", "traps", UNKNOWN, "unknown", 0, 1, "limit"),
        Applied("B", "trap", "traps", UNKNOWN, "unknown", 0, 1, "limit"),
        Applied("B", "assist", "intercepted", UNKNOWN, "unknown", 0, 1, "limit"),
        Applied("C", "trap", "traps", NO, "wrong", 0, 1, "because"),
    )
    said = text(replace(FIX, applied=rows))
    assert "hardware trap, A, B: unknown, limit hardware assist, B: unknown, limit" in said
    assert "because" not in said
