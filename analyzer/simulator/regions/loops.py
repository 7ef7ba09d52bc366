"""The way back to a loop's head: variables get new values, and what is computed late is noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from analyzer.simulator.operations import Code, number
from analyzer.simulator.regions.context import Key
from analyzer.simulator.regions.text import Writer, uses_of
from analyzer.simulator.regions.values import Node

CALL = "late()"  # a line of source until all variables are known that the function takes


class Late:
    """Components that a loop does not compute: each way back notes in `z` which it is, and keeps what they depend on.

    The function `late` then gives them their values, when the region is left.
    """

    def __init__(self, keys: Sequence[Key], target: Callable[[Key], str]) -> None:
        self.keys = keys
        self.target = target
        self.slots: list[str] = []
        self.cases: list[list[str]] = []

    def saved(self, w: Writer, state: Mapping[Key, Node]) -> dict[str, Code]:
        """What to keep at one way back, and the lines that compute the components from it."""
        if not self.keys:
            return {}
        inputs: dict[Node, Code] = {}
        seen: set[Node] = set()
        for key in self.keys:
            self.depends(state[key], w, inputs, seen)
        while len(self.slots) < len(inputs):
            self.slots.append(f"s{len(self.slots)}")
        writer = Writer(w.variables, uses_of([state[key] for key in self.keys], inputs))
        for (node, _), slot in zip(inputs.items(), self.slots, strict=False):
            writer.scope[node] = Code(slot, node.most, names=frozenset((slot,)))
        writer.indent = 2
        for key in self.keys:
            code = writer.value(state[key])
            writer.line(f"{self.target(key)} = {code.text}")
        self.cases.append(writer.lines)
        return {**dict(zip(self.slots, inputs.values(), strict=False)), "z": number(len(self.cases))}

    def depends(self, value: Node, w: Writer, inputs: dict[Node, Code], seen: set[Node]) -> None:
        """Collect the nearest values that have variables already."""
        if value.constant is not None or value in seen:
            return
        seen.add(value)
        if value in w.scope:
            inputs[value] = w.scope[value]
        elif not value.args:
            inputs[value] = w.variables(value)
        else:
            for arg in value.args:
                self.depends(arg, w, inputs, seen)

    def called(self, line: str) -> str:
        """A line of source, the call in it complete."""
        return line if line.strip() != CALL else line.replace(CALL, f"late({', '.join(('z', 'r', 'x', *self.slots))})")

    def source(self, files: Mapping[str, str]) -> Iterator[str]:
        """The function, if there is any component to compute."""
        if not self.keys:
            return
        yield f"def late({', '.join(('z', 'r', 'x', *self.slots))}):"
        yield from (f" {name} = x[{file!r}]" for file, name in files.items())
        for index, lines in enumerate(self.cases, 1):
            yield f" if z == {index}:"
            yield from lines


def assignments(w: Writer, values: Mapping[str, Node], saved: Mapping[str, Code]) -> Iterator[str]:
    """Lines that give all variables their new values at once: none is changed while another needs it."""
    waiting: dict[str, Code] = {name: w.value(value) for name, value in values.items()}
    for name, code in saved.items():
        yield f"{name} = {code.text}"
    while waiting:
        free = [name for name in waiting if not any(name in c.names for n, c in waiting.items() if n != name)]
        if free:
            yield f"{free[0]} = {waiting.pop(free[0]).text}"
            continue
        name, code = next((name, code) for name, code in waiting.items() if code.text != f"q_{name}")
        yield f"q_{name} = {code.text}"
        waiting[name] = Code(f"q_{name}", code.most, names=frozenset((f"q_{name}",)))
