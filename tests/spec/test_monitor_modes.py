"""Modes in which only a monitor runs guests, and components that stand in others there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzer import analyze
from analyzer.diagnostics import SpecError
from analyzer.encoding.codec import encode
from analyzer.language.ir import Const, Expr, Field, Indexed
from analyzer.monitors.host import Host
from analyzer.monitors.virtual import TrapAndEmulate
from analyzer.spec.load import load, varied
from analyzer.spec.model import Isa
from analyzer.verdict import Answer

TWINS = Path(__file__).parents[1] / "twins"
PAGE = Path(__file__).parents[2] / "docs" / "language.md"
EXAMPLE = re.compile(r"^```yaml\n# (\w+)/machine\.yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEAD = "isa: variant\ntitle: A variant\ndescription: It differs a little.\nextends: base\n"
MODES = """
components: {{guest: {{width: 1, role: mode}}}}
modes:
  supervisor: {{when: {{guest: 0}}}}
  user: {{when: {{guest: 0}}}}
  guest: {{kind: {kind}, when: {{user: 1, guest: 1}}}}
monitors: {{default: {{modes: {{supervisor: guest, user: guest}}}}}}
instructions:
  - {{name: MODE, encoding: "0100 0000 --------", semantics: "acc[0] = zext(guest, 16)"}}
"""
HELD = """
components:
  shadow: {width: 16, role: control}
  lamps: {width: 4, count: 2, role: control}
  panel: {width: 4, count: 2, role: control}
"""


def changed(text: str) -> Isa:
    """The machine that the twins extend, changed."""
    return varied(load(TWINS / "base"), HEAD + text)


def shared(relation: str, pairs: str, install: str = "{}") -> Isa:
    """The same, with components that a monitor shares."""
    monitor = f'{{default: {{relation: "{relation}", shared: {pairs}, install: {install}}}}}'
    return changed(f"{HELD}monitors: {monitor}\n")


# -- modes -----------------------------------------------------------------------------------------------------------


def test_no_guest_is_in_a_monitors_mode() -> None:
    isa = changed(MODES.format(kind="monitor"))
    assert list(isa.modes) == ["supervisor", "user", "guest"]
    assert list(isa.guest_modes) == ["supervisor", "user"]
    assert isa.monitors["default"].modes == {"supervisor": "guest", "user": "guest"}


def test_a_mode_of_another_kind_is_a_guests_and_must_be_mapped() -> None:
    with pytest.raises(SpecError, match="monitor 'default' maps no mode 'guest'"):
        changed(MODES.format(kind="other"))


@pytest.mark.parametrize("guest", [0, 1])
def test_only_code_of_a_guests_modes_runs_directly(guest: int) -> None:
    """A virtual machine whose guest came into the monitor's mode interprets it, and shows it its own mode."""
    isa = changed(MODES.format(kind="monitor"))
    (machine,) = Host(isa, isa.monitors["default"], TrapAndEmulate, [8]).guests
    machine.memory.load(0, encode(isa, "MODE", {}))
    machine.state.registers.update(bound=8, user=1, guest=guest)
    machine.touched()
    machine.run(1)
    assert (machine.counts.direct, machine.counts.interpreted) == (1 - guest, guest)
    assert machine.state.files["acc"][0] == 1  # while it runs directly, the real mode: MODE is wrong


# -- shared components -----------------------------------------------------------------------------------------------

INDEX = Field("index", 1)
LOADED: dict[str, tuple[str, str, dict[str, str], dict[str, Expr]]] = {
    "in themselves": (
        "real.device == virtual.device", "[device]",
        {"device": "device"}, {"device": Field("virtual.device", 16)},
    ),
    "in another": (
        "virtual.device == real.shadow and real.device == 0", "{device: shadow}",
        {"device": "shadow"}, {"shadow": Field("virtual.device", 16)},
    ),
    "a file": (
        "real.panel[1] == virtual.lamps[1] and real.panel[0] == virtual.lamps[0]", "{lamps: panel}",
        {"lamps": "panel"}, {"panel": Indexed("virtual.lamps", INDEX, 4)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOADED)
def test_a_monitor_loads_the_guests_values_where_they_stand(name: str) -> None:
    relation, pairs, holders, install = LOADED[name]
    monitor = shared(relation, pairs).monitors["default"]
    assert (dict(monitor.shared), monitor.holders) == (holders, frozenset(holders.values()))
    assert {name: value for name, value in monitor.install.items() if name not in ("base", "bound")} == install


@pytest.mark.parametrize(("install", "total"), [("{}", Answer.YES), ('{shadow: "0"}', Answer.NO)])
def test_what_a_monitor_says_that_it_loads_comes_first(install: str, total: Answer) -> None:
    isa = shared("real.shadow == virtual.device", "{device: shadow}", install)
    assert (isa.monitors["default"].install["shadow"] == Const(0, 16)) == (total is Answer.NO)
    assert analyze(isa, only=["NOP"]).relation_check.total == total


@pytest.mark.parametrize(
    ("relation", "pairs"),
    [
        ("real.shadow == virtual.shadow", "{device: shadow}"),
        ("real.shadow == virtual.device or real.user == 1", "{device: shadow}"),
        ("not (real.shadow != virtual.device)", "{device: shadow}"),
        ("real.panel[0] == virtual.lamps[0]", "{lamps: panel}"),
    ],
)
def test_the_relation_says_where_they_stand(relation: str, pairs: str) -> None:
    """As a conjunct: what else it says is not looked into."""
    with pytest.raises(SpecError, match="the relation does not say that virtual"):
        shared(relation, pairs)


# -- the example of the page -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "answer"), [("flag", "wrong"), ("assisted", "direct")])
def test_the_example_is_as_the_page_says(name: str, answer: str, tmp_path: Path) -> None:
    for folder, text in EXAMPLE.findall(PAGE.read_text(encoding="utf-8")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "machine.yaml").write_text(text, encoding="utf-8")
    rows = analyze(load(tmp_path / name), only=["SETF", "RDF"]).exact.instructions
    assert {row.name: (row.trap_and_emulate, row.hybrid) for row in rows} == dict.fromkeys(
        ("SETF", "RDF"), (answer, answer)
    )
