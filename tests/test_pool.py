"""Work beside other work: its result, its failures, its end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from analyzer.pool import NICE, beside

Result = TypeVar("Result")
ROOT = Path(__file__).parents[1]


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it holds within a minute."""
    end = time.monotonic() + 60
    while not (held := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return held


def number_in(path: Path) -> int:
    """The number that a process writes to a file."""
    assert eventually(lambda: path.exists() and bool(path.read_text()))
    return int(path.read_text())


def runs(process: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def once(work: Callable[[], Result]) -> Iterator[Result]:
    """The only result."""
    yield work()


def test_the_result_comes_from_another_process() -> None:
    with beside(partial(once, os.getpid)) as found:
        assert found() != os.getpid()


def test_work_that_is_not_urgent_gives_way() -> None:
    with beside(lambda: [os.nice(0)]) as usual, beside(lambda: [os.nice(0)], urgent=0) as gives_way:
        assert gives_way() == min(19, usual() + NICE)


def test_work_gives_way_once_its_urgent_results_are_known() -> None:
    with beside(lambda: (os.nice(0) for _ in range(2)), urgent=1) as found:
        usual = found()
        assert found() == min(19, usual + NICE)


def test_work_that_failed_fails_again() -> None:
    def fail() -> Iterator[int]:
        yield 1
        raise LookupError

    with beside(fail) as found:
        assert found() == 1
        for _ in range(2):
            with pytest.raises(LookupError):
                found()


def test_work_that_fails_is_done_anew_and_fails_here() -> None:
    def fail() -> int:
        raise ValueError(f"in process {os.getpid()}")

    with beside(partial(once, fail)) as found, pytest.raises(ValueError, match=f"in process {os.getpid()}$"):
        found()


def test_results_come_one_after_the_other() -> None:
    with beside(lambda: iter([1, 2, 3])) as found:
        assert [found() for _ in range(3)] == [1, 2, 3]


def test_the_results_that_a_process_did_not_send_are_found_anew() -> None:
    here = os.getpid()

    def some() -> Iterator[int]:
        yield 1
        assert os.getpid() == here
        yield 2
        yield 3

    with beside(some) as found:
        assert [found() for _ in range(3)] == [1, 2, 3]


def test_results_that_another_process_took_are_found_anew() -> None:
    def take(found: Callable[[], int]) -> int:
        assert os.getpid() == here or found() == 1
        raise ValueError("taken")

    here = os.getpid()
    with beside(lambda: iter([1, 2])) as found, beside(partial(once, partial(take, found))) as taken:
        with pytest.raises(ValueError, match="taken"):
            taken()
        assert [found(), found()] == [1, 2]


def later(folder: Path) -> Iterator[int]:
    """A number at once; the same in a file when there is another."""
    yield os.getpid()
    eventually((folder / "go").exists)
    (folder / "number").write_text(str(os.getpid()))


def test_work_that_is_not_urgent_goes_on_after_the_block(tmp_path: Path) -> None:
    with beside(partial(later, tmp_path), urgent=0) as found:
        process = found()
    assert process != os.getpid() and not (tmp_path / "number").exists()
    (tmp_path / "go").touch()
    assert number_in(tmp_path / "number") == process


@pytest.mark.parametrize("urgent", [0, None])
def test_work_ends_with_a_block_that_fails(urgent: int | None, tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="failed"),
        beside(partial(later, tmp_path), urgent=urgent) as found,
    ):
        process = found()
        raise ValueError("failed")
    assert not runs(process)


def test_whoever_reads_does_not_wait_for_what_is_not_urgent() -> None:
    code = (
        "import time; from analyzer.pool import beside\n"
        "with beside(lambda: (time.sleep(n) for n in (0, 20)), urgent=0) as found: found()\n"
        "import os; os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=15, check=True)


def test_work_whose_process_is_killed_is_done_anew() -> None:
    owner = os.getpid()

    def work() -> int:
        if os.getpid() != owner:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    with beside(partial(once, work)) as found:
        assert found() == owner


def test_work_whose_process_is_killed_while_it_sends_is_done_anew() -> None:
    others = {*multiprocessing.active_children()}
    with beside(lambda: [bytes(1 << 22)]) as found:
        (process,) = {*multiprocessing.active_children()} - others
        time.sleep(0.5)  # it waits in the midst of sending: so much does not fit a pipe
        process.kill()
        assert found() == bytes(1 << 22)


def test_the_end_of_the_block_ends_the_process(tmp_path: Path) -> None:
    def work() -> None:
        (tmp_path / "begun").write_text(str(os.getpid()))
        time.sleep(600)

    with beside(partial(once, work)):
        process = number_in(tmp_path / "begun")
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_the_process_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    program = f"""
import os, pathlib, time
from analyzer.pool import beside
def work():
    pathlib.Path({str(tmp_path / "begun")!r}).write_text(str(os.getpid()))
    time.sleep(1)
    yield bytes(1 << 22)
with beside(work):
    time.sleep(600)
"""
    owner = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    process = number_in(tmp_path / "begun")
    owner.kill()
    owner.wait()
    assert eventually(lambda: not runs(process))


def test_an_interrupt_is_for_the_owner() -> None:
    with pytest.raises(KeyboardInterrupt), beside(partial(once, partial(time.sleep, 600))) as found:
        os.kill(os.getpid(), signal.SIGINT)
        found()
