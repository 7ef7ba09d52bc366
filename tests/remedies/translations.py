"""Translations of shipped machines and of small ones, and guests under the translator beside the bare machine."""

from __future__ import annotations

import atexit
import json
import shutil
from collections.abc import Collection
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from analyzer import load
from analyzer.monitors.host import Host
from analyzer.monitors.translator import Translator, translator
from analyzer.remedies.proof import Proofs, prove
from analyzer.remedies.translation import Translation, translated
from analyzer.remedies.variant import Variant
from analyzer.simulator.bare import Bare
from analyzer.simulator.boot import boot
from analyzer.spec.model import Isa
from tests.simulator.guests import HEADER, THIRD, engine, machine, program

REPORTS = Path(__file__).parents[2] / "reports"
FOLDER = Path(mkdtemp(prefix="toys"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


@cache
def toy(text: str, base: str = THIRD) -> Isa:
    """A machine that extends another by a text; its file stays, so that variants of it can be loaded."""
    folder = FOLDER / str(len(list(FOLDER.iterdir())))
    folder.mkdir()
    (folder / "machine.yaml").write_text(HEADER.format(base) + text, encoding="utf-8")
    return load(folder)


def row(name: str, semantics: str, encoding: str = "1001 0000 r:3 -------------------------") -> str:
    """An instruction of a small machine."""
    return f"  - {{name: {name}, encoding: '{encoding}', semantics: {json.dumps(semantics)}}}\n"


SHARED = """
components:
  device: {width: 36, role: control}
monitors:
  default: {relation: "real.device == virtual.device", shared: [device]}
instructions:
"""


def sharing() -> Isa:
    """A machine whose monitor shares a device: SETD sets it, RDX reads it and the mode."""
    rows = row("SETD", "device = gpr[r]") + row("RDX", "gpr[r] = device + zext(user, 36)", "1001 0001 r:3 " + "-" * 25)
    return toy(SHARED + rows)


@cache
def judged(name: str) -> dict[str, tuple[str, str]]:
    """What the committed report of a machine says of its instructions under trap-and-emulate, and the hybrid one."""
    report = json.loads((REPORTS / name / "report.json").read_text(encoding="utf-8"))
    rows = report["results"][0]["exact"]["instructions"]
    return {row["name"]: (row["trap_and_emulate"], row["hybrid"]) for row in rows}


def translation(isa: Isa, names: Collection[str], user: Collection[str] = ()) -> Translation:
    """The translation of a machine under its first monitor."""
    return translated(isa, next(iter(isa.monitors.values())), names, user=user)


@cache
def shipped(name: str) -> Translation:
    """The translation of a shipped machine: of all instructions that are not direct, as the report says."""
    isa, found = machine(name), judged(name)
    names = [row.name for row in isa.instructions if set(found[row.name]) != {"direct"}]
    return translation(isa, names, [each for each in names if found[each][1] == "wrong"])


@cache
def shipped_variant(name: str) -> Isa:
    """The machine of a shipped one with translated code."""
    return shipped(name).variant.load(machine(name))


def proved(isa: Isa, variant: Variant, *edits: tuple[str, str]) -> Proofs:
    """The proofs of a variant, in whose text each first of a pair was replaced by the second, everywhere."""
    text = variant.text
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return prove(isa, replace(variant, text=text), next(iter(isa.monitors)))


def guest_of(
    isa: Isa, found: Translation, text: str, kind: type[Translator] | None = None, storage: int | None = None
) -> tuple[Bare, Translator]:
    """The bare machine of a variant and a guest of a translator on it, with the same program."""
    size, monitor = storage or isa.simulation.storage, next(iter(isa.monitors.values()))
    base = kind or Translator
    own = type(base.__name__, (base,), {"translation": found}) if kind else translator(found)
    (guest,) = Host(isa, monitor, own, [size], engine(isa)).guests
    bare = Bare(isa, size, engine(isa))
    for each in (bare, guest):
        boot(each, program(isa, text))
    assert isinstance(guest, Translator)
    return bare, guest
