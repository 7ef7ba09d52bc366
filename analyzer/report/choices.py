"""What a request can ask for: the words of the command line and of the Python API."""

from __future__ import annotations

FORMATS = ("text", "json", "markdown")
GRAPH_FORMATS = (*FORMATS, "dot", "graphml")
MODELS = ("pg1974", "extended")
READINGS = ("standard", "literal")
REQUIREMENTS = ("vmm", "hvmm", "trap-and-emulate", "hybrid")
CONFIRMERS = ("bitwuzla", "cvc5")
