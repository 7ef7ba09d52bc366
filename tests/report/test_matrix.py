"""The matrix of instructions against state: what the dependency graph says of the semantics, hidden state first."""

from __future__ import annotations

import pytest

from analyzer.remedies.dependencies import dependencies
from analyzer.report.html.matrix import KINDS, matrix
from analyzer.spec.load import load

MACHINES = ("third-generation-spsw", "m68010", "rv64")


@pytest.mark.parametrize("name", MACHINES)
def test_every_mark_is_an_edge_and_every_edge_a_mark(name: str) -> None:
    isa = load(name)
    found, graph = matrix(isa, [row.name for row in isa.instructions]), dependencies(isa)
    marks = {
        (instruction, column.name, mark)
        for line in found.lines
        for instruction in line.names
        for column, cell in zip(found.columns, line.cells, strict=True)
        for mark in cell
    }
    names = {node: data["name"] for node, data in graph.nodes.items()}
    edges = set()
    for (source, target), data in graph.edges.items():
        reads = data["access"] == "reads"
        instruction, state = (target, source) if reads else (source, target)
        specified = any(row.name == names[instruction] for row in isa.instructions)
        if not data["through"] and graph.nodes[state]["kind"] in KINDS and specified:
            edges.add((names[instruction], names[state], "R" if reads else "W"))
    assert marks == edges
    assert edges


@pytest.mark.parametrize("name", MACHINES)
def test_hidden_state_comes_first_and_is_marked(name: str) -> None:
    isa = load(name)
    found = matrix(isa, [row.name for row in isa.instructions])
    hidden = [column.hidden for column in found.columns]
    assert hidden == sorted(hidden, reverse=True)
    components = isa.machine.components
    assert all(c.hidden == components[c.name].hidden for c in found.columns if c.name in components)
    assert sum(group.width for group in found.groups) == len(found.columns)
    titles = [group.title for group in found.groups for _ in range(group.width)]
    assert [title.startswith("hidden") for title in titles] == hidden
    touching = [any(line.cells[: sum(hidden)]) for line in found.lines]
    assert touching == sorted(touching, reverse=True)


def test_instructions_that_touch_the_same_are_one_row_and_each_stands_once() -> None:
    isa = load("third-generation-spsw")
    found = matrix(isa, [row.name for row in isa.instructions])
    names = [name for line in found.lines for name in line.names]
    assert len(set(names)) == len(names)
    assert len({line.cells for line in found.lines}) == len(found.lines)
    together = next(line for line in found.lines if "ADD" in line.names)
    assert "SUB" in together.names


def test_what_is_only_touched_to_translate_addresses_is_told_apart() -> None:
    isa = load("third-generation")
    found = matrix(isa, ["LD"])
    why = dict(found.weak)
    assert set(why) <= {"only around every instruction", "only to translate addresses"}
    assert {"base", "bound"} <= set(why["only to translate addresses"].split(", "))
    assert "base" not in {column.name for column in found.columns}
