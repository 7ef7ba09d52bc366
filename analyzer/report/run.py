"""The report of `run`: how each program ended and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from analyzer.monitors.session import GuestRun, Translated
from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table, Verbatim

ENDED = {"halted": "It halted.", "limit": "It was stopped at the limit of instructions.", "fault": "It cannot go on"}


def document(isa: str, runs: Iterable[GuestRun]) -> Iterator[Block]:
    """The blocks, program by program."""
    for run in runs:
        yield Heading(f"{run.program} on {isa}, {run.under}")
        yield Paragraph(f"{ENDED[run.ended]}: {run.message}." if run.message else ENDED[run.ended])
        if run.output:
            yield Verbatim(tuple(run.output.split("\n")))
        yield Table(("", ""), tuple(_costs(run)))
        if run.translation is not None:
            yield Heading("Translation", 3)
            yield Table(("", ""), tuple(_translation(run.translation)))
        if run.disappointed:
            yield Bullets(run.disappointed)
        if run.ended == "fault" or run.disappointed:
            yield Verbatim(tuple(f"{name} = {value:#x}" for name, value in run.state.items()))


def _costs(run: GuestRun) -> Iterator[tuple[str, str]]:
    yield "instructions", f"{run.instructions}"
    if run.under != "bare":
        yield "executed directly", f"{run.direct}"
        yield "interpreted", f"{run.interpreted}"
        yield "exits to the monitor", kinds(run.exits)
        yield "exits per thousand instructions", f"{run.exits_per_thousand}"
    yield "traps that its machine took", kinds(run.traps)
    if run.interrupts:
        yield "interrupts", f"{run.interrupts}"


def _translation(done: Translated) -> Iterator[tuple[str, str]]:
    yield "units translated", f"{done.units}"
    yield "instructions of a unit, on average", f"{done.average}"
    yield "instructions translated", kinds(done.instructions)
    yield "share of identical ones", f"{done.identical:.1%}"
    yield "units entered", f"{done.chained} chained, {done.hits} found, {done.misses} translated first"
    yield "units void", f"{done.void}"
    yield "instructions of units executed", kinds(done.executed)
    yield "callouts", kinds(done.callouts)
    yield "callouts per thousand of these instructions", f"{done.callouts_per_thousand}"


def kinds(counts: Mapping[str, int]) -> str:
    """Numbers by kind."""
    return ", ".join(f"{number} {kind}" for kind, number in counts.items()) or "0"
