"""Variants as texts: read over a loaded machine as over one that they extend, and written from plain data."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.diagnostics import Diagnostics, SpecError
from analyzer.spec.load import load, varied
from analyzer.spec.model import Isa
from analyzer.spec.text import SourceFile
from analyzer.spec.written import Tree, written
from analyzer.spec.yaml_source import Node, YamlList, YamlMapping, parse_yaml

BASE = Path(__file__).parents[1] / "errors" / "base"
HEAD: Tree = {"isa": "variant", "title": "A variant", "description": "It differs a little.", "extends": "base"}
SECTIONS: dict[str, Tree] = {
    "amend": {"amend": {"SET": "flag = 1\noriginal()\n"}},
    "function": {"functions": "def value(m: source) -> 8:\n    return 7\n"},
    "functions": {"functions": ["def value(m: source) -> 8:\n    return 7\n", "def seven() -> 8:\n    return 7\n"]},
    "remove": {"remove": ["LOAD"]},
    "mode": {
        "components": {"guest": {"width": 1, "role": "mode"}},
        "modes": {"supervisor": {"when": {"guest": 0}}, "user": {"when": {"guest": 0}}},
    },
}


def content_of(isa: Isa) -> tuple[object, ...]:
    """What a machine is, besides its places."""
    rows = [(row.name, row.text, row.body) for row in isa.instructions]
    return isa.name, rows, isa.machine, isa.modes, isa.monitors["default"].modes


def variant(section: Tree) -> str:
    """The specification of a variant."""
    return written({**HEAD, **section})


@pytest.mark.parametrize("name", SECTIONS)
def test_a_text_makes_the_machine_that_the_same_file_does(name: str, tmp_path: Path) -> None:
    text = variant(SECTIONS[name])
    for folder, content in (("base", (BASE / "machine.yaml").read_text()), ("variant", text)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "machine.yaml").write_text(content)
    base, isa, same = load(BASE), varied(load(BASE), text), load(tmp_path / "variant")
    assert content_of(isa) == content_of(same)
    assert content_of(isa)[1:] != content_of(base)[1:]


def test_a_variant_of_a_variant_has_both() -> None:
    first = varied(load(BASE), variant({"amend": {"SET": "flag = 1\noriginal()\n"}}))
    second = varied(pickle.loads(pickle.dumps(first)), variant({"amend": {"SET": "r[0] = v\noriginal()\n"}}))
    assert second.instruction("SET").text.startswith("r[0] = v\nflag = 1\nif user == 1:")
    assert first.instruction("SET").text.startswith("flag = 1\nif user == 1:")


@pytest.mark.parametrize("name", ["machine.yaml", "other.yaml"])
def test_the_machine_is_the_one_that_was_loaded(name: str, tmp_path: Path) -> None:
    """Not another one in its folder."""
    text = (BASE / "machine.yaml").read_text()
    (tmp_path / "other.yaml").write_text(text)
    (tmp_path / "machine.yaml").write_text(text.replace("name: SET", "name: PUT"))
    isa = load(tmp_path / name)
    amended = varied(isa, variant({"amend": {isa.instructions[1].name: "flag = 1"}}))
    assert amended.instructions[1].text == "flag = 1"


def test_files_of_the_folder_can_be_included(tmp_path: Path) -> None:
    (tmp_path / "machine.yaml").write_text((BASE / "machine.yaml").read_text())
    (tmp_path / "seven.yaml").write_text("functions: |\n  def seven() -> 8:\n      return 7\n")
    isa = varied(load(tmp_path), variant({"include": ["seven.yaml"], "amend": {"SET": "r[0] = seven()"}}))
    assert "seven" in isa.machine.functions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "variant 1 of base:1:1: error[empty-file]: the file is empty"),
        ("[1]", "variant 1 of base:1:1: error[not-a-mapping]: the file must be a mapping"),
        ("isa: x: y", "variant 1 of base:1:7: error[yaml-syntax]: mapping values are not allowed in this context"),
        (
            variant({"amend": {"PUT": "pass"}}),
            "variant 1 of base:6:3: error[unknown-instruction]: no instruction 'PUT' to",
        ),
        (variant({"functions": {"f": "g"}}), "variant 1 of base:5:1: error[wrong-type]: must be a list"),
        (variant({"include": ["none.yaml"]}), "variant 1 of base:6:3: error[no-such-file]: no file 'none.yaml'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        varied(load(BASE), text)
    assert str(caught.value).startswith(message)


def test_a_machine_whose_file_is_gone_has_no_variants(tmp_path: Path) -> None:
    (tmp_path / "machine.yaml").write_text((BASE / "machine.yaml").read_text())
    isa = load(tmp_path)
    (tmp_path / "machine.yaml").unlink()
    with pytest.raises(SpecError, match="no file"):
        varied(isa, variant({}))


# -- what is written -------------------------------------------------------------------------------------------------


def plain(node: Node | None) -> object:
    """A tree without places."""
    if isinstance(node, YamlMapping):
        return {str(key): plain(item) for key, item in node.items()}
    return [plain(item) for item in node] if isinstance(node, YamlList) else str(node)


def read(text: str) -> object:
    """What a specification holds."""
    diagnostics = Diagnostics()
    tree = parse_yaml(SourceFile("text", text), diagnostics)
    assert diagnostics.items == []
    return plain(tree)


LINES = st.text(alphabet="ab:#-'\"{}[]\t |>&*!%@`,?\\é", max_size=12)


@given(st.lists(LINES, max_size=5).map("\n".join), st.booleans())
def test_texts_are_read_as_they_were(text: str, ends: bool) -> None:
    text = text + "\n" * ends
    assert read(written({"amend": {"SET": text}, "remove": [text]})) == {"amend": {"SET": text}, "remove": [text]}


def test_what_stands_twice_is_written_twice() -> None:
    part = {"when": {"user": 1}}
    same = {"when": {"user": "1"}}
    assert read(written({"modes": {"a": part, "b": part}})) == {"modes": {"a": same, "b": same}}


@pytest.mark.parametrize("text", ["no", "1", "0x10", "~", "null", "true", "1e3", "=", "<<", "2001-01-01", ""])
def test_texts_that_yaml_would_read_as_something_else_stay_texts(text: str) -> None:
    assert read(written({"title": text})) == {"title": text}
