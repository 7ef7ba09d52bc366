"""The dependency graph: pairs of machines one edit apart, its exports, and that it covers every verdict."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Any

import networkx
import pytest

from analyzer.language.declarations import HIDDEN_ROLES
from analyzer.language.effects import EffectAnalysis
from analyzer.remedies.dependencies import OTHERS, dependencies, paths, restricted, why
from analyzer.report import graph as report
from analyzer.report import json as as_json
from analyzer.report import markdown, text
from analyzer.report.document import Bullets, Paragraph
from analyzer.spec.load import load, shipped
from analyzer.spec.model import Isa

ROOT = Path(__file__).parents[2]
MACHINES = [name for name, _ in shipped()]
TWINS = sorted(path.parent for path in (ROOT / "tests" / "twins").glob("*sensitive*/machine.yaml"))
HOSTILE = 'A"] ; \\N -> <b>&amp;\x1b\n\u2028\\'


@cache
def machine(name: str | Path) -> Isa:
    return load(name)


@cache
def graph_of(name: str | Path) -> networkx.DiGraph:
    return dependencies(machine(name))


def shown(name: str, instruction: str) -> list[str]:
    return [str(path) for path in why(machine(name), instruction)]


def strong(name: str | Path, instruction: str, sensitivity: str) -> list[tuple[str, ...]]:
    """The ends of the paths that are not weak: what is read, and what is written."""
    found = paths(graph_of(name), instruction)
    return [(*p.reads[:1], p.writes[-1]) for p in found if p.sensitivity == sensitivity and not p.through]


# -- pairs one edit apart --------------------------------------------------------------------------------------


def test_a_status_word_is_a_path_from_mode_and_relocation_to_storage() -> None:
    assert shown("third-generation-spsw", "SPSW") == [f"{name} -> psw() -> SPSW -> mem" for name in _hidden()]


def _hidden() -> Iterator[str]:
    yield from (c.name for c in machine("third-generation-spsw").machine.components.values() if c.hidden)


def test_a_check_of_the_mode_is_a_path_to_the_trap() -> None:
    check = "user -> supervisor_only() -> SPSW -> supervisor_only() -> trap refused"
    assert check in shown("third-generation", "SPSW")
    assert check not in shown("third-generation-spsw", "SPSW")


@pytest.mark.parametrize("name", ["ADD", "B", "SVC", "LA"])
def test_what_touches_no_hidden_state_has_no_path(name: str) -> None:
    assert why(machine("third-generation-spsw"), name) == []


def test_a_load_of_relocation_writes_it_through_two_functions() -> None:
    found = shown("third-generation-open-load", "LBAR")
    assert found == ["LBAR -> load_relocation() -> base", "LBAR -> load_relocation() -> bound"]
    assert "user -> supervisor_only() -> LBAR -> supervisor_only() -> trap refused" in shown("third-generation", "LBAR")
    assert "LPSW -> load_psw() -> load_relocation() -> base" in shown("third-generation", "LPSW")


def test_a_translation_that_is_called_counts_and_one_that_is_implied_is_weak() -> None:
    called, implied = (why(machine("third-generation-lra"), name) for name in ("LRA", "LD"))
    assert {path.through for path in called} == {""}
    assert {path.through for path in implied} == {"translation"}
    assert [path.reads for path in called if path.writes == ("gpr",)] == [path.reads for path in implied]


def test_a_space_of_another_mode_counts_as_a_call_of_its_translation() -> None:
    found = shown("third-generation-mfpi", "MFPI")
    assert "previous -> locate_previous() -> MFPI -> gpr" in found
    assert "base -> locate() -> locate_previous() -> MFPI -> gpr" in found
    assert not [line for line in shown("third-generation-mfpi", "LD") if line.startswith("previous")]


def test_real_storage_depends_on_where_the_guest_lies() -> None:
    assert "placement -> STR -> real" in shown("third-generation-real-store", "STR")
    assert "storage_size -> STR -> trap memorytrap" in shown("third-generation-real-store", "STR")
    assert not [line for line in shown("third-generation-real-store", "ST") if "placement" in line]


def test_who_keeps_the_way_back_reads_the_program_counter() -> None:
    edges = graph_of("third-generation").edges
    assert ("component:pc", "instruction:JAL") in edges
    assert ("component:pc", "instruction:B") not in edges
    assert ("instruction:B", "component:pc") in edges


def test_who_stays_on_itself_writes_the_program_counter() -> None:
    edges = graph_of("third-generation").edges
    assert ("instruction:HLT", "component:pc") in edges
    assert ("instruction:SVC", "component:pc") not in edges


def test_a_hook_is_a_step_of_every_instruction() -> None:
    flag, device = (ROOT / "tests" / "twins" / f"behavior-sensitive-hook-{name}" for name in ("flag", "device"))
    ends = [strong(folder, machine(folder).instructions[-1].name, "behavior") for folder in (flag, device)]
    assert ends == [[], [("device", "acc"), ("device", "trap fault")]]


def test_a_hook_shows_nothing_that_it_does_not_read() -> None:
    ends = {end for _, end in strong("x86-pentium", "CLI", "behavior")}
    assert graph_of("x86-pentium").edges["instruction:CLI", "trap:debug"]["through"] == "hook"
    assert ends == {"trap privileged_operation"}


# -- laws ------------------------------------------------------------------------------------------------------


def verdicts(name: str) -> Iterator[Any]:
    """What the committed reports say of each instruction, under each monitor and component model."""
    whole = json.loads((ROOT / "reports" / name / "report.json").read_text(encoding="utf-8"))
    for analysis in whole["results"]:
        for model in analysis["models"].values():
            yield from model["instructions"]


def test_there_are_verdicts_to_cover() -> None:
    answers = [(v["behavior_sensitive"], v["control_sensitive"]) for name in MACHINES for v in verdicts(name)]
    assert len(MACHINES) >= 20
    assert len(TWINS) >= 20
    assert sum(behavior == "yes" for behavior, _ in answers) > 500
    assert sum(control == "yes" for _, control in answers) > 300


@pytest.mark.parametrize("name", MACHINES)
def test_every_sensitive_instruction_has_a_path_that_is_not_weak(name: str) -> None:
    for verdict in verdicts(name):
        row = verdict["name"]
        if verdict["behavior_sensitive"] == "yes":
            assert strong(name, row, "behavior"), row
        if verdict["control_sensitive"] == "yes":
            changed = {end for (end,) in strong(name, row, "control")}
            assert changed, row
            assert changed >= set(verdict["changes"]), row


@pytest.mark.parametrize("folder", TWINS, ids=lambda folder: folder.name)
def test_every_sensitive_twin_has_a_path_that_is_not_weak(folder: Path) -> None:
    """A twin's name begins with its answer, under one of the component models at least."""
    either = ("behavior", "control") if folder.name.startswith(("user", "supervisor")) else ("behavior",)
    asked = ("control",) if folder.name.startswith("control") else either
    for row in machine(folder).instructions:
        if row.name.split("-")[0] in ("yes", "extended", "pg1974"):
            assert [end for kind in asked for end in strong(folder, row.name, kind)], row.name


