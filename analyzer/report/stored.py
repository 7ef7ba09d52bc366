"""Results read back from the JSON output: what was written is what is read, but for what is not in the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from analyzer.report.json import SCHEMA
from analyzer.validation.fixed import Fix
from analyzer.verdict import Analysis

Result = TypeVar("Result")


class NotStored(ValueError):
    """A text that is no output of the command it should be of."""


@dataclass(frozen=True, slots=True)
class _Envelope:
    schema: str
    command: str
    results: tuple[object, ...]


ENVELOPE = TypeAdapter(_Envelope)
CHECKED = TypeAdapter(tuple[Analysis, ...])
FIXED = TypeAdapter(tuple[Fix, ...])


def analyses(text: str) -> tuple[Analysis, ...]:
    """The results of `check`, of whole machines. Raises `NotStored`."""
    return _results("check", CHECKED, text)


def fixes(text: str) -> tuple[Fix, ...]:
    """The results of `fix`. Raises `NotStored`."""
    return _results("fix", FIXED, text)


def _results(command: str, adapter: TypeAdapter[Result], text: str) -> Result:
    try:
        envelope = ENVELOPE.validate_json(text)
        if (envelope.schema, envelope.command) != (SCHEMA, command):
            raise NotStored(f"it is no output of `vmmcheck {command}`")
        return adapter.validate_python(envelope.results)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise NotStored(f"it is no output of `vmmcheck {command}`: {place or 'text'}: {first['msg']}") from error
