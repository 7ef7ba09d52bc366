"""Witnesses run: by the reference evaluator, or on the compiled machine where many are tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from analyzer.encoding.codec import encode_row
from analyzer.language.evaluate import Evaluator, Interpretation, State
from analyzer.properties.concrete import Evaluate
from analyzer.properties.found import Execution, Found
from analyzer.properties.subject import Subject

LOOP_LIMIT = 64  # a witness goes round a loop no more often than the summary has levels; trials of smaller ones may


def encoded(subject: Subject, fields: Mapping[str, int]) -> list[int]:
    """The units of the instruction with these fields; none for a word that is no instruction."""
    if not subject.instruction.encodings:
        return []
    return encode_row(subject.instruction, fields, subject.machine.program.unit)


def evaluating(subject: Subject, found: Found) -> Evaluate:
    """What computes invariants and relations of a witness on the compiled machine: what the specification leaves open
    has the values of the witness."""
    return partial(subject.compiled.evaluate, interpretation=found.executions[0].interpretation)


def run(
    subject: Subject, label: str, interpretation: Interpretation, fields: Mapping[str, int], before: State
) -> Execution:
    """Execute the subject's instruction on the reference evaluator."""
    outcome = Evaluator(subject.machine, interpretation, LOOP_LIMIT).run(subject.body, fields, before)
    return Execution(label, before, outcome, interpretation)


def tried(subject: Subject, execution: Execution, fields: Mapping[str, int], before: State) -> Execution:
    """The same run from another state, on the compiled machine; what the specification leaves open has the values of
    the witness. Raises `DoesNotEnd`."""
    return trial(subject, execution.label, execution.interpretation, fields, before)


def trial(
    subject: Subject, label: str, interpretation: Interpretation, fields: Mapping[str, int], before: State
) -> Execution:
    """`run` on the compiled machine. Raises `DoesNotEnd`."""
    files = subject.effects.writes
    outcome = subject.compiled.run(subject.body, fields, before, interpretation, LOOP_LIMIT, files)
    return Execution(label, before, outcome, interpretation)


def replayed(subject: Subject, found: Found) -> Found:
    """The witness with its runs as the reference evaluator executes them."""
    executions = (run(subject, e.label, e.interpretation, found.fields, e.before) for e in found.executions)
    return replace(found, executions=tuple(executions))
