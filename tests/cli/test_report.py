"""`vmmcheck report`, and the formats of whole reports in `check`: files, exit codes, wrong input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer.cli import run
from analyzer.report.choices import REPORT_FORMATS
from analyzer.report.files import DATA, FIXED, INDEX, RENDERED
from tests.simulator.guests import PRINTED

MACHINE = "third-generation-jrst1"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run([*arguments, "--jobs", "1"])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_format_is_written_with_an_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twice the same; the second time without remedies, and then without those of the first time."""
    report = tmp_path / "reports"
    code, out, err = said(capsys, "report", MACHINE, "-o", str(report))
    assert (code, err) == (0, "")
    assert files(report) == {INDEX, *(f"{MACHINE}/{name}" for name in (*DATA, *RENDERED))}
    assert set(out.splitlines()) == {str(report / name) for name in files(report)}
    first = (report / MACHINE / "report.json").read_bytes()
    assert ">Remedies<" in (report / MACHINE / "report.html").read_text()
    assert said(capsys, "report", MACHINE, "-o", str(report), "--no-remedies")[0] == 0
    assert (report / MACHINE / "report.json").read_bytes() == first
    assert f"{MACHINE}/{FIXED}" not in files(report)
    assert ">Remedies<" not in (report / MACHINE / "report.html").read_text()


def test_the_index_has_the_machines_of_earlier_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (MACHINE, "third-generation"):
        assert said(capsys, "report", name, "-o", str(tmp_path), "--no-remedies", "--model", "extended")[0] == 0
    index = (tmp_path / INDEX).read_text()
    assert [f">{name}</a>" in index for name in (MACHINE, "third-generation", "third-generation-lra")] == [
        True,
        True,
        False,
    ]


def test_what_is_unknown_is_told_by_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("report", PRINTED, "-o", str(tmp_path), "--no-remedies")
    assert said(capsys, *arguments)[0] == 3
    assert said(capsys, *arguments, "--monitor", "default")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((MACHINE,), "Missing option '-o'"),
        ((MACHINE, MACHINE, "-o", "reports"), "two of the machines have the same name"),
        (("no-machine", "-o", "reports"), "no-machine"),
        ((MACHINE, "-o", "reports", "--monitor", "none"), "'none' is no monitor"),
    ],
)
def test_wrong_input(arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "report", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_file_that_should_be_a_report_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other" / "report.json"
    other.parent.mkdir()
    other.write_text("{}")
    code, _, err = said(capsys, "report", "third-generation", "-o", str(tmp_path), "--no-remedies")
    assert code == 2
    assert f"{other}: it is no output of `vmmcheck check`" in err


def test_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = said(capsys, "report", "third-generation", "-o", str(tmp_path / "file"), "--no-remedies")
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.parametrize("style", REPORT_FORMATS)
def test_check_has_the_formats_of_whole_reports(style: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("check", MACHINE, "--only", "JRST 1", "--format", style)
    code, out, err = said(capsys, *arguments)
    assert (code, err) == (0, "")
    assert {"html": "<!doctype html>", "sarif": '"version": "2.1.0"', "latex": r"\texttt{JRST 1}"}[style] in out
    target = tmp_path / "report"
    assert said(capsys, *arguments, "-o", str(target)) == (0, "", "")
    assert target.read_text(encoding="utf-8") == out


def test_a_requirement_that_fails_is_told_beside_sarif(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "check", MACHINE, "--format", "sarif", "--require", "vmm")
    assert code == 1
    (result,) = json.loads(out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": f"isa_specs/{MACHINE}/machine.yaml"},
        "region": {"startLine": 6},
    }
