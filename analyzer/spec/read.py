"""Trees of YAML into the typed entries of the schema, entry by entry: a bad one does not hide the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from analyzer.diagnostics import Diagnostics, Span, did_you_mean
from analyzer.spec.schema import Entry, SpecificationFile
from analyzer.spec.text import Text
from analyzer.spec.values import Plain
from analyzer.spec.yaml_source import Node, YamlList, YamlMapping

# pydantic's error type -> our code and message
ERRORS: Mapping[str, tuple[str, str]] = {
    "missing": ("missing-key", "'{key}' is missing"),
    "extra_forbidden": ("unknown-key", "there is no '{key}' here"),
    "literal_error": ("bad-value", "must be {expected}"),
    "is_instance_of": ("wrong-type", "must be text"),
    "dict_type": ("wrong-type", "must be a mapping"),
    "model_type": ("wrong-type", "must be a mapping"),
    "list_type": ("wrong-type", "must be a list"),
    "greater_than_equal": ("out-of-range", "must be at least {ge}"),
    "less_than_equal": ("out-of-range", "must be at most {le}"),
    "too_short": ("bad-value", "must not be empty"),
}
HINTS: Mapping[str, str] = {
    "is_instance_of": "quote it, if it is meant as text",
    "dict_type": "name: value, or {name: value}",
    "model_type": "name: value, or {name: value}",
    "list_type": "- item, or [item, item]",
    "greater_than_equal": "see docs/language.md, The files",
    "less_than_equal": "see docs/language.md, The files",
    "too_short": "add an item",
}


@dataclass(slots=True)
class Reader:
    """Reads entries.

    `broken` are the names of those that could not be read, whose uses are no further errors; `lost` the keys of the
    file of which something could not be read; `incomplete` tells that one could not be read at all.
    """

    diagnostics: Diagnostics
    broken: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    incomplete: bool = False

    def specification(self, tree: YamlMapping) -> SpecificationFile:
        """All keys of the file; what could not be read is left out."""
        fields, annotations = SpecificationFile.model_fields, get_type_hints(SpecificationFile, include_extras=True)
        for key in tree:
            if key not in fields:
                hint = did_you_mean(key, fields, f"the keys are {', '.join(fields)}")
                self.diagnostics.error(key.span, "unknown-key", f"there is no '{key}' here", hint)
        values: dict[str, Any] = {}
        for name, info in fields.items():
            if name in tree:
                errors = len(self.diagnostics.items)
                values[name] = self._value(tree, name, annotations[name])
                if len(self.diagnostics.items) > errors:
                    self.lost.add(name)
            elif info.is_required():
                self.diagnostics.error(tree.span, "missing-key", f"'{name}' is missing", f"{name}: {info.description}")
                values[name] = unknown(tree.span)
        return SpecificationFile.model_construct(**values)

    def entries(self, nodes: YamlList, model: type[Any]) -> list[Any]:
        """The items of a list."""
        read = [self._entry(node, model, None) for node in nodes]
        return [entry for entry in read if entry is not None]

    def texts(self, tree: YamlMapping, name: str) -> dict[Text, Text]:
        """What a layer, not yet merged with others, has under `name`: names to texts."""
        texts: dict[Text, Text] = self._value(tree, name, dict[Plain, Plain]) if name in tree else {}
        return texts

    def _value(self, tree: YamlMapping, name: str, annotation: Any) -> Any:
        key, node = tree.key(name), tree.find(name)
        assert node is not None
        shape = get_origin(annotation)
        if shape is dict and isinstance(node, YamlMapping):
            return self._mapping(node, *get_args(annotation))
        if shape is list and isinstance(node, YamlList):
            return self.entries(node, *get_args(annotation))
        value = self._entry(node, annotation, key)
        if value is None and shape in (dict, list):
            self.incomplete = True
            return shape()
        return value if value is not None else SpecificationFile.model_fields[name].get_default() or unknown(tree.span)

    def _mapping(self, node: YamlMapping, key_type: Any, value_type: Any) -> dict[Text, Any]:
        out: dict[Text, Any] = {}
        for key, item in node.items():
            name = self._entry(key, key_type, key)
            value = self._entry(item, value_type, key)
            if name is None or value is None:
                self.broken.add(str(key))
            else:
                out[key] = value
        return out

    def _entry(self, node: Node, annotation: Any, key: Text | None) -> Any:
        """The value, or `None` after reporting what is wrong. `key` is what holds `node`."""
        try:
            return adapter(annotation).validate_python(node)
        except ValidationError as error:
            for item in error.errors(include_url=False, include_input=False):
                self._report(node, key, annotation, item)
        return None

    def _report(self, node: Node, key: Text | None, annotation: Any, error: Any) -> None:
        kind, loc, context = error["type"], error["loc"], error.get("ctx", {})
        wrong, holder, last = place(node, loc, key)
        on_key = kind == "extra_forbidden" or loc[-1:] == ("[key]",) or not isinstance(wrong, Text)
        span = holder.span if holder is not None and on_key else wrong.span
        code, message = ERRORS.get(kind, (kind if "-" in kind else "bad-value", error["msg"]))
        hint = context.get("hint", "") or HINTS.get(kind, "")
        if kind == "literal_error":
            expected = re.findall(r"\w+", context["expected"].replace(" or ", " "))
            hint = did_you_mean(str(wrong), expected, f"it is one of {', '.join(expected)}")
        annotation = holding(annotation, loc)
        if isinstance(annotation, type) and issubclass(annotation, Entry):
            known = {info.alias or name: info.description or "" for name, info in annotation.model_fields.items()}
            if kind == "missing":
                hint = f"{last}: {known.get(last, '')}".rstrip(": ")
            elif kind == "extra_forbidden":
                comma = "a text with a comma needs quotes here" if wrong == "" else ""
                hint = comma or did_you_mean(last, known, f"the keys are {', '.join(known)}")
        self.diagnostics.error(span, code, message.format(key=last, **context), hint)


@dataclass(frozen=True, slots=True)
class _Nowhere:
    """The origin of a text that was not written."""

    span: Span

    def place(self, value: str, offset: int, length: int) -> Span:
        """The only place there is."""
        return self.span

    def whole(self, value: str) -> Span:
        """The only place there is."""
        return self.span


def unknown(span: Span) -> Text:
    """A text in place of one that is missing or wrong."""
    return Text("?", _Nowhere(span))


@cache
def adapter(annotation: Any) -> TypeAdapter[Any]:
    """The validator of a type."""
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return TypeAdapter(annotation)
    return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))


def holding(annotation: Any, loc: tuple[int | str, ...]) -> Any:
    """The type of the entry that holds the last part of pydantic's `loc`."""
    for part in loc[:-1]:
        fields = annotation.model_fields if isinstance(annotation, type) and issubclass(annotation, Entry) else {}
        inner = [
            arg for name, info in fields.items() if part in (name, info.alias) for arg in get_args(info.annotation)
        ]
        annotation = next((arg for arg in inner if isinstance(arg, type) and issubclass(arg, Entry)), annotation)
    return annotation


def place(node: Node, loc: tuple[int | str, ...], key: Text | None) -> tuple[Node, Text | None, str]:
    """Where pydantic's `loc` leads to from `node`, held by `key`: the node, its key, and the last name on the way."""
    last = str(key or "")
    for part in loc:
        if isinstance(node, YamlMapping) and (found := node.key(str(part))) is not None:
            key, node, last = found, node[found], str(part)
        elif isinstance(node, YamlList) and isinstance(part, int):
            key, node = None, node[part]
        elif part != "[key]":
            last = str(part)
    return node, key, last
