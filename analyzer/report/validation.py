"""The report of `validate`: what was run and how much, what failed."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table, Verbatim
from analyzer.validation.results import Check, Validation

SHOWN = 20  # failures in full


def document(found: Validation) -> Iterator[Block]:
    """The blocks for one machine under one monitor."""
    yield Heading(f"{found.isa}, monitor {found.monitor}")
    if found.interrupted:
        tasks = f"{found.done} of {found.interrupted} tasks, each of which is one run or several"
        yield Paragraph(f"Interrupted: {tasks}, came to an end. What follows is a part.")
    yield Table(("what was run", "how many"), tuple((name, str(number)) for name, number in found.counts.items()))
    if found.interrupted and not found.failures:
        yield Paragraph("What was run went as the analysis says.")
        return
    if found.passed:
        yield Paragraph("All of it went as the analysis says.")
        return
    yield Paragraph(f"{len(found.failures)} failures:")
    for check in found.failures[:SHOWN]:
        yield Bullets((_named(check),))
        if check.listing:
            yield Verbatim(check.listing)
    if len(found.failures) > SHOWN:
        yield Paragraph(f"and {len(found.failures) - SHOWN} more.")


def _named(check: Check) -> str:
    under = f" under {check.monitor}" if check.monitor else ""
    return f"{check.kind} {check.subject}{under}: {check.failure}"
