"""`vmmcheck fix`, and `run` with a remedy: what is printed, exit codes, files, and what is wrong input."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import analyzer.api
from analyzer import analyze, load
from analyzer.cli import run
from analyzer.remedies.trapping import trapping
from analyzer.remedies.variant import Variant
from analyzer.report import schema
from analyzer.spec.model import Isa
from analyzer.validation import ways
from analyzer.validation.costs import EVENTS
from analyzer.verdict import Analysis
from tests.simulator.guests import PRINTED, THIRD

SPSW = f"{THIRD}-spsw"
PROGRAMS = {
    "stores.s": ".org 16\nLI r1, 1\nSPSW 200\nHLT\n",
    "plain.s": "LI r1, 3\nHLT\n",
    "wrong.s": "LI r9, 3\n",
    "far.s": ".org 300\nHLT\n",
    "costs.yaml": "".join(f"{name}: {{cycles: {1 + (name == 'trap') * 6}}}\n" for name in EVENTS),
    "some.yaml": "direct: {cycles: 1}\n",
    "text.yaml": "direct: [\n",
}
PEEK = """\
isa: peek
extends: third-generation
title: A window
description: The mode can be read.
instructions:
  - {name: PEEK, encoding: "1000 0000 r:3 -------------------------", semantics: "gpr[r] = zext(user, 36)"}
"""

really = analyze


@cache
def known(name: str, monitor: str | None, rlimit: int | None) -> Analysis:
    return really(load(name), monitor=monitor, rlimit=rlimit)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the programs, the current one; a shipped machine is analyzed only once."""
    for name, text in PROGRAMS.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)

    def once(isa: Isa, *, monitor: str | None = None, rlimit: int | None = None, **asked: Any) -> Analysis:
        if isa.folder.parent.name != "isa_specs":
            return really(isa, monitor=monitor, rlimit=rlimit, **asked)
        return known(isa.name, monitor, rlimit)

    monkeypatch.setattr(analyzer.api, "analyze", once)
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[str], tuple[int, str, str]]:
    """The exit code of a command line, and what it printed."""

    def say(line: str) -> tuple[int, str, str]:
        code = run(line.split())
        out, err = capsys.readouterr()
        return code, " ".join(out.split()), err

    return say


Said = Callable[[str], tuple[int, str, str]]


# -- exit codes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (THIRD, 0),
        (f"{SPSW} --by trap", 0),
        (f"{SPSW} --by hybrid", 1),
        (f"{SPSW} --by hybrid --by trap", 0),
        (f"{SPSW} --by configure", 1),
        (f"{THIRD}-permit --by configure", 0),
        (f"{PRINTED} --monitor printed", 3),
        (f"{PRINTED} --monitor default", 0),
        (f"{SPSW} --rlimit 1", 3),
    ],
)
def test_exit_codes(line: str, code: int, said: Said) -> None:
    assert said(f"fix {line}")[0] == code


