"""Plain data in YAML files that are no specifications."""

from __future__ import annotations

from pathlib import Path

import yaml

from analyzer.diagnostics import Diagnostics, Span
from analyzer.spec.yaml_source import parse_yaml, read_text


def read_data(path: Path) -> object:
    """What a YAML file holds: mappings, lists, texts, numbers. Raises `SpecError` where it is none, or too large or
    deep, or has anchors: the limits are those of specifications."""
    diagnostics = Diagnostics()
    file = read_text(path, str(path), diagnostics)
    tree = parse_yaml(file, diagnostics) if file is not None else None
    diagnostics.raise_errors({str(path): file.text} if file is not None else {})
    if file is None or tree is None:
        diagnostics.error(Span(str(path), 1, 1), "empty", "there is nothing in it", "write a mapping")
        diagnostics.raise_errors({})
    assert file is not None
    data: object = yaml.safe_load(file.text)
    return data
