"""`vmmcheck graph`: every format has the same graph; exit codes; wrong input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import networkx
import pytest

from analyzer.cli import run
from analyzer.report import schema
from analyzer.report.choices import GRAPH_FORMATS

SPSW = "third-generation-spsw"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, and what was printed."""
    code = run(["graph", *arguments])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("only", [(), ("--only", "SPSW"), ("--only", "spsw", "--only", "HLT")], ids=len)
def test_every_format_has_the_same_graph(only: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    texts = {style: said(capsys, SPSW, *only, "--format", style)[1] for style in ("json", "dot", "graphml")}
    shown = json.loads(texts["json"])
    jsonschema.validate(shown, schema.schema())
    (result,) = shown["results"]
    nodes = {node["id"] for node in result["nodes"]}
    edges = {(edge["source"], edge["target"]) for edge in result["edges"]}
    assert edges
    assert {end for edge in edges for end in edge} <= nodes
    graph = networkx.parse_graphml(texts["graphml"])
    assert (set(graph.nodes), set(graph.edges)) == (nodes, edges)
    assert set(re.findall(r'^  "(.*?)" -> "(.*?)" \[', texts["dot"], re.MULTILINE)) == edges
    assert set(re.findall(r'^  "([^"]*)" \[', texts["dot"], re.MULTILINE)) == nodes
    assert texts["dot"].startswith("digraph dependencies {\n")
    assert texts["dot"].endswith("\n}\n")


def test_an_instruction_is_explained_if_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, SPSW, "--only", "SPSW")
    assert code == 0
    assert "base -> psw() -> SPSW -> mem" in out
    assert not re.search(r"^  LD\b", out, re.MULTILINE)
    _, whole, _ = said(capsys, SPSW)
    assert "-> SPSW ->" not in whole
    assert re.search(r"^  LD\b", whole, re.MULTILINE)


@pytest.mark.parametrize(("instruction", "answer"), [("SPSW", True), ("ADD", False)])
def test_only_what_touches_hidden_state_has_a_path(
    instruction: str, answer: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = said(capsys, SPSW, "--only", instruction, "--format", "json")
    assert bool(json.loads(out)["results"][0]["paths"]) is answer
    assert ("Why it may be sensitive" in said(capsys, SPSW, "--only", instruction)[1]) is answer


def test_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert "| SPSW | user, base, bound |  |" in said(capsys, SPSW, "--format", "markdown")[1]


@pytest.mark.parametrize("style", GRAPH_FORMATS)
def test_a_file_is_written(style: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "graph"
    assert said(capsys, SPSW, "--format", style, "-o", str(target)) == (0, "", "")
    assert target.read_text() == said(capsys, SPSW, "--format", style)[1]


@pytest.mark.parametrize("style", ["json", "graphml"])
def test_the_same_bytes_whatever_the_hash(style: str) -> None:
    command = (sys.executable, "-m", "analyzer", "graph", SPSW, "--format", style)
    texts = {
        subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SPSW, "--only", "NOTHING"), "has no instruction 'NOTHING'"),
        (("nothing",), "no shipped machine 'nothing'"),
        ((SPSW, "--format", "png"), "'--format'"),
        ((SPSW, "-o", "nowhere/graph.dot"), "nowhere"),
        ((), "Missing argument"),
    ],
)
def test_a_mistake(arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
