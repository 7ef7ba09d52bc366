"""What a request can ask for: the words of the command line and of the Python API."""

from __future__ import annotations

FORMATS = ("text", "json", "markdown")
REPORT_FORMATS = ("html", "sarif", "latex")  # of whole reports: each is rendered by the module of its name
CHECK_FORMATS = (*FORMATS, *REPORT_FORMATS)
GRAPH_FORMATS = (*FORMATS, "dot", "graphml")
MODELS = ("pg1974", "extended")
READINGS = ("standard", "literal")
REQUIREMENTS = ("vmm", "hvmm", "trap-and-emulate", "hybrid")
CONFIRMERS = ("bitwuzla", "cvc5")
