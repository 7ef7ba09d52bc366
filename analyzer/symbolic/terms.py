"""Terms: a hash-consed graph of bit-vector, array and uninterpreted terms.

Two equal terms are one object, so that "the runs agree" is often decided by `is`, without a solver. Conditions are
terms of width 1. Terms simplify when they are made; the rules only ever replace a term by an equal one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from analyzer.language.operators import OPERATORS, mask
from analyzer.symbolic.simplify import RULES, summands

COMMUTATIVE = frozenset(("add", "mul", "and", "or", "xor", "eq"))


class Term:
    """A node. `kind` is `const`, `var`, `array`, `fill`, `op`, `ite`, `select`, `store` or `uf`.

    `name`: of a variable, operator or function. `value`: of a constant. `parameters`: of an operator.
    `width`: in bits, for arrays that of an element; `index_width`: 0 unless an array.
    """

    __slots__ = ("args", "index_width", "key", "kind", "name", "parameters", "value", "width")

    def __init__(
        self, kind: str, name: str, value: int, parameters: tuple[int, ...], args: tuple[Term, ...], width: int,
        index_width: int, key: int,
    ) -> None:  # fmt: skip
        self.kind = kind
        self.name = name
        self.value = value
        self.parameters = parameters
        self.args = args
        self.width = width
        self.index_width = index_width
        self.key = key

    def __bool__(self) -> bool:
        raise TypeError("a term has no truth value; build a condition instead")

    def __repr__(self) -> str:
        if self.kind == "const":
            return f"{self.value:#x}:{self.width}"
        return f"{self.name or self.kind}({len(self.args)})" if self.args else self.name


class Terms:
    """Makes terms; one factory per instruction, so that results do not depend on what was analyzed before."""

    def __init__(self) -> None:
        self.table: dict[tuple[object, ...], Term] = {}
        self.applied: dict[tuple[object, ...], Term] = {}  # what operators applied to terms came to
        self.true: Term = self.const(1, 1)
        self.false: Term = self.const(0, 1)

    def make(
        self, kind: str, name: str = "", value: int = 0, parameters: tuple[int, ...] = (), args: tuple[Term, ...] = (),
        width: int = 1, index_width: int = 0,
    ) -> Term:  # fmt: skip
        """The one term with these parts."""
        key = (kind, name, value, parameters, args, width, index_width)
        found = self.table.get(key)
        if found is None:
            found = Term(kind, name, value, parameters, args, width, index_width, len(self.table))
            self.table[key] = found
        return found

    def const(self, value: int, width: int) -> Term:
        """A number of `width` bits."""
        return self.make("const", value=value, width=width)

    def var(self, name: str, width: int) -> Term:
        """A free variable."""
        return self.make("var", name, width=width)

    def array(self, name: str, index_width: int, width: int) -> Term:
        """A free array from indices of `index_width` bits to `width` bits."""
        return self.make("array", name, width=width, index_width=index_width)

    def fill(self, value: Term, index_width: int) -> Term:
        """An array that has one value at every index."""
        return self.make("fill", args=(value,), width=value.width, index_width=index_width)

    def elements(self, elements: Mapping[int, Term], index_width: int) -> Term:
        """An array with these elements, of which there is at least one; at other indices it has the most common one."""
        values = list(elements.values())
        usual = max(values, key=values.count)
        out = self.fill(usual, index_width)
        for index, value in elements.items():
            out = out if value is usual else self.store(out, self.const(index, index_width), value)
        return out

    def uf(self, name: str, args: tuple[Term, ...], width: int) -> Term:
        """An uninterpreted function applied to arguments (arrays, too)."""
        return self.make("uf", name, args=args, width=width)

    # -- operators -------------------------------------------------------------------------------------------

    def op(self, name: str, args: tuple[Term, ...], parameters: tuple[int, ...] = ()) -> Term:
        """An operator of the table, simplified."""
        key = (name, parameters, args)
        found = self.applied.get(key)
        if found is None:
            found = self.applied[key] = self._op(name, args, parameters)
        return found

    def _op(self, name: str, args: tuple[Term, ...], parameters: tuple[int, ...]) -> Term:
        widths = tuple([arg.width for arg in args])
        operator = OPERATORS[name]
        values = tuple([arg.value for arg in args if arg.kind == "const"])
        if len(values) == len(args):
            return self.const(operator.apply(values, widths, parameters), operator.result_width(widths, parameters))
        rule = RULES.get(name)
        simpler = rule(self, args, parameters) if rule else None
        if simpler is not None:
            return simpler
        width = operator.result_width(widths, parameters)
        if name in COMMUTATIVE and (args[0].kind == "const" or args[0].key > args[1].key) and args[1].kind != "const":
            args = args[::-1]
        return self.make("op", name, 0, parameters, args, width)

    def apply(self, name: str, *args: Term) -> Term:
        """An operator without parameters."""
        return self.op(name, args)

    def extract(self, a: Term, high: int, low: int) -> Term:
        """Bits `high` to `low`."""
        return a if (high, low) == (a.width - 1, 0) else self.op("extract", (a,), (high, low))

    def zext(self, a: Term, width: int) -> Term:
        """`a` with zeros in front, `width` bits."""
        return a if width == a.width else self.op("zext", (a,), (width,))

    def not_(self, a: Term) -> Term:
        """Complement; of a condition, negation."""
        return self.op("not", (a,))

    def and_(self, *args: Term) -> Term:
        """Conjunction of conditions."""
        out = self.true
        for arg in args:
            out = self.op("and", (out, arg))
        return out

    def or_(self, *args: Term) -> Term:
        """Disjunction of conditions."""
        out = self.false
        for arg in args:
            out = self.op("or", (out, arg))
        return out

    def implies(self, a: Term, b: Term) -> Term:
        """`b` unless not `a`."""
        return self.or_(self.not_(a), b)

    def eq(self, a: Term, b: Term) -> Term:
        """Equality of bit vectors."""
        return self.op("eq", (a, b))

    def ne(self, a: Term, b: Term) -> Term:
        """Inequality of bit vectors."""
        return self.not_(self.eq(a, b))

    def ite(self, c: Term, a: Term, b: Term) -> Term:
        """`a` if `c` else `b`; arrays, too."""
        if a is b or c is self.true:
            return a
        if c is self.false:
            return b
        if c.kind == "op" and c.name == "not":
            return self.ite(c.args[0], b, a)
        if a.kind == "ite" and a.args[0] is c:
            a = a.args[1]
        if b.kind == "ite" and b.args[0] is c:
            b = b.args[2]
        if a is b:
            return a
        if a.width == 1 and not a.index_width:
            simpler = self.boolean_ite(c, a, b)
            if simpler is not None:
                return simpler
        return self.make("ite", args=(c, a, b), width=a.width, index_width=a.index_width)

    def boolean_ite(self, c: Term, a: Term, b: Term) -> Term | None:
        """A conditional between conditions, where it is an and or an or."""
        if a is self.true:
            return self.or_(c, b)
        if a is self.false:
            return self.and_(self.not_(c), b)
        if b is self.true:
            return self.or_(self.not_(c), a)
        if b is self.false:
            return self.and_(c, a)
        return None

    def select(self, a: Term, index: Term) -> Term:
        """The element of array `a` at `index`."""
        while a.kind == "store":
            base, at, value = a.args
            if at is index:
                return value
            if at.kind != "const" or index.kind != "const":
                break
            a = base
        if a.kind == "fill":
            return a.args[0]
        return self.make("select", args=(a, index), width=a.width)

    def store(self, a: Term, index: Term, value: Term) -> Term:
        """Array `a` with `value` at `index`."""
        if a.kind == "store" and a.args[1] is index:
            a = a.args[0]
        if value.kind == "select" and value.args[0] is a and value.args[1] is index:
            return a
        out = self.make("store", args=(a, index, value), width=a.width, index_width=a.index_width)
        last = index.kind == "const" and index.value in (0, mask(a.index_width))  # of a loop over all elements
        return self._overwritten(out) if last else out

    def _overwritten(self, array: Term) -> Term:
        """The same array, of which nothing is left of the one before if every element is stored."""
        elements: dict[int, Term] = {}
        base = array
        while base.kind == "store" and base.args[1].kind == "const":
            elements.setdefault(base.args[1].value, base.args[2])
            base = base.args[0]
        if len(elements) <= mask(array.index_width):
            return array
        return self.elements(dict(sorted(elements.items())), array.index_width)

    def ranges(self, addresses: Iterable[Term]) -> list[tuple[Term, int]]:
        """Addresses of one width as ranges of consecutive ones: the first, and how many."""
        sums: dict[tuple[tuple[Term, ...], tuple[Term, ...]], dict[int, Term]] = {}
        for address in addresses:
            plus, minus, constant = summands(address)
            sums.setdefault((tuple(plus), tuple(minus)), {})[constant & mask(address.width)] = address
        out: list[tuple[Term, int]] = []
        for constants in sums.values():
            for constant, address in sorted(constants.items(), key=lambda item: item[0]):
                if out and constant - 1 in constants:
                    out[-1] = out[-1][0], out[-1][1] + 1
                else:
                    out.append((address, 1))
        return out

    def disjoint(self, a: tuple[Term, int], b: tuple[Term, int]) -> Term:
        """Whether two ranges have no address in common; ranges may wrap around."""
        (first, length), (other, count) = a, b
        if max(length, count) > mask(first.width):
            return self.false
        after = self.apply("ule", self.const(count, other.width), self.apply("sub", first, other))
        before = self.apply("ule", self.const(length, first.width), self.apply("sub", other, first))
        return self.and_(after, before)

    # -- rebuilding ------------------------------------------------------------------------------------------

    def rebuild(self, term: Term, args: tuple[Term, ...]) -> Term:
        """`term` with other arguments, simplified again."""
        match term.kind:
            case "op":
                return self.op(term.name, args, term.parameters)
            case "ite":
                return self.ite(*args)
            case "select":
                return self.select(*args)
            case "store":
                return self.store(*args)
            case "fill":
                return self.fill(args[0], term.index_width)
            case _:
                return self.make(term.kind, term.name, term.value, term.parameters, args, term.width, term.index_width)

    def substitute(
        self, term: Term, variables: Callable[[Term], Term], functions: Callable[[Term, tuple[Term, ...]], Term | None],
        memo: dict[int, Term],
    ) -> Term:  # fmt: skip
        """Replace variables and arrays, and applications and reads for which `functions` gives a term; `memo` may be
        shared."""
        stack = [term]
        while stack:
            node = stack[-1]
            if node.key in memo:
                stack.pop()
                continue
            waiting = [arg for arg in node.args if arg.key not in memo]
            if waiting:
                stack += waiting[::-1]
                continue
            stack.pop()
            if node.kind in ("var", "array"):
                memo[node.key] = variables(node)
                continue
            args = tuple([memo[arg.key] for arg in node.args])
            replaced = functions(node, args) if node.kind in ("uf", "select") else None
            if replaced is None:
                replaced = node if args == node.args else self.rebuild(node, args)
            memo[node.key] = replaced
        return memo[term.key]


def postorder(term: Term, done: Mapping[int, object] | None = None) -> Iterator[Term]:
    """Every node at or below `term` once, arguments first; those whose key is in `done` are skipped."""
    skip = done if done is not None else {}
    seen: set[int] = set()
    stack: list[tuple[Term, bool]] = [(term, False)]
    while stack:
        node, expanded = stack.pop()
        if expanded:
            yield node
        elif node.key not in seen and node.key not in skip:
            seen.add(node.key)
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.args))


def array_roots(array: Term) -> list[Term]:
    """The free arrays under stores and choices."""
    roots: dict[Term, None] = {}
    stack, seen = [array], set()
    while stack:
        node = stack.pop()
        if node.key in seen:
            continue
        seen.add(node.key)
        if node.kind == "array":
            roots[node] = None
        elif node.kind == "store":
            stack.append(node.args[0])
        else:
            stack += node.args[1:]
    return list(roots)
