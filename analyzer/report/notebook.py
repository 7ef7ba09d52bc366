"""Results display themselves in notebooks, which ask an object for `_repr_html_`. The results know nothing of reports:
what shows them is given to them here, and imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from analyzer.verdict import Analysis, Witness

ASKED = "_repr_html_"
SHOWN: Mapping[type, str] = {Analysis: "analysis", Witness: "witness"}  # to a function of `report.html.notebook`


def attach() -> None:
    """Give the results what notebooks ask for."""
    for result, function in SHOWN.items():
        setattr(result, ASKED, _shown_by(function))


def _shown_by(function: str) -> Callable[[object], str]:
    def shown(result: object) -> str:
        """The result as HTML."""
        text: str = getattr(import_module("analyzer.report.html.notebook"), function)(result)
        return text

    return shown
