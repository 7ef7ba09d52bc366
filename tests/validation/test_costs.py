"""What events cost: the shipped file, and files that anybody may write."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.diagnostics import SpecError
from analyzer.validation.costs import EVENTS, BadCosts, read_costs

LINES = {name: f"{name}: {{cycles: {number}, source: measured}}" for number, name in enumerate(EVENTS, 1)}


def put(folder: Path, text: str | bytes) -> Path:
    """A file of costs."""
    path = folder / "costs.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def changed(name: str, line: str) -> str:
    """A right file but for one event."""
    return "".join(f"{text}\n" for text in {**LINES, name: line}.values())


def test_every_event_has_a_shipped_cost_and_its_source() -> None:
    costs = read_costs()
    assert set(costs.cycles) == set(costs.sources) == set(EVENTS)
    assert costs.cycles["direct"] == 1
    assert all(costs.cycles.values())
    assert all(costs.sources.values())


def test_cycles_are_added_up(tmp_path: Path) -> None:
    costs = read_costs(put(tmp_path, changed("trap", "trap: {cycles: 2.5}")))
    assert costs.of({"direct": 10, "trap": 2, "translated": 0.5}) == 10 * 1 + 2 * 2.5 + 0.5 * 8
    assert costs.of({}) == 0
    assert (costs.sources["trap"], costs.sources["direct"]) == ("", "measured")


# an entry -> cycles and source
RIGHT: dict[str, tuple[str, float, str]] = {
    "zero": ("trap: {cycles: 0}", 0, ""),
    "a fraction": ("trap: {cycles: 0.25, source: 1974}", 0.25, "1974"),
    "the most": (f"trap: {{cycles: {1 << 40}, source: ''}}", 1 << 40, ""),
    "a source in quotes": ("trap: {cycles: 3, source: 'Adams & Agesen: 2006'}", 3, "Adams & Agesen: 2006"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_entries(name: str, tmp_path: Path) -> None:
    line, cycles, source = RIGHT[name]
    costs = read_costs(put(tmp_path, changed("trap", line)))
    assert (costs.cycles["trap"], costs.sources["trap"]) == (cycles, source)


# an entry -> what is said of it
WRONG = {
    "no entry": ("", "trap: write {cycles: NUMBER"),
    "a number alone": ("trap: 7", "trap: write {cycles: NUMBER"),
    "a list": ("trap: [7]", "trap: write {cycles: NUMBER"),
    "no cycles": ("trap: {source: measured}", "trap: write {cycles: NUMBER"),
    "another key": ("trap: {cycles: 7, sauce: measured}", "trap: write {cycles: NUMBER"),
    "less than nothing": ("trap: {cycles: -1}", "trap: -1 is no number of cycles"),
    "too much": (f"trap: {{cycles: {(1 << 40) + 1}}}", "is no number of cycles"),
    "endless": (f"trap: {{cycles: {'9' * 5000}}}", "is no number of cycles"),
    "infinite": ("trap: {cycles: .inf}", "trap: '.inf' is no number of cycles"),
    "not a number": ("trap: {cycles: .nan}", "trap: '.nan' is no number of cycles"),
    "true": ("trap: {cycles: true}", "trap: 'true' is no number of cycles"),
    "a date": ("trap: {cycles: 2020-99-99}", "trap: '2020-99-99' is no number of cycles"),
    "a mapping": ("trap: {cycles: {least: 1}}", "trap: {'least': 1} is no number of cycles"),
    "an unknown event": (LINES["trap"] + "\ntrapp: {cycles: 1}", "there is no event 'trapp'"),
    "a merge": (LINES["trap"] + "\n<<: {cycles: 1}", "there is no event '<<'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_entries(name: str, tmp_path: Path) -> None:
    line, message = WRONG[name]
    with pytest.raises(BadCosts, match="costs.yaml: ") as caught:
        read_costs(put(tmp_path, changed("trap", line)))
    assert message in str(caught.value)


# a file -> code of the error
UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "empty-file"),
    "a list": ("[1, 2]", "not-a-mapping"),
    "not YAML": ("trap: {cycles: 1", "yaml-syntax"),
    "not text": (b"\xff\xfe", "not-text"),
    "an alias": ("trap: &a {cycles: 1}\ndirect: *a", "yaml-alias"),
    "a tag": ("trap: {cycles: !!python/object:os.system 1}", "yaml-tag"),
    "a key twice": (LINES["trap"] + "\n" + LINES["trap"], "duplicate-key"),
    "deep": ("trap: " + "[" * 1000, "yaml-depth"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_files_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    text, code = UNREADABLE[name]
    with pytest.raises(SpecError, match=r"costs\.yaml:\d+:\d+: error") as caught:
        read_costs(put(tmp_path, text))
    assert [item.code for item in caught.value.diagnostics] == [code]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(SpecError, match="no file"):
            read_costs(path)
