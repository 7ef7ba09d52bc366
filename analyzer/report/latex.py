r"""The classification as a table for a paper: LaTeX with the packages booktabs and longtable.

A row for each instruction that is sensitive or goes wrong; the others are counted. `\input` it, or copy the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from analyzer.report import words
from analyzer.report.escape import visible
from analyzer.report.model import KINDS, Report, Row, kinds
from analyzer.verdict import Answer, InstructionResult

SPECIAL: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}", **{char: f"\\{char}" for char in "&%$#_{}"},
}  # fmt: skip
MARKS: Mapping[Answer, str] = {
    Answer.YES: r"$\bullet$", Answer.NO: "", Answer.UNKNOWN: "?", Answer.VACUOUS: "--",
}  # fmt: skip
LETTERS: Mapping[str, str] = {word: word[0].upper() for word in (*KINDS.values(), "joint", "behavior")}
COLUMNS = ("instruction", "privileged", "sensitive", "critical", "user-sensitive", "trap-and-emulate", "hybrid")
PREAMBLE = r"% Needs \usepackage{booktabs,graphicx,longtable,textcomp} and \usepackage[T1]{fontenc}."
LEGEND = (
    "Sensitive: "
    + ", ".join(f"{letter} {word}" for word, letter in LETTERS.items())
    + " (joint: several only together)."
)


def escape(text: str) -> str:
    """`text` as LaTeX that shows it literally; what its fonts may not have is written as an escape."""
    ascii_only = "".join(char if char.isascii() else f"\\u{{{ord(char):x}}}" for char in visible(text))
    escaped = "".join(SPECIAL.get(char, char) for char in ascii_only)
    return re.sub("-(?=-)", "-{}", escaped)  # two would become one dash


def render(reports: Sequence[Report]) -> str:
    """A table for each report and component model."""
    tables = [_table(report, model) for report in reports for model in report.analysis.models]
    return "\n".join((PREAMBLE, "", *tables))


def _table(report: Report, model: str) -> str:
    rows = [row for row in report.rows if _shown(row, row.models[model])]
    header = " & ".join(rf"\rotatebox{{90}}{{{escape(column)}}}" if index else "instruction"
                        for index, column in enumerate(COLUMNS))  # fmt: skip
    lines = [
        rf"\begin{{longtable}}{{@{{}}l{'c' * (len(COLUMNS) - 1)}@{{}}}}",
        rf"\caption{{{_caption(report, model, len(report.rows) - len(rows))}}}\\",
        *(
            line
            for end in ("endfirsthead", "endhead")
            for line in (r"\toprule", rf"{header} \\", r"\midrule", rf"\{end}")
        ),
        *(rf"{' & '.join(_cells(row, row.models[model]))} \\" for row in rows),
        r"\bottomrule",
        r"\end{longtable}",
    ]
    return "\n".join(lines) + "\n"


def _shown(row: Row, result: InstructionResult) -> bool:
    """Whether an instruction has a row: there is more to say than that it is innocuous."""
    return result.sensitive is not Answer.NO or row.wrong or "unknown" in (row.exact.trap_and_emulate, row.exact.hybrid)


def _caption(report: Report, model: str, innocuous: int) -> str:
    analysis, holds = report.analysis, report.analysis.models[model].theorems
    verdicts = "" if report.partial else (
        f" Conditions: {'; '.join(f'{subject} {answer}' for subject, answer, _ in words.theorems(holds))}."
    )  # fmt: skip
    left = f" Not shown: {words.count(innocuous)}, innocuous." if innocuous else ""
    what = f"Classification of {analysis.title} ({analysis.isa}), monitor {analysis.monitor}, model {model}."
    return escape(f"{what}{verdicts}{left} {LEGEND}")


def _cells(row: Row, result: InstructionResult) -> Iterator[str]:
    yield rf"\texttt{{{escape(row.name)}}}"
    yield MARKS[result.privileged]
    yield _kinds(result)
    yield MARKS[result.critical]
    yield MARKS[result.user_sensitive]
    yield escape(row.exact.trap_and_emulate)
    yield escape(row.exact.hybrid)


def _kinds(result: InstructionResult) -> str:
    return "".join(LETTERS[word] for word in kinds(result)) or MARKS[result.sensitive]
