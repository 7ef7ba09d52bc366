"""The weakest trap condition: in which states, as the hardware sees them, an instruction must trap in user mode.

The condition is a disjunction of cubes over `atoms`. It grows from witnesses, until the solver proves that every real
state that is `forced` is in it. Each cube is proved to hold forced states only (`leastness`); where that fails, the
rest is covered by one cube of what all remaining pairs have in common, and the condition is called sufficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from analyzer.language.ir import Expr
from analyzer.language.printer import Printer
from analyzer.properties.found import Existence, Found
from analyzer.properties.question import Facts
from analyzer.properties.shrink import shrink
from analyzer.properties.subject import Subject
from analyzer.properties.witness import describe
from analyzer.remedies.atoms import Cube, atoms, disjunction, negation
from analyzer.remedies.forced import forced_outside, value
from analyzer.remedies.guest_states import GuestStates
from analyzer.remedies.leastness import Leastness
from analyzer.remedies.plain import plain_relocation
from analyzer.spec.model import Isa
from analyzer.symbolic.solver import DEFAULT_RLIMIT, SolverOptions
from analyzer.verdict import Answer, Witness

Status = Literal["weakest", "sufficient", "unknown"]
EVERY = ("supervisor", "other", "user")
MAX_CUBES = 8
NOT_LEAST = "{}: not proved that each of these states must trap"
AMONG = "{}: least among the conditions that do not read relocation"
NEEDED = "{}: not proved to be needed: {}"
GAVE_UP = "beyond {}: {}"


@dataclass(frozen=True, slots=True)
class TrapCondition:
    """The condition under which an instruction must trap in the real modes in which a monitor runs guests.

    `text`: an expression over fields and components, as semantics are written; empty where there is nothing to test.
    `disjuncts`: the same, one by one; an empty one always holds, and where there is none the instruction need not trap.
    `status`: `weakest` if proved least among all that suffice, `sufficient` if proved to suffice, or `unknown`, where
    the condition says nothing; `reasons`: why it is not the weakest. `needed`: for each disjunct the pair that goes
    wrong without it (fewer where the reasons say so).
    """

    instruction: str
    text: str
    disjuncts: tuple[str, ...]
    status: Status
    reasons: tuple[str, ...] = ()
    needed: tuple[Witness, ...] = ()

    @property
    def shown(self) -> str:
        """The condition for people."""
        return "unknown" if self.status == "unknown" else self.text or ("always" if self.disjuncts else "never")


def trap_condition(
    isa: Isa, monitor_name: str, instruction_name: str, rlimit: int = DEFAULT_RLIMIT, kinds: Sequence[str] = EVERY
) -> TrapCondition:
    """The trap condition of an instruction under one of the machine's monitors, the guest in a mode of `kinds`.

    `rlimit`: the solver's resource units for each query. Raises `KeyError` for an unknown monitor or instruction.
    """
    instruction = isa.instruction(instruction_name)
    subject = Subject(isa, isa.monitors[monitor_name], instruction, SolverOptions(rlimit), Facts())
    return Search(subject, tuple(kinds)).run()


@dataclass
class Search:
    """The search for one instruction's condition."""

    subject: Subject
    kinds: tuple[str, ...]
    reasons: list[str] = field(default_factory=list)

    def run(self) -> TrapCondition:
        """The condition."""
        cubes: list[Cube] = []
        while True:
            existence = self.outside(cubes)
            if existence.answer is Answer.NO:
                return self.result(cubes)
            if existence.found is None:
                return self.undecided(cubes, existence.reason)
            proved = self.proved(existence.found, cubes) if len(cubes) < MAX_CUBES else None
            cube = self.common(existence.found, cubes) if proved is None else proved
            cubes = sorted([*cubes, cube], key=lambda one: self.text([one]))

    def outside(self, cubes: Sequence[Cube]) -> Existence:
        """A pair that forces a real state which is in no cube."""
        return forced_outside(self.subject, self.kinds, disjunction(cubes))

    def undecided(self, cubes: list[Cube], reason: str) -> TrapCondition:
        """Where the solver gives up: once it is known that some states must trap, trapping always suffices."""
        if not cubes:
            return TrapCondition(self.subject.instruction.name, "", (), "unknown", (reason,))
        self.reasons.append(GAVE_UP.format(self.shown(cubes), reason))
        return self.result([()])

    # -- cubes -----------------------------------------------------------------------------------------------

    def literals(self, found: Found) -> list[Expr]:
        """The atoms or their negations, as they hold in the real state of a pair."""
        return [a if value(self.subject, a, found, 1) else negation(a) for a in atoms(self.subject)]

    def proved(self, found: Found, cubes: Sequence[Cube]) -> Cube | None:
        """A cube around a pair's real state that holds forced states only, if that can be proved."""
        literals, trap = self.literals(found), disjunction(cubes)
        cube = Leastness(self.subject, self.kinds).cube(literals, trap, found)
        plain = {} if cube is not None else plain_relocation(GuestStates(self.subject, self.kinds))
        if plain:
            cube = Leastness(self.subject, self.kinds, plain).cube(literals, trap, found)
            self.reasons += [] if cube is None else [AMONG.format(self.shown([cube]))]
        return cube

    def common(self, found: Found, cubes: Sequence[Cube]) -> Cube:
        """The literals of a pair's real state that hold in all forced states which are in no cube, without those that
        follow from others: with it nothing is left."""
        kept = self.literals(found)
        for literal in list(kept):
            if literal in kept:
                other = self.outside([*cubes, (literal,)])
                if other.found is not None:
                    kept = [one for one in kept if value(self.subject, one, other.found, 1)]
                elif other.answer is not Answer.NO:
                    kept.remove(literal)
        cube = Leastness(self.subject, self.kinds).without_consequences(kept)
        self.reasons.append(NOT_LEAST.format(self.shown([cube])))
        return cube

    # -- the result ------------------------------------------------------------------------------------------

    def result(self, cubes: list[Cube]) -> TrapCondition:
        """The condition without cubes that are not needed, and the pairs that show that the others are."""
        if len(cubes) > 1 and Leastness(self.subject, self.kinds).everywhere(disjunction(cubes)):
            cubes = [()]
        needed: list[Witness] = []
        for cube in list(cubes):
            existence = self.outside([other for other in cubes if other != cube])
            if existence.answer is Answer.NO:
                cubes.remove(cube)
            elif existence.found is None:
                self.reasons.append(NEEDED.format(self.shown([cube]), existence.reason))
            else:
                needed.append(describe(self.subject, "trap_condition", shrink(self.subject, existence)))
        return TrapCondition(
            self.subject.instruction.name, self.text(cubes), tuple(self.text([cube]) for cube in cubes),
            "sufficient" if self.reasons else "weakest", tuple(self.reasons), tuple(needed),
        )  # fmt: skip

    def text(self, cubes: Sequence[Cube]) -> str:
        """The cubes as an expression; nothing if they always hold, or if there are none."""
        if not cubes or () in cubes:
            return ""
        return Printer(self.subject.machine.bit_order).expression(disjunction(cubes), sized=True)

    def shown(self, cubes: Sequence[Cube]) -> str:
        """The cubes for people."""
        return self.text(cubes) or "always"
