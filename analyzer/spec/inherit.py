"""The rows of a machine and of those that it extends: replaced, removed, amended, layer by layer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from analyzer.diagnostics import Diagnostics, did_you_mean
from analyzer.spec.expand import Expander
from analyzer.spec.files import Layer
from analyzer.spec.read import Reader
from analyzer.spec.rows import Row
from analyzer.spec.schema import InstructionEntry
from analyzer.spec.text import Text
from analyzer.spec.yaml_source import YamlMapping

NEEDS_BASE = ("remove", "amend")


@dataclass(slots=True)
class Inheritance:
    """Collects `rows` by name, in their order."""

    reader: Reader
    expander: Expander
    diagnostics: Diagnostics
    rows: dict[str, Row] = field(default_factory=dict)

    def collect(self, layers: Sequence[Layer]) -> list[Row]:
        """The rows of all layers, the base first; one of a later layer takes the place of one of the same name."""
        for layer in layers:
            inherits = layer is not layers[0] or layer.tree.key("extends") is not None
            for name in () if inherits else NEEDS_BASE:
                self._extends_nothing(layer.tree.key(name))
            if inherits:
                self._remove(layer.tree)
            own = self._own(layer.tree)
            if inherits:
                self._amend(layer.tree, own)
            self.rows |= own
        return [] if self.expander.exceeded else list(self.rows.values())

    def _extends_nothing(self, key: Text | None) -> None:
        if key is not None:
            message = f"'{key}' is about what is inherited, and this machine extends none"
            self.diagnostics.error(key.span, "missing-base", message, "extends: machine")

    def _remove(self, tree: YamlMapping) -> None:
        for name in tree.items_of("remove"):
            if isinstance(name, Text) and self.rows.pop(name, None) is None:
                self._unknown(name, "remove")

    def _own(self, tree: YamlMapping) -> dict[str, Row]:
        """The rows that a layer has itself."""
        own: dict[str, Row] = {}
        for entry in self.reader.entries(tree.items_of("instructions"), InstructionEntry):
            for expanded, context in self.expander.expand(entry):
                self._add(own, Row(expanded, context, entry))
        return own

    def _add(self, rows: dict[str, Row], row: Row) -> None:
        name = row.entry.name
        if not name.strip() or not name.isprintable():
            hint = "what reports show: a mnemonic and what tells its instructions apart"
            self.diagnostics.error(name.span, "bad-name", "the name is empty or not printable", hint, row.context)
        elif name in rows:
            hint = f"the first one is at {rows[name].entry.name.span}; every instruction has a name of its own"
            self.diagnostics.error(name.span, "duplicate-name", f"instruction '{name}' stands twice", hint, row.context)
        else:
            rows[str(name)] = row

    def _amend(self, tree: YamlMapping, own: Collection[str]) -> None:
        """Give inherited rows the semantics that a layer has for them."""
        for name, text in self.reader.texts(tree, "amend").items():
            if name in own:
                hint = "write there what it does"
                self.diagnostics.error(name.span, "not-inherited", f"'{name}' is an instruction of this machine", hint)
            elif name not in self.rows:
                self._unknown(name, "amend")
            elif not text.strip():
                hint = "pass, where it does nothing"
                self.diagnostics.error(name.span, "bad-value", f"'{name}' is amended by an empty text", hint)
            else:
                row = self.rows[name]
                self.rows[str(name)] = replace(row, amendments=(*row.amendments, text))

    def _unknown(self, name: Text, what: str) -> None:
        hint = did_you_mean(name, self.rows, "see the machine that this one extends")
        self.diagnostics.error(name.span, "unknown-instruction", f"no instruction '{name}' to {what}", hint)
