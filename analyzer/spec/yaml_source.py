"""YAML files as trees whose keys and texts know their places.

Files come from strangers: only plain data is read (no tags, anchors, aliases or merge keys), within limits of
size and depth, and the parser stops at the first thing that breaks one. What a text means, number or name, the
schema decides; here every scalar is text, so that `NO` or `00` stay what was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import yaml

from analyzer.diagnostics import NOWHERE, Diagnostics, Span
from analyzer.spec.text import Scalar, SourceFile, Text

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 32


class YamlList(list["Node"]):
    """A YAML sequence and its place."""

    def __init__(self, items: Iterable[Node] = (), span: Span = NOWHERE) -> None:
        super().__init__(items)
        self.span = span


class YamlMapping(dict[Text, "Node"]):
    """A YAML mapping and its place."""

    def __init__(self, entries: Mapping[Text, Node] | None = None, span: Span = NOWHERE) -> None:
        super().__init__(entries or {})
        self.span = span

    def key(self, name: str) -> Text | None:
        """The key equal to `name`, with its place."""
        return next((key for key in self if key == name), None)

    def find(self, name: str) -> Node | None:
        """The value of `name`, if it is there."""
        key = self.key(name)
        return None if key is None else self[key]

    def items_of(self, name: str) -> YamlList:
        """The list that `name` holds; an empty one if there is none."""
        node = self.find(name)
        return node if isinstance(node, YamlList) else YamlList()


Node = Text | YamlList | YamlMapping


class Refused(Exception):
    """The file cannot be used; the reason was reported."""


def read_text(path: Path, name: str, diagnostics: Diagnostics, at: Span | None = None) -> SourceFile | None:
    """The text of the file at `path`, called `name` in messages; `None` after reporting why it cannot be read.

    `at` is the place that asked for the file.
    """
    where = at or Span(name, 1, 1)
    try:
        if not path.is_file():
            diagnostics.error(where, "no-such-file", f"no file '{name}'", "check the name; it must be a regular file")
            return None
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        diagnostics.error(where, "unreadable-file", f"cannot read '{name}': {error.strerror}", "check its permissions")
        return None
    if len(data) > MAX_BYTES:
        diagnostics.error(Span(name, 1, 1), "file-too-large", f"more than {MAX_BYTES >> 20} MiB", "split the file")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = len(data[: error.start].rsplit(b"\n", 1)[-1].decode(errors="replace")) + 1
        diagnostics.error(Span(name, line, column), "not-text", "not UTF-8 text", "save the file as UTF-8")
        return None
    return SourceFile(name, text)


def parse_yaml(
    file: SourceFile, diagnostics: Diagnostics, begins: str = "a machine begins with 'isa: name'"
) -> YamlMapping | None:  # fmt: skip
    """The mapping that `file` holds; `None` after reporting why it holds none. `begins`: a hint where there is none."""
    try:
        root = _Builder(file, diagnostics).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(index(mark), len(file.text))
        hint = "check indentation, colons and quotes on this line and the one before"
        diagnostics.error(file.span(at), "yaml-syntax", error.problem or "not YAML", hint)
        return None
    except yaml.reader.ReaderError as error:
        span = file.span(min(error.position, len(file.text)))
        diagnostics.error(span, "not-text", "a control character; YAML files are plain text", "remove it")
        return None
    except Refused:
        return None
    if root is None:
        diagnostics.error(file.span(0), "empty-file", "the file is empty", begins)
    elif not isinstance(root, YamlMapping):
        diagnostics.error(root.span, "not-a-mapping", "the file must be a mapping", begins)
    return root if isinstance(root, YamlMapping) else None


def head_text(file: SourceFile, wanted: str) -> str:
    """The value of the top-level key `wanted`, reading no further than it; empty if there is none."""
    depth, key = 0, ""
    try:
        for event in yaml.parse(file.text, Loader=Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth, key = depth + 1, ""
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.ScalarEvent) and depth == 1:
                if key == wanted:
                    return str(event.value)
                key = "" if key else str(event.value)
    except yaml.YAMLError:
        pass
    return ""


def index(mark: object) -> int:
    """The offset of a parser's mark in its file, in characters."""
    return int(getattr(mark, "index", 0))


class _Builder:
    """Builds the tree of one file from the parser's events."""

    def __init__(self, file: SourceFile, diagnostics: Diagnostics) -> None:
        self.file = file
        self.diagnostics = diagnostics
        self.events: Iterator[yaml.Event] = iter(yaml.parse(file.text, Loader=Loader))

    def document(self) -> Node | None:
        """The only document of the file, or `None` if there is none."""
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self.refuse(
                        event, "several-documents", "a second YAML document", "one machine per file: remove '---'"
                    )
                root = self.node(next(self.events), 0)
        return None if isinstance(root, Text) and not root else root

    def node(self, event: yaml.Event, depth: int) -> Node:
        """The tree that begins with `event`."""
        if getattr(event, "anchor", None):
            self.refuse(event, "yaml-alias", "anchors and aliases are not allowed", "write it out, or use a family")
        if tag := getattr(event, "tag", None):
            self.refuse(event, "yaml-tag", f"tags are not allowed: {tag}", "write plain data")
        if depth > MAX_DEPTH:
            self.refuse(event, "yaml-depth", f"nested more than {MAX_DEPTH} deep", "a machine is a few levels deep")
        if isinstance(event, yaml.ScalarEvent):
            return Text(event.value, Scalar(self.file, index(event.start_mark), index(event.end_mark)))
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, depth)
        return self.mapping(event, depth)

    def sequence(self, start: yaml.Event, depth: int) -> YamlList:
        """The items up to the end of the sequence."""
        out = YamlList(span=self.span(start))
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            out.append(self.node(event, depth + 1))
        return out

    def mapping(self, start: yaml.Event, depth: int) -> YamlMapping:
        """The entries up to the end of the mapping; a key that comes again is reported and left out."""
        out = YamlMapping(span=self.span(start))
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Text):
                self.refuse(event, "yaml-key", "a key must be text", "name: value")
            value = self.node(next(self.events), depth + 1)
            if key in out:
                first = out.key(key)
                line = first.span.line if first else 0
                self.diagnostics.error(key.span, "duplicate-key", f"'{key}' stands twice in this mapping",
                                       f"the first one is on line {line}; keep one")  # fmt: skip
            else:
                out[key] = value
        return out

    def span(self, event: yaml.Event) -> Span:
        """The place where `event` begins."""
        return self.file.span(index(event.start_mark))

    def refuse(self, event: yaml.Event, code: str, message: str, hint: str) -> NoReturn:
        """Report an error after which the file is not read further."""
        self.diagnostics.error(self.span(event), code, message, hint)
        raise Refused
