"""Trees of plain data as the YAML of a specification."""

from __future__ import annotations

from typing import Any

import yaml

Tree = dict[str, Any]


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as a block, its lines as they are; and what stands twice, twice."""

    def ignore_aliases(self, data: object) -> bool:
        """Specifications have no aliases."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def written(tree: Tree) -> str:
    """A tree as YAML, in the order of its keys."""
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
