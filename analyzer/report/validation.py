"""The report of `validate`: what was run and how much, what failed."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.report.document import Block, Bullets, Heading, Paragraph, Table, Verbatim
from analyzer.validation.results import Check, Validation

SHOWN = 20  # failures in full


def document(found: Validation) -> Iterator[Block]:
    """The blocks for one machine under one monitor."""
    yield Heading(f"{found.isa}, monitor {found.monitor}")
    yield Table(("what was run", "how many"), tuple((name, str(number)) for name, number in found.counts.items()))
    if found.interrupted:
        yield Paragraph(
            f"Interrupted: {found.done} of {found.interrupted} tasks, each of which is one run or several, came to an "
            f"end. {'' if found.failures else 'What they ran went as the analysis says.'}".rstrip()
        )
    if found.interrupted and not found.failures:
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
