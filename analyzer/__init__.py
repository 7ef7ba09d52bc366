"""vmmcheck: decides from a machine description whether an instruction set is virtualizable, and proves it.

    import analyzer
    result = analyzer.analyze(analyzer.load("pdp10-ka10"))
    result.extended.theorems.vmm.holds

The public names are those of `analyzer.api`; they are imported on first use, so `import analyzer` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analyzer.api import *  # noqa: F403  (the list of public names is api.__all__, and only there)

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """A public name of `analyzer.api`."""
    if not name.startswith("_"):
        api = import_module("analyzer.api")
        if name in api.__all__:
            return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
