"""Proofs that a trap condition is the least one: a guest state forces every real state in it.

What no guest state forces is asked for, with the guest states of `guest_states` in place of all of them: so `unsat` is
a proof, and anything else says nothing. A second, weaker proof gives the real state a relocation by which every address
names its own word: no condition that does not read relocation is less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analyzer.language.ir import Expr
from analyzer.properties.found import Found
from analyzer.properties.question import ALL_HIDDEN, Names, Pair, View
from analyzer.properties.subject import Subject
from analyzer.remedies.atoms import Cube, reads
from analyzer.remedies.forced import USER, holds
from analyzer.remedies.guest_states import GuestStates, Shifted
from analyzer.symbolic.runs import CELLS, SIZE, OwnStorage, Placement, instantiate
from analyzer.symbolic.terms import Term, Terms

WHERE = "$where "


@dataclass
class Leastness:
    """Proofs about a subject's instruction, the guest in a mode of `kinds`. `relocation`: that of the real state, and
    the size of its storage, if they are not left open."""

    subject: Subject
    kinds: tuple[str, ...]
    relocation: Mapping[str, Term] = field(default_factory=dict)
    real: View = field(init=False)
    guests: GuestStates = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.guests = GuestStates(self.subject, self.kinds)
        names = {**self.subject.names("real", ALL_HIDDEN), **self.relocation}
        self.real = self.run("real", names, OwnStorage())

    def run(self, label: str, names: Names, placement: Placement) -> View:
        """A run with the specification's translation in place."""
        summary = self.subject.summary("general")
        return View(
            label, names, instantiate(summary, self.subject.terms, self.subject.machine, names, label, placement)
        )

    # -- proofs ----------------------------------------------------------------------------------------------

    def cube(self, literals: Sequence[Expr], trap: Expr, witness: Found) -> Cube | None:
        """The fewest of the literals, true in the witness, that only forced states satisfy; `None` without a proof.
        `trap` is what is already known of the least condition."""
        named = {str(i): one for i, one in enumerate(literals) if not reads(one) & self.relocation.keys()}
        terms = {name: holds(self.subject, literal, self.real.names) for name, literal in named.items()}
        session = self.subject.solver.session((*self.premises(), *self.unforced(trap, witness)), "trap condition least")
        core = session.core(terms)
        if core is None:
            return None
        kept = [name for name in named if name in core]
        for name in list(kept):
            rest = [other for other in kept if other != name]
            if session.check(*(terms[other] for other in rest)) == "unsat":
                kept = rest
        conditions = [terms[name] for name in kept]
        inhabited, _, _ = self.subject.solver.check((*self.premises(), *conditions), "trap condition inhabited")
        proved = inhabited == "sat" and session.check(*conditions) == "unsat"
        return tuple(named[name] for name in kept) if proved else None

    def without_consequences(self, literals: Sequence[Expr]) -> Cube:
        """Literals without those that hold wherever the others do and the instruction completes."""
        session = self.subject.solver.session(self.premises(), "trap condition consequences")
        terms = {literal: holds(self.subject, literal, self.real.names) for literal in literals}
        kept = list(literals)
        for literal in literals:
            rest = [terms[other] for other in kept if other != literal]
            if session.check(self.subject.terms.not_(terms[literal]), *rest) == "unsat":
                kept.remove(literal)
        return tuple(kept)

    def everywhere(self, trap: Expr) -> bool:
        """Whether the condition is proved to hold in every real state in which the instruction completes."""
        outside = self.subject.terms.not_(holds(self.subject, trap, self.real.names))
        return self.subject.solver.check((*self.premises(), outside), "trap condition everywhere")[0] == "unsat"

    def premises(self) -> tuple[Term, ...]:
        """A real state that the monitor may be in, in which the instruction completes."""
        names = self.real.names
        fetched = self.guests.fetched(names, OwnStorage())
        return (*self.guests.real_state(names), self.subject.encodable, fetched, self.real.run.completes)

    def unforced(self, trap: Expr, witness: Found) -> tuple[Term, ...]:
        """None of the guest states made after the witness forces the real state."""
        guests = self.guests.like(witness.executions[0].before, self.real.names)
        return tuple(self.subject.terms.not_(self.forces(trap, names, placement)) for names, placement in guests)

    # -- what a guest state forces ---------------------------------------------------------------------------

    def forces(self, trap: Expr, names: Names, placement: Shifted) -> Term:
        """The guest state and the real state are a pair, and the guest breaks the square, or has the trap itself."""
        s, t = self.subject, self.subject.terms
        guest = self.run("virtual", names, placement)
        refused = t.and_(s.in_modes(names, USER), holds(s, trap, names))
        return t.and_(
            self.paired(names, placement),
            t.or_(refused, t.not_(guest.run.completes), self.broken(guest, placement)),
        )  # fmt: skip

    def paired(self, names: Names, placement: Shifted) -> Term:
        """Both states are a pair; their translations agree at an address of which nothing else is known."""
        s, t, real = self.subject, self.subject.terms, self.real.names
        self.count += 1
        address, kind = t.var(f"$address {self.count}", s.machine.program.address), t.var(f"$kind {self.count}", 2)
        exists = t.apply("ult", kind, t.const(3, 2))
        return t.and_(
            s.mode_pairs(names, real, self.kinds), s.relation(names, real), s.invariants(names), s.sizes(names),
            t.apply("ule", names[SIZE], real[SIZE]), self.guests.fetched(names, placement),
            t.implies(exists, self.guests.agree(names, placement, real, (address, kind))),
        )  # fmt: skip

    def broken(self, guest: View, placement: Shifted) -> Term:
        """Both runs completing: hidden state changed, or the guest can see a difference."""
        s, t = self.subject, self.subject.terms
        first, second = guest.run, self.real.run
        pair = Pair("general", guest, self.real, (), None)
        visible = [c.name for c in s.components("pc", "visible")]
        parts = s.alone(pair, ALL_HIDDEN)
        parts += [(name, s.different(name, first.final[name], second.final[name])) for name in visible]
        parts += [(name, s.different(name, first.results[name], second.results[name])) for name in first.results]
        parts.append((CELLS, self.words_differ(guest, placement)))
        return t.or_(s.unrelated(pair), *(self.somewhere(name, part, guest) for name, part in parts))

    def words_differ(self, guest: View, placement: Shifted) -> Term:
        """Some word of the guest's storage differs, or one outside of it changed."""
        s, t, second = self.subject, self.subject.terms, self.real.run
        where = t.var(f"{WHERE}{CELLS}", second.final[CELLS].index_width)
        offset = t.zext(t.apply("sub", where, placement.base), guest.names[SIZE].width)
        own = s.different(CELLS, guest.run.final[CELLS], second.final[CELLS])
        stray = s.different(CELLS, second.initial[CELLS], second.final[CELLS])
        return t.ite(t.apply("ult", offset, guest.names[SIZE]), own, stray)

    def somewhere(self, name: str, difference: Term, guest: View) -> Term:
        """A difference at one of the indices at which an array was written, instead of at any: what is not seen there
        is not counted, so that nothing false is proved."""
        t = self.subject.terms
        if name not in guest.run.final or not guest.run.final[name].index_width:
            return difference
        arrays = guest.run.final[name], self.real.run.final[name]
        indices = {index.key: index for array in arrays for index in _written(array)}
        return t.or_(*(_at(t, difference, f"{WHERE}{name}", index) for index in indices.values()))


def _at(t: Terms, term: Term, variable: str, value: Term) -> Term:
    return t.substitute(term, lambda v: value if v.name == variable else v, lambda node, args: None, {})


def _written(array: Term) -> Iterator[Term]:
    """The indices of the stores in an array."""
    stack, seen = [array], set[int]()
    while stack:
        node = stack.pop()
        if node.key not in seen and node.kind in ("store", "ite"):
            seen.add(node.key)
            yield from node.args[1:2] if node.kind == "store" else ()
            stack += node.args[:1] if node.kind == "store" else node.args[1:]
