"""Plain data in YAML files that are no specifications."""

from __future__ import annotations

import re
from pathlib import Path

from analyzer.diagnostics import Diagnostics
from analyzer.spec.text import Text
from analyzer.spec.yaml_source import Node, YamlMapping, parse_yaml, read_text

NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?\Z", re.ASCII)


def read_data(path: Path) -> object:
    """What a YAML file holds: mappings, lists, texts, and numbers, which are texts that read as one. Raises `SpecError`
    where it is none, or too large or deep, or has anchors: the limits are those of specifications."""
    diagnostics = Diagnostics()
    file = read_text(path, str(path), diagnostics)
    tree = parse_yaml(file, diagnostics, "name: value") if file is not None else None
    diagnostics.raise_errors({file.name: file.text} if file is not None else {})
    assert tree is not None
    return _plain(tree)


def _plain(node: Node) -> object:
    if isinstance(node, YamlMapping):
        return {str(key): _plain(item) for key, item in node.items()}
    if isinstance(node, Text):
        match = NUMBER.match(node)
        return str(node) if match is None else float(node) if match[1] else int(node)
    return [_plain(item) for item in node]