@pytest.mark.parametrize("name", MACHINES)
def test_every_instruction_and_component_is_a_node(name: str) -> None:
    isa, nodes = machine(name), graph_of(name).nodes
    assert {f"instruction:{row.name}" for row in isa.instructions} < set(nodes)
    assert {n for n, data in nodes.items() if data["kind"] == "component"} == {
        f"component:{c}" for c in isa.machine.components
    }
    hidden = {data["name"] for data in nodes.values() if data["hidden"] == "yes"} - set(OTHERS)
    assert hidden == {c.name for c in isa.machine.with_role(*HIDDEN_ROLES)}
    assert {type(value) for data in nodes.values() for value in data.values()} == {str}


@pytest.mark.parametrize("name", ["third-generation-mfpi", "pdp10-ki10", "x86-pentium"])
def test_edges_are_the_effects_of_all_that_an_instruction_calls(name: str) -> None:
    """Translations apart, edges that follow calls one by one say what the effects of the whole say."""
    isa, graph = machine(name), graph_of(name)
    analysis = EffectAnalysis(isa.machine.functions, isa.machine.operands)
    hooks = [analysis.block(f.body) for n, f in isa.machine.functions.items() if n in ("before", "after")]
    for row in isa.instructions:
        whole = reduce(or_, hooks, analysis.block(row.body.semantics, row.body.operands))
        for space in isa.machine.spaces.values():
            if space.role == "system" and space.name in whole.loads | whole.stores:
                whole |= analysis.block(isa.machine.functions[space.translate or ""].body)
        node, pc = f"instruction:{row.name}", {isa.machine.pc.name}
        reads = {a for a, data in graph.pred[node].items() if data["through"] != "translation"}
        others = {b for b, data in graph.succ[node].items() if data["through"] != "translation"}
        assert _named(reads, "component") - pc == whole.reads - pc
        assert _named(others, "component") - pc == whole.writes - pc
        assert _named(reads, "space") == whole.loads
        assert _named(others, "space") == whole.stores
        assert _named(others, "trap") == whole.traps


def _named(nodes: set[str], kind: str) -> set[str]:
    return {node.removeprefix(f"{kind}:") for node in nodes if node.startswith(f"{kind}:")}


# -- parts and exports -----------------------------------------------------------------------------------------


def test_a_part_keeps_the_paths_of_its_instructions() -> None:
    whole = graph_of("third-generation-spsw")
    part = restricted(whole, ["LPSW", "ADD"])
    assert [n for n in part if n.startswith("instruction:")] == ["instruction:ADD", "instruction:LPSW"]
    assert paths(part, "LPSW") == paths(whole, "LPSW")
    assert [n for n in whole if n in part] == list(part)
    assert "space:real" not in part
    with pytest.raises(KeyError, match="NONE"):
        restricted(whole, ["NONE"])


