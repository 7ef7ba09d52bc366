"""Machines as loaded: what the files say, merged and expanded."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.diagnostics import SpecError
from analyzer.encoding.codec import encode
from analyzer.language.ir import Const, Expr, Field, apply, choose
from analyzer.spec.load import lint, load, shipped
from analyzer.spec.model import Isa

ROOT = Path(__file__).parents[2]
TOY = ROOT / "tests" / "machines_for_tests" / "toy"
BASE = ROOT / "tests" / "errors" / "base"

VARIANT = """\
isa: variant
title: A variant
description: Everything that a variant can change.
extends: base
remove: [LOAD]
constants: {SP: 2}
components:
  flag: {width: 2}
  led: {width: 1, count: 2, role: control}
functions: |
  def value(m: source) -> 8:
      return mem[m.address]
  def bit(x: 8) -> 2:
      return x[1:0]
instructions:
  - name: "{op} {n}"
    for:
      op: {GET: {code: "00", act: "flag = bit(value(m))"}, PUT: {code: "01", act: "led[m.index[0]] = 1"}}
      n: [0, 1]
    skip: [PUT 1]
    encoding: ["01 {op.code} m=source(x)", "10 {op.code} m=source(x)"]
    where: x == {n}
    prefixes: {size: any}
    source: manual, 9
    summary: "{{op}} {op}"
    semantics: |
      {op.act}
  - name: SET
    mnemonic: set
    encoding: "1100 v:4"
    source: manual, 9
    syntax: "SET {v}"
    semantics: flag = v[1:0]
