"""What all tests share: profiles of random testing, `--accept`, and one analysis of each machine per session."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from analyzer.spec.kept import ENVIRONMENT
from analyzer.spec.model import Isa
from analyzer.verdict import Analysis

os.environ[ENVIRONMENT] = ""  # tests read what is there, and leave nothing in the user's folders

settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("nightly", deadline=None, max_examples=3000)
settings.load_profile("default")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "nightly: takes minutes; run with --nightly")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--nightly"):
        return
    for item in items:
        if item.get_closest_marker("nightly"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: make nightly"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="run the tests that take minutes, too")
    parser.addoption("--accept", action="store_true", help="write what is computed now into the expected files")


@pytest.fixture(scope="session")
def accept(request: pytest.FixtureRequest) -> bool:
    """Whether tests that compare with a file shall write it."""
    return bool(request.config.getoption("--accept"))


@cache
def _analyze_shipped(name: str) -> tuple[Isa, tuple[Analysis, ...]]:
    from analyzer import analyze_all, load

    isa = load(name)
    return isa, analyze_all(isa, jobs=2)


@pytest.fixture(scope="session")
def analyze_shipped() -> Callable[[str], tuple[Isa, tuple[Analysis, ...]]]:
    """The machine of this name and its analysis under each of its monitors, computed once in a session."""
    return _analyze_shipped


@pytest.fixture(params=["reported", pytest.param("analyzed", marks=pytest.mark.nightly)])
def answers(request: pytest.FixtureRequest) -> Callable[[str], tuple[Analysis, ...]]:
    """The analyses of the machine of this name: those of its committed report, a part of which is compared with the
    analysis in every run; in the nightly one those that are computed."""
    if request.param == "analyzed":
        return lambda name: _analyze_shipped(name)[1]
    from analyzer.report.files import stored

    return lambda name: stored(Path(__file__).parents[1] / "reports" / name).analyses
