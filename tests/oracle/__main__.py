"""`python -m tests.oracle MACHINE...`: compare machines with emulators, print what came of it."""

from __future__ import annotations

import argparse
import sys
import time
from fnmatch import fnmatchcase

from analyzer.api import analyze
from analyzer.spec.load import load
from tests.oracle.drivers import DRIVERS, driver_of
from tests.oracle.forms import Form, forms
from tests.oracle.lists import lists_of
from tests.oracle.report import summary
from tests.oracle.run import Comparison

STATES = 200


def main() -> int:
    """Compare; 1 where something disagrees or a list is out of date."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("machines", nargs="*", default=list(DRIVERS), metavar="MACHINE", help="all unless given")
    parser.add_argument("--states", type=int, default=STATES, help="for each form and mode")
    parser.add_argument("--form", default="*", help="only forms of this name, a pattern; lists may then be out of date")
    parser.add_argument(
        "--witnesses", action="store_true", help="also in the states of all of the analyzer's witnesses"
    )
    given = parser.parse_args()
    return max(compare(name, given.states, given.form, given.witnesses) for name in given.machines)


def compare(name: str, states: int, pattern: str, witnesses: bool) -> int:
    """Compare one machine."""
    began, isa = time.monotonic(), load(name)
    comparison = Comparison(isa, driver_of(name), lists_of(isa))

    def wanted(form: Form) -> bool:
        return form.name == pattern or fnmatchcase(form.name, pattern)

    comparison.all_forms(states, wanted)
    if witnesses:
        comparison.witnesses(analyze(isa, only=sorted({form.row.name for form in forms(isa) if wanted(form)})))
    stale = list(comparison.stale()) if pattern == "*" else []
    comparison.close()
    for line in summary(comparison, stale):
        print(line)
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if comparison.tally.disagreements or stale else 0


if __name__ == "__main__":
    sys.exit(main())
