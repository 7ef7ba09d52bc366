"""The report of `fix`: remedies with their proofs, the guests run with them, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table, Verbatim
from analyzer.report.write import write
from analyzer.validation.fix import Applied, Fix, Patch, Setting, Workload
from analyzer.verdict import Answer

WORDS: Mapping[str, str] = {
    "trap": "hardware trap", "assist": "hardware assist", "paravirt": "paravirtualization",
    "translate": "binary translation", "hybrid": "interpretation",
}  # fmt: skip


def document(found: Fix) -> Iterator[Block]:
    """The blocks for one machine under one monitor."""
    yield Heading(f"{found.isa}, monitor {found.monitor}")
    if not found.vmm:
        yield Paragraph("No instruction needs a remedy: a trap-and-emulate monitor is sound, and none is critical.")
        return
    yield Paragraph(_sets(found))
    if found.privileged:
        names = ", ".join(found.privileged)
        yield Paragraph(f"Critical, but always trapping as they are, so that a monitor interprets them: {names}.")
    header = ("instruction", "remedy", "how", "proved", "by", "run on", "cycles")
    yield Table(header, tuple(map(_row, found.applied)))
    for row in found.applied:
        if row.proved is Answer.UNKNOWN and row.reason:
            yield Bullets((f"{row.instruction}, {WORDS[row.remedy]}: unknown, {row.reason}",))
    yield from _setting(found.setting)
    yield from _workloads(found.workloads, found.cheapest)
    if found.patches:
        yield Heading("Hypercalls in the program", 3)
        yield Verbatim(tuple(map(_patch, found.patches)))
    if found.unfit:
        yield Bullets(found.unfit)


def _sets(found: Fix) -> str:
    """The smallest sets of instructions that must trap."""
    out = f"So that a virtual machine monitor may be constructed, {_these(found.vmm)} must trap."
    if not found.hvmm:
        return f"{out} For a hybrid monitor none must."
    if set(found.hvmm) == set(found.vmm):
        return f"{out} For a hybrid monitor, the same."
    return f"{out} For a hybrid monitor: {_these(found.hvmm)}."


def _these(names: Sequence[str]) -> str:
    return f"one instruction ({names[0]})" if len(names) == 1 else f"{len(names)} instructions ({', '.join(names)})"


def _row(row: Applied) -> tuple[str, ...]:
    guests = f"{row.run_on} guest{'' if row.run_on == 1 else 's'}"
    return (row.instruction, WORDS[row.remedy], row.how, str(row.proved), row.by, guests, f"{row.cost:g}")


def _setting(found: Setting | None) -> Iterator[Block]:
    """How the monitor had best configure the machine."""
    if found is None:
        return
    yield Heading("The monitor's configuration", 3)
    if found.total is not Answer.YES:
        yield Paragraph(f"Undecided: whether every guest state satisfies a relation is {found.total}.")
        return
    if not found.bits:
        yield Paragraph("No setting of the control state makes an instruction sound.")
        return
    best = "no other makes more sound" if found.maximal is Answer.YES else "another might make more sound"
    yield Paragraph(f"The relation to declare, of which {best}:")
    yield Verbatim((found.relation,))
    rows = tuple((bit.conjunct, bit.install, ", ".join(bit.buys) or "none alone") for bit in found.bits)
    yield Table(("conjunct", "installed", "wrong without it"), rows)
    if found.undecided:
        yield Paragraph(f"Undecided: {', '.join(found.undecided)}.")


def _workloads(workloads: Sequence[Workload], cheapest: str) -> Iterator[Block]:
    """What remedies cost the machine's guests."""
    if not workloads or not any(each.instructions for each in workloads):
        return
    yield Heading("The machine's guests with each remedy", 3)
    events = list(dict.fromkeys(name for each in workloads for name, number in each.per_thousand.items() if number))
    header = ("remedy", "proved", "guests", "diverged", *(f"{name} per 1000" for name in events), "times slower")
    yield Table(header, tuple(_cost(each, events) for each in workloads))
    for each in workloads:
        if each.failed:
            yield Bullets((f"{WORDS[each.remedy]}: {', '.join(each.failed)} diverged",))
    if cheapest:
        yield Paragraph(f"The cheapest that is proved for all instructions and ran right: {WORDS[cheapest]}.")


def _cost(each: Workload, events: Sequence[str]) -> tuple[str, ...]:
    numbers = (f"{each.per_thousand.get(name, 0):g}" for name in events)
    return (
        WORDS[each.remedy],
        str(each.proved),
        str(each.guests),
        str(len(each.failed)),
        *numbers,
        f"{each.slowdown:g}",
    )


def _patch(patch: Patch) -> str:
    original, patched = (" ".join(f"{unit:#x}" for unit in units) for units in (patch.original, patch.patched))
    return f"{patch.address:#8x}  {patch.instruction}  {original}  ->  hypercall {patch.number}  {patched}"


def write_files(found: Fix, folder: Path) -> None:
    """Write the repaired machines as specifications, each in a folder of its name, and the hypercalls. Raises
    `OSError`."""
    for name, text in found.specifications.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        write(text, str(folder / name / "machine.yaml"))
    if found.hypercalls:
        folder.mkdir(parents=True, exist_ok=True)
        write(found.hypercalls, str(folder / "hypercalls.md"))
