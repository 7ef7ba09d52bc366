"""The public API: lazily loaded, and strict about what it is asked."""

from __future__ import annotations

from typing import Any

import pytest

import analyzer
from analyzer import api


def test_every_public_name_is_there() -> None:
    assert len(api.__all__) >= 10
    assert all(getattr(analyzer, name) is getattr(api, name) for name in api.__all__)


def test_other_names_are_not() -> None:
    name = "select_all"
    with pytest.raises(AttributeError, match="no attribute 'select_all'"):
        getattr(analyzer, name)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"monitor": "nobody"}, "'nobody' is no monitor of third-generation; there is default"),
        ({"models": ("pg1975",)}, "'pg1975' is no component model"),
        ({"reading": "loose"}, "'loose' is no reading"),
        ({"confirm": "yices"}, "'yices' is no second solver"),
        ({"only": ("LPSX",)}, "third-generation has no instruction 'LPSX'; did you mean 'LPSW'?"),
    ],
)
def test_an_unknown_word_is_refused_before_anything_is_solved(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(analyzer.InputError) as error:
        analyzer.analyze(analyzer.load("third-generation"), **asked)
    assert message in str(error.value)
