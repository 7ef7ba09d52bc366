"""Results as JSON: the dataclasses' own names as keys, in one envelope; `schema.json` beside this file describes it.

The same result gives the same bytes: no times, no absolute paths. A key whose value was not computed is absent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from analyzer.report.model import Report
from analyzer.validation.fixed import Fix
from analyzer.validation.results import Validation

SCHEMA = "vmmcheck/1"
WHOLE = ("theorems", "trap_and_emulate", "hybrid")  # in a layer: said of the whole machine
WHOLE_OF: Mapping[type, tuple[str, ...]] = {Fix: ("cheapest",), Validation: ("counts",)}  # in other results


def render(command: str, results: Iterable[object]) -> str:
    """The envelope around results: reports or dataclasses."""
    envelope = {"schema": SCHEMA, "command": command, "results": [_result(result) for result in results]}
    return json.dumps(envelope, indent=1, ensure_ascii=True) + "\n"


def _result(result: object) -> Any:
    """One result; of one that was interrupted, without what is said of the whole machine."""
    if isinstance(result, Report):
        return _analysis(result)
    out = plain(result)
    if getattr(result, "interrupted", None):
        for key in WHOLE_OF[type(result)]:
            out.pop(key, None)
    return out


def _analysis(report: Report) -> Any:
    """One analysis; without what is said of the whole machine, where only a part was looked at."""
    out = plain(report.analysis)
    if report.partial:
        for layer in (*out["models"].values(), out["exact"]):
            for key in WHOLE:
                layer.pop(key, None)
    return out


def plain(value: object) -> Any:
    """Dataclasses as objects, mappings as objects, sequences as arrays."""
    if is_dataclass(value):
        pairs = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: plain(item) for field, item in pairs if not _absent(field, item)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def _absent(field: Field[Any], value: object) -> bool:
    """Whether the field has its default, or is for programs only; lists are written even when they are empty."""
    if not field.metadata.get("shown", True):
        return True
    if isinstance(value, tuple):
        return False
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    return default is not MISSING and value == default
