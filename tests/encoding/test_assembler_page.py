"""What docs/assembler.md shows assembles, and prints what is shown."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
import yaml

from analyzer.encoding.assembly.reader import DIRECTIVES, SIZES
from analyzer.spec.schema import AssemblerEntry, NotationEntry
from tests.encoding.programs import assemble

PAGE = (Path(__file__).parents[2] / "docs" / "assembler.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```asm\n([;#] ([\w-]+).*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("text", "machine"), PROGRAMS, ids=[machine for _, machine in PROGRAMS])
def test_programs_assemble(text: str, machine: str) -> None:
    assert len(assemble(machine, text).units) >= 10


def test_sessions_print_what_is_shown() -> None:
    sessions = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(sessions, {}, "assembler.md", "assembler.md", 0)
    assert len(test.examples) >= 5
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_page_tells_every_directive_and_every_key() -> None:
    assert len(PROGRAMS) >= 3
    told = set(re.findall(r"[\w.]+", PAGE))
    assert {*DIRECTIVES, *SIZES, ".word", ".unit"} <= told
    assert {*AssemblerEntry.model_fields, *NotationEntry.model_fields} <= told


def test_the_sections_on_the_page_are_yaml_of_known_keys() -> None:
    texts = re.findall(r"^```yaml\n(assembler:.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    section = yaml.safe_load(texts[0])["assembler"]
    assert section.keys() <= AssemblerEntry.model_fields.keys()
    assert all(notation.keys() <= NotationEntry.model_fields.keys() for notation in section["notations"].values())
