"""What each instruction may read and write, as a graph, and the paths in it by which hidden state matters.

Over-approximated by names: an edge says that the semantics mention something, somewhere, and not that they ever use it.
Verdicts are decided elsewhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

import networkx

from analyzer.language.declarations import Machine
from analyzer.language.effects import EffectAnalysis, Effects
from analyzer.language.ir import Block, Call, Next, walk
from analyzer.spec.model import Isa
from analyzer.theorems.engine import instructions_of

HOOKS = ("before", "after")
HOOK, TRANSLATION = "hook", "translation"  # what an access is through, unless the semantics itself
# What is neither component, space nor trap: name to role, and whether it is hidden.
OTHERS: Mapping[str, tuple[str, str]] = {
    "storage_size": ("relocation", "yes"),  # real storage is larger than the guest's
    "placement": ("relocation", "yes"),  # where the guest lies in it
    "unpredictable": ("", "yes"),  # a value of its own in each run
    "execute": ("result", "no"),
}
# What effects mean: their field to the kind of node and the access.
NAMED = {
    "reads": ("component", "reads"),
    "writes": ("component", "writes"),
    "loads": ("space", "reads"),
    "stores": ("space", "writes"),
    "traps": ("trap", "raises"),
}
MARKED = {"storage_size": "reads", "unpredictable": "reads", "execute": "writes"}


@dataclass(frozen=True, slots=True)
class Path:
    """A reason for which an instruction may be sensitive, by names.

    `reads`: hidden state and the functions that read it, innermost first; none for `control`. `writes`: functions,
    outermost first, and what they write: for `behavior` what a program may see, for `control` hidden state.
    `through` tells the weak ones: `translation` where hidden state is only read to translate a program's address,
    `hook` where only a hook writes what may be seen, and does not read the hidden state.
    """

    sensitivity: Literal["behavior", "control"]
    reads: tuple[str, ...]
    instruction: str
    writes: tuple[str, ...]
    through: str = ""

    def __str__(self) -> str:
        return " -> ".join((*self.reads, self.instruction, *self.writes))


@dataclass(frozen=True, slots=True)
class _Part:
    """The effects of a body or function itself, and the functions that it calls, in order."""

    effects: Effects
    calls: tuple[str, ...]


Touched = dict[tuple[str, str], tuple[str, str]]  # node and access: what it is through, and the calls that lead to it


class _Reach:
    """What bodies reach through calls; each function is looked at once."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.analysis = EffectAnalysis(machine.functions, machine.operands)
        self.parts: dict[str, _Part] = {}

    def part(self, block: Block, operands: Mapping[str, str]) -> _Part:
        """A block without the functions that it calls; an access to a system space calls its translation."""
        effects, calls = Effects(), list[str]()
        for node in walk(block):
            if isinstance(node, Call):
                calls.append(node.function)
            elif isinstance(node, Next):
                effects |= Effects(reads=frozenset((self.machine.pc.name,)))
            else:
                effects |= self.analysis.node(node, operands)
        for space in self.machine.spaces.values():
            if space.role == "system" and space.translate and space.name in effects.loads | effects.stores:
                calls.append(space.translate)
        return _Part(effects, tuple(dict.fromkeys(calls)))

    def function(self, name: str) -> _Part:
        """The part of a function."""
        if name not in self.parts:
            function = self.machine.functions[name]
            operands = {p.name: p.operand for p in function.parameters if p.operand is not None}
            self.parts[name] = self.part(function.body, operands)
        return self.parts[name]

    def reached(self, start: _Part) -> Iterator[tuple[tuple[str, ...], Effects]]:
        """The start and every function that it reaches, with the shortest chain of calls that leads there."""
        queue = deque[tuple[tuple[str, ...], _Part]]([((), start)])
        seen = set[str]()
        while queue:
            chain, part = queue.popleft()
            yield chain, part.effects
            for name in part.calls:
                if name not in seen:
                    seen.add(name)
                    queue.append(((*chain, name), self.function(name)))

    def touched(self, *bodies: tuple[_Part, str]) -> Touched:
        """Everything that bodies touch, each with what it is through; last what is touched to translate an address."""
        out: Touched = {}
        accessing = list[tuple[str, ...]]()
        for body, through in bodies:
            for chain, effects in self.reached(body):
                self.note(out, effects, through, chain)
                if self.machine.program.name in effects.loads | effects.stores:
                    accessing.append(chain)
        if accessing:
            translate = self.machine.program.translate or "translate"
            for chain, effects in self.reached(self.function(translate)):
                self.note(out, effects, TRANSLATION, (*accessing[0], translate, *chain))
        return out

    def note(self, out: Touched, effects: Effects, through: str, chain: tuple[str, ...]) -> None:
        """Add effects that were found after a chain of calls; what is known stays."""
        found = (through, " ".join(f"{name}()" for name in chain))
        for field, (kind, access) in NAMED.items():
            for name in getattr(effects, field):
                out.setdefault((f"{kind}:{name}", access), found)
        for mark in effects.marks & MARKED.keys():
            out.setdefault((f"other:{mark}", MARKED[mark]), found)
        if "again" in effects.marks:
            out.setdefault((f"component:{self.machine.pc.name}", "writes"), found)
        if (effects.loads | effects.stores) - {self.machine.program.name}:
            out.setdefault(("other:placement", "reads"), found)