@pytest.mark.parametrize("name", ["third-generation-mfpi", "x86-pentium"])
def test_graphml_reads_back_as_the_same_graph(name: str) -> None:
    graph = graph_of(name)
    back = networkx.parse_graphml(report.as_graphml(graph))
    assert {n: {k: v for k, v in d.items() if v} for n, d in graph.nodes.items()} == _filled(back.nodes)
    assert {e: {k: v for k, v in d.items() if v} for e, d in graph.edges.items()} == _filled(back.edges)
    assert back.is_directed()


def _filled(items: Any) -> dict[Any, dict[str, str]]:
    return {key: {name: value for name, value in data.items() if value} for key, data in items.items()}


def hostile() -> networkx.DiGraph:
    graph = networkx.DiGraph()
    for kind, hidden in (("component", "yes"), ("instruction", "no")):
        graph.add_node(f"{kind}:{HOSTILE}", kind=kind, name=HOSTILE, role="", hidden=hidden)
    ends = [f"{kind}:{HOSTILE}" for kind in ("component", "instruction")]
    graph.add_edge(*ends, access="reads", via="", through="")
    return graph


STRING = r'"(?:[^"\\\n]|\\["\\])*"'
ATTRIBUTES = rf"\[\w+={STRING}(?: \w+={STRING})*\]"
STATEMENT = re.compile(rf"  (?:rankdir=LR|(?:node|{STRING}|{STRING} -> {STRING}) {ATTRIBUTES});")


@pytest.mark.parametrize("graph", [graph_of("third-generation"), hostile()], ids=["shipped", "hostile"])
def test_graphviz_has_one_statement_in_a_line_and_every_string_is_closed(graph: networkx.DiGraph) -> None:
    first, *body, last = report.as_graphviz(graph).removesuffix("\n").split("\n")
    assert (first, last) == ("digraph dependencies {", "}")
    assert [line for line in body if not STATEMENT.fullmatch(line)] == []
    assert len(body) == 2 + graph.number_of_nodes() + graph.number_of_edges()


def test_the_check_of_graphviz_finds_a_string_that_is_not_closed() -> None:
    assert STATEMENT.fullmatch('  "a" [label="x"];')
    assert not STATEMENT.fullmatch('  "a" [label="x""];')
    assert not STATEMENT.fullmatch('  "a" [label="x\\"];')


def test_a_hostile_name_stays_a_name_in_graphml() -> None:
    back = networkx.parse_graphml(report.as_graphml(hostile()))
    names = {data["name"] for data in back.nodes.values()}
    assert names == {'A"] ; \\N -> <b>&amp;\\x1b\\x0a\\u{2028}\\'}
    assert back.number_of_edges() == 1


def test_the_same_machine_gives_the_same_bytes() -> None:
    """Whatever the order of sets is in a process."""
    program = (
        "from analyzer import load; from analyzer.remedies.dependencies import *; from analyzer.report.graph import *;"
        "g = dependencies(load('third-generation-mfpi'));"
        "print(as_graphviz(g), as_graphml(restricted(g, ['MFPI', 'LPSW', 'ADD'])))"
    )
    out = {
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True, capture_output=True, cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(out) == 1
    assert b"locate_previous" in out.pop()


# -- reports ---------------------------------------------------------------------------------------------------


def test_the_report_shows_paths_that_begin_alike_in_one_line() -> None:
    part = restricted(graph_of("third-generation"), ["LPSW", "ADD"])
    blocks = list(report.document("third-generation", part, ["LPSW", "ADD"]))
    (bullets,) = (block for block in blocks if isinstance(block, Bullets))
    assert bullets.items[0] == "user -> supervisor_only() -> LPSW -> pc, trap refused"
    assert "LPSW -> load_psw() -> user" in bullets.items
    assert blocks[-1] == Paragraph("No path leads through it from hidden state, or from it to hidden state.")
    assert "user, base, bound" in text.render(blocks)
    assert "| ADD |  |  |" in markdown.render(blocks)


def test_the_report_says_what_is_weak() -> None:
    blocks = report.document("third-generation", graph_of("third-generation"), ["LD"])
    (bullets,) = (block for block in blocks if isinstance(block, Bullets))
    assert all(item.endswith("(only to translate an address)") for item in bullets.items)


def test_the_result_is_the_graph() -> None:
    graph = graph_of("third-generation")
    (found,) = json.loads(as_json.render("graph", [report.result("third-generation", graph, ["SPSW"])]))["results"]
    assert [node["id"] for node in found["nodes"]] == list(graph)
    assert [(edge["source"], edge["target"]) for edge in found["edges"]] == list(graph.edges)
    assert len(found["paths"]) == len(paths(graph, "SPSW"))
    assert {node["id"] for node in found["nodes"] if node.get("hidden")} >= {"component:user", "other:storage_size"}


def test_python_prints_what_the_page_shows() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    shown = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(shown, {}, "dependencies.md", None, 0)
    assert len(test.examples) >= 6
    assert doctest.DocTestRunner().run(test).failed == 0
