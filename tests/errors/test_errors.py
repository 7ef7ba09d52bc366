"""Every mistake has a case with its exact message: `cases/NAME.yaml`, and beside it `NAME.expect`.

After a deliberate change of messages, `pytest tests/errors --accept` writes the messages of today; read the difference.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.diagnostics import render
from analyzer.spec.load import lint_with_sources
from analyzer.spec.read import ERRORS

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in (HERE / "cases").glob("*.yaml"))
ANALYZER = HERE.parents[1] / "analyzer"
REPORTERS = {"error", "warning", "fail", "refuse", "report", "Diagnostic", "PatternError", "PydanticCustomError"}
REPORTERS |= {"TemplateError"}
CODE = re.compile(r"[a-z]+(-[a-z]+)*\Z")


def messages(name: str) -> str:
    """All that is wrong in a case; file names are relative to the cases."""
    return render(*lint_with_sources(Path(f"{name}.yaml"))) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, accept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE / "cases")
    expected = HERE / "cases" / f"{name}.expect"
    if accept:
        expected.write_text(messages(name))
    assert messages(name) == expected.read_text(), "if this is better, accept it: pytest tests/errors --accept"


def test_every_case_is_run() -> None:
    assert len(CASES) >= 96
    assert {path.stem for path in (HERE / "cases").glob("*.expect")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_every_case_finds_something_and_says_what_to_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE / "cases")
    found, _ = lint_with_sources(Path(f"{name}.yaml"))
    assert found
    assert [item for item in found if not item.hint] == []


def test_the_base_of_the_cases_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    assert lint_with_sources(Path("base"))[0] == ()


def emitted(file: Path) -> Iterator[str]:
    """The codes that a module reports: the first text argument of calls that report."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if name in REPORTERS and texts and CODE.match(texts[0]):
                yield texts[0]


def test_every_code_has_a_case() -> None:
    folders = [ANALYZER / name for name in ("language", "encoding", "encoding/assembly", "spec")]
    codes = {code for folder in folders for file in folder.glob("*.py") for code in emitted(file)}
    codes |= {code for code, _ in ERRORS.values()}
    shown = [*(HERE / "cases").glob("*.expect"), HERE.parent / "spec" / "test_files.py"]
    seen = {code for file in shown for code in re.findall(r"(?:error|warning)\[([a-z-]+)\]", file.read_text())}
    assert len(codes) >= 90
    assert codes - seen == set()
