"""Random machines: what the analysis says of their instructions is what executions show.

Each is the third-generation machine and one or two instructions that are drawn from pieces of semantics.
"""

from __future__ import annotations

import random
from textwrap import indent

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer import analyze
from analyzer.encoding.codec import encode
from analyzer.monitors.allocator import Region
from analyzer.monitors.virtual import MONITORS, VirtualMachine
from analyzer.simulator.bare import Bare
from analyzer.simulator.engine import Engine
from analyzer.simulator.machine import Machine
from analyzer.spec.model import Isa
from analyzer.validation.lockstep import Divergence, Lockstep
from analyzer.validation.validate import QUESTIONS
from analyzer.validation.witnesses import diverges
from analyzer.verdict import Analysis, Answer
from tests.simulator.guests import variant

STATES = 300  # for each instruction and monitor
GUARDS = (
    "", "", "", "user == 1", "user == 0", "gpr[r] == 0", "base == 0", "bound < 8", "zext(y, 11) < bound", "device == 0",
    "gpr[s][0] == 1 and user == 0",
)  # fmt: skip
INSIDE = "if zext(y, 11) < storage_size:\n    "
EFFECTS = (
    "gpr[r] = gpr[s] + 1", "gpr[r] = mem[y]", "mem[y] = gpr[s]", "mem[gpr[r][9:0]] = 0", "pc = y", "again()",
    "gpr[r] = zext(base, 36)", "gpr[r] = zext(bound, 36)", "gpr[r] = zext(user, 36)", "gpr[r] = zext(pc, 36)",
    INSIDE + "gpr[r] = real[y]", INSIDE + "real[y] = gpr[s]", INSIDE + "real[y] = 3", "gpr[r] = psw()",
    "gpr[r] = device",
    "base = y", "base += 0", "bound = zext(y, 11)", "user = 1", "user = 0", "user = gpr[r][0]", "device = gpr[s]",
    "supervisor_only()", "supervisor_only()", "trap(svc)", "trap(no_instruction)", "trap(memorytrap)", "trap(refused)",
    "commit()", "mem[y] = mem[y] + 1",
)  # fmt: skip
PIECES = st.tuples(st.sampled_from(GUARDS), st.sampled_from(EFFECTS))
BODIES = st.lists(st.lists(PIECES, min_size=1, max_size=3), min_size=1, max_size=2)


def machine_of(bodies: list[list[tuple[str, str]]]) -> Isa:
    """The machine with an instruction X0, X1 for each body."""
    rows = ""
    for number, pieces in enumerate(bodies):
        blocks = (f"if {guard}:\n{indent(effect, 4 * ' ')}\n" if guard else f"{effect}\n" for guard, effect in pieces)
        rows += f"  - name: X{number}\n    encoding: '1001 {number:04b} r:3 s:3 ------------ y:10'\n    semantics: |\n"
        rows += indent("".join(blocks), 6 * " ")
    return variant(f"components: {{device: {{width: 36, role: control}}}}\ninstructions:\n{rows}")


def parted(isa: Isa, name: str, kind: type[VirtualMachine], draw: random.Random, engine: Engine) -> Divergence | None:
    """One instruction in a random guest, bare and under a monitor."""
    size, base, behind = draw.randint(9, 40), draw.randint(1, 90), draw.randint(0, 40)
    bare, under = Bare(isa, size, engine), Bare(isa, base + size + behind, engine)
    guest = kind(under, isa.monitors["default"], Region(base, size))
    for place in range(len(under.memory)):
        under.memory[place] = draw.choice((0, draw.randrange(size), draw.getrandbits(36)))
    state = {"user": draw.randrange(2), "base": draw.choice((0, draw.randrange(size))), "device": draw.randrange(2)}
    state |= {"bound": draw.choice((size, draw.randrange(size + 9))), "pc": draw.randrange(size)}
    units = encode(isa, name, {"r": draw.randrange(2), "s": draw.randrange(2), "y": draw.randrange(size + 3)})
    if state["base"] + state["pc"] < size:
        guest.memory.load(state["base"] + state["pc"], units)
    bare.memory.load(0, [guest.memory[place] for place in range(size)])
    registers = {index: draw.choice((0, 1, draw.randrange(size + 3))) for index in range(8)}
    for machine in (bare, guest):
        put(machine, state, registers)
    return Lockstep(bare, guest).run(1)[0].divergence


def put(machine: Machine, state: dict[str, int], registers: dict[int, int]) -> None:
    machine.state.registers.update(state)
    machine.state.files["gpr"].update(registers)
    machine.touched()


def check(isa: Isa, analysis: Analysis) -> None:
    """Both layers, and executions."""
    engine = Engine(isa)
    for row, exact in zip(analysis.extended.instructions, analysis.exact.instructions, strict=True):
        for (kind, question), critical in zip(QUESTIONS.items(), (row.critical, row.user_critical), strict=True):
            verdict = getattr(exact, question)
            assert verdict in ("direct", "traps", "wrong", "unknown")
            if critical is Answer.NO:
                assert verdict != "wrong", (row.name, kind)
            if verdict in ("direct", "traps"):
                for number in range(STATES):
                    draw = random.Random(f"{row.name} {number}")
                    assert parted(isa, row.name, MONITORS[kind], draw, engine) is None, (row.name, kind, number)
            if verdict == "wrong":
                witness = exact.witnesses[question]
                if witness.parting != ("restart",):
                    monitor = isa.monitors["default"]
                    assert diverges(isa, monitor, MONITORS[kind], witness, engine)[0], (row.name, kind)


EXAMPLES = 300 if settings.default and settings.default.max_examples > 1000 else 12  # nightly or not


@settings(max_examples=EXAMPLES)
@given(BODIES)
def test_verdicts_hold_in_executions(bodies: list[list[tuple[str, str]]]) -> None:
    isa = machine_of(bodies)
    check(isa, analyze(isa, only=[f"X{number}" for number in range(len(bodies))]))
