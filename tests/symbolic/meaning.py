"""What a term means: a little evaluator of the term graph, by the reference arithmetic of the tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from analyzer.symbolic.terms import Term, postorder
from tests.language.arithmetic import reference


@dataclass(frozen=True)
class Array:
    """Elements that were written, over a background."""

    background: Callable[[int], int]
    written: Mapping[int, int] = field(default_factory=dict)

    def get(self, index: int) -> int:
        """The element at `index`."""
        return self.written[index] if index in self.written else self.background(index)


Value = int | Array


def no_function(name: str, args: tuple[int, ...]) -> int:
    """Where no uninterpreted function occurs."""
    raise KeyError(name)


@dataclass
class Meaning:
    """Values of variables and arrays, and of uninterpreted functions."""

    variables: Callable[[Term], Value]
    functions: Callable[[str, tuple[int, ...]], int] = no_function
    known: dict[int, Value] = field(default_factory=dict)

    def of(self, term: Term) -> int:
        """The value of a bit vector."""
        value = self.any(term)
        assert isinstance(value, int)
        assert 0 <= value < 1 << term.width
        return value

    def array(self, term: Term) -> Array:
        """The value of an array."""
        value = self.any(term)
        assert isinstance(value, Array)
        return value

    def any(self, term: Term) -> Value:
        """The value of a term; what is under it, first."""
        for node in postorder(term, self.known):
            self.known[node.key] = self.node(node, [self.known[arg.key] for arg in node.args])
        return self.known[term.key]

    def node(self, node: Term, args: list[Value]) -> Value:
        """The value of one node."""
        match node.kind, args:
            case "const", _:
                return node.value
            case "var" | "array", _:
                return self.variables(node)
            case "ite", (condition, then, other):
                return then if condition else other
            case "select", (Array() as array, int(index)):
                return array.get(index)
            case "store", (Array() as array, int(index), int(value)):
                return Array(array.background, {**array.written, index: value})
        values = tuple(arg for arg in args if isinstance(arg, int))
        if node.kind == "uf":
            return self.functions(node.name, values) % (1 << node.width)
        assert node.kind == "op"
        return reference(node.name, values, tuple(arg.width for arg in node.args), node.parameters, node.width)
