"""Values as Python text. Additions and the like are cut to their width once, where their value is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from analyzer.language.ir import Apply, Local
from analyzer.language.operators import mask
from analyzer.simulator.operations import RELATIONS, Code, chosen, cut, denied, made, number, operation, relation, truth
from analyzer.simulator.regions.comparisons import tested
from analyzer.simulator.regions.ranges import Ranges
from analyzer.simulator.regions.values import Node

DEEPEST = 12  # nested parentheses; what lies deeper gets a variable
TESTS = frozenset(("in", "not", *RELATIONS))  # conditions that cost no more than a variable
CONDITIONS = TESTS | {"and", "or", "xor"}
CHEAP = frozenset(("const", "var", "read", "zext"))


class Writer:
    """Writes values, and lines that give variables to those used more than once.

    `variables`: the variables of components and of what was read. `uses`: how often a value is needed. `scope`: the
    values that have variables where the next line stands.
    """

    def __init__(self, variables: Callable[[Node], Code], uses: Mapping[Node, int]) -> None:
        self.variables = variables
        self.uses = uses
        self.lines: list[str] = []
        self.indent = 1
        self.scope: dict[Node, Code] = {}
        self.temporaries = 0

    def line(self, text: str) -> None:
        """One line of source."""
        self.lines.append(" " * self.indent + text)

    def value(self, node: Node) -> Code:
        """The value."""
        found = self.scope.get(node)
        if found is not None:
            return found
        code = self.written(node)
        return self.named(node, code) if self.again(node) and not code.simple or code.depth > DEEPEST else code

    def again(self, node: Node) -> bool:
        """Whether a value is worth a variable."""
        cheap = node.op in CHEAP or node.width == 1 and node.op in TESTS
        return not cheap and self.uses.get(node, 0) > 1

    def named(self, node: Node, code: Code) -> Code:
        """A variable for a value."""
        self.temporaries += 1
        name = f"t{self.temporaries}"
        self.line(f"{name} = {code.text}")
        self.scope[node] = Code(name, node.most, names=frozenset((name,)))
        return self.scope[node]

    def written(self, node: Node) -> Code:
        """The value as an expression."""
        if node.constant is not None:
            return number(node.constant)
        if node.width == 1 and node.op in CONDITIONS:
            return truth(self.test(node))
        writer = WRITERS.get(node.op)
        if writer is not None:
            return writer(self, node)
        return self.operator(node)

    def operator(self, node: Node) -> Code:
        """An operator as the other back end writes it."""
        args = tuple(Local("", arg.width) for arg in node.args)
        values = []
        for arg in node.args:
            code = self.value(arg)
            simple = code.simple or node.op not in ("udiv", "urem", "shl")
            values.append(code if simple else self.named(arg, code))
        return operation(Apply(node.op, args, node.parameters, node.width), tuple(values))

    # -- conditions ------------------------------------------------------------------------------------------

    def condition(self, node: Node, known: Ranges | None = None) -> Code:
        """A condition as what stands after `if`: any true or false value; `known` as in `Guard`."""
        if node in self.scope or node.op not in TESTS and self.again(node):
            return self.value(node)
        code = self.test(node, known)
        return self.named(node, truth(code)) if code.depth > DEEPEST else code

    def test(self, node: Node, known: Ranges | None = None) -> Code:
        """The same, as an expression."""
        args = node.args
        match node.op:
            case "in":
                return self.member(node, known)
            case "not":
                return self.denial(args[0])
            case "and" | "or" if node.width == 1:
                first, second = self.condition(args[0]), self.condition(args[1])
                return made(f"({first.text} {node.op} {second.text})", 1, (first, second))
            case "xor" if node.width == 1:
                first, second = self.truth_value(args[0]), self.truth_value(args[1])
                return made(f"({first.text} != {second.text})", 1, (first, second))
            case op if op in RELATIONS:
                return relation(op, (self.value(args[0]), self.value(args[1])), tuple(arg.width for arg in args))
            case "if":
                return chosen(self.condition(args[0]), self.condition(args[1]), self.condition(args[2]))
            case _:
                return self.value(node)

    def denial(self, node: Node) -> Code:
        """The contrary of a condition."""
        if node.op == "eq" and node not in self.scope:
            first, second = self.value(node.args[0]), self.value(node.args[1])
            return made(f"({first.text} != {second.text})", 1, (first, second))
        return denied(self.condition(node))

    def truth_value(self, node: Node) -> Code:
        """A condition as something that compares as 0 or 1 does."""
        if node not in self.scope and node.width == 1 and (node.op in RELATIONS or node.op in ("not", "xor")):
            return self.condition(node)
        return self.value(node)

    def member(self, node: Node, known: Ranges | None) -> Code:
        """Whether a value lies in ranges: about the value itself, or about one that differs by a number."""
        (base,) = node.args
        best, text = tested(node.parameters, known or ((0, base.most),))
        about = base
        hint = node.hint
        if hint is not None and hint.op == "add" and hint.args[0] is base and self.uses.get(hint, 0):
            by = hint.args[1].constant or 0
            cost, other = tested(node.parameters, known or ((0, base.most),), by, base.width)
            if cost < best or cost == best and hint in self.scope:
                about, text = hint, other
        code = self.value(about)
        if text.count("{") > 1 and not code.simple:
            code = self.named(about, code)
        return made(f"({text.replace('{}', code.text)})", 1, (code,))

    # -- values modulo 2**width ------------------------------------------------------------------------------

    def loose(self, node: Node) -> Code:
        """An integer that is the value modulo 2**width."""
        if node in self.scope or node.constant is not None or self.uses.get(node, 0) > 1:
            return self.value(node)
        return self.opened(node)

    def opened(self, node: Node) -> Code:
        """The same, made of the operands."""
        args = node.args
        match node.op:
            case "add" if args[1].constant is not None and args[1].constant >> node.width - 1:
                first, by = self.loose(args[0]), (1 << node.width) - args[1].constant
                return made(f"({first.text} - {number(by).text})", mask(node.width), (first,))
            case "add" | "sub" | "mul":
                first, second = self.loose(args[0]), self.loose(args[1])
                sign = {"add": "+", "sub": "-", "mul": "*"}[node.op]
                return made(f"({first.text} {sign} {second.text})", mask(node.width), (first, second))
            case "shl" if args[1].constant is not None:
                first = self.loose(args[0])
                return made(f"({first.text} << {args[1].constant})", mask(node.width), (first,))
            case "extract" if not node.parameters[1]:
                return self.loose(args[0])
            case _:
                return self.value(node)


def _sum(w: Writer, node: Node) -> Code:
    if node.most < mask(node.width) or node.op == "add" and sum(arg.most for arg in node.args) <= mask(node.width):
        first, second = (w.value(arg) for arg in node.args)
        return made(f"({first.text} {'+' if node.op == 'add' else '*'} {second.text})", node.most, (first, second))
    return _cut(w, node, node)


def _cut(w: Writer, node: Node, inner: Node) -> Code:
    """The low bits of a value."""
    code = w.opened(node) if inner is node else w.loose(inner)
    return made(f"({code.text} & {mask(node.width):#x})", mask(node.width), (code,))


def _shl(w: Writer, node: Node) -> Code:
    value, by = node.args
    if by.constant is None:
        return w.operator(node)
    if value.most << by.constant <= mask(node.width):
        code = w.value(value)
        return made(f"({code.text} << {by.constant})", node.most, (code,))
    return _cut(w, node, node)


def _and(w: Writer, node: Node) -> Code:
    value, other = node.args
    first = w.loose(value) if other.constant is not None else w.value(value)
    second = w.value(other)
    return made(f"({first.text} & {second.text})", node.most, (first, second))


def _extract(w: Writer, node: Node) -> Code:
    (value,), low = node.args, node.parameters[1]
    if not low:
        return w.value(value) if value.most <= mask(node.width) else _cut(w, node, value)
    code = w.value(value)
    return cut(f"{code.text} >> {low}", value.most >> low, node.width, (code,))


WRITERS: Mapping[str, Callable[[Writer, Node], Code]] = {
    "var": lambda w, node: w.variables(node),
    "read": lambda w, node: w.variables(node),
    "add": _sum,
    "mul": _sum,
    "sub": lambda w, node: _cut(w, node, node),
    "shl": _shl,
    "and": _and,
    "extract": _extract,
    "zext": lambda w, node: w.value(node.args[0]),
    "if": lambda w, node: chosen(w.condition(node.args[0]), w.value(node.args[1]), w.value(node.args[2])),
}


def uses_of(roots: Iterable[Node], scope: Mapping[Node, Code]) -> Counter[Node]:
    """How many values and roots need each value; those in `scope` are not looked into."""
    uses: Counter[Node] = Counter()
    pending = list(roots)
    uses.update(pending)
    seen: set[Node] = set()
    while pending:
        node = pending.pop()
        if node in seen or node in scope:
            continue
        seen.add(node)
        uses.update(node.args)
        pending += node.args
    return uses
