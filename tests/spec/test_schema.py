"""The JSON Schema for editors accepts what the loader accepts, and is shipped as a file."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from analyzer.spec.schema import specification_schema

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "analyzer" / "spec" / "machine.schema.json"
FILES = sorted([*(ROOT / "isa_specs").rglob("*.yaml"), *(ROOT / "tests" / "machines_for_tests").rglob("*.yaml")])
VALIDATOR = jsonschema.Draft202012Validator(specification_schema())


def test_the_shipped_file(accept: bool) -> None:
    text = json.dumps(specification_schema(), indent=2) + "\n"
    if accept:
        SHIPPED.write_text(text)
    assert text == SHIPPED.read_text(), "accept it: pytest tests/spec/test_schema.py --accept"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(specification_schema())


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_accepts(file: Path) -> None:
    VALIDATOR.validate(plain(yaml.compose(file.read_text())))


def test_there_are_files() -> None:
    assert len(FILES) >= 10


def plain(node: Any) -> Any:
    """A tree of YAML as the loader reads it: quoted or not, only numbers and truth values are not text."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    if node.style is None and node.tag == "tag:yaml.org,2002:bool" and node.value in ("true", "false"):
        return node.value == "true"
    if node.style is None and node.tag == "tag:yaml.org,2002:int" and node.value.removeprefix("-").isdigit():
        return int(node.value)
    return node.value


HEAD: dict[str, Any] = {"isa": "m", "title": "t", "description": "d"}
REFUSED = [
    {"isa": "m"},
    {"title": "t"},
    HEAD | {"component": {}},
    HEAD | {"instructions": [{"name": "A"}]},
    HEAD | {"components": {"pc": {"width": 0, "role": "pc"}}},
    HEAD | {"components": {"pc": {"width": 8, "role": "counter"}}},
    HEAD | {"instructions": [{"name": "A", "encoding": 1, "semantics": "pass"}]},
    HEAD | {"functions": 1},
]


@pytest.mark.parametrize("content", REFUSED)
def test_refuses(content: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(content)
