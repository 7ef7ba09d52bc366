"""Imports go one way, and what is imported from outside is what pyproject.toml declares."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "analyzer"
LEVELS = (
    ("diagnostics", "garbage", "verdict", "progress"),
    ("pool",),
    ("language",),
    ("encoding",),
    ("spec",),
    ("symbolic", "simulator"),
    ("properties",),
    ("theorems",),
    ("remedies",),
    ("monitors",),
    ("validation",),
    ("report",),
    ("api",),
    ("cli",),
)
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}
FACADE = {"__init__": "api", "__main__": "cli"}  # what belongs to no part: the package itself
IMPORT_NAMES = {"pyyaml": "yaml", "z3-solver": "z3"}  # where the distribution is called otherwise
COMPANIONS = {"pydantic_core": "pydantic"}  # what comes with another distribution and is part of its interface
FILES = sorted(PACKAGE.rglob("*.py"))


def part(file: Path) -> str:
    name = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return FACADE.get(name, name)


def imported(file: Path) -> Iterator[str]:
    """Every module imported in the file, wherever in it, dotted."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            assert node.module is not None
            if node.module == "analyzer":
                yield from (f"analyzer.{alias.name}" for alias in node.names)
            else:
                yield node.module


def parts_imported(file: Path) -> set[str]:
    dotted = [name.split(".") for name in imported(file) if name.startswith("analyzer.")]
    return {names[1] if names[1] in LEVEL else "api" for names in dotted}


def foreign(file: Path) -> set[str]:
    tops = (name.split(".")[0] for name in imported(file))
    return {COMPANIONS.get(name, name) for name in tops} - set(sys.stdlib_module_names) - {"analyzer"}


def test_every_file_is_seen() -> None:
    assert len(FILES) >= 40
    assert {part(file) for file in FILES} <= LEVEL.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_go_one_way(file: Path) -> None:
    own = part(file)
    upward = {other for other in parts_imported(file) if other != own and LEVEL[other] >= LEVEL[own]}
    assert not upward, f"{own} imports {', '.join(sorted(upward))}"


def test_the_solver_has_one_door() -> None:
    assert {part(file) for file in FILES if "z3" in foreign(file)} == {"symbolic"}


def test_only_spec_knows_yaml() -> None:
    assert {part(file) for file in FILES if foreign(file) & {"yaml", "pydantic"}} <= {"spec", "report"}
    assert {part(file) for file in FILES if "yaml" in foreign(file)} == {"spec"}


def test_dependencies_are_what_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {_import_name(item) for item in project["dependencies"]}
    optional = {_import_name(item) for item in project["optional-dependencies"]["confirm"]}
    used = set().union(*map(foreign, FILES))
    assert used - optional == declared
    assert optional <= used


def _import_name(requirement: str) -> str:
    name = re.split(r"[<>=\[ ]", requirement)[0].lower()
    return IMPORT_NAMES.get(name, name)
