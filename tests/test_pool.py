"""Work beside other work: its result, its failures, its end."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from analyzer.pool import CAN_FORK, beside

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="this system cannot fork")


def test_the_result_comes_from_another_process() -> None:
    with beside(os.getpid) as found:
        assert found() != os.getpid()


def test_work_that_fails_is_done_anew_and_fails_here() -> None:
    def fail() -> int:
        raise ValueError(f"in process {os.getpid()}")

    with beside(fail) as found, pytest.raises(ValueError, match=f"in process {os.getpid()}$"):
        found()


def test_work_whose_process_is_killed_is_done_anew() -> None:
    owner = os.getpid()

    def work() -> int:
        if os.getpid() != owner:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    with beside(work) as found:
        assert found() == owner


def test_the_end_of_the_block_ends_the_process(tmp_path: Path) -> None:
    def work() -> None:
        (tmp_path / "begun").write_text(str(os.getpid()))
        time.sleep(600)

    with beside(work):
        while not (tmp_path / "begun").exists() or not (tmp_path / "begun").read_text():
            time.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "begun").read_text()), 0)


def test_an_interrupt_is_for_the_owner() -> None:
    with pytest.raises(KeyboardInterrupt), beside(partial(time.sleep, 600)) as found:
        os.kill(os.getpid(), signal.SIGINT)
        found()
