"""Every mistake has a case with its exact message: `cases/NAME.yaml`, and beside it `NAME.expect`.

After a deliberate change of messages, `pytest tests/errors --accept` writes the messages of today; read the difference.
"""

import re
from pathlib import Path

import pytest

from analyzer.diagnostics import render
from analyzer.spec.load import lint_with_sources

HERE = Path(__file__).parent
CASES = sorted(path.stem for path in (HERE / "cases").glob("*.yaml"))
ANALYZER = HERE.parents[1] / "analyzer"


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