def test_a_remedy_that_is_broken_fails(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Variant:
        found = trapping(*args)
        return replace(found, text=found.text.replace("user == 1", "user == 0"))

    assert said(f"fix {SPSW} --by trap")[0] == 0
    monkeypatch.setattr(ways, "trapping", broken)
    code, out, _ = said(f"fix {SPSW} --by trap")
    assert code == 1
    assert "hardware trap traps no: wrong" in out


# -- what is printed -------------------------------------------------------------------------------------------------


def test_the_report_says_what_must_trap_and_what_serves(said: Said) -> None:
    _, out, _ = said(f"fix {SPSW} --by trap --by translate --by hybrid")
    assert "one instruction (SPSW) must trap. Under a hybrid one, the same." in out
    assert "SPSW hardware trap traps yes: traps 2 2030" in out
    assert "SPSW translation in place, 12 nodes yes: direct 2 216" in out
    assert "SPSW interpretation interpreted no: wrong 1 60" in out
    assert "hybrid: spsw diverged" in out
    assert "none diverged: interpretation and hardware trap." in out


@pytest.mark.parametrize(("by", "there"), [("trap", False), ("configure", True)])
def test_only_what_is_asked_for_is_shown(by: str, there: bool, said: Said) -> None:
    _, out, _ = said(f"fix {SPSW} --by {by}")
    assert ("The monitor's configuration" in out) is there
    assert ("instruction remedy" in out) is not there


def test_what_is_not_decided_is_no_promise(said: Said) -> None:
    _, out, _ = said(f"fix {PRINTED} --monitor printed")
    assert "some guest state has no real state under the monitor's relation" in out
    assert "sound" not in out
    assert "a trap-and-emulate monitor is sound" in said(f"fix {PRINTED} --monitor default")[1]


def test_conditions(said: Said) -> None:
    machine = f"{THIRD}-open-field"
    assert "RDC hardware trap traps yes: traps" in said(f"fix {machine} --by trap")[1]
    assert "traps if f == 1 (sufficient) yes: direct" in said(f"fix {machine} --by trap --conditions")[1]


def test_costs(said: Said) -> None:
    assert "traps yes: traps 2 7" in said(f"fix {SPSW} --by trap --costs costs.yaml")[1]


def test_a_program_is_shown_with_its_hypercalls(said: Said) -> None:
    code, out, _ = said(f"fix {SPSW} --by paravirt --program stores.s")
    assert code == 0
    assert "Hypercalls in stores.s 0x11 SPSW 0xf300000c8 -> hypercall 1 0x400000000" in out
    assert "Hypercalls in wrong/spsw 0x2 SPSW" in said(f"fix {SPSW} --program wrong/spsw --by paravirt")[1]
    assert "None: it has no instruction that needs one." in said(f"fix {SPSW} --program plain.s --by paravirt")[1]
    assert "Hypercalls in" not in said(f"fix {SPSW} --by paravirt")[1]


def test_json(said: Said) -> None:
    texts = [said(f"fix {SPSW} --by trap --by paravirt --program stores.s --format json --jobs {n}")[1] for n in (1, 2)]
    assert texts[0] == texts[1]
    shown = json.loads(texts[0])
    jsonschema.validate(shown, schema.schema())
    (result,) = shown["results"]
    assert (result["vmm"], result["total"], result["program"]) == (["SPSW"], "yes", "stores.s")
    assert [row["remedy"] for row in result["applied"]] == ["trap", "paravirt"]
    assert [work["failed"] for work in result["workloads"]] == [[], []]


def test_markdown(said: Said) -> None:
    _, out, _ = said(f"fix {SPSW} --by trap --format markdown")
    assert "| instruction | remedy | how | proved | guests | cycles |" in out


# -- files -----------------------------------------------------------------------------------------------------------


def test_repaired_machines_are_written_and_can_be_checked(folder: Path, said: Said) -> None:
    assert said(f"fix {SPSW} -o out/here")[0] == 0
    out = folder / "out" / "here"
    names = [f"{SPSW}-{suffix}" for suffix in ("assisted", "translated", "trapping")]
    assert sorted(path.name for path in out.iterdir()) == ["hypercalls.md", *names]
    assert "## 1: SPSW" in (out / "hypercalls.md").read_text()
    for name in names:
        theorem = () if name.endswith("translated") else ("--require", "vmm")
        assert run(["check", str(out / name), "--require", "trap-and-emulate", *theorem]) == 0


@pytest.mark.parametrize(("target", "code"), [(".", 0), ("..", 2), ("out", 2), ("peek", 2)])
def test_machines_that_extend_one_that_is_not_shipped_stand_beside_it(
    target: str, code: int, folder: Path, said: Said
) -> None:
    (folder / "peek").mkdir()
    (folder / "peek" / "machine.yaml").write_text(PEEK)
    found, _, err = said(f"fix ./peek --by trap -o {target}")
    assert found == code
    assert ("write them beside its folder" in err) is bool(code)
    assert (folder / target / "peek-trapping").exists() is (code == 0)
    if not code:
        assert said("check ./peek-trapping --require vmm")[0] == 0
    assert sum(path.name == "machine.yaml" for path in folder.rglob("*")) == 1 + (not code)


def test_a_folder_that_hides_the_shipped_machine_is_refused(folder: Path, said: Said) -> None:
    (folder / SPSW).mkdir()
    (folder / SPSW / "machine.yaml").write_text(PEEK)
    assert said(f"fix {SPSW} --by trap -o .")[0] == 2


# -- wrong input -----------------------------------------------------------------------------------------------------

MISTAKES = [
    ("--program stores.s --by trap", "a program is ported by the remedy paravirt"),
    ("--program nothing --by paravirt", "nothing: No such file"),
    ("--program wrong.s --by paravirt", "wrong.s:1:4: error"),
    ("--conditions --by paravirt", "conditions are those of the remedy trap"),
    ("--costs nothing.yaml", "no file 'nothing.yaml'"),
    ("--costs some.yaml", "some.yaml: trap: write {cycles: NUMBER"),
    ("--costs text.yaml", "text.yaml:1:"),
    ("--costs stores.s", "stores.s"),
    ("--by nothing", "'--by'"),
    ("--jobs 0", "'--jobs'"),
    ("--monitor nobody", "'nobody' is no monitor of third-generation-spsw"),
    ("--by trap -o plain.s", "plain.s"),
]


@pytest.mark.parametrize(("line", "message"), MISTAKES)
def test_a_mistake(line: str, message: str, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    if "nobody" in line:
        monkeypatch.setattr(analyzer.api, "analyze", really)
    code, out, err = said(f"fix {SPSW} {line}")
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_guest_that_does_not_fit_is_a_mistake(folder: Path, said: Said) -> None:
    (folder / "peek" / "programs").mkdir(parents=True)
    (folder / "peek" / "machine.yaml").write_text(PEEK)
    (folder / "peek" / "programs" / "far.s").write_text(PROGRAMS["far.s"])
    code, _, err = said("fix ./peek --by trap")
    assert (code, "far reaches up to 0x12c" in err) == (2, True)


# -- running with a remedy -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("under", "code"),
    [("bare", 0), ("trap-and-emulate", 1), ("hybrid", 1), ("translate", 0), ("paravirt", 0), ("assist", 0)],
)
def test_a_guest_that_goes_wrong_is_right_with_a_remedy(under: str, code: int, said: Said) -> None:
    found, out, _ = said(f"run {SPSW} wrong/spsw --under {under}")
    assert found == code
    assert out.startswith(f"wrong/spsw on {SPSW}, {under} It halted.")


@pytest.mark.parametrize("under", ["translate", "paravirt", "assist"])
@pytest.mark.parametrize("depth", [1, 2])
def test_what_enters_the_monitor_depends_on_the_remedy(under: str, depth: int, said: Said) -> None:
    code, out, _ = said(f"run {SPSW} stores.s plain.s --under {under} --depth {depth} --format json")
    stores, plain = json.loads(out)["results"]
    assert (code, stores["ended"], plain["ended"]) == (0, "halted", "halted")
    expected = {
        "translate": {},  # in place, and so is the halt
        "paravirt": {"svc": 1, "refused": 1},
        "assist": {"intercept": 1, "refused": 1},
    }
    if depth == 1:
        assert stores["exits"] == expected[under]
    assert stores["state"] == {"pc": 18, "bound": 256, "gpr[1]": 1}


def test_a_machine_that_needs_none_runs_with_every_remedy(said: Said) -> None:
    for under in ("translate", "paravirt", "assist"):
        assert said(f"run {THIRD} plain.s --under {under}")[0] == 0


def test_a_program_that_cannot_be_ported_is_not_run(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "carriers", lambda *_: ())
    code, out, err = said(f"run {SPSW} stores.s --under paravirt")
    assert (code, out) == (2, "")
    assert "stores.s cannot be ported: SPSW at 0x11 does not fit" in err
    assert said(f"run {SPSW} plain.s --under paravirt")[0] == 0
