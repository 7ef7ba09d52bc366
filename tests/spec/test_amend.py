"""Amendments: what a variant puts in place of the semantics of inherited instructions, layer by layer."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.diagnostics import SpecError
from analyzer.language.ir import Undefined, walk
from analyzer.spec.load import load, varied
from analyzer.spec.model import Instruction, Isa

ROOT = Path(__file__).parents[2]
BASE = ROOT / "tests" / "errors" / "base" / "machine.yaml"
TWIN = ROOT / "tests" / "twins" / "base"
HEAD = "isa: {}\ntitle: A variant\ndescription: It differs a little.\nextends: {}\n"
OWN = """\
if user == 1:
    trap(illegal, 2)
flag = v[0] if size == 1 else v[7]
"""  # what SET does on the base


def block(text: str, indent: int = 4) -> str:
    """A text as a YAML block."""
    return "|\n" + "".join(f"{' ' * indent}{line}\n" for line in text.splitlines())


def amend(**texts: str) -> str:
    """The section that amends instructions."""
    return "amend:\n" + "".join(f"  {name}: {block(text)}" for name, text in texts.items())


def layered(folder: Path, *sections: str) -> Isa:
    """The last of several machines, each a variant of the one before, the first one of the base."""
    (folder / "base").mkdir(exist_ok=True)
    (folder / "base" / "machine.yaml").write_bytes(BASE.read_bytes())
    below = "base"
    for number, section in enumerate(sections):
        name = f"v{number}"
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "machine.yaml").write_text(HEAD.format(name, below) + section)
        below = name
    return load(folder / below)


def written(folder: Path, semantics: str) -> Instruction:
    """SET as it is where its semantics are written out."""
    folder.mkdir()
    (folder / "machine.yaml").write_text(BASE.read_text().replace(block(OWN, 6), block(semantics, 6)))
    found = load(folder).instruction("SET")
    assert found.text == semantics
    return found


# layers of amendments of SET, and its semantics then
CASES: dict[str, tuple[tuple[str, ...], str]] = {
    "in place": (("flag = 1",), "flag = 1\n"),
    "before": (("flag = 1\noriginal()",), "flag = 1\n" + OWN),
    "nothing": (("original()",), OWN),
    "with remarks": (("r[0] = 0  # original()\noriginal()  # as before\n\n# end",), "r[0] = 0  # original()\n" + OWN),
    "two layers": (("r[1] = 1\noriginal()", "r[0] = 0\noriginal()"), "r[0] = 0\nr[1] = 1\n" + OWN),
    "two layers, the first in place": (("r[1] = 1", "r[0] = 0\noriginal()"), "r[0] = 0\nr[1] = 1\n"),
    "two layers, the last in place": (("r[1] = 1\noriginal()", "r[0] = 0"), "r[0] = 0\n"),
    "three layers": (("r[1] = 1\noriginal()", "original()", "r[3] = 3\noriginal()"), "r[3] = 3\nr[1] = 1\n" + OWN),
    "open values": (("flag = undefined(1)\noriginal()", "r[0] = undefined(8)\noriginal()"),
                    "r[0] = undefined(8)\nflag = undefined(1)\n" + OWN),
    "locals": (("n = v + 1\nr[0] = n\noriginal()", "n = v\nr[1] = n\noriginal()"),
               "n = v\nr[1] = n\nn = v + 1\nr[0] = n\n" + OWN),
    "an end": (("if v == 0:\n    return\noriginal()",), "if v == 0:\n    return\n" + OWN),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_amended_instruction_is_the_one_that_is_written_out(name: str, tmp_path: Path) -> None:
    amendments, semantics = CASES[name]
    amended = layered(tmp_path, *(amend(SET=text) for text in amendments)).instruction("SET")
    expected = written(tmp_path / "written", semantics)
    assert (amended.text.rstrip("\n"), amended.body) == (expected.text.rstrip("\n"), expected.body)
    assert (amended.encodings, amended.source, amended.file) == (
        expected.encodings,
        "manual, 2",
        "../base/machine.yaml",
    )


def test_values_left_open_in_two_layers_are_two(tmp_path: Path) -> None:
    isa = layered(tmp_path, *(amend(SET=text) for text in CASES["open values"][0]))
    sites = [node.site for node in walk(isa.instruction("SET").body.semantics) if isinstance(node, Undefined)]
    assert len(sites) == len(set(sites)) == 2


def test_instructions_keep_their_places_and_others_their_semantics(tmp_path: Path) -> None:
    isa, base = layered(tmp_path, amend(SET="flag = 1", LOAD="flag = 0")), load(BASE.parent)
    assert [row.name for row in isa.instructions] == [row.name for row in base.instructions]
    isa = layered(tmp_path, amend(SET="flag = 1"))
    assert isa.instruction("LOAD").body == base.instruction("LOAD").body


def test_a_replaced_instruction_has_no_amendments(tmp_path: Path) -> None:
    below, above = amend(SET="r[0] = v\noriginal()"), amend(SET="r[1] = v\noriginal()")
    row = 'instructions: [{name: SET, encoding: "0010 0000 v:8", source: "manual, 2", semantics: "flag = v[3]"}]'
    assert layered(tmp_path, below, row, above).instruction("SET").text == "r[1] = v\nflag = v[3]"


def test_an_amended_instruction_can_be_removed(tmp_path: Path) -> None:
    isa = layered(tmp_path, amend(SET="flag = 1"), "remove: [SET]")
    assert [row.name for row in isa.instructions] == ["LOAD"]


def test_fields_that_only_the_inherited_semantics_use_are_no_matter(tmp_path: Path) -> None:
    """Its encoding is not the variant's; of its own instructions it is told."""
    isa = layered(tmp_path, amend(SET="flag = 1"))
    assert [item.message for item in isa.warnings if item.code == "unused-field"] == []
    own = 'instructions: [{name: NEW, encoding: "0011 v:4", source: "manual, 3", semantics: "flag = 1"}]'
    isa = layered(tmp_path, own)
    assert [item.message for item in isa.warnings if item.code == "unused-field"] == ["field 'v' is not used"]


@pytest.mark.parametrize(("wrong", "text"), [("[LOAD]", "LOAD"), ("{LOAD: [pass]}", "LOAD"), ("{LOAD: ''}", "LOAD")])
def test_what_is_wrong_in_a_lower_layer_is_told(wrong: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"v0/machine\.yaml:5:\d+: error") as caught:
        layered(tmp_path, f"amend: {wrong}", amend(SET="flag = 1"))
    assert text in str(caught.value)


# -- what the analysis makes of it -----------------------------------------------------------------------------------

PEEK = """instructions:
  - name: PEEK
    encoding: "0100 0000 r:2 ------"
    semantics: acc[r] = device
"""


@pytest.mark.parametrize(("text", "answer"), [("trap(refused)", "traps"), ("pass", "wrong")])
def test_an_amendment_decides(text: str, answer: str) -> None:
    """A read of hidden state that does not trap in user mode is wrong; amended, it traps there."""
    base = varied(load(TWIN), HEAD.format("peeks", "base") + PEEK)
    isa = varied(base, HEAD.format("amended", "peeks") + amend(PEEK=f"if user == 1:\n    {text}\noriginal()"))
    (exact,) = analyze(isa, only=["PEEK"]).exact.instructions
    assert (exact.trap_and_emulate, exact.hybrid) == (answer, answer)
