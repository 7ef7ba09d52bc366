"""The values of specification files: numbers, names, texts and short forms of tables, checked, with the JSON Schema
that editors are given for each."""

from __future__ import annotations

import keyword
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf, WithJsonSchema
from pydantic_core import PydanticCustomError

from analyzer.language.names import RESERVED
from analyzer.spec.files import MACHINE_NAME
from analyzer.spec.text import Text

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
NUMBER = re.compile(r"(0|[1-9]\d{0,99}|0x[0-9a-fA-F]{1,99}|0o[0-7]{1,99}|0b[01]{1,256})\Z", re.ASCII)


def number(value: object) -> object:
    """The integer that a text denotes: decimal, or hexadecimal, octal or binary with Python's prefix."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and NUMBER.match(value):
        return int(value, 0)
    shown = f"'{value}'" if isinstance(value, str) else "this"
    raise PydanticCustomError(
        "bad-number", "{shown} is not a number", {"shown": shown[:60], "hint": "18, 0x12, 0o22 or 0b10"}
    )


def signed_number(value: object) -> object:
    """The same, with a sign before it if it is negative."""
    if isinstance(value, str) and value.startswith("-"):
        return -number(value[1:])  # type: ignore[operator]  # it raises, or gives an integer
    return number(value)


def truth(value: object) -> object:
    """`true` or `false`."""
    if value in ("true", "false"):
        return value == "true"
    raise PydanticCustomError("wrong-type", "must be true or false", {})


def identifier(value: Text) -> Text:
    """A name that semantics can use."""
    if not IDENTIFIER.match(value) or keyword.iskeyword(value):
        hint = "letters, digits and underscores, no digit first"
        raise PydanticCustomError("bad-name", "'{name}' is no name", {"name": value[:60], "hint": hint})
    if value in RESERVED:
        hint = "it belongs to the language; choose another"
        raise PydanticCustomError("bad-name", "'{name}' is reserved", {"name": value, "hint": hint})
    return value


def machine_name(value: Text) -> Text:
    """A name that a folder can have."""
    if not MACHINE_NAME.match(value):
        hint = "lower case letters, digits and hyphens"
        raise PydanticCustomError("bad-name", "'{name}' is no name of a machine", {"name": value[:60], "hint": hint})
    return value


def comment(value: Text) -> Text:
    """What begins a comment: no part of an expression."""
    if value not in (";", "#", "//"):
        raise PydanticCustomError("bad-value", "no comment begins with '{mark}'", {"mark": value[:9], "hint": "; # //"})
    return value


def listed(value: object) -> object:
    """A single text stands for a list of one."""
    return [value] if isinstance(value, Text) else value


def tabled(value: object) -> object:
    """A list of keys in `for` stands for a mapping from keys to no attributes."""
    return {key: {} for key in value} if isinstance(value, list) and all(isinstance(k, Text) for k in value) else value


def counted(value: object) -> object:
    """A list of names stands for a mapping from names to 0, 1, 2, ..."""
    if isinstance(value, list) and all(isinstance(name, Text) for name in value):
        return {name: place for place, name in enumerate(value)}
    return value


def themselves(value: object) -> object:
    """A list of names stands for a mapping of each to itself."""
    return (
        {name: name for name in value} if isinstance(value, list) and all(isinstance(n, Text) for n in value) else value
    )


def integer(least: int, most: int | None = None) -> dict[str, Any]:
    """The JSON Schema of a number: editors read 0x12 as an integer, 0b10 as text."""
    limits = {"minimum": least} if most is None else {"minimum": least, "maximum": most}
    return {"anyOf": [{"type": "integer", **limits}, {"type": "string", "pattern": "^0[box][0-9a-fA-F]+$"}]}


TEXT_OR_NUMBER: dict[str, Any] = {"type": ["string", "integer"]}
TABLE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": TEXT_OR_NUMBER}},
        {"type": "array", "items": TEXT_OR_NUMBER},
    ]
}
Plain = Annotated[Text, InstanceOf(), WithJsonSchema({"type": "string"})]
Formula = Annotated[Text, InstanceOf(), WithJsonSchema(TEXT_OR_NUMBER)]
Name = Annotated[Plain, AfterValidator(identifier)]
Truth = Annotated[bool, BeforeValidator(truth), WithJsonSchema({"type": "boolean"})]
Number = Annotated[int, Field(ge=0), BeforeValidator(number), WithJsonSchema(integer(0))]
SIGNED: dict[str, Any] = {
    "anyOf": [*integer(0)["anyOf"], {"type": "integer"}, {"type": "string", "pattern": "^-[0-9]+$"}]
}
SignedNumber = Annotated[int, BeforeValidator(signed_number), WithJsonSchema(SIGNED)]
Width = Annotated[int, Field(ge=1, le=4096), BeforeValidator(number), WithJsonSchema(integer(1, 4096))]
AddressWidth = Annotated[int, Field(ge=1, le=128), BeforeValidator(number), WithJsonSchema(integer(1, 128))]
Count = Annotated[int, Field(ge=2, le=1 << 32), BeforeValidator(number), WithJsonSchema(integer(2, 1 << 32))]
Texts = Annotated[
    list[Plain],
    Field(min_length=1),
    BeforeValidator(listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Table = Annotated[dict[Plain, dict[Plain, Formula]], BeforeValidator(tabled), WithJsonSchema(TABLE_SCHEMA)]
Names = Annotated[
    dict[Plain, Number],
    BeforeValidator(counted),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "object", "additionalProperties": integer(0)},
                {"type": "array", "items": TEXT_OR_NUMBER},
            ]
        }
    ),
]
Shared = Annotated[
    dict[Plain, Plain],
    BeforeValidator(themselves),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": "string"}},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]
Comment = Annotated[Plain, AfterValidator(comment)]
Radix = Annotated[Literal[2, 8, 10, 16], BeforeValidator(number)]
MachineName = Annotated[Plain, AfterValidator(machine_name)]
