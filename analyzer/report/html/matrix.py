"""The matrix of instructions against what they read and write; instructions that touch the same are one row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import networkx

from analyzer.remedies.dependencies import HOOK, TRANSLATION, dependencies
from analyzer.report.escape import short
from analyzer.spec.model import Isa

KINDS = ("component", "space", "other")
ROLES = ("mode", "relocation", "control")  # of hidden state; first, in this order
MARKS = {"reads": "R", "writes": "W"}
WEAK = {HOOK: "only around every instruction", TRANSLATION: "only to translate addresses"}


@dataclass(frozen=True, slots=True)
class Column:
    """What is touched."""

    name: str
    role: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of one role, side by side."""

    title: str
    width: int


@dataclass(frozen=True, slots=True)
class Line:
    """Instructions that read and write the same; a cell has R, W, both or neither."""

    names: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The matrix. `weak`: why something is touched although the semantics do not, and what."""

    groups: tuple[Group, ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    weak: tuple[tuple[str, str], ...]


def matrix(isa: Isa, names: Iterable[str]) -> Matrix:
    """The matrix of the instructions `names` of a machine."""
    graph = dependencies(isa)
    marks = {name: _marks(graph, f"instruction:{name}") for name in names}
    touched = set().union(*marks.values())
    nodes = sorted((node for node in graph if node in touched), key=lambda node: _rank(graph.nodes[node]))
    columns = tuple(_column(graph.nodes[node]) for node in nodes)
    together: dict[tuple[str, ...], list[str]] = {}
    for name, cells in marks.items():
        together.setdefault(tuple(cells.get(node, "") for node in nodes), []).append(name)
    groups = [Group(title, len(list(same))) for title, same in groupby(columns, key=_title)]
    lines = [Line(tuple(map(short, same)), cells) for cells, same in together.items() if any(cells)]
    hidden = sum(column.hidden for column in columns)  # these come first, and so do instructions that touch them
    lines.sort(key=lambda line: not any(line.cells[:hidden]))
    return Matrix(tuple(groups), columns, tuple(lines), tuple(_weak(graph)))


def _marks(graph: networkx.DiGraph, node: str) -> dict[str, str]:
    """What an instruction's own semantics touch, and how."""
    found: dict[str, str] = {}
    for end, data in _touched(graph, node):
        if not data["through"] and graph.nodes[end]["kind"] in KINDS:
            found[end] = found.get(end, "") + MARKS[data["access"]]
    return found


def _touched(graph: networkx.DiGraph, node: str) -> Iterator[tuple[str, dict[str, str]]]:
    yield from graph.pred[node].items()
    yield from graph.succ[node].items()


def _rank(data: dict[str, str]) -> tuple[bool, int, int, str]:
    role = data["role"]
    return data["hidden"] != "yes", KINDS.index(data["kind"]), ROLES.index(role) if role in ROLES else len(ROLES), role


def _column(data: dict[str, str]) -> Column:
    return Column(data["name"], data["role"], data["hidden"] == "yes")


def _title(column: Column) -> str:
    return f"hidden: {column.role or 'other'}" if column.hidden else column.role or "other"


def _weak(graph: networkx.DiGraph) -> Iterator[tuple[str, str]]:
    """What is touched by no instruction itself, by the reason for which it is."""
    for through, why in WEAK.items():
        ends = {
            ends[0] if graph.nodes[ends[1]]["kind"] == "instruction" else ends[1]
            for ends in _edges(graph, through)
        }  # fmt: skip
        names = [data["name"] for node, data in graph.nodes.items() if node in ends and data["kind"] in KINDS]
        if names:
            yield why, ", ".join(names)


def _edges(graph: networkx.DiGraph, through: str) -> Sequence[tuple[str, str]]:
    return [ends for ends, data in graph.edges.items() if data["through"] == through]
