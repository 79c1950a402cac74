"""Processes as an executor that outlives them: one that is killed is replaced.

The pool of `concurrent.futures` is lost with one of its processes, and does not say which call it
was at. Here every process has a pipe of its own: the call that a death interrupts is known, and
the others go on.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import pickle
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from simulations.sweeping.serving import serve

__all__ = ["LOST_PROCESS", "Processes", "WorkerDiedError", "dumps_for"]

LOST_PROCESS = (
    "a process was killed, perhaps for memory, or could not start, as of a script without "
    '`if __name__ == "__main__":` around the call'
)
"""What may have broken a pool of processes."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_ENVIRONMENT = threading.Lock()

Dumps = Callable[[Any], bytes]


class WorkerDiedError(Exception):
    """The process of this call ended before it answered."""


def dumps_for(fn: Callable[..., Any]) -> Dumps:
    """What pickles calls of a function for another process.

    Raises:
        ValueError: no other process can find the function, and cloudpickle, which would carry it,
            is not installed.
    """
    import __main__

    own = fn
    while isinstance(own, functools.partial):  # whose module is that of `partial`
        own = own.func
    typed = own.__module__ == "__main__" and not hasattr(__main__, "__file__")
    try:
        if not typed:
            pickle.dumps(fn)
            return pickle.dumps
    except (pickle.PicklingError, AttributeError, TypeError):
        pass
    try:
        import cloudpickle
    except ImportError:
        name = getattr(own, "__qualname__", own)
        raise ValueError(
            f"fn: no other process can import {name!r}; move it to a module, install cloudpickle, "
            "or give workers=1"
        ) from None
    return cloudpickle.dumps


class Processes(Executor):
    """As many processes as wanted, each with one thread for its libraries.

    Leaving it kills what is still running.

    Args:
        count: of processes; each starts with its first call.
        dumps: pickles a function with its arguments.
    """

    def __init__(self, count: int, dumps: Dumps = pickle.dumps) -> None:
        self._dumps = dumps
        self._threads = ThreadPoolExecutor(count)
        self._idle: queue.LifoQueue[_Process] = queue.LifoQueue()
        self._all: set[_Process] = set()
        self._changing = threading.Lock()
        self._closed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn(*args)` in a process.

        The future raises WorkerDiedError if that is killed, ValueError if it cannot make the call,
        ChildProcessError if none can be started.
        """
        if kwargs:
            raise TypeError("submit: accepted are positional arguments")
        return self._threads.submit(self._call, self._dumps((fn, args)))

    def _call(self, call: bytes) -> Any:
        try:
            process = self._idle.get_nowait()
        except queue.Empty:
            process = self._started()
        try:
            answer = process.ask(call)
        except WorkerDiedError:
            with self._changing:
                self._all.discard(process)
            raise
        self._idle.put(process)
        return answer

    def _started(self) -> _Process:
        with self._changing:
            if self._closed:
                raise WorkerDiedError
            process = _Process()
            self._all.add(process)
        process.wait_until_ready()
        return process

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Kill the processes; what waits is cancelled."""
        with self._changing:
            self._closed = True
            for process in self._all:
                process.kill()
        self._threads.shutdown(wait=wait, cancel_futures=True)


class _Process:
    """A process and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,))
        with _single_threaded():
            self._process.start()
        theirs.close()

    def wait_until_ready(self) -> None:
        try:
            self._pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            raise ChildProcessError(
                f"a worker process ended as it started (exit code {self._process.exitcode}); a "
                'script that sweeps needs `if __name__ == "__main__":` around the call'
            ) from None

    def ask(self, call: bytes) -> Any:
        try:
            self._pipe.send_bytes(call)
            done, answer = self._pipe.recv()
        except (EOFError, OSError):
            self._process.kill()
            self._process.join()
            raise WorkerDiedError from None
        if not done:
            raise ValueError(f"fn: a worker process cannot call it ({answer})")
        return answer

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


@contextmanager
def _single_threaded() -> Iterator[None]:
    """What starts in here has one thread per library, unless the user has said otherwise."""
    with _ENVIRONMENT:
        missing = [name for name in _THREADS if name not in os.environ]
        os.environ.update(dict.fromkeys(missing, "1"))
        try:
            yield
        finally:
            for name in missing:
                os.environ.pop(name, None)
