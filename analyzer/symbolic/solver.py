"""The one door to Z3: terms become Z3 expressions, answers and models come back as plain Python.

Determinism: a context of its own for each instruction, fixed seeds, resource limits rather than time limits.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import z3

from analyzer.symbolic.terms import Term, postorder

Result = Literal["sat", "unsat", "unknown"]
VERSION = z3.get_version_string()
DEFAULT_RLIMIT = 10_000_000


@dataclass(slots=True)
class SolverOptions:
    """`rlimit`: Z3's resource units a query may use. `dump`: folder for SMT-LIB files. `confirm`: a second solver."""

    rlimit: int = DEFAULT_RLIMIT
    dump: Path | None = None
    confirm: Callable[[str], str] | None = None


@dataclass(slots=True)
class Counters:
    """What solving cost: queries to the solver, questions that syntax decided, seconds in the solver."""

    queries: int = 0
    syntactic: int = 0
    seconds: float = 0.0


class Converter:
    """Terms to Z3 expressions in one context. Terms of width 1 become booleans."""

    def __init__(self) -> None:
        self.context = z3.Context()
        self.bools: dict[int, Any] = {}
        self.vectors: dict[int, Any] = {}
        self.done: dict[int, None] = {}
        self.functions: dict[tuple[object, ...], Any] = {}
        self.one = z3.BitVecVal(1, 1, self.context)
        self.zero = z3.BitVecVal(0, 1, self.context)

    def boolean(self, term: Term) -> Any:
        """A condition as a Z3 boolean."""
        self.convert(term)
        return self.bools[term.key]

    def vector(self, term: Term) -> Any:
        """A term as a Z3 bit vector or array."""
        self.convert(term)
        return self._vector(term)

    def _vector(self, term: Term) -> Any:
        found = self.vectors.get(term.key)
        if found is None:
            found = z3.If(self.bools[term.key], self.one, self.zero)
            self.vectors[term.key] = found
        return found

    def convert(self, term: Term) -> None:
        """Fill the tables for a term and everything below it."""
        if term.key in self.done:
            return
        for node in postorder(term, self.done):
            self.done[node.key] = None
            if node.width == 1 and not node.index_width:
                self.bools[node.key] = self.condition(node)
            else:
                self.vectors[node.key] = self.value(node)

    def condition(self, node: Term) -> Any:
        """A Z3 boolean for a term of width 1 whose arguments are converted."""
        match node.kind:
            case "const":
                return z3.BoolVal(bool(node.value), self.context)
            case "var":
                return z3.Bool(node.name, self.context)
            case "ite":
                c, a, b = (self.bools[arg.key] for arg in node.args)
                return z3.If(c, a, b)
            case "select":
                return z3.Select(self.vectors[node.args[0].key], self._vector(node.args[1])) == self.one
            case "uf":
                return self.function(node)(*(self._vector(arg) for arg in node.args))
            case _:
                return self.comparison(node)

    def comparison(self, node: Term) -> Any:
        """A Z3 boolean for an operator with a result of 1 bit."""
        args = node.args
        if node.name in BOOLEAN and all(arg.width == 1 for arg in args):
            return BOOLEAN[node.name](*(self.bools[arg.key] for arg in args))
        vectors = [self._vector(arg) for arg in args]
        if node.name in COMPARE:
            return COMPARE[node.name](*vectors)
        return VECTOR[node.name](vectors, node.parameters) == self.one

    def value(self, node: Term) -> Any:
        """A Z3 bit vector or array for a term whose arguments are converted."""
        match node.kind:
            case "const":
                return z3.BitVecVal(node.value, node.width, self.context)
            case "var":
                return z3.BitVec(node.name, node.width, self.context)
            case "array":
                return z3.Array(node.name, self.sort(node.index_width), self.sort(node.width))
            case "ite":
                return z3.If(self.bools[node.args[0].key], self._vector(node.args[1]), self._vector(node.args[2]))
            case "select":
                return z3.Select(self._vector(node.args[0]), self._vector(node.args[1]))
            case "store":
                return z3.Store(*(self._vector(arg) for arg in node.args))
            case "fill":
                return z3.K(self.sort(node.index_width), self._vector(node.args[0]))
            case "uf":
                return self.function(node)(*(self._vector(arg) for arg in node.args))
            case _:
                return VECTOR[node.name]([self._vector(arg) for arg in node.args], node.parameters)

    def sort(self, width: int) -> Any:
        """The sort of bit vectors."""
        return z3.BitVecSort(width, self.context)

    def function(self, node: Term) -> Any:
        """The declaration of an uninterpreted function."""
        domain = tuple((arg.index_width, arg.width) for arg in node.args)
        key = (node.name, domain, node.width)
        if key not in self.functions:
            sorts = [
                z3.ArraySort(self.sort(index), self.sort(width)) if index else self.sort(width)
                for index, width in domain
            ]
            result = z3.BoolSort(self.context) if node.width == 1 else self.sort(node.width)
            suffix = "" if node.name not in {name for name, *_ in self.functions} else f"/{len(self.functions)}"
            self.functions[key] = z3.Function(node.name + suffix, *sorts, result)
        return self.functions[key]


