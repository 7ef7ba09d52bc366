"""The same work on many tasks, in several processes, until the user interrupts.

Every long command waits here, so that an interrupt is heeded in one place and the processes end in one place. Whoever
uses it catches `KeyboardInterrupt`, and raises one that carries what is known (`analyzer.verdict.Interrupted`).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Any, TypeVar

from analyzer.garbage import MANY_TASKS, collect_rarely

Task = TypeVar("Task")
Result = TypeVar("Result")

NICE = 10  # of what gives way to other processes
CAN_FORK = "fork" in multiprocessing.get_all_start_methods()

_came: list[int] = []  # the interrupts that came since the outermost `interruptible` began
_work: list[Callable[[Any], Any]] = []  # what a process of a pool does


@contextmanager
def interruptible() -> Iterator[None]:
    """Interrupts are heeded between two tasks of `results` and at the end of the body, or at once from the second on.
    One that raised an exception wherever it came might be lost in a finalizer, and the solver's objects have many."""
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield
        heed()
        return
    owner = os.getpid()

    def handle(number: int, _frame: object) -> None:
        if os.getpid() != owner:
            return  # a process of a pool that has not begun yet: it is for the owner to end it
        _came.append(number)
        if len(_came) > 1:
            raise KeyboardInterrupt

    _came.clear()
    signal.signal(signal.SIGINT, handle)
    try:
        yield
        heed()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _came.clear()


def heed() -> None:
    """Raise `KeyboardInterrupt` if the user interrupted."""
    if _came:
        raise KeyboardInterrupt


@contextmanager
def results(
    work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int, *, spawn: bool = False
) -> Iterator[Iterator[Result]]:
    """What `work` gives for each task, in their order, in `jobs` processes where the system can fork; with `spawn`,
    which asks for work that can be pickled, also where it cannot. Leaving the block ends the processes at once. Their
    iterator raises `KeyboardInterrupt` where the user interrupts."""
    with interruptible():
        if jobs <= 1 or not (CAN_FORK or spawn):
            yield _heeding(map(work, tasks))
            return
        context = multiprocessing.get_context("fork" if CAN_FORK else "spawn")
        with context.Pool(jobs, initializer=_start, initargs=(work,)) as pool:
            yield _awaiting(pool.imap(_run, tasks))


@contextmanager
def streams(
    work: Callable[[Task], Iterable[Result]], tasks: Sequence[Task], jobs: int, *, spawn: bool = False
) -> Iterator[Iterator[Result]]:
    """The same where `work` gives several results for each task: they come as they are known, those of a task in their
    order."""
    with interruptible():
        if jobs <= 1 or not (CAN_FORK or spawn):
            yield _heeding(chain.from_iterable(map(work, tasks)))
            return
        context = multiprocessing.get_context("fork" if CAN_FORK else "spawn")
        reader, writer = context.Pipe(duplex=False)
        sending = _Sending(work, writer, context.Lock())
        with reader, writer, context.Pool(jobs, initializer=_start, initargs=(sending,)) as pool:
            yield _arriving(reader, pool.imap_unordered(_run, tasks))


@contextmanager
def beside(work: Callable[[], Iterable[Result]], *, urgent: int | None = None) -> Iterator[Callable[[], Result]]:
    """`work` in a process of its own while the body runs, for systems that can fork. What is given waits for the next
    of its results; where that process failed it works anew, for each result that is asked for, and raises what `work`
    raises. It may be asked by a process that the body starts; where that fails, and the owner asks from the first on,
    it works anew, too.

    Leaving the block ends the process. If only so many of its results are `urgent` it gives way to others once those
    are known, goes on after a block that was left in peace, as long as the owner's exit handlers do not run, and has no
    standard streams.
    """
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(work, reader, writer, urgent), daemon=True)

    numbers = count()

    def result() -> Result:
        number = next(numbers)
        while not reader.poll(0.1):
            heed()
        with suppress(Exception):  # it ended before this result was sent, or whoever asked first did
            found: tuple[int, Result] = reader.recv()
            if found[0] == number:
                return found[1]
        return next(islice(work(), number, None))

    with interruptible(), reader, writer:
        process.start()
        writer.close()
        peace = False
        try:
            yield result
            peace = urgent is not None
        finally:
            if not peace:
                process.kill()
                process.join()


def _send(work: Callable[[], Iterable[Any]], reader: Any, writer: Any, urgent: int | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if urgent is not None:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):  # whoever reads what the owner writes waits until nobody can write any more
            os.dup2(nothing, stream)
    reader.close()  # if the owner is killed nobody reads on, and sending fails
    with suppress(Exception):  # whoever waits works anew, and sees it
        if urgent == 0:
            os.nice(NICE)
        for number, result in enumerate(work(), 1):
            writer.send((number - 1, result))
            if number == urgent:
                os.nice(NICE)


@dataclass
class _Sending:
    """Work whose results are sent as they are known."""

    work: Callable[[Any], Iterable[Any]]
    writer: Any
    lock: Any

    def __call__(self, task: Any) -> None:
        for result in self.work(task):
            self.send((result,))
        self.send(())  # the end of a task wakes who waits

    def send(self, message: tuple[Any, ...]) -> None:
        """Send a result, or that there are no more."""
        with self.lock:
            self.writer.send(message)


def _arriving(reader: Any, tasks: Any) -> Iterator[Any]:
    """What is sent, until all tasks are done: what fails there is raised here."""
    ended = 0  # tasks all of whose results have arrived, and that are not known to be done yet
    working = True
    while working:
        heed()
        try:
            tasks.next(timeout=0.1 if ended else 0)
            ended -= 1
        except multiprocessing.TimeoutError:
            reader.poll(0.1)
        except StopIteration:
            working = False  # all that was sent has arrived
        while reader.poll():
            message = reader.recv()
            ended += not message
            yield from message
            heed()


def _heeding(found: Iterable[Result]) -> Iterator[Result]:
    """The results, until the user interrupts: heeded when the one under work is known."""
    heed()
    for each in found:
        yield each
        heed()


def _awaiting(waiting: Any) -> Iterator[Any]:
    """What a pool's iterator gives, until the user interrupts: that is heeded while it is waited for."""
    while True:
        heed()
        try:
            yield waiting.next(timeout=0.1)
        except multiprocessing.TimeoutError:
            continue
        except StopIteration:
            return


def _start(work: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends the pool
    collect_rarely(MANY_TASKS)
    _work[:] = [work]


def _run(task: Any) -> Any:
    return _work[0](task)
