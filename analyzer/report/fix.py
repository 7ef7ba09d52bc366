"""The report of `fix`: remedies with their proofs, the guests run with them, and what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table, Verbatim
from analyzer.report.write import write
from analyzer.spec.files import MACHINE_FILE, shipped_folder
from analyzer.spec.model import Isa
from analyzer.validation.costs import EVENTS
from analyzer.validation.fixed import AND, Applied, Fix, Interruption, Patch, Setting, Workload
from analyzer.verdict import Answer

WORDS: Mapping[str, str] = {
    "trap": "hardware trap", "configure": "configuration", "assist": "hardware assist",
    "paravirt": "paravirtualization", "translate": "translation", "hybrid": "interpretation",
}  # fmt: skip
HEADER = ("instruction", "remedy", "how", "proved", "guests", "cycles")
NOTHING = "No instruction needs a remedy: a trap-and-emulate monitor is sound, and none is critical."
NOT_TOTAL: Mapping[Answer, str] = {
    Answer.NO: "Not decided, for any instruction: some guest state has no real state under the monitor's relation.",
    Answer.UNKNOWN: "Not decided, for any instruction: it is unknown whether the monitor's relation is total.",
}


def words(remedy: str) -> str:
    """A remedy, or a set of them, in words; nothing for none."""
    return " and ".join(WORDS[each] for each in remedy.split(AND)) if remedy else ""


def label(remedy: str) -> str:
    """A remedy in words, or a set by the short names of its remedies."""
    return f" {AND} ".join(remedy.split(AND)) if AND in remedy else words(remedy)


def document(found: Fix) -> Iterator[Block]:
    """The blocks for one machine under one monitor."""
    yield Heading(f"{found.isa}, monitor {found.monitor}", 1)
    if found.interrupted is not None:
        yield Paragraph(_interrupted(found.interrupted))
    if found.total is not Answer.YES:
        yield Paragraph(NOT_TOTAL.get(found.total, NOT_TOTAL[Answer.UNKNOWN]))
    elif not found.vmm:
        yield Paragraph(NOTHING)
    else:
        yield from _needs(found)
        yield from _applied(found.applied)
        yield from _setting(found.setting, found.vmm)
        yield from _workloads(found)
    yield from _ported(found)


def _interrupted(part: Interruption) -> str:
    """What is missing of remedies that are a part."""
    proofs = f" Not every proof is known of: {', '.join(WORDS[each] for each in part.pending)}." if part.pending else ""
    runs = f" Of {part.tasks} runs of guests, {part.done} are known." if part.tasks else " No guest was run."
    return f"Interrupted: what follows is a part of what can be known.{proofs}{runs}"


def _needs(found: Fix) -> Iterator[Block]:
    """The sets of instructions that must trap."""
    out = f"Under a virtual machine monitor, {_these(found.vmm)} must trap."
    if not found.hvmm:
        yield Paragraph(f"{out} Under a hybrid one none must.")
    elif found.hvmm == found.vmm:
        yield Paragraph(f"{out} Under a hybrid one, the same.")
    else:
        yield Paragraph(f"{out} Under a hybrid one: {_these(found.hvmm)}.")
    if found.unsure:
        yield Paragraph(f"It is not decided whether these must: {', '.join(found.unsure)}.")
    if found.privileged:
        names = ", ".join(found.privileged)
        yield Paragraph(f"Critical, but always trapping as they are, so that a monitor interprets them: {names}.")


def _these(names: Sequence[str]) -> str:
    return f"one instruction ({names[0]})" if len(names) == 1 else f"{len(names)} instructions ({', '.join(names)})"


# -- remedies --------------------------------------------------------------------------------------------------------


def _applied(applied: Sequence[Applied]) -> Iterator[Block]:
    """Every instruction with each remedy, and what is unknown."""
    if applied:
        yield Table(HEADER, tuple(map(shown_row, applied)))
    unknown: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in applied:
        if row.proved is Answer.UNKNOWN:
            unknown[row.remedy, row.reason].append(row.instruction)
    if unknown:
        yield Bullets(
            tuple(f"{WORDS[way]}, {', '.join(names)}: unknown, {reason}" for (way, reason), names in unknown.items())
        )


def shown_row(row: Applied) -> tuple[str, ...]:
    """The cells of `HEADER`."""
    proved = f"{row.proved}: {row.by}" if row.by not in ("", str(row.proved)) else str(row.proved)
    return row.instruction, WORDS[row.remedy], row.how, proved, str(row.run_on), f"{row.cost:g}"


def _setting(found: Setting | None, needy: Sequence[str]) -> Iterator[Block]:
    """How the monitor had best configure the machine, and which of the `needy` instructions that makes sound."""
    if found is None:
        return
    yield Heading("The monitor's configuration", 3)
    if found.total is not Answer.YES:
        yield Paragraph("Not decided: the relation is not proved to be total.")
        return
    if not found.bits:
        yield Paragraph("No setting of the control state is known to make an instruction sound.")
    else:
        best = "no other makes more sound" if found.maximal is Answer.YES else "another might make more sound"
        yield Paragraph(f"The relation to declare ({best}): {found.relation}")
        sound = [name for name in needy if name in found.sound]
        yield Paragraph(f"Of the instructions above, it makes sound: {', '.join(sound) or 'none'}.")
        rows = tuple((bit.conjunct, bit.install, ", ".join(bit.buys) or "none alone") for bit in found.bits)
        yield Table(("conjunct", "installed", "wrong without it"), rows)
    if found.undecided:
        yield Paragraph(f"Not decided: {', '.join(found.undecided)}.")


# -- guests ----------------------------------------------------------------------------------------------------------


def _workloads(found: Fix) -> Iterator[Block]:
    """What remedies cost the machine's guests: a row for each number, a column for each remedy; then sets of them."""
    if not found.workloads or (found.interrupted is not None and not found.interrupted.done):
        return
    yield Heading("The machine's guests with each remedy", 3)
    if not any(each.guests for each in found.workloads):
        yield Paragraph("It has no guest programs: nothing was run.")
        return
    alone, sets = ([each for each in found.workloads if bool(each.serves) is joined] for joined in (False, True))
    yield Table(("", *(each.remedy for each in alone)), tuple(_costs(alone)))
    if sets:
        yield Table(("set", *SETS), tuple(map(_set, sets)))
    notes = [f"{each.remedy}: {', '.join(each.failed)} diverged" for each in found.workloads if each.failed]
    notes += [f"{each.remedy}: {_served(each)}" for each in sets]
    if notes:
        yield Bullets(tuple(notes))
    unended = dict.fromkeys(name for each in found.workloads for name in each.unended)
    if unended:
        yield Paragraph(f"Did not end, so that only their beginning was run: {', '.join(unended)}.")
    if found.interrupted is not None:
        yield Paragraph("Not every guest ran each way: the columns cannot be compared.")
    elif all(each.proved is not Answer.YES for each in found.workloads):
        yield Paragraph("No remedy and no set of them is proved for all of these instructions.")
    if found.cheapest and len(found.workloads) > 1:
        yield Paragraph(
            "The cheapest for these guests, of what is proved for all instructions and with which none diverged: "
            f"{words(found.cheapest)}."
        )