"""


@pytest.fixture
def variant(tmp_path: Path) -> Isa:
    """The variant above, beside its base."""
    for name, text in (("variant", VARIANT), ("base", (BASE / "machine.yaml").read_text())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "machine.yaml").write_text(text)
    return load(tmp_path / "variant")


def test_a_shipped_base_is_named_alike_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("machine", "here"):
        (tmp_path / folder).mkdir()
    text = "isa: more\nextends: third-generation\ntitle: t\ndescription: d\n"
    (tmp_path / "machine" / "machine.yaml").write_text(text)
    files = set()
    for folder, path in (
        ("here", "../machine"),
        ("machine", "."),
        (".", "./machine"),
        ("here", str(tmp_path / "machine")),
    ):
        monkeypatch.chdir(tmp_path / folder)
        files |= {row.file for row in load(path).instructions}
    assert "third-generation/instructions/privileged.yaml" in files
    assert all(file.startswith("third-generation/instructions/") for file in files)


def test_a_base_beside_is_named_from_the_machine() -> None:
    inherited = load("third-generation-jrst1").instruction("LPSW")
    assert inherited.file == "../third-generation/instructions/privileged.yaml"


def test_toy() -> None:
    toy = load(TOY)
    assert (toy.name, toy.title, toy.folder) == ("toy", "A toy machine", TOY)
    assert [row.name for row in toy.instructions] == ["LOAD", "STORE", "ADD", "LRB", "SVC"]
    assert {name: (mode.kind, mode.when) for name, mode in toy.modes.items()} == {
        "supervisor": ("supervisor", {"user": 0}),
        "user": ("user", {"user": 1}),
    }
    assert toy.machine.pc.name == "pc"
    assert toy.machine.components["r"].index_width == 2
    assert list(toy.monitors["default"].install) == ["base", "bound"]
    assert toy.monitors["default"].relation == ()
    assert toy.instruction("ADD").body.fields == {"r1": 2, "r2": 2}
    assert toy.instruction("ADD").body.length == Const(1, 8)
    assert toy.instruction("ADD").file == "machine.yaml"
    assert toy.instruction("ADD").span.line == 64
    assert toy.machine.traps["protection"].deliver
    assert toy.warnings == ()
    with pytest.raises(KeyError):
        toy.instruction("SUB")


def test_the_same_machine_by_folder_file_and_text() -> None:
    assert load(TOY).instructions == load(TOY / "machine.yaml").instructions == load(f"{TOY}/").instructions


def test_extends(variant: Isa) -> None:
    assert [row.name for row in variant.instructions] == ["SET", "GET 0", "GET 1", "PUT 0"]
    assert variant.name == "variant"
    assert variant.sources == {"manual": "A manual"}
    assert variant.machine.constants == {"SP": 2}
    assert variant.machine.components["flag"].width == 2
    assert variant.machine.components["flag"].role == "visible"
    assert list(variant.machine.functions) == ["translate", "undefined_instruction", "value", "bit"]
    assert variant.machine.functions["value"].span.file.endswith("variant/machine.yaml")
    assert variant.machine.functions["translate"].span.file.endswith("base/machine.yaml")
    assert variant.instruction("SET").mnemonic == "set"
    assert variant.instruction("SET").syntax == ("SET {v}",)


def test_expansion(variant: Isa) -> None:
    get = variant.instruction("GET 1")
    assert (get.mnemonic, get.summary, get.text) == ("GET", "{op} GET", "flag = bit(value(m))\n")
    assert get.body.operands == {"m": "source"}
    assert get.body.fields == {"size": 1, "x": 1, "m.case": 1, "m.n": 2, "m.a": 8}
    assert get.encodings[0].forms[0].allowed == {"x": frozenset((1,))}
    assert len(get.encodings) == 2
    assert [len(encoding.forms) for encoding in get.encodings] == [2, 2]
    assert get.encodings[0].prefixes == {"size": frozenset((0, 1))}


def test_length_is_an_expression_over_fields() -> None:
    base = load(BASE)

    def lengthened(condition: tuple[str, int], longer: Expr, shorter: Expr) -> Expr:
        return choose(apply("eq", Field(condition[0], 1), Const(condition[1], 1)), shorter, longer)

    one, two, zero = Const(1, 8), Const(2, 8), Const(0, 8)
    load_length = apply("add", one, lengthened(("m.case", 0), one, zero))
    assert base.instruction("LOAD").body.length == load_length
    assert base.instruction("SET").body.length == apply("add", two, lengthened(("size", 0), one, zero))


def test_encode_with_fields_of_the_specification() -> None:
    base = load(BASE)
    assert encode(base, "LOAD", {"m.case": 1, "m.a": 0x7E, "x": 1}) == [0b00010100, 0x7E]
    assert encode(base, "SET", {"size": 1, "v": 9}) == [0b11110001, 0b00100000, 9]


def test_relation_is_split_into_its_conjuncts(tmp_path: Path) -> None:
    text = (BASE / "machine.yaml").read_text()
    relation = 'relation: "real.base == virtual.base and virtual.user == 1 and real.user == 1 or real.base == 0"'
    for written, count in ((relation, 1), (relation.split(" or ")[0] + '"', 3)):
        (tmp_path / "machine.yaml").write_text(text.replace("    install:", f"    {written}\n    install:"))
        assert len(load(tmp_path).monitors["default"].relation) == count


def test_unknown_machines() -> None:
    with pytest.raises(SpecError, match="no shipped machine 'pdp10-ka11'") as caught:
        load("pdp10-ka11")
    assert "did you mean 'pdp10-ka10'?" in str(caught.value)
    with pytest.raises(SpecError, match="no file 'no/such'"):
        load("no/such")
    assert [item.code for item in lint("pdp10-ka11")] == ["unknown-machine"]


def test_a_wrong_machine_says_where(tmp_path: Path) -> None:
    (tmp_path / "machine.yaml").write_text(
        (BASE / "machine.yaml").read_text().replace("trap(illegal, 2)", "trap(ilegal, 2)")
    )
    with pytest.raises(SpecError, match=r"machine\.yaml:\d+:\d+: error\[") as caught:
        load(tmp_path)
    assert "          trap(ilegal, 2)" in str(caught.value)


def test_a_machine_can_be_sent_to_another_process() -> None:
    for machine in (load(TOY), load(BASE)):
        assert pickle.loads(pickle.dumps(machine)) == machine


@pytest.mark.parametrize(("name", "title"), shipped())
def test_shipped_machines_load(name: str, title: str) -> None:
    assert title
    machine = load(name)
    assert (machine.name, machine.title) == (name, title)


def test_there_are_shipped_machines() -> None:
    assert {"third-generation", "pdp10-ka10", "x86-pentium"} <= {name for name, _ in shipped()}


def test_the_list_imports_little() -> None:
    code = "import sys; from analyzer.spec.load import shipped; shipped(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"z3", "pydantic", "networkx", "rich"} & set(done.stdout.split())


@pytest.mark.parametrize(("invariant", "codes"), [("ring == 0", set()), ("flag == 0", {"unnamed-mode"})])
def test_modes_that_an_invariant_excludes_need_no_name(tmp_path: Path, invariant: str, codes: set[str]) -> None:
    text = (ROOT / "tests" / "errors" / "cases" / "unnamed-mode.yaml").read_text()
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "machine.yaml").write_text((BASE / "machine.yaml").read_text())
    (tmp_path / "rings").mkdir()
    (tmp_path / "rings" / "machine.yaml").write_text(f"{text}invariants: [{invariant}]\n")
    warnings = load(tmp_path / "rings").warnings
    assert {warning.code for warning in warnings} & {"unnamed-mode"} == codes


LIKE = """\
isa: like
title: Like another
description: A class that differs from another in one case, and has one more.
extends: base
operands:
  wider:
    like: source
    attributes: {far: 1}
    cases:
      - {name: absolute, pattern: "0 @ 00", extension: "a:8", address: "a + 1"}
      - {name: beyond, pattern: "0 @ 01", extension: "a:8", address: a, far: "1"}
"""


def test_a_class_like_another(tmp_path: Path) -> None:
    """It has the other's attributes and cases but those that it gives anew."""
    for name, text in (("like", LIKE), ("base", (BASE / "machine.yaml").read_text())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "machine.yaml").write_text(text)
    operands = load(tmp_path / "like").machine.operands
    source, wider = operands["source"], operands["wider"]
    assert wider.attributes == {**source.attributes, "far": 1}
    assert [case.name for case in wider.cases] == ["register", "absolute", "beyond"]
    assert wider.cases[0].attributes["index"] == source.cases[0].attributes["index"]
    assert wider.cases[1].attributes["address"] != source.cases[1].attributes["address"]
    assert wider.cases[2].attributes["far"] == Const(1, 1)
