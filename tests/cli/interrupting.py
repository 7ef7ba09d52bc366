"""A command in a process of its own that stands still where it is to be interrupted.

Run as a program it is `vmmcheck` whose bar writes lines to standard error, and which waits for a line on standard input
where the name of what is done next ends with the first argument.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from analyzer.progress import Progress

# For a shell both are 130. Python ends by the signal where it came while a text was compiled, as for a dataclass.
ENDED = (130, -signal.SIGINT)
PATIENCE = 300  # seconds; on a busy machine little goes on
ROOT = Path(__file__).parents[2]


class Command:
    """A command that is to be interrupted when what it does next matches `at`, with its standard output in a file."""

    def __init__(self, folder: Path, at: str, *arguments: str) -> None:
        self.folder = folder
        self.out, self.temporary = folder / "out", folder / "tmp"
        self.temporary.mkdir()
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.cli.interrupting", at, *arguments], cwd=ROOT, text=True, stdout=out,
                stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=heed_interrupts,
                env={**os.environ, "TMPDIR": str(self.temporary)},
            )  # fmt: skip
        self.until(at)

    def until(self, at: str) -> None:
        """Wait until it stands still."""
        lines = []
        for line in pipe(self.process.stderr):
            lines.append(line)
            if re.search(at, line):
                return
        raise AssertionError(f"it ended before {at}: {''.join(lines)[-2000:]}")

    def interrupt(self, times: int = 1) -> tuple[str, str]:
        """Interrupt all of it, as the keyboard does; let it go on if that was once. What it wrote, and as errors."""
        for _ in range(times):
            os.killpg(self.process.pid, signal.SIGINT)
            time.sleep(0.5)  # two signals that come together are one
        if times == 1:
            go = pipe(self.process.stdin)
            go.write("\n")
            go.flush()
        try:
            _, err = self.process.communicate(timeout=PATIENCE)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        return self.out.read_text(encoding="utf-8"), err

    def assert_clean(self, err: str) -> None:
        """It ended as interrupted commands do, and left no process, no file and no traceback."""
        assert self.process.returncode in ENDED, err
        assert [line for line in err.splitlines() if " guest " not in line][-1] == "interrupted"
        assert "Traceback" not in err
        assert "Exception" not in err
        assert self.alone()
        assert list(self.temporary.iterdir()) == []

    def alone(self) -> bool:
        """Whether all its processes have ended; the last may take a moment to."""
        for _ in range(100):
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.1)
        return False


def heed_interrupts() -> None:
    """Whoever runs the tests in the background may have them ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def pipe(stream: IO[str] | None) -> IO[str]:
    """A stream that is there."""
    assert stream is not None
    return stream


def _main(at: str, arguments: list[str]) -> None:
    from analyzer.cli import main, work

    @contextmanager
    def bar(title: str) -> Iterator[Progress]:
        def progress(done: int, total: int, name: str) -> None:
            line = f"{title} {done}/{total} {name}"
            print(line, file=sys.stderr, flush=True)
            if re.search(at, line):
                sys.stdin.readline()

        yield progress

    work._bar = bar
    sys.argv[1:] = arguments
    main()


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2:])