MOST_NAMED = 12
SETS = ("proved", "guests", "diverged", "times slower")


def _set(found: Workload) -> tuple[str, ...]:
    """The cells of `SETS`."""
    return found.remedy, str(found.proved), str(found.guests), str(len(found.failed)), _slower(found)


def _slower(found: Workload) -> str:
    """How many times longer the guests take, if any was run."""
    return f"{found.slowdown:.1f}" if found.instructions else "-"


def _served(found: Workload) -> str:
    """What each remedy of a set serves."""
    return "; ".join(f"{remedy} serves {_counted(names)}" for remedy, names in found.serves.items())


def _counted(names: Sequence[str]) -> str:
    """The names of instructions, or how many there are of them."""
    return ", ".join(names) or "none" if len(names) <= MOST_NAMED else f"{len(names)} instructions"


def _costs(workloads: Sequence[Workload]) -> Iterator[tuple[str, ...]]:
    def row(title: str, cells: Iterable[object]) -> tuple[str, ...]:
        return (title, *map(str, cells))

    yield row("proved", (each.proved for each in workloads))
    yield row("guests", (each.guests for each in workloads))
    yield row("diverged", (len(each.failed) for each in workloads))
    yield row("instructions", (each.instructions for each in workloads))
    yield row("per 1000:", ("" for _ in workloads))
    happened = {name for each in workloads for name, number in each.per_thousand.items() if number}
    for name in (event for event in EVENTS if event in happened):
        yield row(name, (f"{each.per_thousand.get(name, 0):.1f}" for each in workloads))
    yield row("times slower", map(_slower, workloads))


def _ported(found: Fix) -> Iterator[Block]:
    """A program with its hypercalls."""
    if not found.program:
        return
    yield Heading(f"Hypercalls in {found.program}", 3)
    if found.patches:
        yield Verbatim(tuple(map(_patch, found.patches)))
    elif not found.unfit:
        yield Paragraph("None: it has no instruction that needs one.")
    if found.unfit:
        yield Bullets(found.unfit)


def _patch(patch: Patch) -> str:
    original, patched = (" ".join(f"{unit:#x}" for unit in units) for units in (patch.original, patch.patched))
    return f"  {patch.address:#8x}  {patch.instruction}  {original}  ->  hypercall {patch.number}  {patched}"


# -- files -----------------------------------------------------------------------------------------------------------


def unwritable(isa: Isa, folder: Path) -> str:
    """Why machines that extend `isa` cannot stand in `folder`, nothing if they can: a machine is extended by the name
    of its folder, which is a shipped one or stands beside."""
    own, beside = isa.folder / MACHINE_FILE, folder / isa.name / MACHINE_FILE
    found = beside if beside.is_file() else shipped_folder() / isa.name / MACHINE_FILE
    if own.is_file() and found.is_file() and found.samefile(own):
        return ""
    return f"-o {folder}: the machines extend {isa.name!r}; write them beside its folder, which must have this name."


def write_files(found: Fix, folder: Path) -> None:
    """Write the repaired machines as specifications, each in a folder of its name, and the hypercalls. Raises
    `OSError`."""
    for name, text in found.specifications.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        write(text, str(folder / name / MACHINE_FILE))
    if found.hypercalls:
        folder.mkdir(parents=True, exist_ok=True)
        write(found.hypercalls, str(folder / "hypercalls.md"))