def dependencies(isa: Isa) -> networkx.DiGraph:
    """The graph of a machine, in the order of its specification; attributes are strings.

    Nodes `kind:name` have `kind` (`instruction`, `component`, `space`, `trap`, `other`), `name`, `role` (a trap's
    class) and `hidden` (`yes` or `no`). Edges lead from what is read to the instruction, and from it to what it writes
    or raises: `access`; `via`, the chain of calls, outermost first; `through`, `hook` where only `before()` or
    `after()` touches it, `translation` where it is only touched to translate a program's address.
    """
    graph = networkx.DiGraph()
    _state(graph, isa.machine)
    order = {node: place for place, node in enumerate(graph)}
    reach = _Reach(isa.machine)
    hooks = _Part(Effects(), tuple(name for name in HOOKS if name in isa.machine.functions))
    for row in instructions_of(isa):
        _node(graph, "instruction", row.name)
        semantics = reach.part(row.body.semantics, row.body.operands)
        found = reach.touched((semantics, ""), (hooks, HOOK))
        for (node, access), (through, via) in sorted(found.items(), key=lambda item: (order[item[0][0]], item[0][1])):
            ends = (node, f"instruction:{row.name}")
            graph.add_edge(*(ends if access == "reads" else ends[::-1]), access=access, via=via, through=through)
    graph.remove_nodes_from([f"other:{name}" for name in OTHERS if not graph.degree(f"other:{name}")])
    return graph


def _state(graph: networkx.DiGraph, machine: Machine) -> None:
    """Nodes for all that instructions touch."""
    for component in machine.components.values():
        _node(graph, "component", component.name, component.role, "yes" if component.hidden else "no")
    for space in machine.spaces.values():
        _node(graph, "space", space.name, space.role)
    for trap in machine.traps.values():
        _node(graph, "trap", trap.name, trap.trap_class)
    for name, (role, hidden) in OTHERS.items():
        _node(graph, "other", name, role, hidden)


def _node(graph: networkx.DiGraph, kind: str, name: str, role: str = "", hidden: str = "no") -> None:
    graph.add_node(f"{kind}:{name}", kind=kind, name=name, role=role, hidden=hidden)


def restricted(graph: networkx.DiGraph, instructions: Iterable[str]) -> networkx.DiGraph:
    """The part of the graph about the instructions of these names, in the same order. Raises `KeyError`."""
    chosen = {f"instruction:{name}" for name in instructions}
    if missing := sorted(chosen - set(graph)):
        raise KeyError(missing[0])
    near = chosen.union(*(set(graph.pred[node]) | set(graph.succ[node]) for node in chosen))
    out = networkx.DiGraph()
    out.add_nodes_from((node, dict(data)) for node, data in graph.nodes.items() if node in near)
    out.add_edges_from((a, b, dict(data)) for (a, b), data in graph.edges.items() if chosen & {a, b})
    return out


def why(isa: Isa, name: str) -> list[Path]:
    """`paths` of one instruction of a machine. Raises `KeyError`."""
    return paths(dependencies(isa), name)


def paths(graph: networkx.DiGraph, name: str) -> list[Path]:
    """How hidden state may matter to an instruction: every path from it to what a program sees, then to it.

    What is only read to translate an address is no reason by itself (translations of a pair agree), nor does a hook
    see what the semantics read: such weak paths are given only where there is no other. Raises `KeyError`.
    """
    node = f"instruction:{name}"
    sources = [(a, data) for a, data in graph.pred[node].items() if graph.nodes[a]["hidden"] == "yes"]
    targets = [(b, data) for b, data in graph.succ[node].items() if data["through"] != TRANSLATION]
    seen = [(b, data) for b, data in targets if graph.nodes[b]["hidden"] == "no"]
    found = [_behavior(graph, name, *ends) for ends in product(sources, seen)]
    found += [
        Path("control", (), name, (*_calls(data), _label(graph, b)))
        for b, data in targets
        if graph.nodes[b]["hidden"] == "yes"
    ]
    return [path for path in found if not path.through] or found


End = tuple[str, Mapping[str, str]]


def _behavior(graph: networkx.DiGraph, name: str, source: End, target: End) -> Path:
    (read, reading), (written, writing) = source, target
    reads = (_label(graph, read), *reversed(_calls(reading)))
    writes = (*_calls(writing), _label(graph, written))
    through = {"": writing["through"], HOOK: "", TRANSLATION: TRANSLATION}[reading["through"]]
    return Path("behavior", reads, name, writes, through)


def _calls(data: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(data["via"].split())


def _label(graph: networkx.DiGraph, node: str) -> str:
    kind, name = graph.nodes[node]["kind"], graph.nodes[node]["name"]
    return f"trap {name}" if kind == "trap" else str(name)
