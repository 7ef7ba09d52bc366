"""The dependency graph for people and for other programs: Graphviz, GraphML, blocks, and a result for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import networkx

from analyzer.remedies.dependencies import HOOK, TRANSLATION, Path, paths
from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table
from analyzer.report.escape import visible

SHAPES = {"instruction": "box", "component": "ellipse", "space": "cylinder", "trap": "octagon", "other": "diamond"}
COLORS = {
    "mode": "#f4a582", "relocation": "#fddbc7", "control": "#f7b6d2", "visible": "#d1e5f0", "pc": "#d1e5f0",
    "program": "#d9f0d3", "system": "#d9f0d3", "storage": "#d9f0d3",
}  # fmt: skip
PLAIN = "#ffffff"
OVER = (
    "By name: what the semantics mention, functions they call included. That is more than an instruction ever does: "
    "which one is sensitive is what `check` decides."
)
WEAK = {TRANSLATION: "only to translate an address", HOOK: "seen only by what runs around every instruction"}


@dataclass(frozen=True, slots=True)
class Node:
    """An instruction or what instructions touch; see `dependencies`. `id` is `kind:name`."""

    id: str
    kind: str
    name: str
    role: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """What an instruction reads (from it), writes or raises (to it). `via`: functions called, outermost first."""

    source: str
    target: str
    access: str
    via: tuple[str, ...]
    through: str = ""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The graph of a machine; `paths`: those by which hidden state may matter to the instructions asked for."""

    isa: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    paths: tuple[Path, ...]


def result(isa: str, graph: networkx.DiGraph, explained: Iterable[str] = ()) -> Dependencies:
    """The graph of the machine called `isa` as a result, with the paths of the instructions `explained`."""
    nodes = (
        Node(node, data["kind"], data["name"], data["role"], data["hidden"] == "yes")
        for node, data in graph.nodes.items()
    )
    edges = (
        Edge(a, b, data["access"], tuple(data["via"].split()), data["through"]) for (a, b), data in graph.edges.items()
    )
    found = (path for name in explained for path in paths(graph, name))
    return Dependencies(isa, tuple(nodes), tuple(edges), tuple(found))


def as_graphviz(graph: networkx.DiGraph) -> str:
    """The graph in Graphviz's language. Shapes are kinds, colors roles; hidden state has a thick line, and an edge is
    dashed where only a hook or the translation of an address touches it."""
    lines = ["digraph dependencies {", "  rankdir=LR;", '  node [fontname="sans-serif" style="filled"];']
    for node, data in graph.nodes.items():
        look = {
            "label": data["name"],
            "shape": SHAPES[data["kind"]],
            "fillcolor": COLORS.get(data["role"], PLAIN),
            "penwidth": "2" if data["hidden"] == "yes" else "1",
        }
        lines.append(f"  {_quoted(node)} {_attributes(look)};")
    for (a, b), data in graph.edges.items():
        line = "dashed" if data["through"] else "solid"
        look = {"tooltip": f"{data['access']} {data['via']}".rstrip(), "style": line}
        lines.append(f"  {_quoted(a)} -> {_quoted(b)} {_attributes(look)};")
    return "\n".join((*lines, "}")) + "\n"


def _attributes(look: Mapping[str, str]) -> str:
    return f"[{' '.join(f'{name}={_quoted(value)}' for name, value in look.items())}]"


def _quoted(text: str) -> str:
    """`text` as a string of Graphviz, in which a label's escapes have no meaning."""
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_graphml(graph: networkx.DiGraph) -> str:
    """The graph as GraphML; characters that XML cannot hold are written as escapes."""
    out = networkx.DiGraph()
    out.add_nodes_from((visible(node), _visible(data)) for node, data in graph.nodes.items())
    out.add_edges_from((visible(a), visible(b), _visible(data)) for (a, b), data in graph.edges.items())
    return "\n".join(networkx.generate_graphml(out)) + "\n"


def _visible(data: Mapping[str, str]) -> dict[str, str]:
    return {key: visible(value) for key, value in data.items()}


def document(isa: str, graph: networkx.DiGraph, explained: Iterable[str] = ()) -> Iterator[Block]:
    """The blocks: the hidden state that each instruction touches; all that those `explained` touch, and their paths."""
    yield Heading(f"What depends on what in {isa}", level=1)
    yield Paragraph(OVER)
    rows = ((name, *_hidden(graph, f"instruction:{name}")) for name in _instructions(graph))
    yield Table(("instruction", "hidden state it reads", "hidden state it writes"), tuple(rows))
    for name in explained:
        yield Heading(name)
        yield Table(("access", "name", "role", "functions", "through"), tuple(_touched(graph, f"instruction:{name}")))
        found = paths(graph, name)
        if found:
            yield Heading("Why it may be sensitive", level=3)
            yield Bullets(tuple(_shown(found)))
        else:
            yield Paragraph("No path leads through it from hidden state, or from it to hidden state.")


def _instructions(graph: networkx.DiGraph) -> list[str]:
    return [data["name"] for data in graph.nodes.values() if data["kind"] == "instruction"]


def _hidden(graph: networkx.DiGraph, node: str) -> Iterator[str]:
    """Hidden state that is read and that is written, but not what is only read to translate an address."""
    for ends in (graph.pred[node], graph.succ[node]):
        touched = [end for end, data in ends.items() if data["through"] != TRANSLATION]
        yield ", ".join(graph.nodes[end]["name"] for end in touched if graph.nodes[end]["hidden"] == "yes")


def _touched(graph: networkx.DiGraph, node: str) -> Iterator[tuple[str, ...]]:
    """All that an instruction touches: access, name, role, functions, and what it is through."""
    for ends in (graph.pred[node], graph.succ[node]):
        for end, data in ends.items():
            touched = graph.nodes[end]
            yield data["access"], touched["name"], touched["role"], data["via"], data["through"]


def _shown(found: Iterable[Path]) -> Iterator[str]:
    """Paths that begin alike as one line, with all that may be seen at its end; those of control as they are."""
    ends: dict[tuple[str, str], list[str]] = {}
    for path in found:
        if path.sensitivity == "control":
            ends[str(path), ""] = []
        else:
            start = " -> ".join((*path.reads, path.instruction))
            ends.setdefault((start, path.through), []).append(path.writes[-1])
    for (start, through), seen in ends.items():
        line = f"{start} -> {', '.join(seen)}" if seen else start
        yield f"{line} ({WEAK[through]})" if through else line
