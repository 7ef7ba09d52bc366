"""Guest states as functions of the real state: what a proof that needs no quantifier chooses from.

A guest state is the real state with other hidden components: a mode, and control state with the values that occurred in
a witness, or with their complements. Its storage is the real storage in place, or the part of it that begins where
program address 0 lies, for a guest that addresses storage itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.language.declarations import ACCESS_KINDS, Component
from analyzer.language.evaluate import State
from analyzer.language.ir import Expr, Field, Indexed, walk
from analyzer.language.operators import mask
from analyzer.properties.question import Names
from analyzer.properties.subject import Subject
from analyzer.symbolic.runs import SIZE, OwnStorage, Placement
from analyzer.symbolic.terms import Term, Terms


@dataclass(frozen=True)
class Shifted(Placement):
    """The run's storage begins at `base` of the storage that the terms speak of; `base` is as wide as an address."""

    base: Term

    def inside(self, terms: Terms, real: Term) -> Term:
        """Always."""
        return terms.true

    def cell(self, terms: Terms, real: Term) -> Term:
        """The place in that storage."""
        return terms.apply("add", real, self.base)


@dataclass(frozen=True)
class GuestStates:
    """Makes guest states of one subject, in modes of `kinds`."""

    subject: Subject
    kinds: tuple[str, ...]

    def like(self, witness: State, real: Names) -> Iterator[tuple[Names, Shifted]]:
        """Those made after the guest's state of a witness, for the real state `real`, and where their storage lies."""
        t, storages = self.subject.terms, list(self.storages(real))
        for mode in (m for m in self.subject.isa.guest_modes.values() if m.kind in self.kinds):
            when = {name: t.const(value, real[name].width) for name, value in mode.when.items()}
            for complement in (False, True):
                names = {**real, **when, **self.control(witness, complement)}
                for base, size in storages:
                    yield {**names, SIZE: size}, Shifted(base)

    def storages(self, real: Names) -> Iterator[tuple[Term, Term]]:
        """Where the guest's storage begins and how large it is: all of the real one, and, where programs may address
        storage itself, what begins at their address 0."""
        t, machine = self.subject.terms, self.subject.machine
        yield t.const(0, machine.storage.address), real[SIZE]
        if machine.program.address == machine.storage.address:
            address, kind = self.first_unit(real)
            base = t.apply("sub", self.located(real, OwnStorage(), address, kind)[1], address)
            yield base, t.apply("sub", real[SIZE], t.zext(base, real[SIZE].width))

    def real_state(self, names: Names) -> tuple[Term, ...]:
        """What holds of a real state in which the monitor runs guests."""
        s = self.subject
        targets = {s.monitor.modes[m.name]: None for m in s.isa.guest_modes.values() if m.kind in self.kinds}
        modes = s.terms.or_(*(s.is_mode(s.isa.modes[name], names) for name in targets))
        own = (conjunct for conjunct in s.monitor.relation if not of_guest(conjunct))
        return modes, s.invariants(names), s.sizes(names), *(s.expression(one, names, {}) for one in own)

    def control(self, witness: State, complement: bool) -> dict[str, Term]:
        """The control state of the witness, or its complement; what the relation ties to the real state stays."""
        tied = {name for conjunct in self.subject.monitor.relation for name in of_guest(conjunct)}
        components = (c for c in self.subject.components("control") if c.name not in tied)
        return {c.name: self.constant(c, witness, complement) for c in components}

    def constant(self, component: Component, state: State, complement: bool) -> Term:
        """The value that a component has in a state, or its complement."""
        t, width, flip = self.subject.terms, component.width, mask(component.width) if complement else 0
        if component.count is None:
            return t.const(state.registers[component.name] ^ flip, width)
        out = t.fill(t.const(flip, width), component.index_width)
        for index, value in sorted(state.files[component.name].items()):
            out = t.store(out, t.const(index, component.index_width), t.const(value ^ flip, width))
        return out

    # -- translations ----------------------------------------------------------------------------------------

    def first_unit(self, names: Names) -> tuple[Term, Term]:
        """The access that fetches the instruction's first unit: address and kind."""
        return self.subject.code_address(names, 0), self.subject.terms.const(ACCESS_KINDS["execute"], 2)

    def fetched(self, names: Names, placement: Placement) -> Term:
        """Whether that access is allowed."""
        return self.subject.terms.not_(self.located(names, placement, *self.first_unit(names))[0])

    def located(self, names: Names, placement: Placement, address: Term, kind: Term) -> tuple[Term, Term]:
        """Whether an access faults, and its real address; tables are read where the placement says."""
        t, translation = self.subject.terms, self.subject.translation
        variables = {**names, translation.address.name: address, translation.kind.name: kind}
        tables = {"inside": placement.inside, "cell": placement.cell}
        memo: dict[int, Term] = {}

        def rename(term: Term) -> Term:
            return t.substitute(
                term, lambda v: variables.get(v.name, v),
                lambda node, args: tables[node.name](t, args[0]) if node.name in tables else None, memo,
            )  # fmt: skip

        return rename(translation.fault), rename(translation.real)

    def agree(self, guest: Names, placement: Shifted, real: Names, access: tuple[Term, Term]) -> Term:
        """The real translation refuses an access, or gives the place of the word that the guest's gives."""
        t = self.subject.terms
        fault1, real1 = self.located(guest, placement, *access)
        fault2, real2 = self.located(real, OwnStorage(), *access)
        exists = t.apply("ult", t.zext(real1, guest[SIZE].width), guest[SIZE])
        return t.or_(fault2, t.and_(t.not_(fault1), exists, t.eq(placement.cell(t, real1), real2)))


def of_guest(conjunct: Expr) -> set[str]:
    """The components of the guest's state that a conjunct of a relation reads."""
    named = (n.name if isinstance(n, Field) else n.file for n in walk(conjunct) if isinstance(n, Field | Indexed))
    return {name.removeprefix("virtual.") for name in named if name.startswith("virtual.")}
