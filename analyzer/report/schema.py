"""The JSON Schema of the JSON output, from the dataclasses that are written."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from analyzer.monitors.session import GuestRun
from analyzer.report.compare import Comparison
from analyzer.report.graph import Dependencies
from analyzer.report.json import SCHEMA, WHOLE, WHOLE_OF
from analyzer.report.results import Lint, Shipped
from analyzer.validation.fixed import Fix
from analyzer.validation.results import Validation
from analyzer.verdict import Analysis, Run

PATH = Path(__file__).with_name("schema.json")
RESULTS = {
    "check": Analysis,
    "explain": Analysis,
    "compare": Comparison,
    "lint": Lint,
    "list": Shipped,
    "run": GuestRun,
    "validate": Validation,
    "fix": Fix,
    "graph": Dependencies,
}
LAYERS = ("ModelResult", "Exact")  # what they say of the whole machine is absent where a part was looked at


def schema() -> dict[str, Any]:
    """The schema of the envelope with any command's results."""
    adapters: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]]
    adapters = [(command, "serialization", TypeAdapter(result)) for command, result in RESULTS.items()]
    found, definitions = TypeAdapter.json_schemas(adapters)
    for hiding in (Run, Fix, Validation):
        for field in fields(hiding):
            if not field.metadata.get("shown", True):
                del definitions["$defs"][hiding.__name__]["properties"][field.name]
    for name in ("Start", "Ran", "Interruption"):
        del definitions["$defs"][name]
    optional = {**dict.fromkeys(LAYERS, WHOLE), **{each.__name__: keys for each, keys in WHOLE_OF.items()}}
    for name, definition in definitions["$defs"].items():
        _close(definition, optional.get(name, ()))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "vmmcheck's JSON output",
        "oneOf": [_envelope(command, found[command, "serialization"]) for command in RESULTS],
        "$defs": definitions["$defs"],
    }


def text() -> str:
    """The schema as it is shipped."""
    return json.dumps(schema(), indent=1) + "\n"


def _envelope(command: str, result: Any) -> dict[str, Any]:
    properties = {
        "schema": {"const": SCHEMA},
        "command": {"const": command},
        "results": {"type": "array", "items": result},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _close(definition: dict[str, Any], optional: tuple[str, ...]) -> None:
    """Allow no keys but the dataclass's own; require those without a default, and arrays, which are always written."""
    properties = definition.get("properties", {})
    if properties:
        always = {
            *definition.get("required", ()),
            *(n for n, item in properties.items() if item.get("type") == "array"),
        }
        definition["required"] = [name for name in properties if name in always and name not in optional]
        definition["additionalProperties"] = False
    for item in properties.values():
        item.pop("default", None)
        item.pop("title", None)
