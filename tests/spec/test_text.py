"""Texts know their places, whatever the style of the scalar and however a family filled them."""

import pytest

from analyzer.diagnostics import Diagnostics, Span
from analyzer.spec.expand import TemplateError, substitute
from analyzer.spec.text import SourceFile, Text
from analyzer.spec.yaml_source import YamlMapping, parse_yaml

STYLES = """\
plain: one two
folded plain: one
   two
   three
single: 'it''s one'
quoted: "one two"
escaped: "one\\ttwo"
literal: |
    one
      two

    three
stripped: |-
  one
indented: |2
    one
   two
folded: >-
  one
  two

  three
flow: {a: [one, "two"], b: three}
"""


def tree(text: str) -> YamlMapping:
    """The mapping that a file holds."""
    found = parse_yaml(SourceFile("f", text), Diagnostics())
    assert found is not None
    return found


def text_of(mapping: YamlMapping, key: str) -> Text:
    """The text that `key` holds."""
    node = mapping.find(key)
    assert isinstance(node, Text)
    return node


def character(text: str, span: Span) -> str:
    """What stands at a place."""
    return text.splitlines()[span.line - 1][span.column - 1]


EXACT = ["plain", "folded plain", "quoted", "literal", "stripped", "indented", "folded"]


@pytest.mark.parametrize("key", EXACT)
def test_every_character_has_its_place(key: str) -> None:
    value = text_of(tree(STYLES), key)
    found = [character(STYLES, value.place(offset)) for offset, c in enumerate(value) if not c.isspace()]
    assert "".join(found) == "".join(value.split())
    places = [value.place(offset) for offset, c in enumerate(value) if not c.isspace()]
    assert places == sorted(set(places))


def test_a_place_behind_an_escape_is_the_whole_text() -> None:
    value = text_of(tree('k: "ab a\\tb b"\n'), "k")
    assert value == "ab a\tb b"
    places = [value.place(offset) for offset in range(len(value))]
    assert places[:4] == [Span("f", 1, column) for column in (5, 6, 7, 8)]
    assert set(places[5:]) == {value.span}


def test_lines_and_columns_of_a_block() -> None:
    value = text_of(tree(STYLES), "literal")
    source = value.source("somewhere")
    assert source.text == "one\n  two\n\nthree\n"
    assert source.context == "somewhere"
    assert source.locate(2, 3, 3) == Span("f", 10, 7, 3)
    assert source.locate(4, 1, 5) == Span("f", 12, 5, 5)


@pytest.mark.parametrize("key", ["single", "escaped"])
def test_escapes_fall_back_to_the_whole_text(key: str) -> None:
    value = text_of(tree(STYLES), key)
    assert value.place(len(value) - 1) == value.span


def test_a_place_after_the_end() -> None:
    assert text_of(tree("a: xy\n"), "a").place(2) == Span("f", 1, 6)
    assert text_of(tree("a: |\n  xy\n"), "a").place(2) == Span("f", 2, 5)


def test_scalars_stay_as_written() -> None:
    mapping = tree("NO: 00\nyes: ~\n1: 1e3\n")
    assert dict(mapping) == {"NO": "00", "yes": "~", "1": "1e3"}


FAMILY = """\
template: |
  v = {op.read}
  if v:
      {op.write}
  done = {{v}}
read: mem[y]
write: |
  ac[a] = v
  pc = next
"""


def test_a_filled_template_keeps_all_places() -> None:
    mapping = tree(FAMILY)
    values = {"op.read": text_of(mapping, "read"), "op.write": text_of(mapping, "write")}
    filled = substitute(text_of(mapping, "template"), values)
    assert filled == "v = mem[y]\nif v:\n    ac[a] = v\n    pc = next\ndone = {v}\n"
    for word, line, column in (("v =", 2, 3), ("mem", 6, 7), ("if", 3, 3), ("ac", 8, 3), ("pc", 9, 3), ("done", 5, 3)):
        assert filled.place(filled.index(word), len(word)) == Span("f", line, column, len(word))


BAD = [
    ("{x}", 0, "nothing is called 'x'"),
    ("a {write} b", 2, "'write' has several lines"),
    ("a } b", 2, "a lone '}'"),
    ("a {", 2, "a lone '{'"),
    ("{a\nb}", 0, "a lone '{'"),
]


@pytest.mark.parametrize(("template", "offset", "message"), BAD)
def test_bad_placeholders(template: str, offset: int, message: str) -> None:
    text = Text(template, text_of(tree("a: b\n"), "a").origin)
    with pytest.raises(TemplateError, match=message.replace("{", "\\{")) as caught:
        substitute(text, {"write": text_of(tree(FAMILY), "write")})
    assert caught.value.offset == offset
