"""Questions to Z3: conditions go in, answers and models come back as plain Python.

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
from z3 import z3core

from analyzer.symbolic.convert import Converter, number_of
from analyzer.symbolic.terms import Term

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

    def __add__(self, other: Counters) -> Counters:
        """Those of both together."""
        return Counters(self.queries + other.queries, self.syntactic + other.syntactic, self.seconds + other.seconds)


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

    def refuted(self, conditions: Iterable[Term], label: str) -> None:
        """Count a conjunction that syntax refuted, and dump and confirm it as one that was asked."""
        self.counters.syntactic += 1
        if self.options.dump is not None or self.options.confirm is not None:
            self.session(conditions, label).dump("unsat")

    def session(self, conditions: Iterable[Term], label: str, *, incremental: bool = True, effort: int = 1) -> Session:
        """A solver loaded with conditions, to be asked and narrowed; it may use one `effort`-th of the resources."""
        context = self.converter.context
        solver = z3.SimpleSolver(ctx=context) if incremental else z3.SolverFor("QF_AUFBV", ctx=context)
        if incremental:
            solver.set("auto_config", False)
            solver.set("case_split", 2)  # by activity, whatever is relevant: half as many questions are given up
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
        converter = self.owner.converter
        z3core.Z3_solver_assert(converter.ctx, self.solver.solver, converter.boolean(condition))

    def check(self, *assumptions: Term) -> Result:
        """Ask, under further conditions; the model of a `sat` answer is kept."""
        start = time.perf_counter()
        if assumptions:
            self.solver.push()
            for assumption in assumptions:
                self.add(assumption)
        try:
            answer = self.solver.check()
            if answer == z3.sat:
                self.model = Model(self.owner.converter, self.solver.model())
            elif answer == z3.unknown:
                self.reason = self.solver.reason_unknown()
        except z3.Z3Exception as error:
            answer, self.reason = z3.unknown, str(error)
        self.dump(str(answer))
        if assumptions:
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
                held_to = z3.BoolRef(self.owner.converter.boolean(condition), self.owner.converter.context)
                self.solver.add(z3.Implies(literals[name], held_to))
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
        return number_of(self.converter, self.model.model, term)