BOOLEAN: Mapping[str, Callable[..., Any]] = {
    "and": z3.And, "or": z3.Or, "not": z3.Not, "xor": z3.Xor, "eq": lambda a, b: a == b,
}  # fmt: skip
COMPARE: Mapping[str, Callable[..., Any]] = {
    "eq": lambda a, b: a == b, "ult": z3.ULT, "ule": z3.ULE, "slt": lambda a, b: a < b, "sle": lambda a, b: a <= b,
}  # fmt: skip


def _amount(a: Any, n: Any) -> tuple[Any, Any, int]:
    """Value and shift amount at one width, wide enough for both; and the value's width."""
    width = a.size()
    if n.size() < width:
        n = z3.ZeroExt(width - n.size(), n)
    return a, n, width


def _shift(operation: Callable[[Any, Any], Any], extend: Callable[[int, Any], Any]) -> Callable[..., Any]:
    def build(args: list[Any], _: tuple[int, ...]) -> Any:
        a, n, width = _amount(args[0], args[1])
        if n.size() > width:
            return z3.Extract(width - 1, 0, operation(extend(n.size() - width, a), n))
        return operation(a, n)

    return build


def _rotate(operation: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def build(args: list[Any], _: tuple[int, ...]) -> Any:
        a, n, width = _amount(args[0], args[1])
        n = z3.URem(n, z3.BitVecVal(width, n.size(), n.ctx)) if width < 1 << n.size() else n
        return operation(a, z3.Extract(width - 1, 0, n))

    return build


def _popcount(args: list[Any], _: tuple[int, ...]) -> Any:
    a = args[0]
    width = a.size()
    total = z3.BitVecVal(0, width, a.ctx)
    for i in range(width):
        bit = z3.Extract(i, i, a)
        total = total + (z3.ZeroExt(width - 1, bit) if width > 1 else bit)
    return total


def _parity(args: list[Any], _: tuple[int, ...]) -> Any:
    a = args[0]
    out = z3.Extract(0, 0, a)
    for i in range(1, a.size()):
        out = out ^ z3.Extract(i, i, a)
    return out


def _zeros(from_top: bool) -> Callable[..., Any]:
    def build(args: list[Any], _: tuple[int, ...]) -> Any:
        a = args[0]
        width = a.size()
        out = z3.BitVecVal(width, width, a.ctx)
        for count in reversed(range(width)):
            bit = width - 1 - count if from_top else count
            out = z3.If(z3.Extract(bit, bit, a) == 1, z3.BitVecVal(count, width, a.ctx), out)
        return out

    return build


VECTOR: Mapping[str, Callable[[list[Any], tuple[int, ...]], Any]] = {
    "add": lambda v, p: v[0] + v[1], "sub": lambda v, p: v[0] - v[1], "mul": lambda v, p: v[0] * v[1],
    "udiv": lambda v, p: z3.UDiv(v[0], v[1]), "urem": lambda v, p: z3.URem(v[0], v[1]),
    "sdiv": lambda v, p: v[0] / v[1], "srem": lambda v, p: z3.SRem(v[0], v[1]),
    "and": lambda v, p: v[0] & v[1], "or": lambda v, p: v[0] | v[1], "xor": lambda v, p: v[0] ^ v[1],
    "not": lambda v, p: ~v[0], "neg": lambda v, p: -v[0],
    "shl": _shift(lambda a, n: a << n, z3.ZeroExt), "lshr": _shift(z3.LShR, z3.ZeroExt),
    "asr": _shift(lambda a, n: a >> n, z3.SignExt),
    "rol": _rotate(z3.RotateLeft), "ror": _rotate(z3.RotateRight),
    "zext": lambda v, p: z3.ZeroExt(p[0] - v[0].size(), v[0]),
    "sext": lambda v, p: z3.SignExt(p[0] - v[0].size(), v[0]),
    "extract": lambda v, p: z3.Extract(p[0], p[1], v[0]), "concat": lambda v, p: z3.Concat(*v) if len(v) > 1 else v[0],
    "clz": _zeros(True), "ctz": _zeros(False), "popcount": _popcount, "parity": _parity,
}  # fmt: skip


@dataclass(slots=True)
class Solver:
    """Asks whether conditions can hold together. One solver serves one instruction.

    `name` and `number` name the dumped files.
    """

    options: SolverOptions
    counters: Counters
    name: str = "query"
    number: int = 0
    _converter: Converter | None = None

    @property
    def converter(self) -> Converter:
        """Made with the first question: most instructions ask the solver none."""
        if self._converter is None:
            self._converter = Converter()
        return self._converter

    def check(self, conditions: Iterable[Term], label: str, *, pure: bool = False) -> tuple[Result, Model | None, str]:
        """Whether the conjunction is satisfiable; a model; the reason where unknown.

        `pure` arithmetic, with little else, is better turned into propositional logic as a whole.
        """
        session = self.session(conditions, label, incremental=not pure)
        result = session.check()
        return result, session.model, session.reason

    def session(self, conditions: Iterable[Term], label: str, *, incremental: bool = True, effort: int = 1) -> Session:
        """A solver loaded with conditions, to be asked and narrowed; it may use one `effort`-th of the resources."""
        context = self.converter.context
        solver = z3.SimpleSolver(ctx=context) if incremental else z3.SolverFor("QF_AUFBV", ctx=context)
        solver.set("random_seed", 0)
        solver.set("ctrl_c", False)  # the interpreter's handler ends the analysis, once the query has ended
        solver.set("rlimit", max(1, self.options.rlimit // effort))
        session = Session(self, solver, label)
        for condition in conditions:
            session.add(condition)
        return session


@dataclass(slots=True)
class Session:
    """An incremental solver."""

    owner: Solver
    solver: Any
    label: str
    model: Model | None = None
    reason: str = ""

    def add(self, condition: Term) -> None:
        """Require a condition."""
        self.solver.add(self.owner.converter.boolean(condition))

    def check(self, *assumptions: Term) -> Result:
        """Ask, under further conditions; the model of a `sat` answer is kept."""
        start = time.perf_counter()
        literals = [self.owner.converter.boolean(a) for a in assumptions]
        if literals:
            self.solver.push()
            self.solver.add(*literals)
        try:
            answer = self.solver.check()
            if answer == z3.sat:
                self.model = Model(self.owner.converter, self.solver.model())
            elif answer == z3.unknown:
                self.reason = self.solver.reason_unknown()
        except z3.Z3Exception as error:
            answer, self.reason = z3.unknown, str(error)
        self.dump(str(answer))
        if literals:
            self.solver.pop()
        self.owner.counters.queries += 1
        self.owner.counters.seconds += time.perf_counter() - start
        return "sat" if answer == z3.sat else "unsat" if answer == z3.unsat else "unknown"

    def core(self, assumptions: Mapping[str, Term]) -> set[str] | None:
        """The names of some assumptions that cannot hold together with what is required; `None` where all can, or that
        is undecided. A guess: `check` of what is named says so, and can be dumped and confirmed."""
        start = time.perf_counter()
        literals = {name: z3.Bool(f"$assumed {name}", self.owner.converter.context) for name in assumptions}
        held = None
        self.solver.push()
        with suppress(z3.Z3Exception):
            for name, condition in assumptions.items():
                self.solver.add(z3.Implies(literals[name], self.owner.converter.boolean(condition)))
            if self.solver.check(*literals.values()) == z3.unsat:
                held = {str(literal) for literal in self.solver.unsat_core()}
        self.solver.pop()
        self.owner.counters.queries += 1
        self.owner.counters.seconds += time.perf_counter() - start
        return None if held is None else {name for name, literal in literals.items() if str(literal) in held}

    def text(self) -> str:
        """The assertions as SMT-LIB 2, without what the solver has added."""
        elsewhere = z3.Context()  # what is made here must not influence the answers to later questions
        fresh = z3.SimpleSolver(ctx=elsewhere)
        fresh.add([assertion.translate(elsewhere) for assertion in self.solver.assertions()])
        return NAMED_AS_WORDS.sub(r"\1.", str(fresh.sexpr()))

    def dump(self, answer: str) -> None:
        """Write the query as SMT-LIB 2, and have it confirmed, where that was asked for."""
        options = self.owner.options
        if options.dump is None and options.confirm is None:
            return
        head = f"; {self.owner.name}: {self.label}\n(set-info :status {answer})\n(set-logic QF_AUFBV)\n"
        text = f"{head}{self.text()}(check-sat)\n"
        if options.dump is not None:
            self.owner.number += 1
            safe = "".join(ch if ch.isalnum() else "_" for ch in self.owner.name)
            options.dump.mkdir(parents=True, exist_ok=True)
            (options.dump / f"{safe}-{self.owner.number:03}-{self.label.replace(' ', '_')}.smt2").write_text(text)
        if options.confirm is not None and answer in ("sat", "unsat"):
            second = options.confirm(text)
            if second in ("sat", "unsat") and second != answer:
                raise SolverDisagreement(
                    f"{self.owner.name}: {self.label}: Z3 says {answer}, the second solver {second}"
                )


# Words of SMT-LIB that are names in a specification get a dot: some solvers do not accept them even when quoted. A name
# follows a space, an operator a parenthesis or `(_ `.
WORDS = (
    "and", "concat", "distinct", "extract", "ite", "not", "or", "repeat", "rotate_left", "rotate_right", "select",
    "sign_extend", "store", "xor", "zero_extend",
)  # fmt: skip
NAMED_AS_WORDS = re.compile(rf"(?<=(?<!_)\s)({'|'.join(WORDS)})(?=[\s)])")


class SolverDisagreement(Exception):
    """Two solvers answer differently: a defect of one of them or of the analyzer."""


@dataclass(slots=True)
class Model:
    """Values that satisfy a query."""

    converter: Converter
    model: Any

    def value(self, term: Term) -> int:
        """The value of a term; what the query leaves open is 0."""
        if term.width == 1 and not term.index_width:
            return int(z3.is_true(self.model.eval(self.converter.boolean(term), model_completion=True)))
        value = self.model.eval(self.converter.vector(term), model_completion=True)
        return int(value.as_long())
