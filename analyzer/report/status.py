"""What the process says of the answers it gave: the exit codes that depend on verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analyzer.report.choices import REQUIREMENTS
from analyzer.report.model import Report
from analyzer.verdict import Answer

DECIDED, FAILED, UNDECIDED = 0, 1, 3


def status(reports: Iterable[Report], required: Sequence[str] = ()) -> int:
    """`FAILED` where a requirement is not met, else `UNDECIDED` where one is unknown.

    Without requirements, `UNDECIDED` where any answer is.
    """
    answers = [answer for report in reports for answer in _answers(report, required)]
    if required and Answer.NO in answers:
        return FAILED
    return UNDECIDED if any(not answer.decided for answer in answers) else DECIDED


def _answers(report: Report, required: Sequence[str]) -> Iterator[Answer]:
    if not required and any(report.undecided()):
        yield Answer.UNKNOWN
    for requirement in required or (() if report.partial else REQUIREMENTS):
        yield from _required(report, requirement)


def _required(report: Report, requirement: str) -> Iterator[Answer]:
    if requirement in ("vmm", "hvmm"):
        return (getattr(model.theorems, requirement).holds for model in report.analysis.models.values())
    exact = report.analysis.exact
    return iter((exact.hybrid.sound if requirement == "hybrid" else exact.trap_and_emulate.sound,))
