"""Measure what a user waits for, against the targets. Prints a table; nothing is asserted here.

Each command runs in a process of its own, several times where it is short; the best time counts. Machines that were
read once are kept, as they are for users; `anew` measures the first time. The program's modules are compiled before, as
they are where it is installed; where Python may not keep compiled modules, each command takes a tenth of a second more.
"""

from __future__ import annotations

import compileall
import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzer.spec.kept import ENVIRONMENT

ROOT = Path(__file__).parents[1]
MEMORY_TARGET = 1024.0  # MiB
UNDECIDED = 3  # the exit code that says so; the time counts all the same


@dataclass(frozen=True)
class Case:
    """Arguments of the command, the seconds it may take, how often it is run, and whether machines are read anew."""

    arguments: tuple[str, ...]
    target: float
    runs: int = 1
    anew: bool = False


CASES = (
    Case(("--help",), 0.3, runs=5),
    Case(("list",), 0.3, runs=5),
    Case(("explain", "pdp10-ka10", "JRST 1"), 1.0, runs=3),
    Case(("explain", "x86-pentium", "POPF"), 1.0, runs=3),
    Case(("explain", "x86-pentium", "CALL far m16:32"), 1.0, runs=3),  # no other takes longer
    Case(("explain", "x86-pentium", "POPF"), 1.0, runs=3, anew=True),
    Case(("explain", "x86-pentium", "CALL far m16:32"), 1.0, runs=3, anew=True),
    Case(("check", "pdp10-ka10", "--jobs", "2"), 10.0),
    Case(("check", "x86-pentium", "--jobs", "2"), 10.0),
    Case(("validate", "third-generation", "pdp10-ka10", "x86-pentium", "--jobs", "2"), 120.0),
    Case(("fix", "third-generation-spsw", "--jobs", "2"), 10.0),
    Case(("fix", "x86-pentium", "--jobs", "2"), 60.0),
)


def measure(case: Case) -> tuple[float, float]:
    """The best time in seconds, and the memory in MiB of the largest of its processes."""
    with TemporaryDirectory() as folder:
        env = os.environ | {ENVIRONMENT: "" if case.anew else folder}
        if case.runs > 1 and not case.anew:
            _run(case.arguments, env)
            time.sleep(1)  # until what was read is kept
        seconds, memory = zip(*(_run(case.arguments, env) for _ in range(case.runs)), strict=True)
    return min(seconds), max(memory)


def _run(arguments: tuple[str, ...], env: dict[str, str]) -> tuple[float, float]:
    command = [sys.executable, "-m", "analyzer", *arguments]
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, UNDECIDED):
        raise SystemExit(f"vmmcheck {shlex.join(arguments)}: exit code {process.returncode}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    compileall.compile_dir(ROOT / "analyzer", quiet=2)
    print(f"{'command':66} {'seconds':>8} {'target':>7} {'ratio':>6} {'MiB':>7} {'ratio':>6}")
    for case in CASES:
        seconds, memory = measure(case)
        time_part = f"{seconds:8.2f} {case.target:7.1f} {seconds / case.target:6.2f}"
        command = f"{shlex.join(case.arguments)}{' (anew)' if case.anew else ''}"
        print(f"{command:66} {time_part} {memory:7.0f} {memory / MEMORY_TARGET:6.2f}")


if __name__ == "__main__":
    main()
