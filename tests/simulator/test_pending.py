"""On which visible components it depends whether an interrupt is due: against every way to change the others."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from analyzer.language.declarations import Role
from analyzer.simulator.bare import Bare
from analyzer.spec.model import Isa
from tests.simulator.guests import KA10, THIRD, X86, engine, machine, variant

DECLARED = """
components:
  armed: {width: 2, role: control}
  level: {width: 2, role: control}
  line:  {width: 1, count: 2, role: control}
  over:  {width: 1, role: visible}
  sign:  {width: 1, role: visible}
  tally: {width: 2, role: visible}
functions: |
  def wants(a: 1, b: 2) -> 1:
      return a == 1 and b != 0

  def pair(a: 1) -> (1, 2):
      return a, tally

  def scan() -> 1:
      found: 1 = 0
      n: 3 = 0
      while n < zext(tally, 3):
          found |= line[0]
          n += 1
      return found

  def higher(limit: 2) -> 1:
      if tally > limit:
          return 1
      return 0

  def interrupts():
"""
BODIES = {
    "condition": "if armed == 1 and over == 1:\n    go()",
    "nested": "if armed[0] == 1:\n    if over == 1 or sign == 1:\n        if tally > level:\n            go()",
    "local": "due = over & armed[0]\ndue |= sign & armed[1]\nif due == 1:\n    go()",
    "choice": "if (over if armed[0] == 1 else sign) == 1:\n    go()",
    "either": "if armed == 0:\n    if over == 1:\n        go()\nelif sign == 1 and armed == 2:\n    go()",
    "call": "if wants(over, armed):\n    go()",
    "early": "if over == 0:\n    return\nif armed == 1 and sign == 1:\n    go()",
    "returns": "if armed != 0 and higher(level) == 1:\n    go()",
    "assigned": "due: 1 = 0\nif sign == 1:\n    due = armed[0]\nif due == 1 and level == 0:\n    go()",
    "carried": "due: 1 = 0\nx = over\nif sign == 1:\n    due = x\nif due == 1 and armed == 1:\n    go()",
    "unpacked": "a, b = pair(over)\nif armed == 1 and a == 1 and b > level:\n    go()",
    "loop": "if armed == 1 and scan() == 1:\n    go()",
    "file": "if line[over] == 1 and armed == 1:\n    go()",
    "register": "if armed == 1 and gpr[0][0] == 1:\n    go()",
    "storage": "if armed == 1 and real[zext(tally, 10)] != 0:\n    go()",
    "hidden": "if armed == 1 and level == 2:\n    go()",
    "second": "if armed == 1 and over == 1:\n    go()\nelif sign == 1 and level == 1:\n    go()",
    "twice": "if armed == 1:\n    if over == 1:\n        go()\nif level == 1:\n    if sign == 1:\n        go()",
}
GO = "\n  def go():\n      armed = 0\n      pc = 0\n"


def toy(name: str) -> Isa:
    body = "".join(f"      {line}\n" for line in BODIES[name].split("\n"))
    return variant(DECLARED + body + GO)


def put(bare: Bare, roles: tuple[Role, ...], draw: random.Random, keep: frozenset[str] = frozenset()) -> None:
    """Random values, half of them all 0 or all 1, for the components of some roles that are not to be kept."""
    for component in bare.isa.machine.with_role(*roles):
        if component.name in keep:
            continue
        for index in range(component.count or 1):
            value = draw.choice((0, (1 << component.width) - 1, *(draw.getrandbits(component.width) for _ in "12")))
            if component.count is None:
                bare.state.registers[component.name] = value
            else:
                bare.state.files[component.name][index] = value


def soundness(isa: Isa, states: int) -> Counter[str]:
    """For random hidden states, change visible components that shall not matter; how the answers were."""
    bare, draw, seen = Bare(isa, None, engine(isa)), random.Random(isa.name), Counter[str]()
    for place in range(8):
        bare.memory[place] = draw.getrandbits(1)
    for _ in range(states):
        put(bare, ("mode", "relocation", "control"), draw)
        watched = bare.pending.visible(bare.state)
        put(bare, ("visible",), draw)
        due = bare.engine.due(bare.live)
        for _ in range(6):
            put(bare, ("visible",), draw, watched)
            assert bare.engine.due(bare.live) == due, (watched, bare.state.registers)
        seen["some" if watched else "none"] += 1
        seen["due" if due else "not due"] += 1
    return seen


@pytest.mark.parametrize("name", BODIES)
def test_what_is_not_named_does_not_matter(name: str) -> None:
    seen = soundness(toy(name), 300)
    assert min(seen["due"], seen["not due"]) >= 5


def test_on_the_ka10() -> None:
    seen = soundness(machine(KA10), 250)
    assert min(seen["due"], seen["not due"], seen["some"], seen["none"]) > 10


@pytest.mark.parametrize(
    ("hidden", "depends"),
    [({}, True), ({"pi_active": 0}, False), ({"processor_channel": 0}, False), ({"halted": 1}, False),
     ({"pi_active": 0, "pi_requested": 0o177}, False)],
)  # fmt: skip
def test_where_no_interrupt_is_possible_nothing_matters(hidden: dict[str, int], depends: bool) -> None:
    """Channel 1 is on, the processor is on it, and Overflow is enabled."""
    bare = Bare(machine(KA10), None, engine(machine(KA10)))
    on = {"pi_active": 1, "pi_enabled": 0o100, "processor_channel": 1, "overflow_enabled": 1}
    bare.state.registers.update(on | hidden)
    assert ("overflow" in bare.pending.visible(bare.state)) == bool(bare.pending.visible(bare.state)) == depends


@pytest.mark.parametrize("name", [THIRD, X86])
def test_machines_whose_interrupts_read_no_visible_state(name: str) -> None:
    bare = Bare(machine(name), None, engine(machine(name)))
    bare.state.registers.update(dict.fromkeys({"intr", "if_"} & bare.state.registers.keys(), 1))
    assert bare.pending.visible(bare.state) == frozenset()
